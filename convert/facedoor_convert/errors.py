"""Every error that the converter raises on purpose, beside those of facedoor itself.

::

    FacedoorError
    └── ConvertError                 a pack cannot be built                        exit 3
        ├── RecipeError (ValueError) the recipe is missing or wrong                exit 2
        ├── BackendError (ImportError) Keras, or a backend for it, is not there    exit 3
        ├── DatasetError (ValueError) a folder of photos cannot be trained on      exit 2
        ├── SourceError              an archive cannot be fetched, or is another one   exit 3
        ├── WeightsError             a weights file is not the network it has to be exit 3
        └── QualityError             the built model is worse than it has to be    exit 3
"""

from __future__ import annotations

from facedoor.errors import ExitCode, FacedoorError


class ConvertError(FacedoorError):
    """A pack cannot be built; the message says what, where, and what to do next."""


class RecipeError(ConvertError, ValueError):
    """The recipe cannot be read, or has an unknown key, a missing key or a wrong value."""

    exit_code = ExitCode.WRONG_USE


class BackendError(ConvertError, ImportError):
    """Training needs Keras with a backend that can train, and something of it is missing."""


class DatasetError(ConvertError, ValueError):
    """A folder of people's photos is missing, or has too few people, photos or faces."""

    exit_code = ExitCode.WRONG_USE


class SourceError(ConvertError):
    """A package archive cannot be fetched, or its bytes are not those that the recipe names."""


class WeightsError(ConvertError):
    """A weights file is damaged, or holds something else than the network that it should."""


class QualityError(ConvertError):
    """The built model strays too far from the float network, or does not run in one piece."""

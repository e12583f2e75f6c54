"""What a file gives to an architecture that is written in code: everything by name.

Several forms of file hold the same network. Each reader brings them to the names of the published
Keras FaceNet, and the architecture then takes what it needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facedoor.frames import Vector
    from facedoor_convert.readers.stated_layers import Edge, StatedLayer

INPUT = "input_1"


class NamedWeights(Protocol):
    """A network as a file has it."""

    @property
    def arrays(self) -> Mapping[str, Vector]:
        """float32; a name is that of the layer, a slash, and a role: ``Conv2d_1a_3x3/kernel``."""

    @property
    def stated(self) -> Mapping[str, StatedLayer]:
        """Every layer and normalisation by name, the input's too. Raises :class:`WeightsError`."""

    @property
    def outputs(self) -> tuple[Edge, ...]:
        """What the network gives away. Raises :class:`WeightsError`."""

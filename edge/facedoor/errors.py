"""Every error that facedoor raises on purpose.

::

    FacedoorError                      something is broken                   exit 3
    ├── UsageError (ValueError)        the call is wrong                     exit 2
    │   └── OvertakenError             what it was about has changed since   exit 2
    ├── ConfigError (ValueError)       the configuration is wrong            exit 2
    ├── PackError                      the pack is missing, damaged or newer exit 3
    ├── CameraError (OSError)          the camera cannot open, or stopped    exit 3
    ├── ImageError (ValueError)        a file is not a picture that we take  exit 2
    ├── StoreError                     the state file cannot be used         exit 3
    ├── RelayError (OSError)           the relay's pin cannot be driven      exit 3
    ├── BusError (OSError)             the MQTT settings cannot work         exit 3
    └── DashboardError                 the page cannot be served             exit 3

Each carries one sentence that says what happened, to what, and what to do next, or several of them
where several things are wrong at once (``sentences``). The command line prints each on a line of
its own and exits with ``exit_code``; no other exception is expected to reach it.
"""

from __future__ import annotations

import enum


class ExitCode(enum.IntEnum):
    """How a command of ``facedoor`` ends."""

    DONE = 0
    NEGATIVE = 1
    """Refused, or a negative answer."""
    WRONG_USE = 2
    BROKEN = 3


class FacedoorError(Exception):
    """Something is broken; the message says what, where, and what to do next."""

    exit_code = ExitCode.BROKEN

    @property
    def sentences(self) -> tuple[str, ...]:
        """What it says, one thing each."""
        return (str(self),)


class UsageError(FacedoorError, ValueError):
    """The command was called in a way that cannot work."""

    exit_code = ExitCode.WRONG_USE


class OvertakenError(UsageError):
    """What it was about has changed between the asking and the doing."""


class ConfigError(FacedoorError, ValueError):
    """The configuration has an unknown key, a wrong type or an impossible value."""

    exit_code = ExitCode.WRONG_USE


class PackError(FacedoorError):
    """The pack is missing, its bytes are not what its manifest says, or its schema is newer."""


class CameraError(FacedoorError, OSError):
    """The camera cannot be opened, or it stopped delivering frames."""


class ImageError(FacedoorError, ValueError):
    """A file is not a picture that facedoor reads: wrong type, damaged, or far too large."""

    exit_code = ExitCode.WRONG_USE


class StoreError(FacedoorError):
    """The state file (people, templates, journal) cannot be opened, read or written.

    ``remedy`` is what mends it, where that is known for certain; else empty.
    """

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


class RelayError(FacedoorError, OSError):
    """The pin that drives the door relay cannot be claimed or set."""


class BusError(FacedoorError, OSError):
    """The MQTT settings cannot work, for example a CA file that does not exist."""


class DashboardError(FacedoorError):
    """The dashboard's page cannot be served: its port, its folder, a certificate, or the bundle."""

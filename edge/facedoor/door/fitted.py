"""What is screwed to the door, as the doorkeeper sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from facedoor.door.states import Action, Profile, Sensed


class Lock(Protocol):
    """A lock none of whose relays is energised once its constructor returns."""

    @property
    def is_on(self) -> bool:
        """True while one of its relays is energised."""

    def drive(self, action: Action) -> None:
        """Release, secure, or energise nothing. Raises :class:`RelayError`."""

    def close(self) -> None:
        """Energise nothing and let go of the pins. Calling it again does nothing."""


class Switches(Protocol):
    """The switches of one door. :meth:`take` belongs to the doorkeeper's thread."""

    def __bool__(self) -> bool:
        """True if there are any."""

    def hear(self, wake: Callable[[], None]) -> None:
        """From now on keep every edge, and call ``wake`` after it, from any thread."""

    def take(self) -> list[Sensed]:
        """What was heard since the last time; the first time how each of them stands."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """What is screwed to the door, and how it is driven."""

    lock: Lock
    switches: Switches
    profile: Profile

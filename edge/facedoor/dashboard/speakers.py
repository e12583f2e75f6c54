"""Who speaks: which door signed a message, and whether it is the one known by that name.

A door is known from its first status on, by a line in ``known_doors``; whoever speaks under its
name with another key changes nothing here, and is told of.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from facedoor.commands.known_doors import KnownDoors
from facedoor.errors import UsageError
from facedoor.wire.door_key import ForgedError, introduced, verified
from facedoor.wire.roles import DoorIdentity

MOST_DOORS = 500
"""More are not taken in: whoever may publish could make up any number."""

LOOK_S = 10.0
"""How often to look whether a stranger has become the door that is known."""

log = logging.getLogger(__name__)


class StrangerError(Exception):
    """Another door than the known one has signed a message under its name."""


class Speakers:
    """The doors that are known at one broker. Belongs to one thread."""

    def __init__(
        self, known: KnownDoors, broker: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """``broker`` is ``HOST:PORT``. Raises :class:`UsageError` for a file of known doors that
        cannot be read."""
        self._known = known
        self._broker = broker
        self._clock = clock
        self._looked_s = clock()
        self.doors: dict[str, DoorIdentity] = known.names(broker)

    def believed(self, door: str, kind: str, payload: bytes) -> bytes | None:
        """The JSON of a message that the door of that name has signed; ``None``: believe nothing.

        Raises :class:`StrangerError` for a status that another door has signed.
        """
        speaker = self.doors.get(door)
        try:
            if kind == "status":
                speaker = self._introduced(door, payload)
            return verified(kind, payload, speaker) if speaker is not None else None
        except ForgedError:
            return None

    def _introduced(self, door: str, status: bytes) -> DoorIdentity | None:
        speaker = introduced(status)
        known = self.doors.get(door)
        if known is not None and known != speaker and self._clock() >= self._looked_s + LOOK_S:
            known = self._look_again(door)
        if known is None:
            known = self._meet(door, speaker)
        if known is not None and known != speaker:
            raise StrangerError(speaker.id)
        return known

    def _meet(self, door: str, speaker: DoorIdentity) -> DoorIdentity | None:
        if len(self.doors) >= MOST_DOORS:
            return None
        try:
            self._known.remember(door, self._broker, speaker)
        except UsageError as error:
            log.warning("%s", error)
            return None
        log.warning(
            "first contact with the door %s: its identity is %s; see that facedoor keys says the "
            "same at the door",
            door,
            speaker.id,
        )
        self.doors[door] = speaker
        return speaker

    def _look_again(self, door: str) -> DoorIdentity | None:
        """Whoever was asked to compare may have taken the line of a door away."""
        self._looked_s = self._clock()
        try:
            self.doors = self._known.names(self._broker)
        except UsageError as error:
            log.warning("%s", error)
        return self.doors.get(door)

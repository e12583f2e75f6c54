"""By what a command may name this door: by its identity, and by its name while that is its alone.

Two doors can have one name, the default, and obey one key; a command that is meant for one of them
must not work at both. They share their topics then, so each finds what the other has said on the
topic of its own status.
"""

from __future__ import annotations

from collections.abc import Callable

from facedoor.problems import Board
from facedoor.wire.door_key import ForgedError, introduced
from facedoor.wire.messages import Handlers, Received
from facedoor.wire.roles import DoorIdentity
from facedoor.wire.topics import Topics


class OwnName:
    """Listens for other doors of the same name. The handlers are for the network's thread."""

    def __init__(
        self,
        topics: Topics,
        identity: DoorIdentity,
        board: Board,
        connections: Callable[[], int],
    ) -> None:
        """``connections`` counts those to the broker, the present one included."""
        self._topics = topics
        self._identity = identity
        self._board = board
        self._connections = connections
        self._other_in: int | None = None
        """The last connection in which another door has spoken under this name."""
        self._is_own = True

    @property
    def addresses(self) -> frozenset[str]:
        """What ``aud`` of a command for this door may be now."""
        identity = self._identity.id
        return frozenset((identity, self._topics.door) if self._is_own else (identity,))

    @property
    def handlers(self) -> Handlers:
        return {self._topics.status: self._hear}

    def _hear(self, received: Received) -> None:
        """Somebody has said a status under this door's name, now or before this connection.

        What is not signed tells nothing: it can be this door's own, from before it had a key.
        """
        try:
            speaker = introduced(received.payload)
        except ForgedError:
            return
        connection = self._connections()
        if speaker != self._identity:
            self._is_own, self._other_in = False, connection
            self._board.report(
                "name_shared",
                f"another door, whose identity is {speaker.id}, speaks as {self._topics.door} too, "
                f"so commands have to name this one by its identity, {self._identity.id}: give one "
                "of them another [door] name; if the other is gone, restart facedoor",
            )
        elif connection != self._other_in:
            # Nobody else has spoken since this connection began: the broker had kept our own.
            self._is_own = True
            self._board.report("name_shared", None)

"""Records that cannot be read, and are left out one by one: said on the board, and written down.

They were written with the key, such as by a newer facedoor or by another door of the site; what
somebody changed without it is for :mod:`facedoor.storage.ledger`.
"""

from __future__ import annotations

import logging
from typing import Literal, TypeAlias

from facedoor.errors import StoreError
from facedoor.problems import Board, Severity
from facedoor.storage.journal import Journal
from facedoor.times import utc_now
from facedoor.wire.state_events import RecordsSkipped

Kind: TypeAlias = Literal["templates", "permissions"]

_EFFECTS: dict[Kind, str] = {
    "templates": "there are templates that cannot be compared, so the door may not know them",
    "permissions": "it cannot be read what they may, so the door does not open for them",
}

log = logging.getLogger(__name__)


class SkippedRecords:
    """Those of one kind. Belongs to one thread."""

    def __init__(self, kind: Kind, journal: Journal, board: Board) -> None:
        self._kind = kind
        self._journal = journal
        self._board = board
        self._written = 0

    def are(self, people: int) -> None:
        """Of so many people something was left out now. Never raises for a state file that fails.

        The journal says so once, and again when there are more than ever since the start.
        """
        problem = (
            f"of {people} people {_EFFECTS[self._kind]}: upgrade facedoor, or remove them and "
            "enrol them again"
        )
        said = problem if people else None
        self._board.report("people_unreadable", said, Severity.ERROR, about=self._kind)
        if people > self._written:
            try:
                self._journal.append(RecordsSkipped(utc_now(), self._kind, people))
                self._written = people
            except StoreError as error:
                log.warning("that records are left out cannot be written down: %s", error)

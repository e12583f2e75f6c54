"""The scribe: brings what happened into the journal, in order, even if it is broken for a while.

Decisions about visits are of the kind ``decision``, everything else at the door is ``door``.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import sqlite3
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TypeAlias, TypeVar, cast

from facedoor.errors import StoreError
from facedoor.problems import Board, Severity
from facedoor.reasons import Reason
from facedoor.storage.journal import Journal
from facedoor.wire.decisions import Decision, Judgement
from facedoor.wire.events import DoorHappened, Duress

UNWRITTEN_LIMIT = 1000
"""Events that are kept in memory while the journal is broken: about half a megabyte."""

Writable: TypeAlias = Judgement | DoorHappened
Some = TypeVar("Some", bound=Judgement)
Written = TypeVar("Written", bound=Writable)

Objection: TypeAlias = Callable[[sqlite3.Connection], Reason | None]
"""What forbids a release by now, if anything does: asked in the transaction that writes it, on the
connection of that. A decision about a visit has its own rules, :meth:`Access.recording`."""

log = logging.getLogger(__name__)


def no_objection(_: sqlite3.Connection) -> None:
    """Of what rests on nothing that could be gone by the time that it is written."""


@dataclass(slots=True)
class _Waiting:
    """What is to be written, as it stands by now, with the alarm about it."""

    entry: Writable
    duress: Duress | None
    objection: Objection = no_objection


class Scribe:
    """Writes events; what cannot be written waits in memory and goes before anything newer.

    Belongs to one thread, as the journal does.
    """

    def __init__(
        self,
        open_journal: Callable[[], Journal],
        recording: Callable[[Journal, Decision], AbstractContextManager[Decision]],
        board: Board,
    ) -> None:
        """``open_journal`` is called when something is to be written, again and again while it
        raises :class:`StoreError`, which the ``board`` shows; ``recording`` is the transaction for
        a decision, and gives what stands of it."""
        self._board = board
        self._open_journal = open_journal
        self._recording = recording
        self._journal: Journal | None = None
        self._unwritten: deque[_Waiting] = deque()
        self.last_entry = 0
        """The number of the last entry that was written here, an alarm's aside."""

    @property
    def unwritten(self) -> tuple[Writable | Duress, ...]:
        """What still waits, oldest first."""
        events = [event for waiting in self._unwritten for event in (waiting.entry, waiting.duress)]
        return tuple(event for event in events if event is not None)

    def write(
        self, entry: Written, duress: Duress | None = None, objection: Objection = no_objection
    ) -> Written:
        """Write ``entry`` down, with the alarm about it if there is one: both or none.

        Returns what stands: a grant to which there is an ``objection``, and one that cannot be
        written, becomes a refusal.
        """
        if len(self._unwritten) == UNWRITTEN_LIMIT:
            lost = self._unwritten.popleft()
            for event in (lost.entry, lost.duress):
                if event is not None:
                    log_lost(event)
        waiting = _Waiting(entry, duress, objection)
        self._unwritten.append(waiting)
        is_written = False
        try:
            is_written = self.catch_up()
        finally:  # whatever else fails: it must not be written as a grant later
            if not is_written:
                _refuse(waiting, Reason.DEGRADED)
        return cast("Written", waiting.entry)

    def catch_up(self) -> bool:
        """Write what waits, oldest first. False if something is left."""
        try:
            while self._unwritten:
                if self._journal is None:
                    self._journal = self._open_journal()
                self._append(self._journal, self._unwritten[0])
                self._unwritten.popleft()
        except StoreError as error:
            problem = f"no decision can be written, so the door stays locked: {error}"
            self._board.report("journal_unwritable", problem, Severity.ERROR)
            return False
        self._board.clear("journal_unwritable")
        return True

    def _append(self, journal: Journal, waiting: _Waiting) -> None:
        if isinstance(waiting.entry, Decision):
            with self._recording(journal, waiting.entry) as standing:
                waiting.entry = standing
                if not standing.again:  # else it is only counted
                    self.last_entry = journal.append(standing)
                if waiting.duress is not None:
                    journal.append(waiting.duress)
        else:
            with journal.together() as db:
                if reason := waiting.objection(db):
                    _refuse(waiting, reason)
                self.last_entry = journal.append(waiting.entry)


def _refuse(waiting: _Waiting, reason: Reason) -> None:
    if isinstance(waiting.entry, Judgement) and waiting.entry.granted:
        waiting.entry = refused(waiting.entry, reason)


def refused(decision: Some, reason: Reason) -> Some:
    """The same decision, refused for ``reason``."""
    return dataclasses.replace(decision, granted=False, reason=reason)


def log_lost(entry: Writable | Duress) -> None:
    """Leave what will never reach the journal in the log at least, without a name: it could not be
    erased there."""
    said = {**entry.as_json(), "person": None}
    said.pop("nearest", None)
    text = json.dumps(said, ensure_ascii=False, default=str)
    log.error("an event could not be written to the journal: %s", text)

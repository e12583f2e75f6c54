"""The access rules at work: what the doorkeeper asks before it opens for a face.

Two threads meet here. The doorkeeper's asks, and counts what it writes down
(:meth:`AccessRules.judge`, ``present``, ``recording``); the service's reads the rules again when
they have changed (:meth:`AccessRules.reload`, ``look``). What they share is exchanged whole.

Rules that cannot be read let nobody in.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from facedoor.access.lockout import LockoutPolicy
from facedoor.access.lockouts import Lockouts
from facedoor.access.pin import is_pin
from facedoor.access.rule_book import RuleBook, Rulings
from facedoor.access.rules import Admission, Factor, Permission, Way, admit, keeps_to_times
from facedoor.access.second_factor import Progress, Waiting, arrived, presented
from facedoor.clock import DoorClock
from facedoor.errors import FacedoorError, StoreError
from facedoor.identity.gallery import Gallery
from facedoor.problems import Board, Severity
from facedoor.reasons import Reason
from facedoor.storage.journal import Journal
from facedoor.storage.ledger import TamperedError
from facedoor.storage.skipped import SkippedRecords
from facedoor.storage.vault import Vault
from facedoor.times import utc_now
from facedoor.wire.decisions import Decision
from facedoor.wire.events import Duress

log = logging.getLogger(__name__)

_GONE = "renamed or removed just now"


class AccessRules:
    """The rules of one door, as :class:`facedoor.door.control.Access` asks for them.

    :meth:`judge`, :meth:`present` and :meth:`recording` are for the doorkeeper's thread, everything
    else is for the one that made this.
    """

    def __init__(
        self, db: sqlite3.Connection, vault: Vault, board: Board, clock: DoorClock
    ) -> None:
        """``db`` is the state file as this thread has it. Until :meth:`reload` nobody comes in; the
        ``board`` shows why rules cannot be read, and what cannot be kept. Whoever is bound to times
        comes in only while the ``clock`` is proven."""
        self._book = RuleBook(db, vault)
        self._vault = vault
        self._clock = clock
        self._skipped = SkippedRecords("permissions", Journal(db, vault), board)
        self._board = board
        self._rulings: Rulings | None = None
        self._lockouts = Lockouts(db, self._clock.boot_s, self._clock.boot)
        self._policy = LockoutPolicy(after=0)  # of the rules that were last read
        # Of the doorkeeper's thread: for what the visitors of these rules still wait, and the
        # decision about the one who may show a second factor.
        self._waiting = Waiting()
        self._waiting_under: Rulings | None = None
        self._recognised: Decision | None = None

    @property
    def false_match_rates(self) -> Mapping[str, float]:
        """By name of the person, for everybody who has a rate of their own."""
        return self._rulings.false_match_rates if self._rulings is not None else {}

    @property
    def keep_to_times(self) -> bool:
        """True if the rules let somebody in only at some times."""
        rulings = self._rulings
        return rulings is not None and any(
            keeps_to_times(rulings.rules, permission) for permission in rulings.permissions.values()
        )

    def reload(self) -> None:
        """Read the rules again. Never raises for rules or a state file that cannot be read."""
        try:
            self._lockouts.recall()
            self._rulings, problem = self._book.rulings(), None
            self._policy = self._rulings.rules.lockout
            self._skipped.are(self._rulings.skipped)
        except FacedoorError as error:
            problem = f"the door opens for no face, its access rules cannot be read: {error}"
            self._rulings = None
        self._board.report("rules_unreadable", problem, Severity.ERROR)

    def look(self) -> None:
        """Read rules that could not be read before, and write down that a lockout is over. To be
        called often; never raises for a state file that fails."""
        if self._rulings is None:
            self.reload()
        problem = None
        try:
            self._lockouts.end_those_over()
        except StoreError as error:
            problem = f"the end of a lockout cannot be written down: {error}"
        self._board.report("lockout_unwritten", problem)

    def judge(self, decision: Decision) -> tuple[Decision, Duress | None]:
        """A grant of the frame path stays one only if the rules say so too.

        The alarm, where there is one, is to be written together with the decision.
        """
        rulings = self._rulings
        if not decision.granted:
            return decision, None
        permission = rulings.permissions.get(decision.person or "") if rulings else None
        forced = permission is not None and permission.duress
        duress = Duress(utc_now(), str(decision.person)) if forced else None
        try:
            return self._judged(decision, rulings, permission), duress
        except Exception:  # which must not take the alarm with it
            log.exception("the access rules failed, so nobody comes in")
            return _refused(decision, Reason.DEGRADED, "the access rules failed"), duress

    def present(self, code: str | None, /) -> Decision | None:
        """A code was typed, or the button was pressed: what that leads to, if anybody waits."""
        rulings, now_s = self._rulings, self._clock.boot_s()
        person, recognised = self._waiting.expects_factor_of(now_s), self._recognised
        if rulings is not self._waiting_under or rulings is None:
            return None
        if person is None or recognised is None:
            return None
        recognised = replace(recognised, time=utc_now())
        if self._lockouts.door_is_locked(rulings.rules.lockout):
            return _refused(recognised, Reason.LOCKED_OUT, "lockout")
        permission = rulings.permissions[person]
        admission = self._admission(rulings, permission)
        if not admission.ways:
            return _refused(recognised, admission.reason, admission.rule)
        factor = Factor.BUTTON if code is None else Factor.PIN
        asked = tuple(way for way in admission.ways if way.second_factor is factor)
        if not asked:
            return None
        if not self._passable(rulings, person, asked):
            return _locked_pin(recognised, asked[0])
        right = None if code is None else is_pin(code, permission.pin)
        progress = presented(self._waiting, person, asked, right, now_s)
        if progress is None:
            return None
        if right is not False:
            recognised = replace(recognised, factor=factor.value)
        decision = self._after(recognised, progress)
        self._lockouts.compared(decision)
        return decision

    @contextmanager
    def recording(self, journal: Journal, decision: Decision) -> Iterator[Decision]:
        """One transaction for ``decision``, which is written to ``journal`` inside, and for what it
        makes of the lockout. Gives the decision as it stands by now: who has been removed while it
        waited for the disk is let in no more. Raises :class:`StoreError`; nothing has changed
        then."""
        with journal.together() as db:
            decision = self._as_it_stands(db, decision)
            yield decision
            counted = self._lockouts.count(db, decision, self._policy)
            for event in counted.told if counted else ():
                journal.append(event)
        self._lockouts.take(decision, counted)

    def _as_it_stands(self, db: sqlite3.Connection, decision: Decision) -> Decision:
        """``decision``, refused if nobody is enrolled under its name any more."""
        if not decision.granted:
            return decision
        try:
            if Gallery(db, self._vault).is_enrolled(str(decision.person)):
                return decision
        except TamperedError:  # which the board says
            return _refused(decision, Reason.DEGRADED, "people were changed without the key")
        return _refused(decision, Reason.NOT_VALID, _GONE)

    def _judged(
        self, decision: Decision, rulings: Rulings | None, permission: Permission | None
    ) -> Decision:
        if rulings is None:
            return _refused(decision, Reason.DEGRADED, "the access rules cannot be read")
        if rulings.say_nothing:
            return decision
        if permission is None:
            return _refused(decision, Reason.NOT_VALID, _GONE)
        if self._lockouts.door_is_locked(rulings.rules.lockout):
            return _refused(decision, Reason.LOCKED_OUT, "lockout")
        admission = self._admission(rulings, permission)
        if not admission.ways:
            return _refused(decision, admission.reason, admission.rule)
        ways = self._passable(rulings, str(decision.person), admission.ways)
        if not ways:
            return _locked_pin(decision, admission.ways[0])
        if rulings is not self._waiting_under:
            # What was waited for under other rules, or by somebody who was removed, is over.
            self._waiting, self._waiting_under = Waiting(), rulings
        return self._after(
            decision,
            arrived(self._waiting, str(decision.person), ways, self._clock.boot_s()),
        )

    def _after(self, decision: Decision, progress: Progress) -> Decision:
        self._waiting = progress.waiting
        if progress.reason is Reason.RECOGNISED:
            return replace(decision, rule=progress.rule)
        if progress.reason is Reason.SECOND_FACTOR:
            self._recognised = decision
        return _refused(decision, progress.reason, progress.rule)

    def _passable(self, rulings: Rulings, name: str, ways: tuple[Way, ...]) -> tuple[Way, ...]:
        """Without those that ask for a PIN, while too many wrong codes were typed for ``name``."""
        if self._lockouts.pin_is_locked(name, rulings.numbers[name], rulings.rules.lockout):
            return tuple(way for way in ways if way.second_factor is not Factor.PIN)
        return ways

    def _admission(self, rulings: Rulings, permission: Permission) -> Admission:
        return admit(rulings.rules, permission, self._clock.reading())


def _locked_pin(decision: Decision, way: Way) -> Decision:
    return _refused(decision, Reason.LOCKED_OUT, f"{way.rule}, pin: wrong codes")


def _refused(decision: Decision, reason: Reason, rule: str) -> Decision:
    return replace(decision, granted=False, reason=reason, rule=rule)

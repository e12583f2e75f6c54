"""How long the journal remembers, and how much room it may take."""

from __future__ import annotations

import dataclasses
import re
import sqlite3
import time
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorway import grant, refusal
from facedoor.clock import SETTLES_S
from facedoor.config.options import StorageConfig
from facedoor.problems import Board
from facedoor.reasons import Reason
from facedoor.storage import ages, journal, retention, store
from facedoor.storage.audit import AuditResult, verify
from facedoor.storage.journal import Journal
from facedoor.storage.retention import LOOK_EVERY_S, RETRY_AFTER_S, WINDOW, Retention
from facedoor.times import utc_now, utc_text
from facedoor.wire.access_requests import TryRules
from facedoor.wire.decisions import Decision, ExitDecision
from facedoor.wire.entries import Entry
from facedoor.wire.events import CommandConcluded, DoorHappened, Happening, OtherEvent
from facedoor.wire.reading_requests import ListPeople, Ping, Reading, ReadJournal, ReadRules
from facedoor.wire.roles import Role
from facedoor.wire.visit_events import PicturesSeen
from front_door import FrontDoor
from timepieces import Timepiece
from vaults import VAULT, open_store, without_the_key

STRANGER, GRANT = refusal(1), grant(1)
DAY_S = 86_400.0


class Door:
    """A journal and its retention, at a time that the test sets."""

    def __init__(self, folder: Path, keep_days: int = 30, max_mb: int = 1000) -> None:
        self.db = open_store(folder / "facedoor.db")
        self.db.execute("PRAGMA synchronous = OFF")
        self.journal = Journal(self.db, VAULT)
        self.board = Board()
        self.clock_s = 0.0
        self.time = Timepiece(wall_s=time.time())
        self.clock = self.time.settled_clock()
        self.keep_days, self.max_mb = keep_days, max_mb
        self.opened_again()

    def opened_again(self) -> None:
        self.retention = Retention(
            self.db,
            VAULT,
            StorageConfig(keep_days=self.keep_days, max_mb=self.max_mb),
            self.board,
            self.clock,
            lambda: self.clock_s,
        )

    def write(self, *kinds: str, size: int = 1) -> None:
        for kind in kinds:
            self.journal.append(OtherEvent.of(kind, {"person": "Anna", "text": "x" * size}))

    def decide(self, *decisions: Decision, size: int = 1) -> None:
        for decision in decisions:
            self.journal.append(dataclasses.replace(decision, more={"text": "x" * size}))

    def problems(self) -> dict[str, str]:
        return {problem.code: problem.sentence for problem in self.board.problems}

    def tidy(self) -> None:
        for _ in range(20):
            self.retention.look()

    def kinds(self) -> list[str]:
        return [entry.kind for entry in self.journal.tail(10_000)]


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(tmp_path)


def test_old_entries_are_removed_with_their_names_and_the_rest_verifies(door: Door) -> None:
    door.write("decision", "system", "decision")
    door.time.passes(31 * DAY_S)
    door.tidy()
    assert door.kinds() == []
    assert door.db.execute("SELECT count(*) FROM mention").fetchone() == (0,)
    door.write("system", "decision")
    assert verify(door.db, VAULT) == AuditResult(entries=2, removed=3)
    assert [entry.id for entry in door.journal.unsent(10)] == [4, 5]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE journal SET time = '2026-01-01T00:00:00.000Z'",
        "UPDATE journal SET kind = 'system' WHERE id = 2",
        "DELETE FROM journal WHERE id = 2",
    ],
)
def test_entries_that_were_changed_without_the_key_are_not_removed_as_old(
    tmp_path: Path, change: str
) -> None:
    door = Door(tmp_path)
    door.write("decision", "decision", "system")
    if "time" not in change:
        door.time.passes(31 * DAY_S)
    with without_the_key(tmp_path / "facedoor.db") as thief:
        thief.execute(change)
    before = verify(door.db, VAULT)
    door.tidy()
    assert "was changed without its key, in journal" in door.problems()["old_entries_stay"]
    assert verify(door.db, VAULT) == before
    assert not before.intact


def test_while_nobody_knows_the_time_nothing_is_removed(door: Door) -> None:
    door.write("decision", "system")
    right_s = door.time.wall_s
    for wrong_s in (0.0, right_s + 40 * DAY_S, right_s + 730 * DAY_S):
        door.time.is_set(wrong_s)
        door.clock.look()
        door.tidy()
        door.clock_s += RETRY_AFTER_S
    assert door.kinds() == ["decision", "system"]


def test_one_start_two_years_ahead_removes_nothing(door: Door) -> None:
    """Also where a time server says so."""
    door.write("decision", "system")
    right_s = door.time.wall_s
    for boot, wall_s in (("second", right_s + 730 * DAY_S), ("third", right_s + DAY_S)):
        door.time.boot, door.time.boot_s = boot, 10.0
        door.time.is_set(wall_s, by_time_server=True)
        door.clock = door.time.clock(door.clock.look())
        assert door.clock.reading().is_proven
        door.opened_again()
        door.tidy()
        assert door.kinds() == ["decision", "system"], boot


def test_what_is_old_goes_when_the_door_has_run_a_day_on_a_time_far_ahead(door: Door) -> None:
    door.write("decision", "system")
    door.time.is_set(door.time.wall_s + 40 * DAY_S, by_time_server=True)
    door.clock.look()
    door.time.passes(SETTLES_S - 60)
    door.tidy()
    assert door.kinds() == ["decision", "system"]
    door.time.passes(60)
    door.clock_s += RETRY_AFTER_S
    door.tidy()
    assert door.kinds() == []


def test_young_entries_stay(door: Door) -> None:
    door.write("decision", "system")
    door.time.passes(29 * DAY_S)
    door.tidy()
    assert verify(door.db, VAULT) == AuditResult(entries=2, removed=0)


def test_that_somebody_only_asked_is_routine_whatever_they_asked() -> None:
    """Save for what is not written at all."""
    for kind in set(Reading.__args__) - {Ping, TryRules}:
        asked = CommandConcluded(utc_now(), "done", "17", kind.cmd, "phone", None, None)
        assert retention.expendability(asked, about_somebody=False) == 1, kind
    changed = CommandConcluded(utc_now(), "done", "17", "invite", "phone", None, None)
    assert retention.expendability(changed, about_somebody=False) is None


def test_without_room_what_a_real_door_wrote_goes_in_order_and_what_opened_it_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = FrontDoor(tmp_path)
    ada_at_night = dataclasses.replace(
        grant(3), granted=False, reason=Reason.NOT_ALLOWED_NOW, rule="nights"
    )
    for visit in (grant(1), refusal(2), ada_at_night):
        door.doorway.keeper.handle(visit)
    door.doorway.clock.now_s += 10  # the door is locked again
    door.look()
    for happening in Happening:
        door.doorway.open_journal().append(DoorHappened(utc_now(), happening))
    door.doorway.open_journal().append(PicturesSeen(utc_now(), ("3f9a1c07-1",), "phone"))
    for command in (ListPeople, ReadJournal, ReadRules):
        door.ask(Role.ADMIN, command.cmd)
    door.ask(Role.VIEWER, "unlock", {"reason": "post"})
    door.ask(Role.ADMIN, "unlock", {"reason": "post"})
    door.ask(Role.ADMIN, "rename", {"person": "Bob", "to": "Rob"})
    door.ask(Role.ADMIN, "remove", {"person": "Rob"})
    door.ask(Role.ADMIN, "set_rules", {"rules": {"time_zone": "UTC"}})
    door.ask(Role.ADMIN, "mode", {"mode": "lockdown"})
    door.ask(Role.ADMIN, "unlock", {"reason": "post"})
    door.doorway.keeper.handle(ExitDecision.grant())

    monkeypatch.setattr(retention, "WINDOW", 5)
    door = Door(tmp_path, max_mb=0)
    written = {entry.id: label(entry) for entry in door.journal.tail(1000)}
    door.tidy()
    assert len(door.kinds()) == len(written), "nothing goes on the first day"
    door.time.passes(2 * DAY_S)
    went: list[str] = []
    for _ in range(100):
        door.clock_s += LOOK_EVERY_S
        door.retention.look()
        left = {entry.id for entry in door.journal.tail(1000)}
        went += [written.pop(number) for number in sorted(written.keys() - left)]
    assert went == [
        *("decision refused unknown", "door bell"),
        *("command refused wrong_role", "command unlock refused lockdown"),
        *("door opened", "door closed", "door picture_seen"),
        *("command list done", "command journal done", "command rules done"),
        *("decision refused not_allowed_now", "door release refused"),
    ]
    for kept in ("decision granted", "door release granted", "door exit granted", "door forced"):
        assert kept in written.values()
    assert verify(door.db, VAULT) == AuditResult(entries=len(written), removed=len(went))
    assert "nothing is left in it that may go" in door.problems()["state_file_too_large"]
    door.decide(GRANT)  # and the door goes on


def label(entry: Entry) -> str:
    said = entry.payload
    about = [said.get(key) for key in ("event", "cmd", "decision", "outcome")]
    why = said.get("reason") if "refused" in about and "event" not in said else None
    return " ".join(str(word) for word in (entry.kind, *about, why) if word is not None)


def test_removing_ends_when_there_is_room(tmp_path: Path) -> None:
    door = Door(tmp_path, max_mb=1)
    door.decide(*[STRANGER] * 20, *[GRANT] * 2, size=100_000)
    door.decide(*[STRANGER] * (WINDOW * 2))
    door.time.passes(2 * DAY_S)
    door.tidy()
    assert len(door.kinds()) == WINDOW * 2 - (WINDOW - 22) + 2
    assert door.problems() == {}
    assert verify(door.db, VAULT).intact


def test_entry_of_a_kind_that_nobody_knows_never_goes_for_want_of_room(tmp_path: Path) -> None:
    door = Door(tmp_path, max_mb=0)
    door.write("visit", "system", "door", "command")
    door.time.passes(2 * DAY_S)
    door.tidy()
    assert len(door.kinds()) == 4


def test_what_may_not_go_is_looked_at_once(tmp_path: Path) -> None:
    door = Door(tmp_path, max_mb=0)
    door.decide(*[GRANT] * 2 * WINDOW)
    door.time.passes(2 * DAY_S)
    door.tidy()
    seen: list[str] = []
    door.db.set_trace_callback(seen.append)
    door.clock_s += LOOK_EVERY_S
    door.tidy()
    windows = [line for line in seen if "payload" in line]
    assert len(windows) == 4  # once for age, and once for each stage, all of them empty
    assert sum(f"id > {2 * WINDOW} " in line for line in windows) == 3


def test_problem_is_over_when_there_is_room_again(tmp_path: Path) -> None:
    door = Door(tmp_path, max_mb=1)
    door.write(*["decision"] * 20, size=100_000)
    door.tidy()
    assert "more than [storage] max_mb = 1" in door.problems()["state_file_too_large"]
    door.time.passes(31 * DAY_S)
    door.clock_s += LOOK_EVERY_S
    door.tidy()
    assert door.problems() == {}
    assert door.kinds() == []


def test_one_look_removes_one_batch(door: Door) -> None:
    door.write(*["system"] * (WINDOW + 10))
    door.time.passes(31 * DAY_S)
    door.retention.look()
    assert len(door.kinds()) == 10
    door.retention.look()
    assert door.kinds() == []


def test_without_anything_to_do_nothing_is_looked_at_for_a_while(door: Door) -> None:
    door.tidy()
    door.write("system")
    door.time.passes(31 * DAY_S)
    door.tidy()
    assert door.kinds() == ["system"]
    door.clock_s += LOOK_EVERY_S
    door.tidy()
    assert door.kinds() == []


def test_state_file_that_fails_is_a_problem_and_no_error(door: Door) -> None:
    door.write("system")
    door.time.passes(31 * DAY_S)
    door.db.execute("PRAGMA query_only = ON")
    door.tidy()
    assert "old entries of the journal cannot be removed" in door.problems()["old_entries_stay"]
    door.db.execute("PRAGMA query_only = OFF")
    door.clock_s += RETRY_AFTER_S
    door.tidy()
    assert door.problems() == {}


def test_what_has_no_gap_cannot_be_removed(door: Door) -> None:
    door.write("system", "system")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        door.db.execute("DELETE FROM journal WHERE id = 1")


def test_old_entry_behind_many_that_a_wrong_clock_wrote_goes_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for days, door in ((31, Door(tmp_path / "age")), (2, Door(tmp_path / "room", max_mb=0))):
        with monkeypatch.context() as patch:
            patch.setattr(journal, "utc_now", lambda: "2126-11-24T09:30:00.000Z")
            door.write(*["system"] * 2 * WINDOW)
        door.decide(STRANGER)
        door.time.passes(days * DAY_S)
        for _ in range(5):
            door.clock_s += LOOK_EVERY_S
            door.retention.look()
        assert door.kinds().count("decision") == 0


@pytest.mark.parametrize("wrong", ["1970-01-01T00:01:00.000Z", "2126-11-24T09:30:00.000Z"])
def test_entries_that_a_wrong_clock_dated_are_as_old_as_those_around_them(
    door: Door, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    def written_at(time: str, *kinds: str) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(journal, "utc_now", lambda: time)
            door.write(*kinds)

    old, young = (utc_text(door.clock.reading().now - timedelta(days=days)) for days in (40, 20))
    written_at(wrong, "before all")
    written_at(old, "old")
    written_at(wrong, "among old ones")
    written_at(old, "old")
    written_at(wrong, "between old and young")
    written_at(young, "young")
    written_at(wrong, "among young ones")
    written_at(old, "seems old")  # as with a clock that was set back
    door.tidy()
    left = ["between old and young", "young", "among young ones", "seems old"]
    assert door.kinds() == left
    door.time.passes(9 * DAY_S)
    door.clock_s += LOOK_EVERY_S
    door.tidy()
    assert door.kinds() == left
    door.time.passes(2 * DAY_S)
    door.clock_s += LOOK_EVERY_S
    door.tidy()
    assert door.kinds() == []


def test_dates_are_looked_at_once_and_a_part_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ages, "AT_ONCE", 100)
    door = Door(tmp_path, max_mb=0)
    door.decide(*[GRANT] * 250, STRANGER)
    door.time.passes(2 * DAY_S)
    seen: list[str] = []
    door.db.set_trace_callback(seen.append)
    door.tidy()
    assert door.kinds().count("decision") == 250
    dates = [line for line in seen if "SELECT id, time FROM" in line]
    assert {f"id > {number} " for number in (100, 200)} == {
        part for line in dates for part in re.findall(r"id > [12]00 ", line)
    }
    assert sum("id > 0 " in line for line in dates) <= len(dates) // 2 + 1


def test_what_an_older_key_opens_is_taken_out_while_the_door_is_at_work(door: Door) -> None:
    door.db.execute("UPDATE sealing SET is_scrubbed = 0")
    door.retention.look()
    assert not store.needs_scrub(door.db)
    assert door.problems() == {}


def test_large_file_is_written_anew_at_the_start_and_not_at_work(door: Door) -> None:
    door.write(*["decision"] * 17, size=1_000_000)
    door.db.execute("PRAGMA wal_checkpoint")
    door.db.execute("UPDATE sealing SET is_scrubbed = 0")
    door.retention.look()
    assert "start facedoor again at a quiet time" in door.problems()["not_scrubbed"]
    store.scrub_if_possible(door.db, store.START_REWRITES_UP_TO_MB)
    door.clock_s += RETRY_AFTER_S
    door.retention.look()
    assert door.problems() == {}
    assert not store.needs_scrub(door.db)


@given(st.lists(st.sampled_from([STRANGER, GRANT]), max_size=12), st.integers(0, 12))
def test_whatever_is_removed_the_rest_verifies(
    tmp_path_factory: pytest.TempPathFactory, visits: list[dict[str, object]], sent: int
) -> None:
    door = Door(tmp_path_factory.mktemp("state"), max_mb=0)  # more than any file has
    door.decide(*visits)
    door.time.passes(2 * DAY_S)
    door.journal.mark_sent(sent)
    door.tidy()
    decisions = [number for number, visit in enumerate(visits, 1) if visit is GRANT]
    assert [entry.id for entry in door.journal.tail(100)] == decisions
    assert [entry.id for entry in door.journal.unsent(100)] == [n for n in decisions if n > sent]
    verdict = verify(door.db, VAULT)
    assert verdict == AuditResult(entries=len(decisions), removed=len(visits) - len(decisions))

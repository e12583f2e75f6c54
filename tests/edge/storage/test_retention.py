"""How long the journal remembers, and how much room it may take."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor.config.options import StorageConfig
from facedoor.storage.audit import Verdict, verify
from facedoor.storage.journal import Journal
from facedoor.storage.retention import BATCH, LOOK_EVERY_S, Retention
from vaults import VAULT, open_store


class Door:
    """A journal and its retention, at a time that the test sets."""

    def __init__(self, folder: Path, keep_days: int = 30, max_mb: int = 1000) -> None:
        self.db = open_store(folder / "facedoor.db")
        self.db.execute("PRAGMA synchronous = OFF")
        self.journal = Journal(self.db, VAULT)
        self.clock_s = 0.0
        self.now = datetime.now(UTC)
        self.retention = Retention(
            self.db,
            VAULT,
            StorageConfig(keep_days=keep_days, max_mb=max_mb),
            lambda: self.clock_s,
            lambda: self.now,
        )

    def write(self, *kinds: str, size: int = 1) -> None:
        for kind in kinds:
            self.journal.append(kind, {"person": "Anna", "text": "x" * size})

    def tidy(self) -> None:
        for _ in range(20):
            self.retention.look()

    def kinds(self) -> list[str]:
        return [entry.kind for entry in self.journal.tail(10_000)]


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(tmp_path)


def test_old_entries_are_removed_and_the_rest_still_verifies(door: Door) -> None:
    door.write("decision", "system", "decision")
    door.now += timedelta(days=31)
    door.tidy()
    assert door.kinds() == []
    door.write("system", "decision")
    assert verify(door.db, VAULT) == Verdict(entries=2, removed=3)
    assert [entry.id for entry in door.journal.unsent(10)] == [4, 5]


def test_names_go_with_their_entries(door: Door) -> None:
    door.write("decision")
    door.now += timedelta(days=31)
    door.tidy()
    assert door.db.execute("SELECT count(*) FROM mention").fetchone() == (0,)


def test_young_entries_stay(door: Door) -> None:
    door.write("decision", "system")
    door.now += timedelta(days=29)
    door.tidy()
    assert verify(door.db, VAULT) == Verdict(entries=2, removed=0)


def test_when_there_is_no_room_the_oldest_system_entries_go(tmp_path: Path) -> None:
    door = Door(tmp_path, max_mb=1)
    door.write("system", "decision", "command", "door", *["system"] * 20, size=100_000)
    for _ in range(20):
        door.write("system", size=1)
    door.tidy()
    assert door.kinds()[:3] == ["decision", "command", "door"]
    assert door.retention.problem is None
    assert verify(door.db, VAULT).intact


def test_decisions_stay_even_if_there_is_no_room_and_the_door_says_so(tmp_path: Path) -> None:
    door = Door(tmp_path, max_mb=1)
    kinds = ["decision", "command", "door"] * 7
    door.write(*kinds, size=100_000)
    door.tidy()
    assert door.kinds() == kinds
    assert "more than [storage] max_mb = 1" in str(door.retention.problem)
    door.write("decision")
    assert verify(door.db, VAULT) == Verdict(entries=22, removed=0)


def test_problem_is_over_when_there_is_room_again(tmp_path: Path) -> None:
    door = Door(tmp_path, max_mb=1)
    door.write(*["decision"] * 20, size=100_000)
    door.tidy()
    door.now += timedelta(days=31)
    door.clock_s += LOOK_EVERY_S
    door.tidy()
    assert door.retention.problem is None
    assert door.kinds() == []


def test_one_look_removes_one_batch(door: Door) -> None:
    door.write(*["system"] * (BATCH + 10))
    door.now += timedelta(days=31)
    door.retention.look()
    assert len(door.kinds()) == 10
    door.retention.look()
    assert door.kinds() == []


def test_without_anything_to_do_nothing_is_looked_at_for_a_while(door: Door) -> None:
    door.tidy()
    door.write("system")
    door.now += timedelta(days=31)
    door.tidy()
    assert door.kinds() == ["system"]
    door.clock_s += LOOK_EVERY_S
    door.tidy()
    assert door.kinds() == []


def test_state_file_that_fails_is_a_problem_and_no_error(door: Door) -> None:
    door.write("system")
    door.now += timedelta(days=31)
    door.db.execute("PRAGMA query_only = ON")
    door.tidy()
    assert "old entries of the journal cannot be removed" in str(door.retention.problem)
    door.db.execute("PRAGMA query_only = OFF")
    door.clock_s += LOOK_EVERY_S
    door.tidy()
    assert door.retention.problem is None


def test_what_has_no_gap_cannot_be_removed(door: Door) -> None:
    door.write("system", "system")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        door.db.execute("DELETE FROM journal WHERE id = 1")


@given(st.lists(st.sampled_from(["system", "decision"]), max_size=12), st.integers(0, 12))
def test_whatever_is_removed_the_rest_verifies(
    tmp_path_factory: pytest.TempPathFactory, kinds: list[str], sent: int
) -> None:
    door = Door(tmp_path_factory.mktemp("state"), max_mb=0)  # more than any file has
    door.write(*kinds)
    door.journal.mark_sent(sent)
    door.tidy()
    decisions = [number for number, kind in enumerate(kinds, 1) if kind == "decision"]
    assert [entry.id for entry in door.journal.tail(100)] == decisions
    assert [entry.id for entry in door.journal.unsent(100)] == [n for n in decisions if n > sent]
    verdict = verify(door.db, VAULT)
    assert verdict == Verdict(entries=len(decisions), removed=len(kinds) - len(decisions))

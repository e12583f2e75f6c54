"""The journal: what is appended stays, in order, and is handed out until it has been sent."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accidents import EXAMPLES
from circle import at
from facedoor.errors import StoreError
from facedoor.identity.gallery import Gallery
from facedoor.storage.journal import Journal
from facedoor.storage.store import transaction
from facedoor.wire.entries import Entry
from facedoor.wire.events import OtherEvent
from vaults import VAULT, open_store


def ids(entries: list[Entry]) -> list[int]:
    return [entry.id for entry in entries]


def test_entry_comes_back_as_it_was_written(journal: Journal) -> None:
    payload = {"person": "Zoë", "granted": True, "latency_ms": {"embed": 8.3}, "liveness": None}
    entry_id = journal.append(OtherEvent.of("decision", payload))
    (entry,) = journal.tail(1)
    assert (entry.id, entry.kind, entry.payload) == (entry_id, "decision", payload)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", entry.time)


def test_entry_is_there_for_another_process_at_once(journal: Journal, tmp_path: Path) -> None:
    journal.append(OtherEvent.of("system", {"text": "started"}))
    other = Journal(open_store(tmp_path / "facedoor.db", read_only=True), VAULT)
    assert other.tail(1)[0].payload == {"text": "started"}


def test_tail_is_the_last_entries_in_order(journal: Journal) -> None:
    written = [journal.append(OtherEvent.of("system", {"n": n})) for n in range(5)]
    assert ids(journal.tail(3)) == written[2:]


def test_unsent_starts_again_where_sending_stopped(journal: Journal, tmp_path: Path) -> None:
    written = [journal.append(OtherEvent.of("system", {"n": n})) for n in range(5)]
    assert ids(journal.unsent(2)) == written[:2]
    journal.mark_sent(written[1])
    restarted = Journal(open_store(tmp_path / "facedoor.db"), VAULT)
    assert ids(restarted.unsent(10)) == written[2:]


def test_late_confirmation_does_not_send_again(journal: Journal) -> None:
    first, second = (journal.append(OtherEvent.of("system", {})) for _ in range(2))
    journal.mark_sent(second)
    journal.mark_sent(first)
    assert journal.unsent(10) == []


def test_event_of_the_future_cannot_be_marked_as_sent(journal: Journal) -> None:
    journal.append(OtherEvent.of("system", {}))
    journal.mark_sent(1000)
    later = journal.append(OtherEvent.of("decision", {}))
    assert ids(journal.unsent(10)) == [later]


@settings(max_examples=EXAMPLES // 2)
@given(st.lists(st.sampled_from(["append", "append", "send"]) | st.integers(-2, 40)))
def test_each_event_is_sent_in_order_until_confirmed(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str | int]
) -> None:
    journal = Journal(open_store(tmp_path_factory.mktemp("state") / "facedoor.db"), VAULT)
    written: list[int] = []
    confirmed = 0
    for step in steps:
        if isinstance(step, int):
            journal.mark_sent(step)
            confirmed = max(confirmed, min(step, len(written)))
        elif step == "append":
            written.append(journal.append(OtherEvent.of("system", {"n": len(written)})))
        else:
            assert ids(journal.unsent(100)) == [n for n in written if n > confirmed]
    assert ids(journal.tail(100)) == written == list(range(1, len(written) + 1))


def test_what_is_written_cannot_be_changed(db: sqlite3.Connection, journal: Journal) -> None:
    for statement in ["UPDATE journal SET kind = 'x'", "DELETE FROM journal"]:
        journal.append(OtherEvent.of("decision", {"granted": False}))
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            db.execute(statement)


def test_payload_that_is_not_json_or_whose_names_are_no_names_is_refused(journal: Journal) -> None:
    values = [float("nan"), float("inf"), object(), "\ud800"]
    for payload in (
        *({"value": value} for value in values),
        *({"person": person} for person in (7, ["Anna"], b"Anna", "\ud800")),
        *({"nearest": nearest} for nearest in (7, ["Anna"], b"Anna", "\ud800")),
    ):
        with pytest.raises((TypeError, ValueError)):
            journal.append(OtherEvent.of("decision", payload))
    assert journal.tail(10) == []


def test_full_disk_is_told_and_keeps_all_written(db: sqlite3.Connection, journal: Journal) -> None:
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {pages}")
    first = journal.append(OtherEvent.of("system", {}))
    with pytest.raises(StoreError, match=r"cannot write to the journal: .* the disk is full"):
        journal.append(OtherEvent.of("decision", {"text": "x" * 100_000}))
    assert ids(journal.tail(10)) == [first]


def test_lost_cursor_is_not_taken_for_all_sent(db: sqlite3.Connection, journal: Journal) -> None:
    journal.append(OtherEvent.of("decision", {}))
    with transaction(db, "do damage"):
        db.execute("DELETE FROM outbox")
    with pytest.raises(StoreError, match="is damaged"):
        journal.unsent(10)


def test_name_of_a_removed_person_is_erased_under_whatever_name_it_was_written(
    db: sqlite3.Connection, journal: Journal
) -> None:
    gallery = Gallery(db, VAULT)
    for name, face in (("Anna", 0), ("Bob", 90)):
        gallery.add(name, at(face), "a")
        journal.append(OtherEvent.of("decision", {"person": name, "granted": True}))
    gallery.rename("Anna", "Anne")
    for name in ("anne", "ANNA", "Bob"):
        journal.append(OtherEvent.of("decision", {"person": name, "granted": True}))
    gallery.remove("Anne")
    assert people(journal) == [None, "Bob", None, None, "Bob"]


def test_entry_after_the_removal_keeps_no_name(db: sqlite3.Connection, journal: Journal) -> None:
    gallery = Gallery(db, VAULT)
    gallery.add("Anna", at(0), "a")
    gallery.remove("Anna")
    journal.append(OtherEvent.of("command", {"person": "Anna", "command": "remove"}))
    gallery.add("Anna", at(0), "a")
    journal.append(OtherEvent.of("decision", {"person": "Anna"}))
    assert people(journal) == [None, "Anna"]


def test_name_that_is_somebody_elses_is_theirs(db: sqlite3.Connection, journal: Journal) -> None:
    gallery = Gallery(db, VAULT)
    gallery.add("Anna", at(0), "a")
    journal.append(OtherEvent.of("decision", {"person": "Anna", "of": "the first"}))
    gallery.rename("Anna", "Anne")
    gallery.add("Anna", at(90), "a")
    journal.append(OtherEvent.of("decision", {"person": "Anna", "of": "the second"}))
    gallery.remove("Anne")
    assert people(journal) == [None, "Anna"]


def test_whom_a_face_came_nearest_to_is_erased_with_them(
    db: sqlite3.Connection, journal: Journal
) -> None:
    gallery = Gallery(db, VAULT)
    for name, face in (("Anna", 0), ("Bob", 90)):
        gallery.add(name, at(face), "a")
        journal.append(OtherEvent.of("decision", {"person": None, "nearest": name}))
    gallery.rename("Anna", "Anne")
    journal.append(OtherEvent.of("decision", {"person": "Bob", "nearest": "Anne"}))
    removal = gallery.remove("Anne")
    journal.append(OtherEvent.of("decision", {"person": None, "nearest": "Anne"}))
    read = decisions(journal)
    assert [payload.get("nearest") for payload in read] == [None, "Bob", None, None]
    assert [payload["person"] for payload in read] == [None, None, "Bob", None]
    assert removal.entries == 2
    assert "Ann" not in str(read)


def test_name_that_only_a_stranger_came_near_to_can_be_erased(
    db: sqlite3.Connection, journal: Journal
) -> None:
    journal.append(OtherEvent.of("decision", {"person": None, "nearest": "Anna"}))
    assert str(Gallery(db, VAULT).remove("ANNA")).endswith("erased from 1 entry of the journal")
    assert [payload["nearest"] for payload in decisions(journal)] == [None]


def test_names_stand_nowhere_in_the_clear(db: sqlite3.Connection, journal: Journal) -> None:
    payload = {"a": 1, "person": "Rumpelstiltskin", "z": None, "nearest": "Rumpelheinz"}
    journal.append(OtherEvent.of("decision", payload))
    assert list(journal.tail(1)[0].payload.items()) == list(payload.items())
    assert "Rumpel" not in "".join(db.iterdump())


def test_since_gives_what_was_written_from_then_on(journal: Journal) -> None:
    written = [journal.append(OtherEvent.of("system", {"n": n})) for n in range(2100)]
    assert ids(list(journal.since())) == written
    time = journal.tail(1)[0].time
    assert ids(list(journal.since(time))) == [e.id for e in journal.tail(2100) if e.time >= time]
    assert list(journal.since("2999-01-01T00:00:00.000Z")) == []


def people(journal: Journal) -> list[str | None]:
    """Whom each entry is about, but those that say that something was forgotten."""
    told = [entry.payload for entry in journal.tail(100)]
    return [payload["person"] for payload in told if payload.get("event") != "forgotten"]


def decisions(journal: Journal) -> list[dict[str, Any]]:
    return [entry.payload for entry in journal.tail(100) if entry.kind == "decision"]

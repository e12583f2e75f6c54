"""What the dashboard keeps: each event once, only so much, and nothing that was forgotten."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from facedoor.dashboard import store as stores
from facedoor.dashboard.happenings import Happenings
from facedoor.dashboard.store import EventId, Store
from facedoor.errors import StoreError

TIME = "2026-11-28T11:57:00.000Z"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "page" / "dashboard.db"


@pytest.fixture
def store(file: Path) -> Iterator[Store]:
    store = Store(file)
    yield store
    store.close()


def decision(visit: str, person: str | None = "Ada", **changes: Any) -> dict[str, Any]:
    return {
        "time": TIME,
        "decision": "granted" if person else "refused",
        "reason": "recognised" if person else "unknown",
        "person": person,
        "distance_band": "within",
        "distance_ratio": 1.0,
        "frames": 3,
        "track": 1,
        "visit": visit,
        **changes,
    }


def hear(store: Store, number: int, payload: dict[str, Any], kind: str = "decision") -> list[str]:
    """Which news there is of an event of the door ``front``."""
    event = EventId("front", "aaaa", number)
    with store.transaction():
        news = Happenings(store).hear(event, kind, payload["time"], payload)
    return [one.event for one in news]


def test_event_counts_once_by_door_and_id(store: Store) -> None:
    one = EventId.read("front-aaaa-7", "front")
    assert [store.take(one) for _ in range(3)] == [True, False, False]
    assert store.take(EventId.read("back-aaaa-7", "back"))
    assert store.take(EventId.read("front-bbbb-7", "front"))
    assert not store.take(EventId.read("front-aaaa-6", "front"))
    assert store.take(EventId.read("front-aaaa-8", "front"))


def test_event_that_was_not_written_counts_as_not_heard(file: Path) -> None:
    """The process was killed in the middle."""
    first = Store(file)
    with suppress(KeyboardInterrupt), first.transaction():
        Happenings(first).hear(EventId("front", "aaaa", 1), "decision", TIME, decision("v-1"))
        raise KeyboardInterrupt
    first.close()
    second = Store(file)
    assert second.visits().texts == []
    assert hear(second, 1, decision("v-1")) == ["visit"]
    assert hear(second, 1, decision("v-1")) == []
    assert len(second.visits().texts) == 1
    second.close()


def test_visit_goes_on_over_a_restart(store: Store) -> None:
    hear(store, 1, decision("v-1", None))
    hear(store, 2, decision("v-1", "Ada"))
    (visit,) = store.visits().texts
    assert '"attempts":2' in visit
    assert '"outcome":"came_in"' in visit


def test_ids_of_other_forms_and_doors_are_none() -> None:
    for text in (None, "", "front-aaaa", "front-aaaa-x", "back-aaaa-1", "front-aaaa-0", "front--1"):
        with pytest.raises(ValueError, match=r"id|values|int"):
            EventId.read(text, "front")


def test_what_is_forgotten_is_in_no_file_any_more(file: Path, store: Store) -> None:
    name = "Wilhelmine-the-one-and-only"
    hear(store, 1, decision("v-1", name))
    hear(store, 2, decision("v-2", None, picture=True))
    hear(store, 3, {"time": TIME, "event": "enrolment", "person": name, "by": "desk"}, "door")
    hear(
        store,
        4,
        {"time": TIME, "event": "label", "visit": "v-2", "person": name, "by": "x"},
        "door",
    )
    assert name in on_disk(file)
    forgotten = {"time": TIME, "event": "forgotten", "visits": ["v-2"], "entries": [1, 3, 4]}
    happenings = Happenings(store)
    with store.transaction():
        (news,) = happenings.hear(EventId("front", "aaaa", 5), "door", TIME, forgotten)
    happenings.look(0.0, [])
    assert (news.event, news.door) == ("forgotten", "front")
    assert name not in on_disk(file)
    assert len(store.visits().texts) == 2
    assert '"picture":true' not in "".join(store.visits().texts)
    # Nor does it come back with what is composed anew.
    hear(store, 6, decision("v-1", None))
    assert name not in "".join(store.visits().texts)


def test_whom_a_refusal_was_put_down_to_is_forgotten_with_the_grant(
    file: Path, store: Store
) -> None:
    hear(store, 1, decision("v-1", None, reason="too_dark"))
    assert len(hear(store, 2, decision("v-2", "Ada"))) == 2
    assert "".join(store.visits().texts).count('"person":"Ada"') == 2
    forgotten = {"time": TIME, "event": "forgotten", "visits": [], "entries": [2]}
    with store.transaction():
        (news,) = Happenings(store).hear(EventId("front", "aaaa", 3), "door", TIME, forgotten)
    assert "Ada" not in "".join(store.visits().texts)
    assert json.loads(news.text) == {"door": "front", "visits": ["v-1", "v-2"], "entries": [2]}


def test_only_so_much_is_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "MOST_VISITS", 5)
    monkeypatch.setattr(stores, "MOST_ENTRIES", 5)
    for number in range(1, 10):
        time = f"2026-11-28T11:57:0{number}.000Z"
        hear(store, 2 * number, decision(f"v-{number}", time=time))
        hear(store, 2 * number + 1, {"time": time, "event": "bell"}, "door")
        store.put_point("front", number, [1.0])
    store.trim("2026-10-28", "2026-11-28", 5)
    assert ids(store) == ["v-9", "v-8", "v-7", "v-6", "v-5"]
    assert len(store.entries().texts) == 5
    assert len(store.points("front", 0)) == 5
    store.trim("2026-11-28T11:57:08", "2026-11-28", 5)
    assert len(store.visits().texts) == 2


def test_pages_follow_one_another_without_gap_or_repetition(store: Store) -> None:
    for number in range(1, 8):
        hear(store, number, decision(f"v-{number}", time=f"2026-11-28T11:57:0{number % 3}.000Z"))
    seen: list[str] = []
    before: str | None = ""
    while before is not None:
        page = store.visits(before, limit=2)
        seen += page.texts
        before = page.more
    assert len(seen) == len(set(seen)) == 7
    assert store.visits(doors=["back"]).texts == []
    assert len(store.visits(doors=["back", "front"]).texts) == 7


def test_only_its_owner_can_read_it(file: Path, store: Store) -> None:
    hear(store, 1, decision("v-1"))
    modes = {path.stat().st_mode & 0o777 for path in file.parent.glob("dashboard.db*")}
    assert modes == {0o600}


def test_file_that_is_no_store_is_told_of(file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match="moved away"):
        Store(file)


def ids(store: Store) -> list[str]:
    return [json.loads(text)["id"] for text in store.visits().texts]


def on_disk(file: Path) -> str:
    return "".join(path.read_bytes().decode("latin1") for path in file.parent.glob("dashboard.db*"))

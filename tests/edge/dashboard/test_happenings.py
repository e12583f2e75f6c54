"""What the dashboard makes of the events of a door: visits, and whom the door refuses too often."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from facedoor.dashboard.happenings import FINDINGS_S, Happenings
from facedoor.dashboard.news import News
from facedoor.dashboard.store import EventId, Store
from facedoor.times import utc_text

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


class Told:
    """The events of the door ``front``, one after another."""

    def __init__(self, store: Store) -> None:
        self.store, self.number = store, 0
        self.happenings = Happenings(store)

    def decision(self, moment: datetime, person: str | None, **changes: Any) -> list[News]:
        said = {
            "decision": "granted" if person else "refused",
            "reason": "recognised" if person else "too_dark",
            "person": person,
            "distance_band": None,
            "distance_ratio": None,
            "frames": 3,
            "track": 1,
            "visit": f"aaaa-{self.number + 1}",
        }
        return self.event(moment, "decision", **{**said, **changes})

    def event(self, moment: datetime, kind: str, **said: Any) -> list[News]:
        self.number += 1
        time = utc_text(moment)
        with self.store.transaction():
            event = EventId("front", "aaaa", self.number)
            return self.happenings.hear(event, kind, time, {"time": time, **said})

    def needs(self, now: datetime = NOW) -> list[list[dict[str, Any]]]:
        news = self.happenings.look(now.timestamp(), [])
        return [json.loads(one.text) for one in news if one.event == "needs"]


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Told]:
    store = Store(tmp_path / "dashboard.db")
    yield Told(store)
    store.close()


def test_who_is_refused_again_and_again_is_told_of_until_they_are_forgotten(told: Told) -> None:
    for day in range(1, 5):
        morning = NOW - timedelta(days=day)
        told.decision(morning, None)
        told.decision(morning + timedelta(seconds=20), "Grandma")
    ((need,),) = told.needs()
    assert (need["kind"], need["person"], need["door"]) == ("refused_often", "Grandma", "front")
    assert (need["refused"], need["reason"], need["photos"]) == (4, "too_dark", None)
    assert told.needs() == []  # as before
    again = told.needs(NOW + timedelta(seconds=FINDINGS_S))
    assert again == []
    told.event(NOW, "door", event="forgotten", visits=[], entries=[2, 4, 6, 8])
    assert told.needs(NOW + timedelta(seconds=FINDINGS_S + 1)) == [[]]


def test_who_is_refused_often_is_known_again_after_a_restart(told: Told) -> None:
    for day in range(1, 5):
        told.decision(NOW - timedelta(days=day), None)
        told.decision(NOW - timedelta(days=day) + timedelta(seconds=20), "Grandma")
    told.happenings = Happenings(told.store)
    assert len(told.needs()) == 1


def test_refusal_is_put_down_to_who_is_let_in_next_and_told_once_more(told: Told) -> None:
    told.decision(NOW, None)
    news = told.decision(NOW + timedelta(seconds=20), "Grandma")
    visits = {one["id"]: one for one in (json.loads(item.text) for item in news)}
    assert {visit["person_by"] for visit in visits.values()} == {"next_grant", "recognised"}


def test_label_names_a_visit_of_long_ago(told: Told) -> None:
    told.decision(NOW - timedelta(days=3), None)
    told.happenings = Happenings(told.store)
    told.needs()  # what is over for hours is not in memory any more
    news = told.event(NOW, "door", event="label", visit="aaaa-1", person="Grandma", by="phone")
    assert [one.event for one in news] == ["visit", "entry"]
    visit = json.loads(news[0].text)
    assert (visit["person"], visit["person_by"]) == ("Grandma", "label")


def test_grant_that_was_not_followed_is_withdrawn_from_the_visit(told: Told) -> None:
    told.decision(NOW, "Ada")
    said = {"event": "withdrawn", "entry": 1, "visit": "aaaa-1", "person": "Ada"}
    news = told.event(NOW, "door", decision="refused", reason="degraded", **said)
    assert json.loads(news[0].text)["outcome"] == "not_opened"


def test_visit_that_went_on_while_the_door_was_busy_is_one(told: Told) -> None:
    """Only the last ones of a door are in memory, and those of the last hours on the disk."""
    for number in range(100):
        told.decision(NOW + timedelta(seconds=number), None)
    told.decision(NOW + timedelta(seconds=101), "Ada", visit="aaaa-99")
    texts = [json.loads(text) for text in told.store.visits().texts]
    assert len(texts) == 100
    (visit,) = [one for one in texts if one["id"] == "aaaa-99"]
    assert (visit["attempts"], visit["outcome"]) == (2, "came_in")

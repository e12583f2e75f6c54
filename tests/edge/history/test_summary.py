"""How a door fares, in numbers; and why it did not know somebody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from facedoor.history.explain import MOST_VISITS, explained
from facedoor.history.summary import By, counts, latency_ms
from facedoor.reasons import Reason
from history_kit import START, History, composed

BERLIN = ZoneInfo("Europe/Berlin")


def history_of_two_days() -> History:
    history = History(now=datetime(2026, 11, 27, 22, 59, tzinfo=UTC))
    history.comes("Ada")
    history.after(120).comes("Ada")
    history.withdraws()
    history.after(600).comes(reason=Reason.TOO_DARK)
    return history


def test_visits_are_counted_by_person_reason_hour_and_day_of_the_doors_zone() -> None:
    visits = composed(history_of_two_days().events)
    assert counts(visits, "person", BERLIN) == [
        {"person": None, "came_in": 0, "refused": 1, "not_opened": 0},
        {"person": "Ada", "came_in": 1, "refused": 0, "not_opened": 1},
    ]
    assert [row["reason"] for row in counts(visits, "reason", BERLIN)] == [
        "door_busy",
        "recognised",
        "too_dark",
    ]
    assert [row["hour"] for row in counts(visits, "hour", BERLIN)] == [0, 23]
    days = counts(visits, "day", BERLIN)
    assert [(row["day"], row["came_in"]) for row in days] == [("2026-11-27", 1), ("2026-11-28", 0)]


@given(st.sampled_from(["person", "reason", "hour", "day"]), st.integers(0, 6))
def test_every_visit_is_counted_once(by: By, number: int) -> None:
    history = History()
    for of in range(number):
        history.after(4000).comes("Ada" if of % 2 else None)
    rows = counts(composed(history.events), by, BERLIN)
    assert sum(row["came_in"] + row["refused"] + row["not_opened"] for row in rows) == number


def test_latency_is_told_by_stage() -> None:
    history = History()
    for ms in range(1, 101):
        history.comes("Ada", latency_ms={"embed": float(ms)})
    history.comes(latency_ms={})
    assert latency_ms(composed(history.events)) == {"embed": {"p50": 50.0, "p95": 95.0}}
    assert latency_ms([]) == {}


def test_explanation_has_what_was_or_may_have_been_theirs_and_no_more() -> None:
    history = History()
    history.comes("Ada")
    history.after(300).comes(nearest="Grandma", distance=0.8)
    history.after(300).comes(nearest="Ada")
    history.after(300).comes("Grandma", Reason.NOT_ALLOWED_NOW)
    visits = composed(history.events)
    said = explained(visits, "GRANDMA", None, BERLIN, history.now)
    assert [visit["id"] for visit in said["visits"]] == ["a-2", "a-4"]
    assert said["visits"][0].keys() >= {"distance", "threshold", "nearest"}
    assert said["sentences"][0] == (
        "Sat 11:05  somebody, not recognised; nearest to Grandma, by 0.045 too far away: 0.800, "
        "where one person is up to 0.755"
    )
    at = explained(visits, "Grandma", START + timedelta(minutes=10), BERLIN, history.now)
    assert [visit["id"] for visit in at["visits"]] == ["a-2", "a-3", "a-4"]


def test_explanation_does_not_trust_a_guess() -> None:
    history = History()
    history.comes(nearest="Grandma")
    history.after(5).comes("Ada")
    visits = composed(history.events)
    for person, ids in (("Grandma", ["a-1"]), ("Ada", ["a-1", "a-2"]), ("Bob", [])):
        said = explained(visits, person, None, BERLIN, history.now)
        assert [visit["id"] for visit in said["visits"]] == ids


def test_explanation_is_of_the_last_visits_or_of_those_nearest_to_a_time() -> None:
    history = History()
    for _ in range(30):
        history.comes("Ada")
        history.after(600)
    visits = composed(history.events)
    last = explained(visits, "Ada", None, BERLIN, history.now)["visits"]
    assert [visit["id"] for visit in last] == [f"a-{n}" for n in range(21, 31)]
    first = explained(visits, "Ada", START, BERLIN, history.now)["visits"]
    assert [visit["id"] for visit in first] == [f"a-{n}" for n in range(1, MOST_VISITS + 1)]

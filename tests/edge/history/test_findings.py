"""Who is refused often, and what is said to help; and who only had bad luck."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor.history.findings import LEAST_REFUSED, RefusedOften, findings
from facedoor.reasons import Reason
from history_kit import History, composed

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 11, 16, tzinfo=BERLIN)


def days(
    refused: int, of: int, hour: int = 8, reason: Reason = Reason.TOO_DARK, person: str = "Grandma"
) -> History:
    """On each day somebody comes in; on the first ones they are refused first."""
    history = History()
    for day in range(of):
        history.now = (MONDAY + timedelta(days=day, hours=hour)).astimezone(UTC)
        if day < refused:
            history.comes(reason=reason)
        history.after(5).comes(person)
    return history


def found(history: History, photos: dict[str, int] | None = None) -> list[RefusedOften]:
    return findings(composed(history.events), BERLIN, photos)


def test_grandma_who_is_refused_nearly_each_morning_is_told_with_what_helps() -> None:
    (often,) = found(days(6, of=9), {"Grandma": 1, "Ada": 5})
    assert often.sentence == (
        "Grandma: 1 photo, refused 6 of 9 mornings, nearly each time too dark: "
        "add photos taken in the morning, and a light at the door"
    )
    assert often.as_json() == {
        "kind": "refused_often",
        "person": "Grandma",
        "door": "front",
        "refused": 6,
        "visits": 9,
        "days": 9,
        "reason": "too_dark",
        "when": "morning",
        "photos": 1,
        "command": "facedoor enroll Grandma FILE",
    }


def test_who_has_photos_enough_needs_something_else() -> None:
    (often,) = found(days(6, of=9), {"Grandma": 8})
    assert often.sentence.endswith("too dark: add a light at the door")
    (often,) = found(days(6, of=9, reason=Reason.UNKNOWN), {"Grandma": 8})
    assert often.sentence.endswith("not recognised: add photos taken in the morning")


def test_refusals_at_all_hours_are_told_by_days_and_those_of_many_reasons_without_one() -> None:
    history = History()
    for day, (hour, reason) in enumerate(
        zip(
            (8, 13, 18, 2),
            (Reason.TOO_DARK, Reason.BLURRED, Reason.UNKNOWN, Reason.TOO_FAR),
            strict=True,
        )
    ):
        history.now = (MONDAY + timedelta(days=day, hours=hour)).astimezone(UTC)
        history.comes(reason=reason)
        history.after(5).comes("Uncle Bob")
    (often,) = found(history)
    assert often.sentence == ("Uncle Bob: refused 4 of 4 days: add photos as they look at the door")
    assert often.command == "facedoor enroll 'Uncle Bob' FILE"


@given(st.integers(0, 9), st.integers(0, 9))
def test_only_what_happened_often_enough_is_told(refused: int, of: int) -> None:
    is_told = bool(found(days(min(refused, of), of)))
    assert is_told == (min(refused, of) >= LEAST_REFUSED and 3 * min(refused, of) >= of)


def test_refusals_that_are_nobodys_or_on_purpose_are_no_finding() -> None:
    history = days(6, of=9, reason=Reason.TOO_DARK)
    strangers = [event for event in history.events if getattr(event, "person", None) is None]
    assert findings(composed(strangers), BERLIN) == []
    assert found(days(6, of=9), {"Ada": 3}) == [], "who is not enrolled"
    rules = History()
    for day in range(6):
        rules.now = (MONDAY + timedelta(days=day, hours=8)).astimezone(UTC)
        rules.comes("Ada", Reason.NOT_ALLOWED_NOW)
    assert found(rules) == []


def test_several_refusals_of_one_morning_count_once() -> None:
    history = History(now=(MONDAY + timedelta(hours=8)).astimezone(UTC))
    for _ in range(8):
        history.comes(reason=Reason.TOO_DARK)
        history.after(5).comes("Grandma")
    assert found(history) == []


@pytest.mark.parametrize(
    ("hour", "when"), [(4, "night"), (5, "morning"), (11, "afternoon"), (17, "evening")]
)
def test_part_of_the_day_is_that_of_the_doors_clock(hour: int, when: str) -> None:
    (often,) = found(days(4, of=4, hour=hour))
    assert often.when == when
    assert f"refused 4 of 4 {when}s" in often.sentence


def test_worst_comes_first() -> None:
    history = days(4, of=5)
    history.events += days(5, of=5, hour=18, person="Bob").events
    for number, event in enumerate(history.events):
        object.__setattr__(event, "visit", f"a-{number}")
    assert [often.person for often in found(history)] == ["Bob", "Grandma"]

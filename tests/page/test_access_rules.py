"""The page answers "would Ada get in on Sunday at 8?" as the door would: both are asked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import numpy as np

from facedoor.access.document import from_text, parse
from facedoor.access.rules import Admission, Rules, admit
from facedoor.access.schedule import WEEKDAYS
from facedoor.clock import DoorTime
from facedoor.reasons import Reason
from page_kit import node

ZONES = ("Europe/Berlin", "UTC", "America/St_Johns", "Pacific/Apia", "Asia/Kathmandu")
# Around the nights on which clocks are changed, the turn of the year and public holidays.
DAYS = [date(2026, 3, 28), date(2026, 10, 24), date(2026, 12, 24), date(2027, 3, 13)]

T = TypeVar("T")


class _Dice:
    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)

    def below(self, share: float) -> bool:
        return bool(self._random.random() < share)

    def number(self, first: int, last: int) -> int:
        return int(self._random.integers(first, last, endpoint=True))

    def choice(self, things: Sequence[T]) -> T:
        return things[self.number(0, len(things) - 1)]

    def sample(self, things: Sequence[T], count: int) -> list[T]:
        return [things[place] for place in self._random.permutation(len(things))[:count]]


def test_page_and_door_agree_about_who_may_come_in() -> None:
    dice = _Dice(20261128)
    questions = [_question(dice) for _ in range(400)]
    answers = _asked_of_the_page(questions)

    kinds: set[str] = set()
    for (document, said, times), answered in zip(questions, answers, strict=True):
        rules = parse(json.dumps(document))
        permission = from_text(json.dumps({k: v for k, v in said.items() if k != "person"}))
        for text, answer in zip(times, answered, strict=True):
            admission = admit(rules, permission, DoorTime.supposed(datetime.fromisoformat(text)))
            meant = _meant(answer, rules)
            assert meant == _told(admission), (document, said, text, answer)
            kinds |= {admission.reason, "depends" if answer["may"] is None else "is sure"}

    assert kinds == {
        Reason.RECOGNISED,
        Reason.NOT_ALLOWED_NOW,
        Reason.NOT_VALID,
        "depends",
        "is sure",
    }


def _asked_of_the_page(questions: list[Any]) -> list[Any]:
    return list(json.loads(node("test/answer_admissions.ts", told=json.dumps(questions))))


def _meant(answer: dict[str, Any], rules: Rules) -> tuple[Any, ...]:
    """What the page's answer comes to, once it is known which days are holidays."""
    while answer["may"] is None:
        is_holiday = rules.calendar.is_holiday(date.fromisoformat(answer["day"]))
        answer = answer["onHoliday" if is_holiday else "otherwise"]
    if not answer["may"]:
        return (answer["reason"],)
    return ("recognised", *((way["group"], way["secondFactor"]) for way in answer["ways"]))


def _told(admission: Admission) -> tuple[Any, ...]:
    ways = ((way.group, way.second_factor and way.second_factor.value) for way in admission.ways)
    return (admission.reason.value, *ways)


def _question(dice: _Dice) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    schedules = {name: _schedule(dice) for name in dice.sample(["office", "nights", "a-b"], 2)}
    groups: dict[str, Any] = {}
    for name in dice.sample(["family", "staff", "guards"], dice.number(0, 3)):
        group: dict[str, Any] = {}
        if dice.below(0.8):
            group["schedule"] = dice.choice(list(schedules))
        if dice.below(0.3):
            group["second_factor"] = dice.choice(["pin", "button"])
        groups[name] = group
    document: dict[str, Any] = {
        "time_zone": dice.choice(ZONES),
        "schedules": schedules,
        "groups": groups,
        "holidays": dice.sample(
            ["12-24", "2026-03-29", "10-25", {"country": "DE", "region": "BY"}, "2027-03-14"],
            dice.number(0, 3),
        ),
    }
    if groups and dice.below(0.5):
        document["default_group"] = dice.choice(list(groups))
    said: dict[str, Any] = {"person": "Ada"}
    if groups and dice.below(0.7):
        said["groups"] = dice.sample(list(groups), dice.number(1, len(groups)))
    if dice.below(0.2):
        said["from"] = (dice.choice(DAYS) + timedelta(days=dice.number(-1, 2))).isoformat()
    if dice.below(0.2):
        said["until"] = (dice.choice(DAYS) + timedelta(days=dice.number(-1, 2))).isoformat()
    return document, said, list(_times(dice))


def _times(dice: _Dice) -> Iterator[str]:
    for day in DAYS:
        for _ in range(4):
            minute = timedelta(minutes=dice.number(0, 3 * 24 * 60))
            yield (datetime(day.year, day.month, day.day, tzinfo=UTC) + minute).isoformat()


def _schedule(dice: _Dice) -> dict[str, list[str]]:
    days = list(WEEKDAYS)
    cut = dice.number(1, 6)
    keys = [f"{days[0]}-{days[cut - 1]}" if cut > 1 else days[0], f"{days[cut]}-{days[-1]}"]
    keys = [key if key.split("-")[0] != key.split("-")[-1] else key.split("-")[0] for key in keys]
    wanted = [key for key in (*keys, "holidays") if dice.below(0.8)]
    return {key: [_interval(dice) for _ in range(dice.number(0, 3))] for key in wanted}


def _interval(dice: _Dice) -> str:
    start, end = dice.sample(range(0, 24 * 60, 15), 2)
    if dice.below(0.1):
        return "00:00-24:00"
    return f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"

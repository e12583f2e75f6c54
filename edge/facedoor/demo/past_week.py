"""A past week at a simulated door, made up, so that the page has something to show at once.

Its events are what a door writes, by way of the journal, chained and sealed as ever, with the times
at which they would have happened. Nobody came: who is said to have come at what hour, how far away
each face was and how long it took is drawn from a seed.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from facedoor.reasons import Reason
from facedoor.times import utc_text
from facedoor.views import View
from facedoor.wire.decisions import Decision, ExitDecision, ReleaseDecision
from facedoor.wire.events import DoorHappened, Event, Happening

DAYS = 7


@dataclass(frozen=True, slots=True)
class Imagined:
    """An event of the past, and whose photo of ``val/`` its visit would show, in what light."""

    moment: datetime
    event: Event
    folder: str | None = None
    light: float = 1.0


@dataclass(frozen=True, slots=True)
class _Habit:
    """Somebody comes at an hour of some days, 0 is Monday, to one of the doors."""

    person: str
    folder: str
    hour: float
    weekdays: tuple[int, ...]
    door: str = "front"


_WORKDAYS, _WEEKEND, _DAILY = (0, 1, 2, 3, 4), (5, 6), tuple(range(7))
_HABITS = (
    _Habit("Jerry", "jerry_seinfeld", 7.4, _WORKDAYS, "back"),
    _Habit("Jerry", "jerry_seinfeld", 18.2, _WORKDAYS),
    _Habit("Mindy", "mindy_kaling", 8.1, _DAILY),
    _Habit("Mindy", "mindy_kaling", 12.6, _WEEKEND, "back"),
    _Habit("Mindy", "mindy_kaling", 17.3, _DAILY),
    _Habit("Ben", "ben_afflek", 16.2, (0, 2, 4)),
    _Habit("Ben", "ben_afflek", 21.8, (4, 5), "back"),
    _Habit("Jerry", "jerry_seinfeld", 22.6, _WEEKEND),
)
_MORNINGS = (False, True, False, False, True, False, False)
"""On which of the last days Madonna came in at once: it is dark then, and she has one photo."""


@dataclass
class _Week:
    """What is written of one door."""

    door: str
    threshold: float
    visit_id: Callable[[], str | None]
    chance: random.Random
    told: list[Imagined] = field(default_factory=list)

    def visit(
        self,
        moment: datetime,
        reason: Reason,
        folder: str,
        *,
        person: str | None = None,
        nearest: str | None = None,
        light: float = 1.0,
        liveness: float | None = None,
    ) -> None:
        """One visit; whoever is let in opens the door, and closes it again."""
        granted = reason is Reason.RECOGNISED
        draw = self.chance.uniform
        was_judged = reason in {Reason.RECOGNISED, Reason.UNKNOWN, Reason.NOT_LIVE}
        distance = math.inf
        if was_judged:
            near = granted or reason is Reason.NOT_LIVE
            share = draw(0.55, 0.88) if near else draw(1.04, 1.12) if nearest else draw(1.2, 1.45)
            distance = self.threshold * share
        looks = {reason.value: self.chance.randint(3, 6)}
        if self.chance.random() < 0.6:
            looks[Reason.TOO_FAR.value] = self.chance.randint(1, 4)
        detect, embed = draw(18, 26), draw(74, 96)
        total_ms = draw(640, 1180) if granted else draw(1500, 3200)
        decision = Decision(
            utc_text(moment),
            granted=granted,
            reason=reason,
            person=person,
            distance=distance,
            threshold=self.threshold,
            frames=looks[reason.value] if was_judged else 0,
            track=len(self.told) + 1,
            latency_ms={
                "motion": draw(0.6, 1.1),
                "detect": detect,
                "embed": embed,
                "search": draw(0.2, 0.5),
                "total": total_ms,
            },
            plain_distance=distance,
            liveness=draw(0.86, 0.99) if liveness is None and was_judged else liveness,
            visit=self.visit_id(),
            began=utc_text(moment - timedelta(milliseconds=total_ms + draw(300, 900))),
            looks=looks,
            view=View(light * draw(105, 140), draw(0.25, 0.6), draw(100, 150), draw(-14, 14)),
            nearest=nearest,
        )
        self.told.append(Imagined(moment, decision, folder, light))
        if granted:
            self.passes(moment)

    def passes(self, moment: datetime) -> None:
        """The door is opened after it was released, and closed again."""
        opened = moment + timedelta(seconds=self.chance.uniform(0.9, 2.2))
        closed = opened + timedelta(seconds=self.chance.uniform(3, 9))
        self.happens(opened, Happening.OPENED)
        self.happens(closed, Happening.CLOSED)

    def happens(self, moment: datetime, what: Happening) -> None:
        self.told.append(Imagined(moment, DoorHappened(utc_text(moment), what)))


def imagine(
    door: str, now: datetime, threshold: float, visit_id: Callable[[], str | None]
) -> Iterator[Imagined]:
    """What happened at ``door`` in the days before ``now``, a time with its zone; in order.

    ``threshold`` is the distance that is one person there, ``visit_id`` gives each visit an id.
    """
    week = _Week(door, threshold, visit_id, random.Random(f"{door} 7"))  # noqa: S311
    for days_ago in range(DAYS - 1, -1, -1):
        day = (now - timedelta(days=days_ago)).replace(hour=0, minute=0, second=0, microsecond=0)
        _habits(week, day)
        if door == "front":
            _mornings(week, day, came_in=_MORNINGS[days_ago % DAYS])
            _strangers(week, day, days_ago)
        else:
            _garden(week, day, days_ago)
    latest = now - timedelta(minutes=5)
    told = (each for each in week.told if each.moment < latest)
    yield from sorted(told, key=lambda each: each.moment)


def _at(week: _Week, day: datetime, hour: float) -> datetime:
    """About that hour of a day."""
    return day + timedelta(hours=hour, minutes=week.chance.uniform(-18, 18))


def _habits(week: _Week, day: datetime) -> None:
    for habit in _HABITS:
        if habit.door == week.door and day.weekday() in habit.weekdays:
            moment = _at(week, day, habit.hour)
            week.visit(moment, Reason.RECOGNISED, habit.folder, person=habit.person)


def _mornings(week: _Week, day: datetime, *, came_in: bool) -> None:
    """Madonna before it is light: refused, and more often than not let in at a later attempt."""
    moment = _at(week, day, 6.9)
    if not came_in:
        week.visit(moment, Reason.TOO_DARK, "madonna", light=0.22)
        again = moment + timedelta(seconds=21)
        week.visit(again, Reason.UNKNOWN, "madonna", nearest="Madonna", light=0.45)
        moment += timedelta(seconds=44)
    week.visit(moment, Reason.RECOGNISED, "madonna", person="Madonna", light=0.6)


def _strangers(week: _Week, day: datetime, days_ago: int) -> None:
    moment = _at(week, day, 11.2)
    if day.weekday() != 6:
        week.happens(moment - timedelta(seconds=7), Happening.BELL)
        week.visit(moment, Reason.UNKNOWN, "elton_john")
    if days_ago == 2:
        week.visit(_at(week, day, 20.4), Reason.NOT_LIVE, "jerry_seinfeld", liveness=0.07)
    if days_ago == 4:
        release = _at(week, day, 15.1)
        said = ReleaseDecision(
            utc_text(release), True, Reason.COMMANDED, "Mindy's phone", "parcel", f"past-{days_ago}"
        )
        week.told.append(Imagined(release, said))
        week.passes(release)
    if days_ago == 5:
        opened = _at(week, day, 13.5)
        week.told.append(
            Imagined(opened, ExitDecision(utc_text(opened), True, Reason.EXIT_REQUESTED))
        )
        week.happens(opened + timedelta(seconds=1.4), Happening.OPENED)
        week.happens(opened + timedelta(seconds=31.4), Happening.HELD_OPEN)
        week.happens(opened + timedelta(seconds=49), Happening.CLOSED)


def _garden(week: _Week, day: datetime, days_ago: int) -> None:
    if days_ago in {1, 3, 6}:
        moment = _at(week, day, 19.3)
        week.visit(moment, Reason.TURNED_AWAY, "elton_john", light=0.7)
    if days_ago == 3:
        moment = _at(week, day, 10.1)
        week.visit(moment, Reason.UNKNOWN, "ben_afflek", nearest="Ben", light=0.5)
        week.visit(moment + timedelta(seconds=27), Reason.RECOGNISED, "ben_afflek", person="Ben")

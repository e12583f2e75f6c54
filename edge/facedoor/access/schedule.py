"""Weekly schedules: at which times of the week, by the clock on the wall, something is allowed.

The law is the one that a visitor can check: an interval holds whenever the wall clock of the door's
time zone shows a time in it. So summer and winter time need no rule of their own. 02:30 to 03:30
holds twice on the night when the hour from two to three comes twice, and on the night when that
hour is skipped it begins at three.

An interval that goes past midnight belongs to the day on which it begins. A holiday takes the place
of its weekday.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from facedoor.access.public_holidays import PublicHolidays

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Interval:
    """From ``start`` up to, but without, ``end``, in minutes after midnight.

    ``end`` may be as large as a day, and is not after ``start`` where the interval goes past
    midnight.
    """

    start: int
    end: int

    @property
    def is_overnight(self) -> bool:
        return self.end <= self.start

    def holds_on_its_day(self, minute: int) -> bool:
        """On the day on which it begins."""
        return self.start <= minute < (DAY_MINUTES if self.is_overnight else self.end)

    def holds_on_the_next_day(self, minute: int) -> bool:
        return self.is_overnight and minute < self.end


@dataclass(frozen=True, slots=True)
class Schedule:
    """``days`` has the intervals of each weekday, Monday first; ``holidays`` those of a holiday."""

    days: tuple[tuple[Interval, ...], ...]
    holidays: tuple[Interval, ...] = ()


@dataclass(frozen=True, slots=True)
class Calendar:
    """Where the door is, and which of its days are holidays: single ones, as (month, day) those of
    every year, and those of countries."""

    zone: tzinfo
    holidays: frozenset[date] = frozenset()
    yearly: frozenset[tuple[int, int]] = frozenset()
    public: tuple[PublicHolidays, ...] = ()

    def is_holiday(self, day: date) -> bool:
        return (
            day in self.holidays
            or (day.month, day.day) in self.yearly
            or any(day in public for public in self.public)
        )

    def wall_clock(self, now: datetime) -> tuple[date, time]:
        """What a calendar and a clock at the door show at ``now``, which has a time zone."""
        local = now.astimezone(self.zone)
        return local.date(), local.time()


def is_open(schedule: Schedule, calendar: Calendar, now: datetime) -> bool:
    """True if ``schedule`` allows something at ``now``, which has a time zone."""
    day, clock = calendar.wall_clock(now)
    minute = clock.hour * 60 + clock.minute
    if any(interval.holds_on_its_day(minute) for interval in _of(schedule, calendar, day)):
        return True
    # There is a day before: datetime.min is no time at any door.
    before = _of(schedule, calendar, day - _DAY)
    return any(interval.holds_on_the_next_day(minute) for interval in before)


def is_always_open(schedule: Schedule, calendar: Calendar) -> bool:
    """True if ``schedule`` allows something at every time, so that nobody need know the time."""
    has_holidays = calendar != Calendar(calendar.zone)
    days = (*schedule.days, *([schedule.holidays] if has_holidays else []))
    return all(Interval(0, DAY_MINUTES) in intervals for intervals in days)


def _of(schedule: Schedule, calendar: Calendar, day: date) -> tuple[Interval, ...]:
    return schedule.holidays if calendar.is_holiday(day) else schedule.days[day.weekday()]

"""Times: the one form in which they leave a process, and the one way in which people write them.

A time that names no zone is local time of the door: the zone that its rules name, or that of the
system where there are no rules. The door's wall clock decides, as it does for the rules: a time
that comes twice in autumn is the first of the two, and one that is skipped in spring is the moment
at which the clock is set forward. So nothing is left out of what is asked for *since* then.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from facedoor.errors import UsageError
from facedoor.languages import N_, _

TIME_HELP = N_("2026-11-24, 2026-11-24T09:30, 09:30, yesterday or '2 days ago'")
"""What people can write; :func:`parse_time` says what it means."""

CLOCKS_DIFFER_S = 5.0
"""How far the sender's clock may be ahead of the door's."""

RELEASED_S = datetime(2026, 11, 24, tzinfo=UTC).timestamp()
"""The day of this release: a clock that shows an earlier one is not set."""

_DAY = timedelta(days=1)
_WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_WORDS = re.compile(r"(today|yesterday)? ?(?:(\d{1,2}):(\d\d))?")
_AGO = re.compile(r"(\d{1,6}) (minute|hour|day|week)s? ago")


def utc_now() -> str:
    """The present time as RFC 3339, UTC, to the millisecond: ``2026-11-24T09:30:00.250Z``."""
    return utc_text(datetime.now(UTC))


def utc_text(time: datetime) -> str:
    """A time, of any zone, in the form of :func:`utc_now`; such texts sort as their times do."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def local_text(time: str, zone: tzinfo | None = None, *, seconds: bool = False) -> str:
    """A time in the form of :func:`utc_now` as people read it, on the wall clock of ``zone``, that
    of the system without one: ``2026-11-24 10:30``. Text that is no time stays as it is."""
    try:
        local = datetime.fromisoformat(time).astimezone(zone)
    except (ValueError, OverflowError):
        return time
    return f"{local:%Y-%m-%d %H:%M:%S}" if seconds else f"{local:%Y-%m-%d %H:%M}"


def weekday(day: date) -> str:
    """What the day of the week is called, in short."""
    return _(_WEEKDAYS[day.weekday()])


def parse_time(
    text: str, zone: tzinfo | None = None, now: datetime | None = None, *, past: bool = False
) -> datetime:
    """The moment that ``text`` means, in UTC.

    A day is its beginning, and days ago are at this time of day. A time of day is that of today;
    with ``past`` the last one so far: at seven in the morning, since 08:00 is since yesterday.
    ``zone`` is the door's, ``None`` that of the system; ``now``, which has a zone, is when it is
    asked. Raises :class:`UsageError`.
    """
    now = (now or datetime.now(UTC)).astimezone(UTC)
    words = " ".join(text.lower().split())
    wall = _wall_clock(now, zone)
    try:
        if ago := _AGO.fullmatch(words):
            back = timedelta(**{f"{ago[2]}s": int(ago[1])})
            return now - back if ago[2] in {"minute", "hour"} else _first(wall - back, zone)
        if words and (said := _WORDS.fullmatch(words)):
            day = wall.date() - _DAY * (said[1] == "yesterday")
            clock = datetime.combine(day, time(int(said[2] or 0), int(said[3] or 0)))
            moment = _first(clock, zone)
            return _first(clock - _DAY, zone) if past and not said[1] and moment > now else moment
        given = datetime.fromisoformat(text.strip())
        return given.astimezone(UTC) if given.tzinfo else _first(given, zone)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            _("{text!r} is not a time: write {time_help}").format(text=text, time_help=_(TIME_HELP))
        ) from error


def parse_day(text: str) -> date:
    """``2026-12-25``. Raises ``ValueError`` for every other form."""
    if not _ISO_DAY.fullmatch(text):  # which Python takes more loosely
        raise ValueError(f"{text!r} is no day")
    return date.fromisoformat(text)


def _wall_clock(moment: datetime, zone: tzinfo | None) -> datetime:
    """What calendar and clock of ``zone`` show, without a zone."""
    return moment.astimezone(zone).replace(tzinfo=None)


def _first(wall: datetime, zone: tzinfo | None) -> datetime:
    """The first moment, in UTC, at which the wall clock shows ``wall`` or later."""
    local = wall.replace(tzinfo=zone)
    early, late = sorted(local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if _wall_clock(early, zone) == wall:
        return early
    # Skipped: in between, at a whole second, the clock is set forward.
    begin, second = early.replace(microsecond=0), timedelta(seconds=1)
    steps = [begin + second * number for number in range((late - begin) // second + 2)]
    return steps[bisect_left(steps, wall, key=lambda step: _wall_clock(step, zone))]

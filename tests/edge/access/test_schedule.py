"""Schedules: the clock on the wall decides, on every day, also when it is put forward or back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from facedoor.access.schedule import DAY_MINUTES, Calendar, Interval, Schedule, is_open

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [
    BERLIN,
    ZoneInfo("America/New_York"),
    ZoneInfo("Australia/Lord_Howe"),  # half an hour
    ZoneInfo("Asia/Kathmandu"),
    ZoneInfo("Pacific/Apia"),  # left out the whole of 2011-12-30
    ZoneInfo("UTC"),
]
OFFICE = Schedule(days=((Interval(480, 1080),),) * 5 + ((), ()))
NIGHT = Schedule(days=((Interval(1320, 360),),) * 7)
CHRISTMAS = Calendar(BERLIN, frozenset({date(2026, 12, 24)}), frozenset({(12, 25)}))


def every_day(*intervals: Interval) -> Schedule:
    return Schedule(days=(intervals,) * 7, holidays=intervals)


def berlin(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold)


def test_office_hours_hold_from_their_first_minute_up_to_their_last() -> None:
    for now, expected in [
        ("2026-11-23T07:59:59", False),  # a Monday
        ("2026-11-23T08:00:00", True),
        ("2026-11-23T17:59:59", True),
        ("2026-11-23T18:00:00", False),
        ("2026-11-28T12:00:00", False),  # a Saturday
    ]:
        assert is_open(OFFICE, Calendar(BERLIN), berlin(now)) is expected, now


def test_the_same_moment_is_judged_by_the_clock_of_the_door() -> None:
    moment = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
    assert is_open(OFFICE, Calendar(BERLIN), moment)
    assert not is_open(OFFICE, Calendar(ZoneInfo("UTC")), moment)


def test_overnight_belongs_to_the_day_on_which_it_begins() -> None:
    friday_night = Schedule(days=((), (), (), (), (Interval(1320, 360),), (), ()))
    for now, expected in [
        ("2026-11-27T05:00:00", False),  # the morning of Friday
        ("2026-11-27T22:00:00", True),
        ("2026-11-28T05:59:59", True),
        ("2026-11-28T06:00:00", False),
        ("2026-11-28T22:00:00", False),
    ]:
        assert is_open(friday_night, Calendar(BERLIN), berlin(now)) is expected, now


def test_holiday_takes_the_place_of_its_weekday() -> None:
    short = Schedule(OFFICE.days, holidays=(Interval(600, 720),))
    for day in ("2026-12-24", "2026-12-25", "2027-12-25"):
        assert not is_open(OFFICE, CHRISTMAS, berlin(f"{day}T11:00:00")), day
        assert is_open(short, CHRISTMAS, berlin(f"{day}T11:00:00")), day
        assert not is_open(short, CHRISTMAS, berlin(f"{day}T12:00:00")), day


def test_night_before_a_holiday_goes_on_into_it() -> None:
    assert is_open(NIGHT, CHRISTMAS, berlin("2026-12-24T05:00:00"))
    assert not is_open(NIGHT, CHRISTMAS, berlin("2026-12-24T23:00:00"))
    assert not is_open(NIGHT, CHRISTMAS, berlin("2026-12-25T05:00:00"))


def test_hour_that_comes_twice_holds_twice_and_a_skipped_one_begins_at_its_end() -> None:
    early = every_day(Interval(150, 210))  # 02:30 to 03:30, on the night of 2026-10-25
    opened = [is_open(early, Calendar(BERLIN), berlin("2026-10-25T02:45:00", f)) for f in (0, 1)]
    shut = [is_open(early, Calendar(BERLIN), berlin("2026-10-25T02:15:00", f)) for f in (0, 1)]
    assert (opened, shut) == ([True, True], [False, False])
    before = datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC)  # 01:59:59, then comes 03:00
    assert not is_open(early, Calendar(BERLIN), before)
    assert is_open(early, Calendar(BERLIN), before + timedelta(seconds=1))


minutes = st.integers(0, DAY_MINUTES - 1)
intervals = st.tuples(minutes, st.integers(0, DAY_MINUTES)).filter(lambda pair: pair[0] != pair[1])
days = st.lists(intervals.map(lambda pair: Interval(*pair)), max_size=3).map(tuple)
schedules = st.builds(
    lambda week, rest: Schedule(tuple(week), rest), st.lists(days, min_size=7, max_size=7), days
)
zones = st.sampled_from(ZONES)


def transitions() -> list[datetime]:
    """The moments in which one of the zones changes its offset, in the years around."""
    found: list[datetime] = []
    for year, month, days in ((2011, 12, 61), (2026, 1, 365)):
        start = datetime(year, month, 1, tzinfo=UTC)
        moments = [start + timedelta(minutes=30 * number) for number in range(48 * days + 1)]
        offsets = [[moment.astimezone(zone).utcoffset() for zone in ZONES] for moment in moments]
        found += [moments[n] for n in range(1, len(moments)) if offsets[n] != offsets[n - 1]]
    return found


NEAR = st.sampled_from(transitions())
moments = st.builds(
    lambda near, off: near + timedelta(seconds=off), NEAR, st.integers(-2 * 86_400, 2 * 86_400)
)


def marked(schedule: Schedule, calendar: Calendar, day: date) -> set[datetime]:
    """Every minute that ``day`` opens, as a wall clock without a zone shows it; told naively."""
    own = schedule.holidays if calendar.is_holiday(day) else schedule.days[day.weekday()]
    midnight = datetime.combine(day, time())
    return {
        midnight + timedelta(minutes=minute)
        for interval in own
        for minute in range(
            interval.start,
            interval.end if interval.start < interval.end else DAY_MINUTES + interval.end,
        )
    }


@given(schedules, zones, moments, st.booleans())
def test_it_is_open_whenever_the_wall_clock_shows_a_time_in_it(
    schedule: Schedule, zone: ZoneInfo, now: datetime, holiday: bool
) -> None:
    wall = now.astimezone(zone).replace(tzinfo=None)
    calendar = Calendar(zone, frozenset({wall.date()} if holiday else ()))
    shown = wall.replace(second=0, microsecond=0)
    yesterday = wall.date() - timedelta(days=1)
    opened = marked(schedule, calendar, wall.date()) | marked(schedule, calendar, yesterday)
    assert is_open(schedule, calendar, now) is (shown in opened)


@given(zones, moments)
def test_all_day_is_all_day_and_nothing_is_never(zone: ZoneInfo, now: datetime) -> None:
    assert is_open(every_day(Interval(0, DAY_MINUTES)), Calendar(zone), now)
    assert not is_open(every_day(), Calendar(zone), now)


@given(zones, moments, minutes.filter(bool), minutes.filter(bool))
def test_night_and_the_rest_of_the_day_share_every_moment(
    zone: ZoneInfo, now: datetime, start: int, end: int
) -> None:
    if start == end:
        return
    one, other = (every_day(Interval(*pair)) for pair in ((start, end), (end, start)))
    assert is_open(one, Calendar(zone), now) != is_open(other, Calendar(zone), now)


@given(schedules, moments, zones)
def test_the_zone_in_which_a_moment_is_said_changes_nothing(
    schedule: Schedule, now: datetime, said_in: ZoneInfo
) -> None:
    calendar = Calendar(BERLIN)
    assert is_open(schedule, calendar, now.astimezone(said_in)) is is_open(schedule, calendar, now)

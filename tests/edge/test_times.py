from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor.errors import UsageError
from facedoor.times import parse_time, utc_now, utc_text


def test_time_is_the_present_by_rfc_3339_in_utc_to_the_millisecond() -> None:
    before, told = datetime.now(UTC), utc_now()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", told)
    assert abs((datetime.fromisoformat(told) - before).total_seconds()) < 60


def test_later_times_sort_later() -> None:
    times = [utc_now() for _ in range(100)]
    assert times == sorted(times)


BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime.fromisoformat("2026-11-25T07:15:30+01:00")


def test_time_is_read_as_the_door_s_wall_clock_shows_it_unless_it_names_its_zone() -> None:
    for text, means in {
        "2026-11-24": "2026-11-23T23:00:00.000Z",
        "2026-07-24 ": "2026-07-23T22:00:00.000Z",
        "2026-11-24 09:30": "2026-11-24T08:30:00.000Z",
        "2026-11-24T09:30:00Z": "2026-11-24T09:30:00.000Z",
        "2026-11-24T09:30:00.25+02:00": "2026-11-24T07:30:00.250Z",
        "today": "2026-11-24T23:00:00.000Z",
        "Yesterday": "2026-11-23T23:00:00.000Z",
        "yesterday 08:00": "2026-11-24T07:00:00.000Z",
        "2 days ago": "2026-11-23T06:15:30.000Z",
        "1 week ago": "2026-11-18T06:15:30.000Z",
        "3  hours ago": "2026-11-25T03:15:30.000Z",
        "1 minute ago": "2026-11-25T06:14:30.000Z",
        "7:15": "2026-11-25T06:15:00.000Z",
        "08:00": "2026-11-25T07:00:00.000Z",
    }.items():
        assert utc_text(parse_time(text, BERLIN, NOW)) == means, text


def test_time_of_day_is_the_last_one_where_the_past_is_asked_for() -> None:
    for text, means in {
        "07:15": "2026-11-25T06:15:00.000Z",
        "08:00": "2026-11-24T07:00:00.000Z",
        "today 08:00": "2026-11-25T07:00:00.000Z",
        "2026-11-25T08:00": "2026-11-25T07:00:00.000Z",
    }.items():
        assert utc_text(parse_time(text, BERLIN, NOW, past=True)) == means, text


def test_without_any_zone_a_time_is_the_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert utc_text(parse_time("2026-11-24T09:30")) == "2026-11-24T00:30:00.000Z"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_hours_ago_are_elapsed_and_days_ago_are_at_the_same_time_of_day() -> None:
    after_the_change = datetime.fromisoformat("2026-10-25T12:00:00+01:00")
    assert parse_time("24 hours ago", BERLIN, after_the_change).hour == 11
    assert parse_time("1 day ago", BERLIN, after_the_change).hour == 10


def test_time_that_comes_twice_is_the_first_and_one_that_is_skipped_is_the_jump() -> None:
    for text, means in {
        "2026-10-25T02:30": "2026-10-25T00:30:00.000Z",
        "2026-03-29T01:59:59": "2026-03-29T00:59:59.000Z",
        "2026-03-29T02:00": "2026-03-29T01:00:00.000Z",
        "2026-03-29T02:30:00.5": "2026-03-29T01:00:00.000Z",
        "2026-03-29T03:00": "2026-03-29T01:00:00.000Z",
    }.items():
        assert utc_text(parse_time(text, BERLIN, NOW)) == means, text


@given(
    st.lists(
        st.one_of(
            st.datetimes(datetime(1901, 1, 1), datetime(2037, 12, 31)),
            st.datetimes(datetime(2026, 10, 25), datetime(2026, 10, 25, 5)),
            st.datetimes(datetime(2026, 3, 29), datetime(2026, 3, 29, 5)),
        ),
        min_size=2,
        max_size=2,
    ),
    st.sampled_from(["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "UTC"]),
)
def test_what_is_read_sorts_as_the_wall_clock_does(walls: list[datetime], zone: str) -> None:
    times = [utc_text(parse_time(wall.isoformat(), ZoneInfo(zone), NOW)) for wall in sorted(walls)]
    assert times == sorted(times)


def test_what_is_no_time_is_wrong_use() -> None:
    ends = ["0001-01-01T00:00:00+23:00", "999999 weeks ago"]
    for text in ["", "noon", "25:00", "2026-13-01", *ends]:
        with pytest.raises(UsageError, match="is not a time: write 2026-11-24"):
            parse_time(text, BERLIN, NOW)

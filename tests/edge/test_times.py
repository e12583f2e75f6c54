from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from facedoor.errors import UsageError
from facedoor.times import parse_time, utc_now


def test_time_is_rfc_3339_in_utc_to_the_millisecond() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", utc_now())


def test_time_is_the_present() -> None:
    before = datetime.now(UTC)
    told = datetime.fromisoformat(utc_now())
    assert abs((told - before).total_seconds()) < 60


def test_later_times_sort_later() -> None:
    times = [utc_now() for _ in range(100)]
    assert times == sorted(times)


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("2026-11-24", "2026-11-24T00:00:00.000Z"),
        ("2026-11-24T09:30:00Z", "2026-11-24T09:30:00.000Z"),
        ("2026-11-24T09:30:00.25+01:00", "2026-11-24T08:30:00.250Z"),
        ("2026-11-24 09:30", "2026-11-24T09:30:00.000Z"),
    ],
)
def test_time_is_read_as_utc_unless_it_names_its_zone(text: str, means: str) -> None:
    assert parse_time(text) == means


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "0001-01-01T00:00:00+23:00"])
def test_what_is_no_time_is_wrong_use(text: str) -> None:
    with pytest.raises(UsageError, match="is not a time: write a day"):
        parse_time(text)

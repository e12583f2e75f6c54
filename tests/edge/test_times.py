from __future__ import annotations

import re
from datetime import UTC, datetime

from facedoor.times import utc_now


def test_time_is_rfc_3339_in_utc_to_the_millisecond() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", utc_now())


def test_time_is_the_present() -> None:
    before = datetime.now(UTC)
    told = datetime.fromisoformat(utc_now())
    assert abs((told - before).total_seconds()) < 60


def test_later_times_sort_later() -> None:
    times = [utc_now() for _ in range(100)]
    assert times == sorted(times)

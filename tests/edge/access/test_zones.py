"""Time zones: every name there ever was is understood, on every system, and kept as of today."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

from facedoor.access.document import parse, with_names_of_today
from facedoor.access.zones import name_of_today, zone

RULES = """# for the office in US/Eastern, 'US/Eastern'
time_zone = {quote}US/Eastern{quote}  # US/Eastern
[groups."Eastern"]
"""


@pytest.fixture
def without_legacy(tmp_path: Path) -> Iterator[None]:
    """A system whose own data has the names of today alone, as Debian 13 without tzdata-legacy."""
    data = resources.files("tzdata.zoneinfo").joinpath("America", "New_York").read_bytes()
    (tmp_path / "America").mkdir()
    (tmp_path / "America" / "New_York").write_bytes(data)
    zoneinfo.reset_tzpath(to=[str(tmp_path)])
    zoneinfo.ZoneInfo.clear_cache()
    yield
    zoneinfo.reset_tzpath()
    zoneinfo.ZoneInfo.clear_cache()


def test_old_names_are_called_as_today_and_names_of_countries_stay() -> None:
    for name, today in [
        ("US/Eastern", "America/New_York"),
        ("Europe/Kiev", "Europe/Kyiv"),
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("Singapore", "Asia/Singapore"),
        ("Europe/Stockholm", "Europe/Stockholm"),
        ("Europe/Berlin", "Europe/Berlin"),
        ("UTC", "UTC"),
    ]:
        assert name_of_today(name) == today


@pytest.mark.usefixtures("without_legacy")
def test_every_name_there_ever_was_is_understood_without_the_systems_help() -> None:
    names = zoneinfo.available_timezones()
    assert len(names) > 500
    for name in names:
        assert zone(name).key == name_of_today(name)
        assert name_of_today(zone(name).key) == zone(name).key
    assert str(parse('time_zone = "US/Eastern"').calendar.zone) == "America/New_York"


@pytest.mark.parametrize("quote", ['"', "'"])
def test_document_gets_the_name_of_today_and_is_otherwise_as_it_was_given(quote: str) -> None:
    text = RULES.format(quote=quote)
    value = f"{quote}US/Eastern{quote}"
    today = text.replace(f"= {value}", f"= {quote}America/New_York{quote}")
    assert with_names_of_today(text) == today
    assert with_names_of_today(today) == today
    in_json = '{"time_zone": "US/Eastern", "groups": {"US": {}}}'
    assert with_names_of_today(in_json) == in_json.replace("US/Eastern", "America/New_York")
    escaped = '{"time_zone": "US\\/Eastern"}'  # is understood, and stays as it is
    assert with_names_of_today(escaped) == escaped

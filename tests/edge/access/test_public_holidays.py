"""Public holidays by country and region, with the genuine package; and a door that has lost it."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from entrance import Entrance
from facedoor.access.document import as_object, parse
from facedoor.access.public_holidays import PublicHolidays
from facedoor.access.rules import Permission
from facedoor.access.schedule import is_open
from facedoor.errors import ConfigError

RULES = """time_zone = "Europe/Berlin"
default_group = "family"
holidays = ["12-24", 2027-06-01, {country = "DE", region = "BY"}]
[schedules.office]
mon-sun = ["08:00-18:00"]
[groups.family]
[groups.staff]
schedule = "office"
"""
OFFICE = Permission(("staff",))


def is_holiday(text: str, day: str) -> bool:
    rules = parse(text)
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=rules.calendar.zone)
    assert rules.calendar.is_holiday(noon.date()) != is_open(
        rules.schedules["office"], rules.calendar, noon
    )
    return rules.calendar.is_holiday(noon.date())


def test_days_and_holidays_of_a_region_add_up() -> None:
    for day, expected in [
        ("2027-12-24", True),
        ("2027-06-01", True),
        ("2027-01-06", True),  # in Bavaria
        ("2027-03-29", True),  # Easter Monday
        ("2028-04-17", True),
        ("2027-10-31", False),  # elsewhere in Germany
        ("2027-03-30", False),
    ]:
        assert is_holiday(RULES, day) is expected, day


def test_without_a_region_only_those_of_the_whole_country_count() -> None:
    whole = RULES.replace(', region = "BY"', "")
    assert not is_holiday(whole, "2027-01-06")
    assert is_holiday(whole, "2027-10-03")


def test_it_is_the_same_in_json_and_as_an_object() -> None:
    said = as_object(RULES)
    assert said["holidays"] == ["12-24", "2027-06-01", {"country": "DE", "region": "BY"}]


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ('{country = "Germany"}', "'Germany', no code of a country"),
        ('{country = "DE", region = "BX"}', "holidays.region is 'BX'; did you mean"),
        ('{country = "VA", region = "X"}', "holidays.region is 'X'"),
        ('{country = "DE", land = "BY"}', "holidays.land does not exist"),
        ('{region = "BY"}', "holidays.country is missing"),
        ("{country = 1}", "holidays.country"),
    ],
)
def test_mistake_names_its_key_and_what_is_right(said: str, says: str) -> None:
    with pytest.raises(ConfigError, match="the rules: holidays") as error:
        parse(RULES.replace('{country = "DE", region = "BY"}', said))
    assert says in str(error.value)


def test_without_the_package_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "holidays", None)
    with pytest.raises(ConfigError, match=r"pip install 'facedoor\[holidays\]'"):
        parse(RULES)
    parse(RULES.replace(', {country = "DE", region = "BY"}', ""))


def test_door_that_has_lost_the_package_lets_no_face_in_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entrance = Entrance(tmp_path / "facedoor.db")
    entrance.rule(RULES, Ada=OFFICE)
    entrance.wall.now = datetime(2027, 1, 6, 11, tzinfo=UTC)
    assert entrance.comes("Ada") == "not_allowed_now"
    entrance.wall.now = datetime(2027, 1, 7, 11, tzinfo=UTC)
    assert entrance.comes("Ada") == "recognised"
    with monkeypatch.context() as lost:
        lost.setitem(sys.modules, "holidays", None)
        entrance.start(boot="second", boot_s=1.0)
        assert [entrance.comes("Ada"), entrance.comes("Bob")] == ["degraded"] * 2
        (problem,) = entrance.board.problems
        assert problem.code == "rules_unreadable"
        assert "facedoor[holidays]" in problem.sentence
    entrance.access.look()
    assert entrance.comes("Ada") == "recognised"


def test_year_of_which_nothing_is_known_is_no_ordinary_day() -> None:
    with pytest.raises(ConfigError, match="in 2150 are not known"):
        assert date(2150, 1, 1) in PublicHolidays("DE")

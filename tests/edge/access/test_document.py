"""The rules document: what it can say, and that each mistake names its key and the right one."""

from __future__ import annotations

import json
import tomllib
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor.access.document import as_object, parse
from facedoor.access.lockout import LockoutPolicy
from facedoor.access.rules import Factor, Group
from facedoor.access.schedule import Interval
from facedoor.errors import ConfigError
from facedoor.reasons import Reason

DOCUMENT = """
time_zone = "Europe/Berlin"
holidays = ["12-25", 2026-05-01, "2027-01-06"]
default_group = "family"

[schedules.office]
mon-thu = ["08:00-12:00", "13:00-18:00"]
fri = ["08:00-15:00"]
holidays = ["10:00-12:00"]

[schedules.night]
sat-mon = ["22:00-06:00"]
wed = ["00:00-24:00"]

[groups.family]

[groups.staff]
schedule = "office"
two_persons_within_s = 30
second_factor = "pin"
false_match_rate = 1e-6

[lockout]
after = 3
first_s = 10
longest_s = 600
"""


def test_everything_is_read() -> None:
    rules = parse(DOCUMENT)
    assert str(rules.calendar.zone) == "Europe/Berlin"
    assert rules.calendar.holidays == {date(2026, 5, 1), date(2027, 1, 6)}
    assert rules.calendar.yearly == {(12, 25)}
    office, night = rules.schedules["office"], rules.schedules["night"]
    assert office.days[0] == office.days[3] == (Interval(480, 720), Interval(780, 1080))
    assert office.days[4:] == ((Interval(480, 900),), (), ())
    assert office.holidays == (Interval(600, 720),)
    assert [bool(day) for day in night.days] == [True, False, True, False, False, True, True]
    assert rules.groups["staff"] == Group("staff", "office", 30.0, Factor.PIN, 1e-6)
    assert rules.groups["family"] == Group("family")
    assert rules.default_group == "family"
    assert rules.lockout == LockoutPolicy(3, 10.0, 600.0)


def test_json_says_the_same() -> None:
    said = as_object(DOCUMENT)
    assert parse(json.dumps(said)) == parse(DOCUMENT)
    assert said["holidays"] == ["12-25", "2026-05-01", "2027-01-06"]


def test_group_in_json_says_nothing_with_null() -> None:
    said = as_object(DOCUMENT)
    for table, key in [("staff", "schedule"), ("staff", "second_factor"), ("family", "schedule")]:
        groups = said["groups"] | {table: said["groups"][table] | {key: None}}
        with pytest.raises(ConfigError, match=f"groups.{table}.{key} is null: write a value"):
            parse(json.dumps(said | {"groups": groups}))


def test_time_zone_is_all_that_has_to_be_said() -> None:
    rules = parse('time_zone = "UTC"')
    assert (dict(rules.groups), rules.lockout) == ({}, LockoutPolicy())


def test_mistake_names_its_key_and_the_right_one() -> None:
    for right, wrong, message in [
        ("time_zone =", "timezone =", "timezone does not exist; did you mean time_zone?"),
        ("Europe/Berlin", "Europe/Brlin", "did you mean Europe/Berlin?"),
        ("Europe/Berlin", "../../etc/passwd", "no time zone: write one such as"),
        ('"Europe/Berlin"', '"Europe"', "time_zone is 'Europe'"),
        ('"Europe/Berlin"', "1", "time_zone is 1, which is no time zone"),
        ('"12-25"', '"12-32"', "holidays has '12-32': write 2026-12-25"),
        ('"12-25"', '"20261225AA"', "holidays has '20261225AA': write 2026-12-25"),
        ("2026-05-01", "2026-05-01T10:00:00", "holidays has datetime"),
        ('default_group = "family"', 'default_group = "famly"', "did you mean family?"),
        ("mon-thu", "mon-thur", "schedules.office.mon-thur names no day; did you mean thu?"),
        ("fri =", "thu =", "schedules.office says thu twice"),
        ("08:00-15:00", "8-15", "schedules.office.fri has '8-15': write HH:MM-HH:MM"),
        ("08:00-15:00", "08:00-08:00", "schedules.office.fri has '08:00-08:00'"),
        ("08:00-15:00", "08:00-24:01", "schedules.office.fri has"),
        ("08:00-15:00", "08:60-15:00", "schedules.office.fri has"),
        ('["08:00-15:00"]', '"08:00-15:00"', "schedules.office.fri is .* has to be a list"),
        ('schedule = "office"', 'schedule = "ofice"', "groups.staff.schedule .* mean office?"),
        ('schedule = "office"', 'shedule = "office"', "groups.staff.shedule .* mean schedule?"),
        ('"pin"', '"pins"', "groups.staff.second_factor is 'pins'; did you mean pin?"),
        ("1e-6", "nan", "groups.staff.false_match_rate is nan; it has to be between"),
        ("_s = 30", "_s = 0", "groups.staff.two_persons_within_s is 0; it has to be between 1"),
        ("_s = 30", "_s = true", "groups.staff.two_persons_within_s is True"),
        ("[groups.staff]", '["groups"."staff and more"]', "groups has the name"),
        ("after = 3", "aftr = 3", "lockout.aftr does not exist; did you mean after?"),
        ("after = 3", "after = 2.5", "lockout.after is 2.5; it has to be a whole number"),
        ("longest_s = 600", "longest_s = 5", "lockout.longest_s is less than lockout.first_s"),
        ("[lockout]", "[[lockout]]", "lockout is .* has to be a table"),
        ("[lockout]", "[lockout", "neither valid TOML nor JSON"),
    ]:
        assert right in DOCUMENT, right
        with pytest.raises(ConfigError, match=message) as refused:
            parse(DOCUMENT.replace(right, wrong, 1), "rules.toml")
        assert str(refused.value).startswith("rules.toml: "), right
        assert "\n" not in str(refused.value), right


def test_time_zone_has_to_be_said_and_in_a_document_that_is_not_too_long() -> None:
    for text, says in (("", "time_zone is missing"), ("#" * 70_000, "at most 65536 bytes")):
        with pytest.raises(ConfigError, match=says):
            parse(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
)
KEYS = sorted(tomllib.loads(DOCUMENT))


@given(st.dictionaries(st.sampled_from(KEYS), json_values))
def test_any_document_is_rules_or_an_error_of_ours(said: dict[str, object]) -> None:
    with suppress(ConfigError):
        parse(json.dumps({"time_zone": "UTC"} | said))


@given(st.text(max_size=200))
def test_any_text_is_rules_or_an_error_of_ours(text: str) -> None:
    with suppress(ConfigError):
        parse(text)


PAGE = (Path(__file__).parents[3] / "docs" / "access.md").read_text()


def test_example_is_a_document_that_uses_every_key() -> None:
    _, _, rest = PAGE.partition("<!-- example -->\n```toml\n")
    example, _, _ = rest.partition("```\n<!-- /example -->")
    rules = parse(example)
    assert set(rules.schedules) == {"office", "nights"}
    assert rules.groups["guards"].second_factor is Factor.BUTTON
    assert rules.groups["strongroom"].two_persons_within_s == 30
    assert rules.groups["strongroom"].false_match_rate == 1e-6
    assert rules.default_group == "family"
    assert (rules.lockout.after, rules.lockout.first_s, rules.lockout.longest_s) == (5, 30, 3600)


def test_reasons_are_told_with_what_the_visitor_hears() -> None:
    for reason in (
        Reason.RECOGNISED,
        Reason.NOT_ALLOWED_NOW,
        Reason.NOT_VALID,
        Reason.SECOND_FACTOR,
        Reason.WRONG_CODE,
        Reason.SECOND_PERSON,
        Reason.LOCKED_OUT,
    ):
        assert f"| `{reason}` | {reason.guidance} |" in PAGE

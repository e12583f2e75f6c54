"""What another document would change, in lines that a person reads."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from facedoor.access.changes import changes, digest

BEFORE = """
time_zone = "Europe/Berlin"
holidays = ["12-24", {country = "DE", region = "BY"}]
default_group = "family"
[schedules.office]
mon-thu = ["08:00-12:00", "13:00-18:00"]
[groups.family]
[groups.staff]
schedule = "office"
"""
AFTER = """
time_zone = "UTC"
holidays = ["12-24", "2027-03-26"]
[schedules.office]
mon-thu = ["08:00-17:00"]
fri = []
[groups.family]
second_factor = "pin"
[groups.staff]
schedule = "office"
false_match_rate = 1e-6
[groups.guards]
[lockout]
after = 3
"""


def test_each_change_is_a_line_that_names_the_place_and_what_was_there() -> None:
    assert changes(BEFORE, AFTER) == [
        "time_zone: UTC, was Europe/Berlin",
        "holidays.2027-03-26: new",
        "schedules.office.mon-thu: 08:00-17:00, was 08:00-12:00, 13:00-18:00",
        "schedules.office.fri: new, shut",
        "groups.family.second_factor: new, pin",
        "groups.staff.false_match_rate: new, 1e-06",
        "groups.guards: new",
        "lockout.after: new, 3",
        "holidays.DE BY: no more",
        "default_group: no more, was family",
    ]


def test_without_rules_or_with_such_as_cannot_be_read_everything_is_new() -> None:
    document = 'time_zone = "UTC"\n[groups.staff]\n'
    expected = ["time_zone: new, UTC", "groups.staff: new"]
    assert changes(None, document) == expected
    assert changes('time_zone = "Europe/Atlantis"', document) == expected


words = st.sampled_from(["a", "b", "c"])
documents = st.fixed_dictionaries(
    {"time_zone": st.sampled_from(["UTC", "Europe/Berlin"])},
    optional={
        "holidays": st.lists(st.sampled_from(["12-24", "12-25", "2027-01-01"]), unique=True),
        "groups": st.dictionaries(
            words, st.fixed_dictionaries({}, optional={"false_match_rate": st.just(1e-6)})
        ),
        "schedules": st.dictionaries(
            words, st.dictionaries(st.sampled_from(["mon", "tue"]), st.just(["08:00-18:00"]))
        ),
    },
)


@given(documents, documents)
def test_nothing_is_said_of_the_same_and_something_of_everything_else(
    before: dict[str, object], after: dict[str, object]
) -> None:
    said = changes(json.dumps(before), json.dumps(after))
    assert bool(said) == (_without_nothing(before) != _without_nothing(after))


def _without_nothing(said: dict[str, object]) -> dict[str, object]:
    """As a set where the order means nothing, and nothing where nothing is said of days."""
    return {
        key: frozenset(map(str, value)) if isinstance(value, list) else value
        for key, value in said.items()
        if value != []
    }


def test_digest_names_a_document_and_one_that_is_missing() -> None:
    assert digest(None) == digest("") != digest(BEFORE)
    assert len(digest(BEFORE)) == 64

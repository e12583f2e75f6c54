"""The strict reader: what fits becomes a dataclass, and everything else an error with its key."""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor.strict import Prose, StrictError, as_json, more, read


class Colour(enum.StrEnum):
    RED = "red"
    GREEN = "green"


@dataclass(frozen=True, slots=True)
class Part:
    size_px: int = field(metadata=more(allowed=(1, 100)))
    name: str = ""

    def __post_init__(self) -> None:
        if self.size_px == 13:
            raise ValueError("thirteen is unlucky")


@dataclass(frozen=True, slots=True)
class Whole:
    name: str = field(metadata=more(allowed=(1, 8)))
    day: date | None = field(
        default=None,
        metadata=more(key="from", said=(str, date.fromisoformat), told=lambda day: str(day)),
    )
    is_on: bool = False
    scale: float = field(default=1.0, metadata=more(allowed=(0.5, 2.0)))
    colour: Colour | None = field(default=None, metadata=more(is_optional=True))
    kind: Literal["big", "small"] = "big"
    angle: Literal[0, 90] = 0
    parts: tuple[Part, ...] = field(default=(), metadata=more(allowed=(0, 3)))
    point: tuple[float, float] = (0.0, 0.0)
    weights: Mapping[str, float] = field(default_factory=dict)
    note: Any = None
    prose: Prose = ""


EVERYTHING = {
    "name": "door",
    "from": "2026-12-01",
    "is_on": True,
    "scale": 2,
    "colour": "green",
    "kind": "small",
    "angle": 90,
    "parts": [{"size_px": 3, "name": "a"}, {"size_px": 4, "name": ""}],
    "point": [1, 2.5],
    "weights": {"a": 1, "b": 0.5},
    "note": {"anything": [None]},
    "prose": "two\nlines",
}


def test_everything_is_read_and_told_again() -> None:
    whole = read(Whole, EVERYTHING)
    assert whole == Whole(
        "door",
        date(2026, 12, 1),
        is_on=True,
        scale=2.0,
        colour=Colour.GREEN,
        kind="small",
        angle=90,
        parts=(Part(3, "a"), Part(4)),
        point=(1.0, 2.5),
        weights={"a": 1.0, "b": 0.5},
        note={"anything": [None]},
        prose="two\nlines",
    )
    assert as_json(whole) == EVERYTHING


def test_default_that_is_optional_is_not_told() -> None:
    assert "colour" not in as_json(Whole("door"))
    assert read(Whole, {"name": "door", "from": None}) == Whole("door")


def test_mistake_names_its_key() -> None:
    for change, says in (
        ({"naem": 1}, "naem does not exist; did you mean name?"),
        ({"name": None}, "name is None; it has to be text in quotes"),
        ({"name": "much too long"}, "name has 13 characters; it has to have 1 to 8"),
        ({"name": "a\nb"}, "name has a control character in it"),
        ({"from": 7}, "from is 7; it has to be text in quotes"),
        ({"from": "soon"}, "from is wrong: Invalid isoformat string"),
        ({"is_on": 1}, "is_on is 1; it has to be true or false"),
        ({"scale": True}, "scale is True; it has to be a number"),
        ({"scale": "2 m"}, "scale is '2 m'; it has to be a number, without a unit"),
        ({"scale": 3}, "scale is 3; it has to be between 0.5 and 2"),
        ({"scale": math.nan}, "scale is nan; it has to be between 0.5 and 2"),
        ({"weights": {"a": math.inf}}, "weights.a is inf; it has to be a number"),
        ({"weights": {"a": 10**400}}, "weights.a is 1000"),
        ({"weights": {"\n": ""}}, "weights.'\\n' is ''; it has to be a number"),
        ({"prose": 1}, "prose is 1; it has to be text in quotes"),
        ({"weights": [1]}, "weights is [1]; it has to be a table"),
        ({"colour": "gren"}, "colour is 'gren'; did you mean green?"),
        ({"colour": ["green"]}, "colour is ['green']; it can be 'red' or 'green'"),
        ({"kind": 7}, "kind is 7; it can be 'big' or 'small'"),
        ({"angle": "90"}, "angle is '90'; it can be 0 or 90"),
        ({"angle": False}, "angle is False; it can be 0 or 90"),
        ({"parts": {}}, "parts is {}; it has to be a list"),
        ({"parts": [3]}, "parts.1 is 3; it has to be a table of keys and values"),
        ({"parts": [{"size_px": 1}, {}]}, "parts.2.size_px is missing"),
        ({"parts": [{"size_px": 0}]}, "parts.1.size_px is 0; it has to be between 1 and 100"),
        ({"parts": [{"size_px": 1.0}]}, "parts.1.size_px is 1.0; it has to be a whole number"),
        ({"parts": [{"size_px": 13}]}, "parts.1 is wrong: thirteen is unlucky"),
        ({"parts": [{"size_px": 1}] * 4}, "parts has 4 entries; it has to have 0 to 3"),
        ({"point": [1]}, "point is [1]; it has to be a list of 2"),
        ({"point": [1, "b"]}, "point.2 is 'b'; it has to be a number"),
    ):
        with pytest.raises(StrictError) as refused:
            read(Whole, EVERYTHING | change)
        assert str(refused.value).startswith(says)
        assert "\n" not in str(refused.value)


def test_table_is_a_table() -> None:
    with pytest.raises(StrictError, match="it is 3; it has to be a table"):
        read(Whole, 3)
    with pytest.raises(StrictError, match="name is missing"):
        read(Whole, {})


def test_key_that_is_not_known_is_passed_over_where_a_newer_version_may_write() -> None:
    newer = {"name": "door", "new": 1, "parts": [{"size_px": 1, "new": 2}]}
    assert read(Whole, newer, ignore_unknown=True) == Whole("door", parts=(Part(1),))
    with pytest.raises(StrictError, match=r"parts\.1\.new does not exist"):
        read(Whole, {"name": "door", "parts": newer["parts"]})


@dataclass(frozen=True, slots=True)
class Open:
    name: str
    others: Mapping[str, Any] = field(default_factory=dict, metadata=more(is_rest=True))


def test_rest_takes_what_is_no_field_and_tells_it_again() -> None:
    said = {"name": "door", "new": [1], "others": {}}
    assert read(Open, said) == Open("door", {"new": [1], "others": {}})
    assert as_json(read(Open, said)) == said


def test_field_that_is_known_already_cannot_be_said() -> None:
    assert read(Part, {"size_px": 1}, name="given") == Part(1, "given")
    with pytest.raises(StrictError, match="name does not exist"):
        read(Part, {"size_px": 1, "name": "said"}, name="given")


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(st.sampled_from([*EVERYTHING, "size_px"]) | st.text(), inside, max_size=4)
    ),
)


@given(json_values, st.booleans())
def test_whatever_is_said_no_other_error_comes_out(said: object, ignore_unknown: bool) -> None:
    try:
        whole = read(Whole, said, ignore_unknown=ignore_unknown)
    except StrictError:
        return
    assert read(Whole, as_json(whole)) == whole


@given(
    st.builds(
        Whole,
        st.text(st.characters(exclude_categories=["Cc"]), min_size=1, max_size=8),
        st.none() | st.dates(),
        scale=st.floats(0.5, 2.0),
        colour=st.none() | st.sampled_from(Colour),
        parts=st.lists(st.builds(Part, st.integers(14, 100), st.just("x")), max_size=3).map(tuple),
        weights=st.dictionaries(st.text(max_size=3), st.floats(-1, 1)),
    )
)
def test_what_is_told_is_read_as_the_same(whole: Whole) -> None:
    assert read(Whole, as_json(whole)) == whole

"""One value of a TOML text changes, and nothing else."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor.setup.configuration import TomlLineError, Value, literal, with_value

BASE = """\
# The front door.
[door]
name = "front"   # as in [door] name = "x"
pin = 17

[mqtt]  # the broker
#host = ""
port = 1883
"""

VALUES: st.SearchStrategy[Value] = st.one_of(
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"])),
)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"])).filter(lambda t: "'" not in t)
OLD = st.one_of(
    VALUES.map(literal),
    TEXTS.map(lambda text: f"'{text}'"),
    TEXTS.map(lambda text: f"'''\n{text}\n[door]\npin = 3 # '''"),
    st.sampled_from(
        [
            '"""a # b\n[door]\nname = \\" x"""',
            '"""""two quotes"""""',
            "'''''two'''''",
            "[1, 2, # three ]\n 3]",
            '["#", "]", { a = "}" }]',
            '{ a = 1, b = [true, "x = 1"] }',
            "2026-11-24T09:30:00Z",
            "0x1F",
        ]
    ),
)
COMMENTS = st.sampled_from(["", "# note\n", "\n\n", "  # name = 1\n", "#[door]\n"])
HEADERS = st.sampled_from(["[door]", "[ door ]", '["door"]', "\t[door] # ]["])
KEYS = st.sampled_from(["name", '"name"', " name", "'name' "])
ENDS = st.sampled_from(["", " # note = 'x'", "\t"])
OTHERS = st.sampled_from(
    [
        "",
        "[mqtt]\nname = 'other'\n",
        "[[list]]\nname = 1\n[[list]]\nname = 2\n",
        "[a.door]\nname=1\n",
    ]
)


@given(HEADERS, OTHERS, COMMENTS, st.none() | OLD, KEYS, OLD, ENDS, COMMENTS, OTHERS, VALUES)
def test_value_is_read_back_and_every_other_byte_stays(
    header: str,
    first: str,
    comment: str,
    neighbour: str | None,
    key: str,
    old: str,
    end: str,
    after: str,
    last: str,
    value: Value,
) -> None:
    beside = "" if neighbour is None else f"beside = {neighbour}\n"
    before = f"{first}{header}\n{comment}{beside}{key} = "
    rest = f"{end}\n{after}"
    if last != first:
        rest += last
    text = before + old + rest
    expected = tomllib.loads(text)
    expected["door"]["name"] = value
    changed = with_value(text, "door", "name", value)
    assert changed == before + literal(value) + rest
    assert tomllib.loads(changed) == expected


@given(st.sampled_from([BASE, "", "# nothing\n", "[mqtt]", "[door.sub]\nx = 1\n"]), VALUES)
def test_key_that_is_not_there_is_added_and_everything_else_stays(text: str, value: Value) -> None:
    changed = with_value(text, "door", "pulse_s", value)
    expected: dict[str, Any] = tomllib.loads(text)
    expected.setdefault("door", {})["pulse_s"] = value
    assert tomllib.loads(changed) == expected
    line = f"pulse_s = {literal(value)}\n"
    assert changed.count(line) >= 1
    without = changed.replace(line, "", 1)
    assert without.removesuffix("[door]\n").rstrip("\n") == text.rstrip("\n")


@given(VALUES)
def test_setting_a_value_again_changes_nothing(value: Value) -> None:
    once = with_value(BASE, "door", "name", value)
    assert with_value(once, "door", "name", value) == once


def test_new_key_comes_below_its_comment_or_last_and_so_does_a_new_section() -> None:
    changed = with_value(BASE, "door", "active_high", False)
    assert changed == BASE.replace("pin = 17\n", "pin = 17\nactive_high = false\n")
    changed = with_value(BASE, "mqtt", "host", "broker")
    assert changed == BASE.replace('#host = ""\n', '#host = ""\nhost = "broker"\n')
    changed = with_value(BASE, "camera", "source", "usb:0")
    assert changed == f'{BASE}\n[camera]\nsource = "usb:0"\n'


def test_line_ends_of_another_system_stay_and_a_missing_last_one_is_added() -> None:
    text = BASE.replace("\n", "\r\n")
    changed = with_value(text, "door", "active_high", False)
    assert changed == text.replace("pin = 17\r\n", "pin = 17\r\nactive_high = false\r\n")
    assert with_value("[door]\npin = 4", "door", "name", "x") == '[door]\npin = 4\nname = "x"\n'


@pytest.mark.parametrize("text", ['door = { name = "front" }\n', "door.pin = 4\n"])
def test_what_would_need_rewriting_is_left_to_a_person(text: str) -> None:
    with pytest.raises(TomlLineError, match=r"write name = \"back\" under \[door\] by hand"):
        with_value(text, "door", "name", "back")


def test_dotted_key_is_changed_where_it_stands() -> None:
    assert with_value("door.name = 'a' # x\n", "door", "name", "b") == 'door.name = "b" # x\n'


def test_text_that_is_not_toml_is_refused() -> None:
    with pytest.raises(tomllib.TOMLDecodeError):
        with_value("[door\n", "door", "name", "x")

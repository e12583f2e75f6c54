from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor.errors import UsageError
from facedoor_convert.evaluation.groups import parse_groups, read_groups

PEOPLE = {"Ada", "Bo", "Zoë, the second"}


def parsed(text: str) -> dict[str, str]:
    return parse_groups(text, "groups.csv", PEOPLE)


def test_each_person_has_the_group_of_their_line() -> None:
    text = 'person,group\r\nAda, north \r\n\r\n"Zoë, the second",süd\r\n'
    assert parsed(text) == {"Ada": "north", "Zoë, the second": "süd"}


def test_a_table_as_a_spreadsheet_saves_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "groups.csv"
    file.write_bytes("person,group\nZoë,a\n".encode("utf-8-sig"))
    assert read_groups(file, {"Zoë"}) == {"Zoë": "a"}


def test_what_is_no_table_of_groups_is_refused_by_its_line() -> None:
    for text, named in (
        ("", "line 1: a file of groups begins with the line person,group"),
        ("Ada,north\n", "line 1: a file of groups begins"),
        ("person,group\nAda\n", "line 2: 'Ada' is not a person and a group"),
        ("person,group\nAda,north,1\n", "line 2: .* is not a person and a group"),
        ("person,group\nAda,north\nBo, \n", "line 3: 'Bo,' is not a person and a group"),
        ("person,group\nAda,\x1b[2J\n", "line 2: .* is not a person and a group"),
        ("person,group\n\nEve,north\n", "line 3: nobody in the photos is called 'Eve'"),
        ("person,group\nAda,a\nBo,a\nAda,b\n", "line 4: Ada has a group already"),
        ('person,group\n"Ada,a\n', "groups.csv, line 2: this is no CSV"),
    ):
        with pytest.raises(UsageError, match=named):
            parsed(text)


@given(st.text() | st.text().map("person,group\n{}".format))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(UsageError):
        assert set(parsed(text)) <= PEOPLE


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"person,group\nAda,\xff\n", "is no groups file .* in line 2.*: it has to be UTF-8"),
        (None, "cannot read the groups file"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(
    tmp_path: Path, data: bytes | None, named: str
) -> None:
    file = tmp_path / "groups.csv"
    if data is not None:
        file.write_bytes(data)
    with pytest.raises(UsageError, match=named):
        read_groups(file, PEOPLE)

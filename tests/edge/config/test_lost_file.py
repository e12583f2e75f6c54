"""A configuration that was lost says nothing of the relay: the door does not start by guesses."""

from __future__ import annotations

from pathlib import Path

import pytest

from door_kit import Door
from facedoor.config.file import load, load_to_open
from facedoor.config.options import Config
from facedoor.errors import ConfigError

MARK = b"\xef\xbb\xbf"


@pytest.mark.parametrize("nothing", [b"", b"\n \t\r\n", MARK])
def test_file_in_which_nothing_stands_was_lost(tmp_path: Path, nothing: bytes) -> None:
    file = tmp_path / "facedoor.toml"
    file.write_bytes(nothing)
    for reads in (load, load_to_open):
        with pytest.raises(ConfigError, match=f"{file} is empty, so it was lost: put it back"):
            reads(file)


def test_file_in_which_somebody_says_nothing_is_one_of_defaults(tmp_path: Path) -> None:
    file = tmp_path / "facedoor.toml"
    file.write_text("# nothing to say\n")
    assert load(file) == Config()


def test_no_command_goes_on_with_defaults_in_place_of_a_lost_file(empty_door: Door) -> None:
    empty_door.config.write_bytes(b"")
    for command in (("run", "--once"), ("relay-off",), ("people",)):
        empty_door.facedoor(*command).assert_fails(2, "is empty, so it was lost")

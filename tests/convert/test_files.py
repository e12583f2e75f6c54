from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from facedoor_convert import files
from facedoor_convert.errors import ConvertError


def test_an_interrupted_file_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with suppress(KeyboardInterrupt), files.writing(path) as file:
        file.write(b"new")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "in the way").touch()
    with (
        pytest.raises(ConvertError, match=r"cannot write .*in the way"),
        files.writing(tmp_path / "in the way" / "file"),
    ):
        pass


def test_folders_are_made(tmp_path: Path) -> None:
    with files.writing(tmp_path / "a" / "b") as file:
        file.write(b"new")
    assert (tmp_path / "a" / "b").read_bytes() == b"new"


def test_everybody_may_read_what_was_written(tmp_path: Path) -> None:
    with files.writing(tmp_path / "manifest.json") as file:
        file.write(b"{}")
    assert (tmp_path / "manifest.json").stat().st_mode & 0o777 == 0o644

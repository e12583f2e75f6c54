from __future__ import annotations

from pathlib import Path

import pytest

from facedoor_convert.packs import pack_writer


def folder(path: Path, content: str) -> Path:
    path.mkdir()
    (path / "manifest.json").write_text(content)
    return path


def test_a_pack_replaces_the_one_before(tmp_path: Path) -> None:
    staged, target = folder(tmp_path / "staged", "new"), folder(tmp_path / "pack", "old")
    pack_writer.put_in_place(staged, tmp_path / "previous", target)
    assert (target / "manifest.json").read_text() == "new"
    assert (tmp_path / "previous" / "manifest.json").read_text() == "old"


def test_a_pack_comes_where_none_was(tmp_path: Path) -> None:
    target = tmp_path / "pack"
    pack_writer.put_in_place(folder(tmp_path / "staged", "new"), tmp_path / "previous", target)
    assert (target / "manifest.json").read_text() == "new"


def test_the_old_pack_comes_back_when_the_new_one_cannot_be_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    staged, target = folder(tmp_path / "staged", "new"), folder(tmp_path / "pack", "old")
    rename = Path.rename

    def fails_on_staged(self: Path, to: Path) -> Path:
        if self == staged:
            raise OSError("no space left")
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", fails_on_staged)
    with pytest.raises(OSError, match="no space left"):
        pack_writer.put_in_place(staged, tmp_path / "previous", target)
    assert (target / "manifest.json").read_text() == "old"

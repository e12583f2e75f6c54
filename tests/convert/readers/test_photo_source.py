from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor_convert.errors import SourceError
from facedoor_convert.readers.photo_source import (
    PhotoSource,
    one_of_each,
    person_of,
    several_of_each,
)

PHOTOS = {"ada/1.jpg": b"one", "ada/2.JPG": b"two", "bob/1.png": b"three"}
names = st.lists(
    st.builds("{}/{}.jpg".format, st.sampled_from("abcdef"), st.integers(0, 9)), unique=True
)


def folder(path: Path) -> None:
    for name, data in (PHOTOS | {"notes.txt": b""}).items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)


def zipped(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in (PHOTOS | {"notes.txt": b""}).items():
            archive.writestr(name, data)


def tarred(path: Path) -> None:
    with tarfile.open(path, "w:gz") as archive:
        for name, data in PHOTOS.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))


@pytest.mark.parametrize("made_by", [folder, zipped, tarred])
def test_photos_come_out_of_a_folder_or_an_archive(
    tmp_path: Path, made_by: Callable[[Path], None]
) -> None:
    made_by(tmp_path / "photos")
    source = PhotoSource(tmp_path / "photos")
    assert source.names() == sorted(PHOTOS)
    assert source.read(["bob/1.png", "ada/1.jpg"]) == {"bob/1.png": b"three", "ada/1.jpg": b"one"}


def test_an_empty_folder_and_a_missing_archive_are_one_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="there are no photos in"):
        PhotoSource(tmp_path).names()
    with pytest.raises(SourceError, match="No such file"):
        PhotoSource(tmp_path / "nowhere").names()


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04" + bytes(99)])
def test_a_file_that_is_no_archive_is_one_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "photos.zip").write_bytes(content)
    with pytest.raises(SourceError, match="cannot read photos from"):
        PhotoSource(tmp_path / "photos.zip").names()


def test_an_archive_cut_short_anywhere_is_one_error(tmp_path: Path) -> None:
    zipped(tmp_path / "whole.zip")
    whole = (tmp_path / "whole.zip").read_bytes()
    for size in range(0, len(whole), 7):
        (tmp_path / "cut.zip").write_bytes(whole[:size])
        with pytest.raises(SourceError):
            PhotoSource(tmp_path / "cut.zip").names()


def test_a_photo_without_a_folder_is_a_person_of_its_own() -> None:
    assert person_of("set/ada/1.jpg") == "ada"
    assert person_of("1.jpg") == "1.jpg"


@given(names, st.integers(1, 60))
def test_everybody_gives_one_photo_before_anybody_gives_two(photos: list[str], most: int) -> None:
    chosen = one_of_each(photos, most)
    assert len(chosen) == len(set(chosen)) == min(most, len(photos))
    people = [person_of(name) for name in chosen]
    if people and max(map(people.count, people)) > 1:
        assert set(people) == set(map(person_of, photos))


@given(names, st.integers(1, 60))
def test_several_of_each_come_from_people_with_several_first(photos: list[str], most: int) -> None:
    chosen = several_of_each(photos, most, 3)
    people = [person_of(name) for name in chosen]
    assert len(chosen) == len(set(chosen)) <= most
    assert all(people.count(person) <= 3 for person in people)

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from facedoor.vision.pack import Pack
from facedoor.vision.reader import FaceReader
from facedoor_convert.errors import DatasetError
from facedoor_convert.training.datasets import Cutter, Person, find_people, split_people


def folder_of(folder: Path, **counts: int) -> Path:
    for name, count in counts.items():
        (folder / name).mkdir()
        for number in range(count):
            (folder / name / f"{number}.jpg").touch()
    return folder


@pytest.fixture
def cutter(pack: Pack, reader: FaceReader, tmp_path: Path) -> Cutter:
    return Cutter(reader.detector, "1", pack.manifest.crop, 160, tmp_path / "cache")


def test_the_most_photographed_come_first(tmp_path: Path) -> None:
    folder_of(tmp_path, ada=2, bob=4, cleo=1, dora=4)
    (tmp_path / "ada" / "notes.txt").touch()
    found = find_people(tmp_path)
    assert [(person.name, len(person.photos)) for person in found] == [
        ("bob", 4),
        ("dora", 4),
        ("ada", 2),
    ]


def test_so_many_photos_of_everybody_who_has_them(tmp_path: Path) -> None:
    found = find_people(folder_of(tmp_path, ada=2, bob=4, cleo=3), photos=3)
    assert [(person.name, len(person.photos)) for person in found] == [("bob", 3), ("cleo", 3)]


def test_nobody_is_on_both_sides(tmp_path: Path) -> None:
    people = find_people(folder_of(tmp_path, a=2, b=3, c=4, d=5, e=6))
    trained, others = split_people(people)
    assert [person.name for person in trained] == ["e", "d", "c"]
    assert [person.name for person in others] == ["b", "a"]


@pytest.mark.parametrize("trained", [None, 1, 2, 3])
def test_too_few_people_are_refused(tmp_path: Path, trained: int | None) -> None:
    people = find_people(folder_of(tmp_path, ada=2, bob=2, cleo=2))
    with pytest.raises(DatasetError, match="3 people cannot be split"):
        split_people(people, trained)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="has nobody with 2 photos"):
        find_people(tmp_path)
    with pytest.raises(DatasetError, match=r"cannot read .*missing"):
        find_people(tmp_path / "missing")


def test_crops_are_those_of_the_door_and_are_kept(
    cutter: Cutter, reader: FaceReader, photos: Path, tmp_path: Path
) -> None:
    person = find_people(photos / "val")[0]
    faces = cutter.cut([person], lambda _: None)
    (kept,) = (tmp_path / "cache").iterdir()
    kept_s = kept.stat().st_mtime_ns
    again = cutter.cut([person], lambda _: None)
    assert faces.crops.shape == (len(person.photos), 160, 160, 3)
    assert np.array_equal(faces.crops, again.crops)
    assert kept.stat().st_mtime_ns == kept_s


def test_unreadable_photos_are_counted(cutter: Cutter, photos: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.jpg"
    damaged.write_bytes(b"\xff\xd8\xff no picture")
    good = find_people(photos / "val")[0].photos
    faces = cutter.cut([Person("ada", (*good, damaged))], lambda _: None)
    assert (len(faces.labels), faces.missed) == (len(good), 1)


def test_somebody_without_a_face_is_named(cutter: Cutter, tmp_path: Path) -> None:
    folder_of(tmp_path, ada=3)
    with pytest.raises(DatasetError, match="only 0 of the 3 photos of ada show a face"):
        cutter.cut(find_people(tmp_path), lambda _: None)

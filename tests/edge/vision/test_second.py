"""A second pack fits, or there is none: never the looser of two."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from calibrations import cohort
from door_kit import PACK
from facedoor.errors import PackError
from facedoor.vision import pack, second
from second_kit import OTHER, joint_of, second_pack


@pytest.fixture(scope="module")
def first() -> pack.Manifest:
    return pack.load(PACK).manifest


def test_a_pack_that_was_measured_beside_the_first_is_taken(
    tmp_path: Path, first: pack.Manifest
) -> None:
    found = second.load(second_pack(tmp_path), first)
    assert found.joint.second_sha256 == found.embedder.sha256 != first.embedder.sha256
    assert second.configured(None, first) is None


def test_one_that_is_not_there_or_damaged_is_named_as_the_second(
    tmp_path: Path, first: pack.Manifest
) -> None:
    with pytest.raises(PackError, match="the second pack cannot be used: there is no pack in"):
        second.load(tmp_path / "nowhere", first)
    folder = second_pack(tmp_path)
    with (folder / first.embedder.file).open("ab") as file:
        file.write(b"x")
    with pytest.raises(PackError, match=r"the second pack cannot be used: .* is not the file that"):
        second.load(folder, first)


def test_one_without_a_joint_table_is_refused(tmp_path: Path, first: pack.Manifest) -> None:
    folder = second_pack(tmp_path, joint=None)
    with pytest.raises(PackError, match=r"has no table of .* take \[models\] second out"):
        second.load(folder, first)


def test_one_that_was_measured_beside_another_is_refused(
    tmp_path: Path, first: pack.Manifest
) -> None:
    other = dataclasses.replace(first, calibration=None)
    other = dataclasses.replace(other, embedder=dataclasses.replace(first.embedder, sha256=OTHER))
    with pytest.raises(PackError, match="was measured beside another pack than facenet"):
        second.load(second_pack(tmp_path), other)


def test_where_bytes_are_not_the_recipes_the_calibration_says_whose_embeddings_they_give(
    tmp_path: Path, first: pack.Manifest
) -> None:
    embedder = dataclasses.replace(first.embedder, sha256=OTHER)
    rebuilt = dataclasses.replace(first, embedder=embedder, matches_recipe=False)
    assert second.load(second_pack(tmp_path), rebuilt).joint.weight == 1


def test_a_joint_table_of_another_second_or_cohort_is_refused(
    tmp_path: Path, first: pack.Manifest
) -> None:
    folder = second_pack(tmp_path / "a", joint=joint_of(first, OTHER))
    with pytest.raises(PackError, match="joint is about another embedder"):
        second.load(folder, first)
    folder = second_pack(tmp_path / "b")
    manifest = pack.load(folder).manifest
    assert manifest.joint is not None
    measured = manifest.joint.measured
    crowd = dataclasses.replace(measured, corrected=measured.plain, cohort=cohort(0, 90))
    joint = dataclasses.replace(manifest.joint, measured=crowd)
    text = dataclasses.replace(manifest, joint=joint).to_json()
    (folder / pack.MANIFEST).write_text(text)
    with pytest.raises(PackError, match="a cohort of 2 numbers"):
        second.load(folder, first)


def test_schema_3_cannot_bring_a_joint_table(tmp_path: Path) -> None:
    folder = second_pack(tmp_path, schema=3)
    with pytest.raises(PackError, match="joint distances, which came with schema 4"):
        pack.load(folder)

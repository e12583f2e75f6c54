"""A whole comparison of genuine FaceNet, on a few photos."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path

import cv2
import pytest

from facedoor_convert.cli.main import main
from facedoor_convert.packs import compare
from facedoor_convert.packs.recipe import Recipe
from facedoor_convert.readers.package_source import Archive
from facedoor_convert.readers.photo_source import person_of
from facedoor_convert.tflite.forms import FORMS
from workbench import RECIPE


@pytest.fixture
def photos(facenet: Recipe, archives: dict[str, Archive], tmp_path: Path) -> Path:
    """Two photos of each of two people."""
    where = facenet.embedder.parity.photos
    every = archives[where.package].photos(where.folder)
    people = [list(names) for _, names in groupby(every, person_of)]
    for names in people[:2]:
        for name in names[:2]:
            target = tmp_path / "photos" / person_of(name) / Path(name).name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(every[name])
    return tmp_path / "photos"


def test_a_comparison_leaves_its_table_its_pictures_and_nothing_else(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "forms"
    ended = main(["compare", str(RECIPE), "--photos", str(photos), "--output", str(output)])
    assert ended == 0
    found = json.loads((output / compare.RESULT).read_text())
    assert set(found["forms"]) == set(FORMS)
    assert f"{found['recommended']} takes " in capsys.readouterr().out
    assert len((output / compare.TABLE).read_text().splitlines()) == 2 + len(FORMS)
    assert cv2.imread(str(output / compare.WORST)) is not None
    left = {path.name for path in output.iterdir()}
    assert left == {compare.RESULT, compare.TABLE, compare.WORST, compare.CHART}


@pytest.mark.usefixtures("archives")
def test_photos_that_are_not_there_are_one_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere, output = tmp_path / "nowhere", tmp_path / "forms"
    arguments = ["compare", str(RECIPE), "--photos", str(nowhere), "--output", str(output)]
    assert main(arguments) == 3
    assert "cannot read photos from" in capsys.readouterr().err.splitlines()[-1]
    assert list(output.iterdir()) == []

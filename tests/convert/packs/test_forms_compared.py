"""Forms measured against each other: a small network, made-up figures, and genuine FaceNet."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from circle import at
from facedoor.frames import Image
from facedoor.vision.detector import Detector
from facedoor.vision.interpreter import Network
from facedoor.vision.pack import Pack
from facedoor_convert.cli.main import main
from facedoor_convert.errors import QualityError
from facedoor_convert.networks.graph import Conv, Dense, GlobalAverage, Graph
from facedoor_convert.packs import compare, forms_compared
from facedoor_convert.packs.float_models import FloatModels
from facedoor_convert.packs.forms_compared import FormRow, PairRates, pair_rates, recommend
from facedoor_convert.packs.forms_work import SLOW
from facedoor_convert.packs.recipe import Recipe
from facedoor_convert.readers.package_source import Archive
from facedoor_convert.readers.photo_source import PhotoSource, person_of
from facedoor_convert.tflite import ranges, writer
from facedoor_convert.tflite.forms import FORMS, Name
from legible import illegible
from workbench import RECIPE

SIZE = (24, 24, 3)
RANDOM = np.random.default_rng(3)
GRAPH = Graph(
    "x",
    SIZE,
    (
        Conv(
            *("a", "x", RANDOM.normal(size=(3, 3, 3, 16)).astype(np.float32)),
            *(np.zeros(16, np.float32), 1),
            same=True,
            relu=True,
        ),
        GlobalAverage("b", "a"),
        Dense("c", "b", np.eye(16, dtype=np.float32), np.full(16, -1, np.float32)),
    ),
)


def row(name: Name, size: int, time: float, loss: float = 0.0, cosine: float = 1.0) -> FormRow:
    return FormRow(
        form=FORMS[name],
        bytes=size,
        time_ratio=time,
        xnnpack_share=1.0,
        can_be_built=True,
        faces=9,
        cosine_mean=cosine,
        cosine_min=cosine,
        rates=PairRates(0.99, loss, equal_error_rate=0.01, distance_change=0.01),
        worst=(("ada/1.jpg", cosine),),
    )


FLOAT = row("float32", 900, 1.0)


def test_the_fastest_form_in_the_budget_is_taken_then_the_smaller_then_integers() -> None:
    rows = [FLOAT, row("int8", 240, 0.3, loss=0.1), row("float16", 450, 0.9)]
    assert recommend(rows, 0.2).form.name == "int8"
    assert recommend(rows, 0.05).form.name == "float16"
    rows = [FLOAT, row("int8", 400, 0.3), row("dynamic", 200, 0.32)]
    assert recommend(rows, 0.2).form.name == "dynamic"
    rows = [FLOAT, row("dynamic", 234, 0.29), row("int8", 238, 0.30)]
    choice = recommend(rows, 0.2)
    assert choice.form.name == "int8"
    assert "0.30 of float32's time" in choice.reason


def test_a_form_that_strays_is_unknown_or_in_pieces_is_not_taken() -> None:
    for bad in (
        row("int8", 240, 0.3, cosine=0.9),
        replace(row("int16", 240, 0.3), rates=None),
        replace(row("dynamic", 240, 0.3), can_be_built=False),
    ):
        assert recommend([FLOAT, bad], 5).form.name == "float32", bad


def test_without_any_form_in_the_budget_it_says_so() -> None:
    with pytest.raises(QualityError, match="no form loses 0 points or less"):
        recommend([row("int8", 240, 0.3, loss=0.1)], 0)


@given(st.floats(0, 1))
def test_a_larger_budget_never_takes_a_slower_form(budget: float) -> None:
    rows = [FLOAT, row("int8", 240, 0.3, loss=0.5), row("float16", 450, 0.6, loss=0.2)]
    small, large = recommend(rows, budget), recommend(rows, budget + 0.3)
    ratio = {other.form.name: other.time_ratio for other in rows}
    assert ratio[large.form.name] <= ratio[small.form.name]


@pytest.fixture(scope="module")
def faces() -> dict[str, Image]:
    """Noise of a colour of its own for each of three people."""
    return {
        f"{person}/{photo}.jpg": np.clip(RANDOM.normal(tint, 40, SIZE), 0, 255).astype(np.uint8)
        for person, tint in (("ada", (200, 90, 90)), ("bob", (90, 200, 90)), ("eve", (90, 90, 200)))
        for photo in range(3)
    }


@pytest.fixture
def models(tmp_path: Path, facenet: Recipe, pack: Pack) -> FloatModels:
    """A small network in the place of FaceNet."""
    model = writer.write(GRAPH)
    path = tmp_path / "float.tflite"
    path.write_bytes(model)
    search, landmarks = pack.path(pack.manifest.search), pack.path(pack.manifest.landmarks)
    detector = Detector(Network(search), Network(landmarks))
    return FloatModels(facenet, {}, GRAPH, model, path, search, landmarks, detector)


def test_every_form_is_measured_and_the_worst_faces_come_first(
    models: FloatModels, faces: dict[str, Image]
) -> None:
    recorded = ranges.record(models.model, models.graph, list(faces.values()))
    rows = forms_compared.measure(models, recorded, faces, FORMS.values(), lambda _: None)
    assert {row.form.name for row in rows} == set(FORMS)
    assert rows[0].form.name == "float32"
    assert rows[0].rates is not None
    assert rows[0].rates.loss_points == 0
    assert all(row.in_tolerance and row.bytes > 0 for row in rows)
    assert all((row.rates is None) == (row.time_ratio > SLOW) for row in rows)
    assert [path.name for path in models.path.parent.iterdir()] == ["float.tflite"]
    for found in rows:
        cosines = [cosine for _, cosine in found.worst]
        assert cosines == sorted(cosines)
        assert cosines[0] == found.cosine_min


def test_a_chosen_form_runs_in_xnnpack(models: FloatModels, faces: dict[str, Image]) -> None:
    recorded = ranges.record(models.model, models.graph, list(faces.values()))
    choice = forms_compared.choose(models, recorded, faces, 50, lambda _: None)
    assert choice.form.in_xnnpack
    assert choice.reason.startswith(f"{choice.form.name} takes ")


def test_photos_that_make_no_pairs_are_refused(models: FloatModels, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "grey.png").write_bytes(
        cv2.imencode(".png", np.full((99, 99, 3), 128, np.uint8))[1].tobytes()
    )
    with pytest.raises(QualityError, match="1 photos show 0 faces"):
        forms_compared.faces_of(models, PhotoSource(tmp_path / "photos"), lambda _: None)


def test_the_table_has_a_line_for_each_form() -> None:
    lines = compare.table([FLOAT, row("int8", 240, 0.3, cosine=0.9)]).splitlines()
    assert len(lines) == 4
    assert len({len(line) for line in lines}) == 1
    assert "int8 (strays)" in lines[3]


def test_json_has_every_form_and_the_recommendation() -> None:
    rows = [FLOAT, row("int8", 240, 0.3)]
    found = json.loads(json.dumps(compare.as_json(rows, recommend(rows, 0.2))))
    assert set(found["forms"]) == {"float32", "int8"}
    assert found["recommended"] == "int8"


def test_a_chart_and_the_worst_faces_are_pictures() -> None:
    rows = [FLOAT, row("int8", 240, 0.3), row("float16", 450, 1.0)]
    assert illegible(compare.chart(rows, recommend(rows, 0.2))) == []
    sheet = compare.worst_sheet(rows, {"ada/1.jpg": np.zeros((160, 160, 3), np.uint8)})
    assert sheet.shape[1:] == (160, 3)


@pytest.mark.parametrize("points", ["-1", "101", "nan", "few"])
def test_a_budget_that_is_none_is_wrong_use(points: str) -> None:
    for command, option in (("compare", "--budget"), ("build", "--auto")):
        with pytest.raises(SystemExit, match="2"):
            main([command, str(RECIPE), option, points])


PEOPLE = ["ada", "ada", "bob", "bob"]
FAR_APART = at(0, 10, 170, 180)


def test_a_network_that_has_not_changed_loses_nothing() -> None:
    kept = pair_rates(PEOPLE, FAR_APART, FAR_APART)
    assert (kept.accuracy, kept.loss_points, kept.equal_error_rate) == (1, 0, 0)
    assert kept.distance_change == 0


def test_what_is_no_longer_told_rightly_costs_its_share() -> None:
    kept = pair_rates(PEOPLE, FAR_APART, at(0, 10, 90, 180))  # bob is no longer like himself
    assert kept.accuracy == pytest.approx(0.75)
    assert kept.loss_points == pytest.approx(25)
    kept = pair_rates(PEOPLE, FAR_APART, at(0, 10, 5, 180))
    assert kept.accuracy < 0.75
    assert kept.equal_error_rate > 0


def test_mixed_people_have_half_their_pairs_right_and_near_ones_all() -> None:
    kept = pair_rates(["ada", "bob", "ada", "bob"], at(0, 0, 180, 180), at(0, 0, 180, 180))
    assert kept.accuracy <= 0.75
    near = at(0, 1, 20, 21)
    assert pair_rates(PEOPLE, near, near).accuracy == 1


@given(st.floats(0, 360))
def test_turning_all_vectors_changes_nothing(angle: float) -> None:
    turned = at(*(degrees + angle for degrees in (0, 10, 170, 180)))
    kept = pair_rates(PEOPLE, FAR_APART, turned)
    assert kept.loss_points == 0
    assert kept.distance_change < 1e-3


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
    photos: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Two forms stand for all, which take FaceNet long: the small network above has each.
    compared = {name: FORMS[name] for name in ("float32", "int8")}
    monkeypatch.setattr(compare, "FORMS", compared)
    output = tmp_path / "forms"
    ended = main(["compare", str(RECIPE), "--photos", str(photos), "--output", str(output)])
    assert ended == 0
    found = json.loads((output / compare.RESULT).read_text())
    assert set(found["forms"]) == set(compared)
    assert f"{found['recommended']} takes " in capsys.readouterr().out
    assert len((output / compare.TABLE).read_text().splitlines()) == 2 + len(compared)
    assert cv2.imread(str(output / compare.WORST)) is not None
    left = {path.name for path in output.iterdir()}
    assert left == {compare.RESULT, compare.TABLE, compare.WORST, compare.CHART}


@pytest.mark.usefixtures("archives")
def test_missing_photos_are_one_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nowhere, output = tmp_path / "nowhere", tmp_path / "forms"
    arguments = ["compare", str(RECIPE), "--photos", str(nowhere), "--output", str(output)]
    assert main(arguments) == 3
    assert "cannot read photos from" in capsys.readouterr().err.splitlines()[-1]
    assert list(output.iterdir()) == []

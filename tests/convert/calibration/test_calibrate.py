"""Calibration: what it measures holds for people whom it has not seen."""

from __future__ import annotations

import base64
import dataclasses
import io
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from benchmarks import lfw
from calibrations import made_up
from facedoor.errors import UsageError
from facedoor.frames import Vector
from facedoor.identity.search import Correction
from facedoor.vision import pack as packs
from facedoor.vision.calibration import Calibration
from facedoor_convert.calibration import calibrate
from facedoor_convert.calibration import cohort as cohorts
from facedoor_convert.calibration.calibrate import CORRECTED, PLAIN, Subjects
from facedoor_convert.cli.main import main
from facedoor_convert.errors import ConvertError, RecipeError
from facedoor_convert.evaluation import comparisons, embeddings, pairs
from facedoor_convert.packs import recipe
from facedoor_convert.packs.recipe import Recipe
from facedoor_convert.progress import Progress
from workbench import empty_files

BUILT = "1" * 64


def measure(known: Mapping[str, Vector | None], others: Mapping[str, Vector | None]) -> Calibration:
    steps = {PLAIN: 1.0} | ({CORRECTED: 1.0} if others else {})
    return calibrate.measure(known, others, "0" * 64, "made up", Progress(steps, io.StringIO()))


@pytest.fixture(scope="module")
def measured() -> Calibration:
    return measure(made_up(200, seed=1), made_up(300, seed=2, name="c"))


def test_the_tables_hold_for_people_who_were_not_there(measured: Calibration) -> None:
    others = made_up(200, seed=3, name="o")
    corrected = Correction(measured.cohort).distances
    for table, measure_with in ((measured.plain, comparisons.l2), (measured.corrected, corrected)):
        seen = comparisons.all_against_all(others, measure_with, 0).distances()
        for point in table.risk:
            if not point.extrapolated:
                # These others are a draw of their own, as far from the truth as the first ones.
                assert point.fmr_low / 2 <= seen.fmr(point.threshold) <= 2 * point.fmr_high


def test_what_is_refused_can_be_measured_anew_and_leaves_all_else_as_it_was(
    measured: Calibration,
) -> None:
    assert all(table.refusals for table in (measured.plain, measured.corrected) if table)
    bare = dataclasses.replace(
        measured,
        plain=dataclasses.replace(measured.plain, refusals=()),
        corrected=dataclasses.replace(measured.corrected, refusals=()),
    )
    assert calibrate.with_refusals(bare, made_up(200, seed=1)) == measured


def test_a_rate_is_measured_only_where_the_rule_of_three_allows(measured: Calibration) -> None:
    assert measured.comparisons == 200 * 199 // 2
    for point in measured.plain.risk:
        assert point.extrapolated == (3 / point.fmr > measured.comparisons * (1 + 1e-9))


def test_extrapolated_thresholds_go_on_falling(measured: Calibration) -> None:
    beyond = [point for point in measured.plain.risk if point.extrapolated]
    assert beyond
    assert all(point.fmr_low == 0 and point.fmr_high >= point.fmr for point in beyond)


def test_a_quarter_of_all_people_are_within_the_band(measured: Calibration) -> None:
    known = made_up(200, seed=1)
    first = np.stack([v for photo, v in known.items() if photo.endswith("/0.jpg")])
    likeness = Correction(measured.cohort).resemblance(first)
    assert np.mean(likeness <= measured.cohort.low) == pytest.approx(0.25, abs=0.01)
    assert np.mean(likeness <= measured.cohort.high) == pytest.approx(0.5, abs=0.01)


def test_every_centroid_is_the_middle_of_six_people_or_more() -> None:
    known = made_up(300, seed=2)
    vectors, people = cohorts.centroids(known)
    assert people <= 300
    assert 6 * len(vectors) <= people
    # No template is a centroid.
    every = np.stack([v for v in known.values() if v is not None])
    assert (every @ vectors.T).max() < 0.999


def test_a_cohort_of_few_people_is_refused() -> None:
    with pytest.raises(UsageError, match="take a folder with more people"):
        cohorts.centroids(made_up(10))


def test_a_cohort_is_stored_as_int8(measured: Calibration) -> None:
    raw = base64.b64decode(measured.cohort.centroids)
    assert len(raw) == len(measured.cohort.vectors()) * measured.cohort.size


def test_the_same_photos_give_the_same_bytes_which_hold_what_was_measured(
    measured: Calibration, tmp_path: Path
) -> None:
    again = measure(made_up(200, seed=1), made_up(300, seed=2, name="c"))
    for name, calibration in (("a", measured), ("b", again)):
        calibrate.write(calibration, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    text = (tmp_path / "a").read_text(encoding="utf-8")
    assert packs.parse_calibration(text, tmp_path / "a") == measured
    assert json.loads(text) == json.loads(json.dumps(dataclasses.asdict(measured)))


def test_a_calibration_that_cannot_be_written_leaves_nothing(
    measured: Calibration, tmp_path: Path
) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(ConvertError, match="cannot write"):
        calibrate.write(measured, tmp_path / "taken")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_nobody_is_in_the_cohort_and_measured_on(tmp_path: Path) -> None:
    measured_on = empty_files(tmp_path / "a", "Anna/1.jpg", "Anna/2.jpg", "Bob/1.jpg")
    cohort = empty_files(tmp_path / "b", "Anna/3.jpg", "Cleo/1.jpg", "Cleo/2.jpg")
    assert set(Subjects.of(measured_on, cohort=cohort).cohort) == {"Cleo/1.jpg", "Cleo/2.jpg"}


def test_people_of_other_folds_stay_out_of_the_cohort(tmp_path: Path) -> None:
    photos = [f"{name}/{name}_000{n}.jpg" for name in "ABCDEF" for n in (1, 2)]
    images = empty_files(tmp_path / "images", *photos)
    listed = tmp_path / "pairs.txt"
    listed.write_text("2\t1\nA\t1\t2\nA\t1\tB\t1\nC\t1\t2\nC\t1\tD\t1\n")
    subjects = Subjects.of(images, listed, [1], images)
    assert {pairs.person_of(photo) for photo in subjects.paths} == {"A", "B"}
    assert {pairs.person_of(photo) for photo in subjects.cohort} == {"E", "F"}


def test_a_cohort_of_the_same_people_is_refused(tmp_path: Path) -> None:
    images = empty_files(tmp_path, "Anna/1.jpg", "Anna/2.jpg", "Bob/1.jpg")
    with pytest.raises(UsageError, match=r"everybody in .* is among those"):
        Subjects.of(images, cohort=images)


def test_folds_are_written_as_a_range(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folds in ("0", "5-1", "1-", "one", "1-2-3", "1-99999"):
        arguments = ["calibrate", "--images", str(tmp_path), "--pairs", "p.txt", "--folds", folds]
        assert main(arguments) == 2, folds
        assert "write 3, or 1-5" in capsys.readouterr().err, folds


def test_too_few_people_are_refused() -> None:
    with pytest.raises(UsageError, match="photos of more people"):
        measure(made_up(4), {})


@pytest.mark.skipif(
    "FACEDOOR_LFW" not in os.environ, reason="FACEDOOR_LFW does not name the photos of LFW"
)
def test_folds_6_to_10_of_lfw_keep_within_the_bounds_of_folds_1_to_5(pack: packs.Pack) -> None:
    images, listed = lfw.places()
    subjects = Subjects.of(images, listed, [1, 2, 3, 4, 5], images)
    steps = dict.fromkeys((calibrate.READ, calibrate.READ_COHORT, PLAIN, CORRECTED), 1.0)
    calibration = calibrate.calibrate(subjects, pack, Progress(steps, io.StringIO()))
    unseen = Subjects.of(images, listed, [6, 7, 8, 9, 10])
    found = embeddings.embed(unseen.paths, pack, lambda _: None)
    seen = comparisons.all_against_all(
        {photo: given.embedding for photo, given in found.items()},
        Correction(calibration.cohort).distances,
        calibrate.ONE_PHOTO_EACH,
    ).distances()
    for point in calibration.corrected.risk:
        if not point.extrapolated:
            assert point.fmr_low <= seen.fmr(point.threshold) <= point.fmr_high
    at_1e5 = next(p.threshold for p in calibration.corrected.risk if p.fmr == 1e-5)
    assert 1 - seen.fnmr(at_1e5) >= 0.855


def test_a_recipe_without_a_calibration_has_none(facenet: Recipe) -> None:
    assert recipe.read_calibration(dataclasses.replace(facenet, calibration=""), BUILT) is None


def test_a_calibration_that_is_missing_is_an_error_that_says_how_to_measure_it(
    facenet: Recipe, tmp_path: Path
) -> None:
    with pytest.raises(RecipeError, match=r"measure it with facedoor-convert calibrate"):
        recipe.read_calibration(dataclasses.replace(facenet, directory=tmp_path), BUILT)


def test_a_calibration_of_another_embedder_is_refused_by_the_recipe(
    facenet: Recipe, measured: Calibration, tmp_path: Path
) -> None:
    calibrate.write(measured, tmp_path / facenet.calibration)
    with pytest.raises(RecipeError, match="about another embedder than the recipe's"):
        recipe.read_calibration(dataclasses.replace(facenet, directory=tmp_path), BUILT)


def test_a_calibration_goes_into_the_pack_that_it_was_measured_on(
    measured: Calibration, pack: packs.Pack, tmp_path: Path
) -> None:
    directory = tmp_path / "pack"
    shutil.copytree(pack.directory, directory)
    own = dataclasses.replace(
        measured, embedder_sha256=pack.manifest.embedder.sha256, corrected=None, cohort=None
    )
    calibrate.put_into(packs.load(directory), own)
    assert packs.load(directory).manifest.calibration == own

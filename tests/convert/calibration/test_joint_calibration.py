"""Joint distances: their table holds for people whom it has not seen, and goes into the second."""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path

import numpy as np
import pytest

from calibrations import SIZE, made_up
from facedoor.errors import UsageError
from facedoor.frames import Vector
from facedoor.identity.joint import Joint
from facedoor.identity.search import Correction
from facedoor.vision import pack as packs
from facedoor.vision.calibration import Calibration, JointCalibration
from facedoor_convert.calibration import calibrate, joint
from facedoor_convert.calibration.calibrate import CORRECTED, PLAIN
from facedoor_convert.calibration.joint_measure import JointMeasure
from facedoor_convert.errors import RecipeError
from facedoor_convert.evaluation import comparisons
from facedoor_convert.packs import recipe
from facedoor_convert.packs.recipe import Recipe
from facedoor_convert.progress import Progress
from second_kit import second_pack

SECOND = "2" * 64


def progress() -> Progress:
    return Progress({PLAIN: 1.0, CORRECTED: 1.0}, io.StringIO())


def end_to_end(people: int, seed: int, name: str = "p") -> dict[str, Vector | None]:
    """What two networks that err independently give of the same photos."""
    first = made_up(people, seed=seed, name=name)
    second = made_up(people, seed=seed + 100, name=name)
    return {photo: np.concatenate([first[photo], second[photo]]) for photo in first}


@pytest.fixture(scope="module")
def of_first() -> Calibration:
    return calibrate.measure(
        made_up(200, seed=1), made_up(300, seed=2, name="c"), "1" * 64, "made up", progress()
    )


@pytest.fixture(scope="module")
def measured(of_first: Calibration) -> JointCalibration:
    return joint.measure(end_to_end(200, 1), SIZE, of_first, SECOND, "made up", progress())


def test_the_joint_table_holds_for_people_who_were_not_there(measured: JointCalibration) -> None:
    others, cohort = end_to_end(200, 3, "o"), measured.measured.cohort
    assert cohort is not None
    distances = JointMeasure(Joint.of(measured), SIZE, Correction(cohort)).distances
    seen = comparisons.all_against_all(others, distances, 0).distances()
    assert measured.measured.corrected is not None
    for point in measured.measured.corrected.risk:
        if not point.extrapolated:
            assert point.fmr_low / 2 <= seen.fmr(point.threshold) <= 2 * point.fmr_high


def test_it_is_bound_to_both_and_asks_within_the_firsts_own_distance(
    of_first: Calibration, measured: JointCalibration
) -> None:
    assert measured.second_sha256 == SECOND
    assert measured.measured.embedder_sha256 == of_first.embedder_sha256
    assert measured.measured.cohort == of_first.cohort
    assert of_first.corrected is not None
    risks = {point.fmr: point.threshold for point in of_first.corrected.risk}
    assert measured.asks_within == pytest.approx(risks[joint.ASKS_AT], abs=1e-4)


def test_a_photo_that_one_of_the_two_missed_is_one_without_a_face(of_first: Calibration) -> None:
    known = end_to_end(200, 1)
    missed = known | dict.fromkeys(list(known)[:40])
    found = joint.measure(missed, SIZE, of_first, SECOND, "made up", progress())
    assert found.measured.people == 200


def test_people_who_cannot_tell_a_rate_at_which_the_second_is_asked_make_no_table(
    of_first: Calibration,
) -> None:
    # Where it never is, distances hardly change with the rate: continued from there, the table
    # would let in nearly everybody.
    with pytest.raises(UsageError, match="photos of more people"):
        joint.measure(end_to_end(60, 1), SIZE, of_first, SECOND, "made up", progress())


def test_it_goes_into_the_pack_of_the_second_and_is_read_from_a_recipe(
    measured: JointCalibration, facenet: Recipe, tmp_path: Path
) -> None:
    models = packs.load(second_pack(tmp_path / "second", joint=None))
    own = dataclasses.replace(measured, second_sha256=models.manifest.embedder.sha256)
    calibrate.put_into(models, own)
    assert packs.load(models.directory).manifest.joint == own
    calibrate.write(measured, tmp_path / "joint.json")
    named = dataclasses.replace(facenet, directory=tmp_path, joint="joint.json")
    assert recipe.read_joint(named, SECOND) == measured
    assert recipe.read_joint(facenet, SECOND) is None
    with pytest.raises(RecipeError, match="about another embedder than the recipe's"):
        recipe.read_joint(named, "3" * 64)


def test_a_first_pack_without_a_calibration_cannot_be_joined(tmp_path: Path) -> None:
    models = packs.load(second_pack(tmp_path / "second", joint=None))
    subjects = calibrate.Subjects({}, {}, "nothing")
    with pytest.raises(UsageError, match="has no calibration: calibrate it by itself first"):
        joint.calibrate(subjects, models, models, progress())

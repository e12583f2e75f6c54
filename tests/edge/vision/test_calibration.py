"""What a manifest may say about distances: that, and nothing that could loosen a door."""

from __future__ import annotations

import base64
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from calibrations import PLAIN, calibration, cohort, risk
from facedoor.errors import PackError
from facedoor.vision import pack
from facedoor.vision.calibration import Cohort, DistanceTable, Refusals, RiskPoint

FILE = Path("facenet.calibration.json")
MANIFEST = Path(__file__).parents[1] / "fixtures" / "manifest_v1.json"
EMBEDDER = json.loads(MANIFEST.read_text(encoding="utf-8"))["embedder"]["sha256"]


def manifest(**changes: Any) -> str:
    """A manifest of schema 2 with a calibration of its embedder."""
    values = json.loads(MANIFEST.read_text(encoding="utf-8"))
    measured = dataclasses.replace(calibration(), embedder_sha256=EMBEDDER)
    values |= {"schema": 2, "embedding_size": 2, "calibration": dataclasses.asdict(measured)}
    return json.dumps(values | changes)


def test_a_calibration_survives_being_written_and_read_alone_and_in_a_manifest() -> None:
    text = json.dumps(dataclasses.asdict(calibration()))
    assert pack.parse_calibration(text, FILE) == calibration()
    once = pack.parse(manifest(), MANIFEST)
    assert once.calibration is not None
    assert pack.parse(once.to_json(), MANIFEST) == once
    assert pack.parse(once.to_json(), MANIFEST).to_json() == once.to_json()


def test_a_manifest_of_schema_1_has_no_calibration() -> None:
    assert pack.parse(MANIFEST.read_text(encoding="utf-8"), MANIFEST).calibration is None


def test_a_calibration_is_of_its_embedder_or_of_a_rebuilt_one_that_parity_vouches_for() -> None:
    other = dataclasses.asdict(calibration())
    with pytest.raises(PackError, match="one of another embedder"):
        pack.parse(manifest(calibration=other), MANIFEST)
    assert pack.parse(manifest(calibration=other, matches_recipe=False), MANIFEST).calibration


def test_a_cohort_of_another_size_or_without_its_table_is_refused() -> None:
    with pytest.raises(PackError, match="embeddings of 2 numbers, the model of 128"):
        pack.parse(manifest(embedding_size=128), MANIFEST)
    values = dataclasses.asdict(calibration()) | {"corrected": None}
    with pytest.raises(PackError, match="belong together"):
        pack.parse_calibration(json.dumps(values), FILE)


def test_a_cohort_that_could_bring_people_nearer_is_refused() -> None:
    for change in [
        {"weight_above": -0.1},
        {"weight_below": -0.1},
        {"weight_above": float("nan")},
        {"weight_below": float("nan")},
        {"high": float("nan")},
        {"low": float("nan")},
        {"low": 0.5, "high": 0.4},
        {"high": 1.1},
        {"nearest": 0},
        {"nearest": 3},
        {"size": 0},
        {"size": 3},
        {"centroids": ""},
        {"centroids": "?"},
        {"centroids": base64.b64encode(bytes(4)).decode()},
    ]:
        with pytest.raises(ValueError, match=r"."):
            Cohort(**(dataclasses.asdict(cohort(0, 90)) | change))


def test_a_table_that_does_not_ascend_is_refused() -> None:
    for points in [
        ((1e-5, 0.7),),
        ((1e-5, 0.7), (1e-4, 0.7)),
        ((1e-5, 0.7), (1e-4, 0.6)),
        ((1e-4, 0.7), (1e-5, 0.8)),
    ]:
        with pytest.raises(ValueError, match="ascend together"):
            DistanceTable(risk(*points), ((0.0, 1.0),), 1.0)


@pytest.mark.parametrize("likelihood", [(), ((0.5, 1.0), (0.5, 0.0)), ((0.5, 1.0), (0.6, 2.0))])
def test_a_likelihood_that_rises_is_refused(likelihood: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(ValueError, match="must not rise"):
        DistanceTable(risk((1e-5, 0.7), (1e-4, 0.8)), likelihood, 1.0)


@pytest.mark.parametrize("several_photos", [0.9, -1.0, float("nan"), float("inf")])
def test_several_photos_never_count_for_less_than_one(several_photos: float) -> None:
    with pytest.raises(ValueError, match="has to be 1 or more"):
        DistanceTable(PLAIN.risk, PLAIN.likelihood, several_photos)


def test_refusals_that_cannot_be_are_refused() -> None:
    falling = ((0.5, 0.9), (1.0, 0.1))
    Refusals(1, 20, 30, falling)
    for values in [
        (0, 20, 30, falling),
        (1, 0, 0, falling),
        (1, 20, 19, falling),
        (1, 20, 30, ()),
        (1, 20, 30, ((0.5, 0.9),)),
        (1, 20, 30, ((0.5, 0.9), (0.5, 0.1))),
        (1, 20, 30, ((1.0, 0.9), (0.5, 0.1))),
        (1, 20, 30, ((0.5, 0.1), (1.0, 0.9))),
        (1, 20, 30, ((0.5, 1.1), (1.0, 0.9))),
        (1, 20, 30, ((0.5, 0.9), (1.0, -0.1))),
        (1, 20, 30, ((-0.5, 0.9), (1.0, 0.1))),
        (1, 20, 30, ((0.5, 0.9), (float("inf"), 0.1))),
        (1, 20, 30, ((0.5, 0.9), (float("nan"), 0.1))),
        (1, 20, 30, ((0.5, float("nan")), (1.0, 0.1))),
    ]:
        with pytest.raises(ValueError, match=r"refusals are|must not rise"):
            Refusals(*values)


def test_refusals_ascend_in_photos_from_one_on() -> None:
    one, two, three = (Refusals(n, 20, 30, ((0.5, 0.9), (1.0, 0.1))) for n in (1, 2, 3))
    assert dataclasses.replace(PLAIN, refusals=(one, three)).refusals == (one, three)
    for refusals in [(two,), (two, three), (one, one), (one, three, two)]:
        with pytest.raises(ValueError, match="ascend in photos, from one photo on"):
            dataclasses.replace(PLAIN, refusals=refusals)


def test_between_two_points_the_share_is_a_straight_line_and_beyond_them_what_is_there() -> None:
    refused = Refusals(1, 20, 30, ((0.5, 0.9), (1.0, 0.1)))
    assert refused.share(0.75) == pytest.approx(0.5)
    assert (refused.share(0.2), refused.share(1.3)) == (0.9, 0.1)


def test_a_point_out_of_order_is_refused() -> None:
    for values in [
        (0.0, 0.7, 0.0, 1.0),
        (1.0, 0.7, 0.0, 1.0),
        (1e-5, 0.7, 1e-4, 1.0),
        (1e-5, 0.7, 0.0, 1e-6),
        (1e-5, 0.0, 0.0, 1.0),
        (1e-5, float("inf"), 0.0, 1.0),
        (float("nan"), 0.7, 0.0, 1.0),
        (1e-5, float("nan"), 0.0, 1.0),
    ]:
        with pytest.raises(ValueError, match=r"have to be in order|has to be above 0"):
            RiskPoint(*values)

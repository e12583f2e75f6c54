from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest

from door_kit import Door
from facedoor.camera.pictures import read_picture
from facedoor.config import file as config_file
from facedoor.config.options import RecognitionConfig
from facedoor.errors import PackError, UsageError
from facedoor.frames import Image
from facedoor.identity.batch import Mandate
from facedoor.reasons import Reason
from facedoor.visit.recogniser import Recogniser


@pytest.fixture
def recogniser(door: Door) -> Iterator[Recogniser]:
    with Recogniser(config_file.load(door.config)) as recogniser:
        yield recogniser


@pytest.fixture
def jerry(empty_door: Door) -> Image:
    return read_picture(empty_door.photo("Jerry"))


def with_recognition(door: Door, **options: float) -> Recogniser:
    settings = config_file.load(door.config)
    recognition = RecognitionConfig(**options)
    return Recogniser(dataclasses.replace(settings, recognition=recognition))


def test_both_jobs_measure_the_same_distance(recogniser: Recogniser, jerry: Image) -> None:
    verified, identified = recogniser.verify("Jerry", jerry), recogniser.identify(jerry)
    assert verified.distance == identified.distance
    assert recogniser.verify("Mindy", jerry).distance == identified.runner_up_distance


def test_threshold_is_that_of_the_risk_unless_one_is_set(
    door: Door, recogniser: Recogniser, jerry: Image
) -> None:
    assert 0.75 < recogniser.threshold < 0.85  # two are enrolled: 5e-6 of the committed table
    assert recogniser.verify("Jerry", jerry).door_open
    with with_recognition(door, threshold=0.2) as strict:
        verified = strict.verify("Jerry", jerry)
        assert not verified.door_open
        assert (verified.threshold, verified.reason) == (0.2, Reason.UNKNOWN)
        assert strict.identify(jerry).person is None


def test_somebody_nearly_as_near_makes_the_answer_ambiguous(door: Door, jerry: Image) -> None:
    with with_recognition(door, runner_up_margin=1.0) as cautious:
        answer = cautious.identify(jerry)
    assert (answer.person, answer.reason) == (None, Reason.AMBIGUOUS)
    assert answer.distance is not None


def test_name_is_told_as_it_was_enrolled(recogniser: Recogniser, jerry: Image) -> None:
    assert recogniser.verify(" JERRY ", jerry).person == "Jerry"


def test_unknown_name_is_wrong_use_before_a_picture_is_seen(recogniser: Recogniser) -> None:
    with pytest.raises(UsageError, match="did you mean Jerry"):
        recogniser.verify("Gerry", np.zeros((0, 0, 3), np.uint8))


def test_empty_gallery_recognises_and_measures_nobody(empty_door: Door, jerry: Image) -> None:
    with Recogniser(config_file.load(empty_door.config)) as recogniser:
        answer = recogniser.identify(jerry)
    assert (answer.person, answer.reason) == (None, Reason.UNKNOWN)
    assert answer.distance is answer.runner_up is answer.runner_up_distance is None


def test_single_person_has_no_runner_up(recogniser: Recogniser, jerry: Image) -> None:
    recogniser.gallery.remove("Mindy")
    answer = recogniser.identify(jerry)
    assert answer.person == "Jerry"
    assert answer.runner_up is answer.runner_up_distance is None


def test_enrolled_person_is_recognised_at_once(door: Door, recogniser: Recogniser) -> None:
    pictures = [door.photo("elton_john", number) for number in range(3)]
    readable = [(p.name, lambda p=p: read_picture(p)) for p in pictures]
    result = recogniser.enrol("Elton", readable, Mandate("somebody"))
    assert result.templates == 3
    assert recogniser.identify(read_picture(door.photo("elton_john", 3))).person == "Elton"


def test_without_a_pack_there_is_no_recogniser(door: Door) -> None:
    door.configure("models", pack="nowhere")
    with pytest.raises(PackError, match="facedoor-convert build"):
        Recogniser(config_file.load(door.config))

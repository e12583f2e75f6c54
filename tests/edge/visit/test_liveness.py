"""Liveness in the way of a frame: nobody is granted who is not both recognised and alive."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor.camera.pictures import read_picture, two_streams
from facedoor.camera.scene import Pose, Scene
from facedoor.config.options import CameraConfig, Config, DoorConfig, LivenessConfig
from facedoor.frames import Frame, Image
from facedoor.identity.evidence import PATIENCE, EvidencePolicy
from facedoor.identity.liveness import (
    DENY_LOOKS,
    OPEN_LOOKS,
    WINDOW_LOOKS,
    LivenessEvidence,
    LivenessPolicy,
)
from facedoor.identity.search import GalleryIndex, Standard
from facedoor.reasons import Reason
from facedoor.vision.liveness import LivenessLook, LivenessNetworks
from facedoor.vision.pack import Pack
from facedoor.vision.reader import FaceReader
from facedoor.visit.frame_path import FramePath
from facedoor.visit.liveness import LivenessRule, Step, liveness_sentence
from facedoor.wire.decisions import Decision
from liveness_kit import (
    DENY_BELOW,
    NOT_A_NUMBER,
    OPEN_FROM,
    constant,
    networks,
    pack_with,
)
from residents import figure_of, templates_of

FPS = 5
HALLWAY = Scene(640, 360, seed=5)
POLICY = LivenessPolicy(DENY_BELOW, OPEN_FROM)
MODES = ("passive", "challenge_if_unsure", "challenge_always")


def as_it_is(image: Image) -> Image:
    return image


class Door:
    """A frame path, whose liveness networks can be exchanged, and somebody before the camera."""

    def __init__(self, reader: FaceReader, index: GalleryIndex, photo: Image, mode: str) -> None:
        self.reader = reader
        self.path = FramePath(
            reader,
            Standard(index, 0.755),
            EvidencePolicy(0.05),
            same_face_distance=1.0,
            liveness=LivenessRule(mode, POLICY),
        )
        self.photo = photo
        self.frames = 0
        self.score: float | None = None

    def show(
        self, seconds: float, seen: Callable[[Image], Image] = as_it_is, width_px: float = 153
    ) -> list[Decision]:
        decisions = []
        figure = figure_of(self.photo, 0, width_px)
        for _ in range(round(seconds * FPS)):
            picture = HALLWAY.empty()
            sway_px = 4 * math.sin(1.9 * self.frames / FPS)  # whoever lives is never quite still
            figure.paint(picture, Pose(320 + sway_px, 187, width_px, 0, 0))
            shown = HALLWAY.exposed(picture, 1.0, self.frames)
            main, lores = two_streams(seen(shown), CameraConfig())
            self.frames += 1
            report = self.path.process(Frame(main, lores, self.frames / FPS, self.frames))
            for face in report.faces:
                self.score = face.liveness
            decisions += report.decisions
        return decisions

    def leave(self) -> list[Decision]:
        return list(self.path.finish())


@pytest.fixture(scope="module")
def reader(pack: Pack, tmp_path_factory: pytest.TempPathFactory) -> FaceReader:
    return FaceReader.of(pack_with(pack, tmp_path_factory.mktemp("pack") / "pack", constant(0.9)))


@pytest.fixture(scope="module")
def ben(photos: Path) -> Image:
    (path,) = (photos / "val").glob("ben_afflek/httpafiles*.jpg")
    return read_picture(path)


@pytest.fixture(scope="module")
def index(reader: FaceReader, photos: Path) -> GalleryIndex:
    """Ben lives here."""
    return GalleryIndex(templates_of(reader, photos, "Ben"))


@pytest.fixture
def model(tmp_path: Path) -> Callable[[bytes], LivenessNetworks]:
    """Makes the networks of a model."""
    folders = itertools.count()

    def made(data: bytes) -> LivenessNetworks:
        folder = tmp_path / str(next(folders))
        folder.mkdir()
        return networks(folder, data)

    return made


Made = Callable[[bytes], LivenessNetworks]


def grey(image: Image) -> Image:
    return np.repeat(image.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)


@pytest.mark.parametrize("mode", ["passive", "challenge_if_unsure"])
def test_whoever_is_alive_comes_in_with_the_frame_that_recognises_them(
    reader: FaceReader, index: GalleryIndex, ben: Image, model: Made, mode: str
) -> None:
    frames = []
    for door in (Door(reader, index, ben, "off"), Door(reader, index, ben, mode)):
        reader.liveness = model(constant(0.9))
        decisions: list[Decision] = []
        while not decisions:
            decisions = door.show(1 / FPS)
        assert [(d.granted, d.person) for d in decisions] == [(True, "Ben")]
        frames.append(door.frames)
    assert frames[0] == frames[1]
    assert decisions[0].liveness == pytest.approx(0.9)
    assert "liveness" in decisions[0].latency_ms
    assert door.score == pytest.approx(0.9)


@pytest.mark.parametrize("mode", MODES)
def test_a_resident_who_is_not_alive_is_refused_for_good(
    reader: FaceReader, index: GalleryIndex, ben: Image, model: Made, mode: str
) -> None:
    door = Door(reader, index, ben, mode)
    reader.liveness = model(constant(0.05))
    decisions = door.show(4)
    assert decisions
    assert not any(decision.granted for decision in decisions)
    assert decisions[-1].reason is Reason.NOT_LIVE
    assert decisions[-1].person == "Ben", "it is told whose picture was shown"
    assert decisions[-1].frames >= DENY_LOOKS
    assert decisions[-1].liveness == pytest.approx(0.05)
    # However much alive the same visit looks from now on.
    reader.liveness = model(constant(1.0))
    assert not any(decision.granted for decision in door.show(20) + door.leave())


@pytest.mark.parametrize("mode", MODES)
def test_whoever_is_not_surely_alive_is_refused_where_nobody_can_ask(
    reader: FaceReader, index: GalleryIndex, ben: Image, model: Made, mode: str
) -> None:
    door = Door(reader, index, ben, mode)
    reader.liveness = model(constant(0.5))
    decisions = door.show(4)
    assert [(d.granted, d.reason, d.person) for d in decisions[:1]] == [
        (False, Reason.LIVENESS_UNSURE, "Ben")
    ]
    assert not any(decision.granted for decision in decisions)


def test_a_resident_who_looks_better_after_a_moment_comes_in(
    reader: FaceReader, index: GalleryIndex, ben: Image, model: Made
) -> None:
    door = Door(reader, index, ben, "passive")
    reader.liveness = model(constant(0.6))
    assert door.show(OPEN_LOOKS / FPS) == []
    reader.liveness = model(constant(1.0))
    (decision,) = door.show(3)
    assert (decision.granted, decision.person) == (True, "Ben")
    assert OPEN_LOOKS < decision.frames < PATIENCE


@pytest.mark.parametrize("data", [NOT_A_NUMBER, constant(1.5)])
def test_a_network_that_fails_opens_no_door(
    reader: FaceReader, index: GalleryIndex, ben: Image, model: Made, data: bytes
) -> None:
    door = Door(reader, index, ben, "passive")
    reader.liveness = model(data)
    decisions = door.show(3)
    assert decisions[0].reason is Reason.LIVENESS_UNSURE
    assert decisions[0].liveness is None
    assert reader.liveness.failure


def test_a_pack_without_networks_opens_no_door(
    reader: FaceReader, index: GalleryIndex, ben: Image
) -> None:
    reader.liveness = None
    for mode in MODES:
        decisions = Door(reader, index, ben, mode).show(3)
        assert decisions[0].reason is Reason.LIVENESS_UNSURE


def test_an_infrared_picture_opens_no_door_and_is_not_called_a_photo(
    reader: FaceReader, index: GalleryIndex, ben: Image, model: Made
) -> None:
    for score in (0.0, 1.0):
        door = Door(reader, index, ben, "passive")
        reader.liveness = model(constant(score))
        decisions = door.show(4, grey)
        assert {d.reason for d in decisions} == {Reason.LIVENESS_UNSURE}


def test_a_face_that_fills_the_picture_opens_no_door(
    reader: FaceReader, index: GalleryIndex, ben: Image, model: Made
) -> None:
    door = Door(reader, index, ben, "passive")
    reader.liveness = model(constant(1.0))
    decisions = door.show(4, width_px=547)
    assert decisions
    assert not any(decision.granted for decision in decisions)


def test_a_photo_that_is_shown_for_a_moment_only_is_refused_and_told(
    reader: FaceReader, index: GalleryIndex, ben: Image, model: Made
) -> None:
    door = Door(reader, index, ben, "passive")
    reader.liveness = model(constant(0.05))
    assert door.show((OPEN_LOOKS + 1) / FPS) == []
    (decision,) = door.leave()
    assert (decision.reason, decision.person) == (Reason.LIVENESS_UNSURE, "Ben")


def test_a_stranger_is_unknown_and_not_a_picture(
    reader: FaceReader, index: GalleryIndex, photos: Path, model: Made
) -> None:
    (path,) = (photos / "val").glob("elton_john/httpafiles*.jpg")
    door = Door(reader, index, read_picture(path), "passive")
    reader.liveness = model(constant(0.0))
    assert [d.reason for d in door.show(5)][:1] == [Reason.UNKNOWN]


def test_a_door_that_does_not_ask_for_life_runs_no_network(
    reader: FaceReader, index: GalleryIndex, ben: Image, model: Made
) -> None:
    reader.liveness = model(constant(0.0))
    (decision,) = Door(reader, index, ben, "off").show(1)
    assert decision.granted
    assert decision.liveness is None
    assert "liveness" not in decision.latency_ms


scores = st.floats(0, 1).map(LivenessLook)
any_looks = st.lists(scores | st.just(LivenessLook(None)), max_size=30)


@given(any_looks, st.sampled_from(MODES), st.booleans())
def test_no_looks_open_a_door_but_those_that_are_alive(
    looks: list[LivenessLook], mode: str, moved: bool
) -> None:
    evidence = LivenessEvidence(POLICY)
    for look in looks:
        evidence.add(look)
    step = LivenessRule(mode, POLICY).step(evidence, moved)
    if step is Step.OPEN:
        assert moved
        assert mode != "challenge_always"
        assert evidence.score is not None
        assert evidence.score >= OPEN_FROM


@given(st.lists(st.floats(OPEN_FROM, 1).map(LivenessLook), min_size=OPEN_LOOKS, max_size=30))
def test_good_looks_open_it_and_what_has_not_moved_is_waited_for_then_asked(
    looks: list[LivenessLook],
) -> None:
    evidence = LivenessEvidence(POLICY)
    for look in looks:
        evidence.add(look)
    for mode in ("passive", "challenge_if_unsure"):
        rule = LivenessRule(mode, POLICY)
        assert rule.step(evidence) is Step.OPEN
        is_over = len(looks) >= WINDOW_LOOKS
        assert rule.step(evidence, has_moved=False) is (Step.ASK if is_over else Step.WAIT)
    assert LivenessRule("challenge_always", POLICY).step(evidence) is Step.ASK


def test_each_state_has_its_sentence_and_none_promises_too_much(pack: Pack, tmp_path: Path) -> None:
    without = pack_with(pack, tmp_path / "without").manifest
    with_one = pack_with(pack, tmp_path / "one", constant(0.5)).manifest
    assert "a photo of an enrolled person opens it" in liveness_sentence(
        Config(liveness=LivenessConfig("off")), with_one
    )
    said = set()
    modes = ("passive", "challenge_if_unsure", "challenge_always")
    for config in map(LivenessConfig, modes):
        settings = Config(DoorConfig(led_pin=5), liveness=config)
        assert "the pack has no liveness network" in liveness_sentence(settings, without)
        sentence = liveness_sentence(settings, with_one)
        assert "made up; prints and masks were not tested" in sentence
        said.add(sentence)
    assert len(said) == len(MODES)


def test_of_a_door_that_cannot_ask_no_turn_of_the_head_is_promised(
    pack: Pack, tmp_path: Path
) -> None:
    without = pack_with(pack, tmp_path / "without").manifest
    with_one = pack_with(pack, tmp_path / "one", constant(0.5)).manifest
    for config, refused in (
        (LivenessConfig("challenge_if_unsure"), "whoever is not surely alive is refused"),
        (LivenessConfig("challenge_always"), "everybody is refused"),
    ):
        mute = Config(liveness=config)
        assert refused in liveness_sentence(mute, with_one)
        assert "everybody is refused" in liveness_sentence(mute, without)

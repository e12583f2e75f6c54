"""The picture is exposed for the face in it: by little, within bounds, and without swinging."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from facedoor.camera.metering import BRIGHT, DARK, EVERY_S, GONE_S, MOST_EV, STEP_EV, FaceMetering
from facedoor.camera.pictures import read_picture, two_streams
from facedoor.camera.scene import Figure, Pose, Scene
from facedoor.config.options import CameraConfig
from facedoor.frames import Frame
from facedoor.identity.evidence import EvidencePolicy
from facedoor.identity.search import GalleryIndex, Standard
from facedoor.identity.templates import Templates
from facedoor.reasons import Reason
from facedoor.vision.reader import FaceReader
from facedoor.visit.frame_path import FramePath
from facedoor.visit.liveness import NO_RULE
from facedoor.visit.report import face_brightness
from facedoor.wire.decisions import Decision

FRAME_S = 1 / 15
GAMMA = 2.2


def as_bright(level: float, ev: float) -> float:
    """What an sRGB grey level becomes when ``ev`` is added to the exposure."""
    return min(255.0, level * 2 ** (ev / GAMMA))


def faces(levels, follows=1.0):
    """The exposure in the end, and each on the way, for faces of these levels by the camera's own;
    of a change of exposure it goes this share of the way from one frame to the next."""
    metering, exposed, changes = FaceMetering(), 0.0, []
    for number, level in enumerate(levels):
        exposed += follows * (metering.ev - exposed)
        if metering.see(number * FRAME_S, None if level is None else as_bright(level, exposed)):
            changes.append((number * FRAME_S, metering.ev))
    return metering.ev, changes


@given(level=st.floats(0.0, 255.0), follows=st.floats(0.3, 1.0))
def test_in_light_that_stays_the_same_it_goes_one_way_and_rests(level, follows):
    ev, changes = faces([level] * 120, follows)
    on_the_way = [0.0, *(to for _, to in changes)]
    ways = {np.sign(after - before) for before, after in itertools.pairwise(on_the_way)}
    assert len(ways) <= 1
    assert abs(ev) <= MOST_EV
    assert len(changes) <= MOST_EV / STEP_EV
    if 0 < abs(ev) < MOST_EV:
        assert DARK <= as_bright(level, ev) <= BRIGHT


@given(levels=st.lists(st.none() | st.floats(0.0, 255.0), max_size=150))
def test_whatever_comes_it_stays_within_bounds_and_takes_its_time(levels):
    _, changes = faces(levels)
    assert all(abs(ev) <= MOST_EV for _, ev in changes)
    steps = [(time_s, ev) for time_s, ev in changes if ev != 0]
    assert all(later - sooner >= EVERY_S for (sooner, _), (later, _) in itertools.pairwise(steps))


def test_a_good_face_changes_nothing_and_one_that_is_lost_for_a_moment_neither():
    assert faces([None, DARK, 120.0, BRIGHT, None])[1] == []
    lost = [None] * int((GONE_S - 0.5) / FRAME_S)
    assert faces([30.0, *lost, 80.0])[0] == STEP_EV
    assert faces([30.0, *lost, *lost])[0] == 0.0


def test_a_near_face_by_the_light_of_a_lamp_is_exposed_for_too():
    ev, _ = faces([240.0] * 60)
    assert ev < 0
    assert as_bright(240.0, ev) <= BRIGHT


def told_before_a_window(
    reader: FaceReader, photo: Path, *, can_be_steered: bool
) -> list[Decision]:
    """What Ben is told whose face gets 3 % of the light that is behind him."""
    picture = read_picture(photo)
    embedding = reader.read(picture).embedding
    assert embedding is not None
    index = GalleryIndex(Templates(("Ben",), embedding[np.newaxis], np.zeros(1, int)))
    path = FramePath(
        *(reader, Standard(index, 0.8), EvidencePolicy(0.05)),
        same_face_distance=1.0,
        liveness=NO_RULE,
    )
    shadowed = np.rint(picture * (0.03 ** (1 / GAMMA))).astype(np.uint8)
    scene, figure, metering = Scene(640, 480, seed=5), Figure(shadowed, 0), FaceMetering()
    decisions: list[Decision] = []
    for number in range(25):
        shown = scene.empty()
        figure.paint(shown, Pose(320, 240, 200, 0, 0))
        exposed = scene.exposed(shown, as_bright(1.0, metering.ev), number)
        main, lores = two_streams(exposed, CameraConfig())
        report = path.process(Frame(main, lores, number / 5, number))
        if can_be_steered:
            metering.see(number / 5, face_brightness(main, report))
        decisions += report.decisions
        if decisions:
            break
    return [*decisions, *path.finish()]


def test_resident_before_a_bright_window_is_let_in_by_a_camera_that_exposes_for_the_face(
    reader: FaceReader, photos: Path
) -> None:
    (photo,) = (photos / "val").glob("ben_afflek/httpafiles*.jpg")
    told = told_before_a_window(reader, photo, can_be_steered=False)
    assert [(one.granted, one.reason) for one in told] == [(False, Reason.TOO_DARK)]
    told = told_before_a_window(reader, photo, can_be_steered=True)
    assert [one.person for one in told if one.granted] == ["Ben"]

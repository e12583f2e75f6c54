"""The lamp at the door: what it does for a visitor at night, and how it fails."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from gpiozero.pins.mock import MockFactory

from broker import wait_until
from facedoor.camera.pictures import read_picture
from facedoor.camera.recorded import Pacing
from facedoor.camera.simulated import SimulatedCamera
from facedoor.config.options import CameraConfig, DoorConfig
from facedoor.door.night_light import NightLight
from facedoor.frames import Frame
from facedoor.hardware.lock import Fittings
from facedoor.hardware.night_lamp import NightLamp, seen_in
from facedoor.identity.evidence import EvidencePolicy
from facedoor.identity.search import GalleryIndex, Standard
from facedoor.identity.templates import Templates
from facedoor.problems import Board
from facedoor.reasons import Reason
from facedoor.vision.reader import FaceReader
from facedoor.visit.frame_path import FramePath
from facedoor.visit.liveness import NO_RULE
from facedoor.visit.report import FrameReport
from facedoor.wire.decisions import Decision
from facedoor.wire.events import DoorHappened, Happening

NIGHT = """width_px = 640\nheight_px = 480\nfps = 5\ngap_s = 3.4\nseed = 3\nlight = 0.08\nlamp = 0.9
[[visitor]]\nname = "Ben"\nphotos = ["{photo}"]\nstay_s = 4.0\nfrom_px = 120\nto_px = 220
"""
DARK = Frame(*[np.full((120, 160, 3), 9, np.uint8)] * 2, 0.0, 0)
LAMP_PIN = 12


def decided(
    reader: FaceReader, index: GalleryIndex, script: Path, *, has_lamp: bool
) -> list[Decision]:
    """What is told first to Ben, who comes at night, by a door that has a lamp or none."""
    ids = map(str, itertools.count(1))
    path = FramePath(
        *(reader, Standard(index, 0.8), EvidencePolicy(0.05)),
        same_face_distance=1.0,
        liveness=NO_RULE,
        visit_id=lambda: next(ids),
    )
    night, decisions = NightLight(), []
    with SimulatedCamera(script, CameraConfig(), Pacing(sleep=lambda _: None)) as camera:
        while (frame := camera.read()) is not None:
            report = path.process(frame)
            decisions += report.decisions
            night.see(frame.time_s, seen_in(frame, report))
            camera.meter(None, has_lamp and night.is_on)
            assert night.is_on <= (frame.time_s >= camera.visitors[0].start_s)
            if decisions:
                return decisions
    return [*path.finish()]


def test_resident_is_let_in_at_night_by_the_lamp_and_without_it_is_told_that_it_is_too_dark(
    reader: FaceReader, photos: Path, tmp_path: Path
) -> None:
    (photo,) = (photos / "val").glob("ben_afflek/httpafiles*.jpg")
    script = tmp_path / "night.toml"
    script.write_text(NIGHT.format(photo=photo.resolve()))
    embedding = reader.read(read_picture(photo)).embedding
    assert embedding is not None
    index = GalleryIndex(Templates(("Ben",), embedding[np.newaxis], np.zeros(1, int)))
    (told,) = decided(reader, index, script, has_lamp=False)
    assert (told.granted, told.reason) == (False, Reason.TOO_DARK)
    (told,) = decided(reader, index, script, has_lamp=True)
    assert (told.granted, told.person) == (True, "Ben")


class Bulb:
    """Breaks when it is switched to ``broken``."""

    def __init__(self, *broken: bool) -> None:
        self.broken = broken
        self.levels: list[bool] = []

    def set(self, on: bool) -> None:
        self.levels.append(on)
        if on in self.broken:
            raise OSError("no such line")

    def close(self) -> None:
        self.set(False)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first frame counts."""
    for name in ("SETTLE_S", "STEADY_S"):
        monkeypatch.setattr(f"facedoor.door.night_light.{name}", 0.0)


@pytest.mark.usefixtures("at_once")
def test_lamp_is_off_at_start_lit_by_the_bell_and_off_again_at_the_end(pins: MockFactory) -> None:
    fittings = Fittings(DoorConfig(lamp_pin=LAMP_PIN, lamp_active_high=False), Board())
    pin, lamp = pins.pin(LAMP_PIN), fittings.night_lamp
    assert pin.function == "output"
    assert pin.state  # off, for a lamp that lights when its pin is low
    lamp.watching(DARK, FrameReport(moved=False))
    lamp.happened(DoorHappened("2026-11-29T00:00:00Z", Happening.BELL))
    wait_until(lambda: lamp.is_on, "the lamp is on")
    assert not pin.state
    fittings.close()
    assert pin.states[-1].state
    assert not lamp.is_on


@pytest.mark.usefixtures("at_once")
def test_lamp_goes_off_when_the_camera_delivers_nothing_any_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("facedoor.door.night_light.HOLD_S", 0.05)
    bulb = Bulb()
    lamp = NightLamp(bulb, Board())
    lamp.start()
    lamp.watching(DARK, FrameReport(moved=True))
    wait_until(lambda: bulb.levels == [True, False], "the lamp is off")
    lamp.close()


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    ("broken", "said"), [((True,), "line); the door goes on"), ((True, False), "may stay on")]
)
def test_lamp_that_cannot_be_switched_reaches_the_board_and_nothing_else(
    broken: tuple[bool, ...], said: str
) -> None:
    board = Board()
    lamp = NightLamp(Bulb(*broken), board)
    lamp.start()
    lamp.watching(DARK, FrameReport(moved=True))
    wait_until(lambda: board.problems, "the board says it")
    (problem,) = board.problems
    assert (problem.code, problem.about) == ("lamp_unusable", "lamp_pin")
    assert said in problem.sentence
    lamp.watching(DARK, FrameReport(moved=True))
    lamp.close()

"""A visitor who is asked to turn the head, in the way of a frame: heads, and pictures."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from benchmarks.turned_photos import Held, rendered
from facedoor.access import lockout
from facedoor.camera.pictures import read_picture, two_streams
from facedoor.camera.recorded import Pacing
from facedoor.camera.simulated import SimulatedCamera
from facedoor.config.options import CameraConfig
from facedoor.frames import Frame, Image
from facedoor.identity.evidence import EvidencePolicy
from facedoor.identity.liveness import LivenessPolicy
from facedoor.identity.search import GalleryIndex, Standard
from facedoor.identity.templates import Templates
from facedoor.reasons import Reason
from facedoor.vision.pack import Pack
from facedoor.vision.reader import FaceReader
from facedoor.visit.asking import Asker
from facedoor.visit.challenge import Draw
from facedoor.visit.frame_path import FramePath
from facedoor.visit.liveness import LivenessRule
from facedoor.wire.decisions import Decision
from facedoor.wire.prompts import Prompt, Side
from liveness_kit import DENY_BELOW, OPEN_FROM, constant, networks, pack_with

UNSURE = (DENY_BELOW + OPEN_FROM) / 2 + 0.01
TO_DEG = {Side.LEFT: 38.0, Side.RIGHT: -38.0, None: 0.0}
"""To which yaw a simulated head turns that does as it is asked: its left is the image's right."""

NOTHING = np.zeros((540, 960, 3), np.uint8)

Answer = Callable[[Side | None], float]


def obeys(side: Side | None) -> float:
    return TO_DEG[side]


def stands_still(_side: Side | None) -> float:
    return 0.0


def turns_to_the_other(side: Side | None) -> float:
    return -TO_DEG[side]


@dataclass
class Visit:
    """What a visitor was asked and answered."""

    prompts: list[Prompt] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)

    @property
    def asked(self) -> list[Side]:
        return [prompt.side for prompt in self.prompts if prompt.side is not None]


class Door:
    """A frame path that can ask, before a simulated camera that can hear it."""

    def __init__(
        self, reader: FaceReader, index: GalleryIndex, folder: Path, *, mode: str, can_ask: bool
    ) -> None:
        self.folder = folder
        ids = map(str, itertools.count(1))
        sides = itertools.cycle(Side)
        self.path = FramePath(
            reader,
            Standard(index, 0.8),
            EvidencePolicy(0.05),
            same_face_distance=1.0,
            visit_id=lambda: next(ids),
            open_at_px=lambda _: 110.0,
            liveness=LivenessRule(mode, LivenessPolicy(DENY_BELOW, OPEN_FROM)),
            asker=Asker(can_ask, Draw(lambda: next(sides), lambda: 0.3)),
        )

    def visited_by(
        self,
        photo: Path,
        answer: Answer,
        kind: str = "head",
        fps: int = 15,
        stay_s: float = 9.0,
        accomplice: Path | None = None,
        decisions: int = 1,
    ) -> Visit:
        """Somebody comes, and stays until there are so many ``decisions``. An ``accomplice`` takes
        the place as soon as there is a prompt."""
        visit = Visit()
        with ExitStack() as stack:
            cameras = [
                stack.enter_context(self._view(shown, as_, fps, stay_s))
                for shown, as_ in ((photo, kind), (accomplice, "head"))
                if shown is not None
            ]
            while len(visit.decisions) < decisions:
                frames = [camera.read() for camera in cameras]
                frame = frames[-1 if visit.prompts else 0]
                if frame is None:
                    break
                report = self.path.process(frame)
                visit.prompts += report.prompts
                visit.decisions += report.decisions
                for camera in cameras if report.prompts else ():
                    camera.asked_yaw_deg = answer(report.prompts[-1].side)
        return visit

    def _view(self, photo: Path, kind: str, fps: int, stay_s: float) -> SimulatedCamera:
        script = self.folder / "script.toml"
        script.write_text(
            f"width_px = 960\nheight_px = 540\nfps = {fps}\ngap_s = 0.1\nseed = 3\n[[visitor]]\n"
            f'name = "somebody"\nphotos = ["{photo}"]\nas = "{kind}"\nstay_s = {stay_s}\n'
            "from_px = 140\nto_px = 260\ntilt_deg = 0\n"
        )
        return SimulatedCamera(script, CameraConfig(), Pacing(sleep=lambda _: None))


@pytest.fixture(scope="module")
def reader(pack: Pack, tmp_path_factory: pytest.TempPathFactory) -> FaceReader:
    folder = tmp_path_factory.mktemp("pack") / "pack"
    return FaceReader.of(pack_with(pack, folder, constant(UNSURE)))


@pytest.fixture(scope="module")
def photo(photos: Path) -> Path:
    (path,) = (photos / "val").glob("ben_afflek/httpafiles*.jpg")
    return path.resolve()


@pytest.fixture(scope="module")
def index(reader: FaceReader, photo: Path) -> GalleryIndex:
    """Ben lives here, enrolled by the photo that the simulated head is made of."""
    embedding = reader.read(read_picture(photo)).embedding
    assert embedding is not None
    return GalleryIndex(Templates(("Ben",), embedding[np.newaxis], np.zeros(1, int)))


@pytest.fixture
def door(reader: FaceReader, index: GalleryIndex, tmp_path: Path) -> Callable[..., Door]:
    def made(mode: str = "challenge_if_unsure", can_ask: bool = True) -> Door:
        return Door(reader, index, tmp_path, mode=mode, can_ask=can_ask)

    return made


Made = Callable[..., Door]


def test_head_that_turns_as_it_is_asked_is_let_in(door: Made, photo: Path) -> None:
    visit = door().visited_by(photo, obeys)
    assert visit.asked == [Side.LEFT]
    (decision,) = visit.decisions
    assert (decision.granted, decision.person) == (True, "Ben")
    assert decision.latency_ms["challenge"] > 300
    assert {prompt.visit for prompt in visit.prompts} == {decision.visit}
    assert visit.prompts[-1].side is None


def test_head_that_stands_still_has_not_answered_in_time(door: Made, photo: Path) -> None:
    visit = door().visited_by(photo, stands_still)
    assert [decision.reason for decision in visit.decisions] == [Reason.CHALLENGE_TIMEOUT]
    assert visit.prompts[-1].side is None


def test_who_has_missed_a_prompt_is_asked_again_in_the_same_visit(door: Made, photo: Path) -> None:
    asked: list[Side] = []

    def wakes_up(side: Side | None) -> float:
        asked.extend([] if side is None else [side])
        return 0.0 if len(asked) < 2 else TO_DEG[side]

    visit = door().visited_by(photo, wakes_up, stay_s=20.0, decisions=2)
    missed, granted = visit.decisions
    assert (missed.reason, granted.reason) == (Reason.CHALLENGE_TIMEOUT, Reason.RECOGNISED)
    assert missed.visit == granted.visit
    assert lockout.counts(missed)


def test_head_that_turns_to_the_other_side_fails(door: Made, photo: Path) -> None:
    visit = door().visited_by(photo, turns_to_the_other)
    assert [decision.reason for decision in visit.decisions] == [Reason.CHALLENGE_FAILED]


@pytest.mark.parametrize("kind", ["print", "phone"])
def test_picture_that_is_turned_as_it_is_asked_stays_outside(
    door: Made, photo: Path, kind: str
) -> None:
    visit = door().visited_by(photo, obeys, kind)
    assert visit.asked
    assert not any(decision.granted for decision in visit.decisions)


def test_turn_that_is_seen_five_times_a_second_opens_nothing(door: Made, photo: Path) -> None:
    visit = door().visited_by(photo, obeys, fps=5, stay_s=14.0)
    assert [decision.reason for decision in visit.decisions] == [Reason.CHALLENGE_TIMEOUT]


def test_living_accomplice_turns_the_head_for_a_photo_in_vain(
    door: Made, photo: Path, photos: Path
) -> None:
    (other,) = (photos / "val").glob("elton_john/httpafiles*.jpg")
    visit = door().visited_by(photo, obeys, accomplice=other.resolve())
    assert visit.asked
    assert not any(decision.granted for decision in visit.decisions)


def held_up(reader: FaceReader, photo: Image, angle_deg: float) -> Image:
    """A photo as large as life, held flat before the camera and turned."""
    (face,) = reader.detector.find(photo)
    return rendered(photo, face, Held(0.0, 0.35, angle_deg))


def test_turned_photo_is_flat_also_after_somebody_elses_frontal_face(
    reader: FaceReader, photos: Path, tmp_path: Path
) -> None:
    mindy, other = (
        read_picture(next((photos / "val").glob(f"{start}*.jpg")))
        for start in ("mindy_kaling/httpafilesbiog", "jerry_seinfeld/httpblognj")
    )
    embedding = reader.read(mindy).embedding
    assert embedding is not None
    index = GalleryIndex(Templates(("Mindy",), embedding[np.newaxis], np.zeros(1, int)))
    path = Door(reader, index, tmp_path, mode="challenge_if_unsure", can_ask=True).path
    photo, turned = held_up(reader, mindy, -15.0), held_up(reader, mindy, 40.0)
    accomplice = held_up(reader, other, 15.0)
    visit = Visit()
    prompted = 0
    for number in range(150):
        shown = photo if not visit.prompts else accomplice if prompted < 6 else turned
        report = path.process(Frame(*two_streams(shown, CameraConfig()), number / 15, number))
        visit.prompts += report.prompts
        visit.decisions += report.decisions
        prompted += bool(visit.prompts)
    assert visit.asked
    assert not any(decision.granted for decision in visit.decisions)


def test_who_goes_away_while_asked_is_refused_for_it_and_asked_nothing_any_more(
    door: Made, photo: Path
) -> None:
    visited = door()
    visit = visited.visited_by(photo, stands_still, stay_s=3.5)
    assert visit.asked
    assert visit.decisions == []
    (decision,) = visited.path.finish()
    assert decision.reason is Reason.CHALLENGE_TIMEOUT
    assert visited.path.process(Frame(NOTHING, NOTHING, 99.0, 0)).prompts[-1].side is None


def test_always_asking_door_asks_also_whom_it_holds_for_alive(
    reader: FaceReader, door: Made, photo: Path, index: GalleryIndex, tmp_path: Path
) -> None:
    (tmp_path / "networks").mkdir()
    unsure, reader.liveness = reader.liveness, networks(tmp_path / "networks", constant(0.95))
    try:
        assert door("challenge_if_unsure").visited_by(photo, obeys).asked == []
        visit = door("challenge_always").visited_by(photo, obeys)
    finally:
        reader.liveness = unsure
    assert len(visit.asked) == 1
    assert [decision.granted for decision in visit.decisions] == [True]


def test_door_that_has_no_score_asks_twice(door: Made, reader: FaceReader, photo: Path) -> None:
    unsure, reader.liveness = reader.liveness, None
    try:
        visit = door().visited_by(photo, obeys, stay_s=14.0)
    finally:
        reader.liveness = unsure
    assert visit.asked == [Side.LEFT, Side.RIGHT]
    assert [decision.granted for decision in visit.decisions] == [True]


def test_door_that_cannot_ask_refuses_whom_it_is_unsure_of(door: Made, photo: Path) -> None:
    visit = door(can_ask=False).visited_by(photo, obeys)
    assert visit.prompts == []
    assert [decision.reason for decision in visit.decisions] == [Reason.LIVENESS_UNSURE]

"""Clips of real people and of real replays on phones, played to the door as its camera.

``FACEDOOR_CLIPS=DIR`` names them: ``DIR/live`` and ``DIR/replay``; ``docs/liveness.md`` says where
they come from. They may not be handed on, so nothing of them is here.

Each live clip is of one resident, who is enrolled from pictures out of it. A replay is shown to the
door of the resident whose face it shows: the one whose embeddings are nearest, or, where no live
clip shows them, one who is enrolled from the replay itself.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from door_kit import Answer, Door
from facedoor.camera.opencv import VideoFile
from facedoor.camera.recorded import Pacing
from facedoor.config.options import CameraConfig
from facedoor.frames import Face, Image, Vector
from facedoor.vision.pack import Pack
from facedoor.vision.reader import FaceReader

CLIPS = os.environ.get("FACEDOOR_CLIPS", "")
pytestmark = pytest.mark.skipif(
    not CLIPS, reason="set FACEDOOR_CLIPS to the folder with clips in live/ and replay/"
)
LIVE, REPLAYS = (
    sorted(path for path in (Path(CLIPS) / kind).glob("*")) if CLIPS else []
    for kind in ("live", "replay")
)
EVERY, PICTURES = 5, 6
"""Of how many frames one is looked at, and how many become pictures for the enrolment."""

LIT = 90.0
"""Mean of a well lit face, in grey levels."""

WITHIN_S = 300.0
"""A clip is played at its own speed, 22 s for the longest, and the machine may be busy."""

Play = Callable[..., Answer]

each_live = pytest.mark.parametrize("clip", LIVE, ids=lambda path: path.name)
each_replay = pytest.mark.parametrize("clip", REPLAYS, ids=lambda path: path.name)


@dataclass(frozen=True, eq=False)
class Sight:
    """A good view of the one face in a frame."""

    image: Image
    face: Face
    embedding: Vector


@dataclass(frozen=True, eq=False)
class Seen:
    """What a clip shows: its best views, and the mean of all embeddings."""

    best: list[Sight]
    mean: Vector


class _AtOnce(Pacing):
    def wait_until(self, time_s: float, meanwhile: Callable[[], None]) -> None:
        pass


def sights(clip: Path, reader: FaceReader) -> Iterator[Sight]:
    with VideoFile(clip, CameraConfig(), _AtOnce()) as camera:
        while (frame := camera.read()) is not None:
            if frame.number % EVERY == 0:
                reading = reader.read(frame.main)
                if reading.embedding is not None and reading.face is not None:
                    yield Sight(frame.main, reading.face, reading.embedding)


def in_light(sight: Sight) -> Image:
    """The view in the light that an enrolment asks for: one of the clips was filmed in the dark."""
    box = sight.face.box
    face = sight.image[max(0, round(box.top)) : round(box.bottom)]
    grey = float(face[:, max(0, round(box.left)) : round(box.right)].mean())
    return np.asarray(cv2.convertScaleAbs(sight.image, alpha=max(1.0, LIT / grey)), np.uint8)


@pytest.fixture(scope="session")
def look(reader: FaceReader) -> Callable[[Path], Seen]:
    known: dict[Path, Seen] = {}

    def look(clip: Path) -> Seen:
        if clip not in known:
            found = list(sights(clip, reader))
            assert found, f"{clip} shows no face that could be enrolled"
            mean = np.mean([sight.embedding for sight in found], axis=0)
            mean = np.asarray(mean / np.linalg.norm(mean), np.float32)
            # Those that are most like the person, which looks straight ahead.
            best = sorted(found, key=lambda sight: -float(sight.embedding @ mean))
            known[clip] = Seen(best[:PICTURES], mean)
        return known[clip]

    return look


@pytest.fixture(scope="session")
def resident_of(look: Callable[[Path], Seen], pack: Pack) -> Callable[[Path], Path]:
    """The clip that the resident is enrolled from whose face ``clip`` shows."""

    def resident_of(clip: Path) -> Path:
        away = {live: float(np.linalg.norm(look(live).mean - look(clip).mean)) for live in LIVE}
        nearest = min(away, key=away.__getitem__)
        return nearest if away[nearest] <= pack.manifest.threshold else clip

    return resident_of


@pytest.fixture(scope="session")
def states() -> dict[Path, Path]:
    """A state folder for each resident, once somebody asked for it."""
    return {}


@pytest.fixture
def play(
    look: Callable[[Path], Seen],
    resident_of: Callable[[Path], Path],
    states: dict[Path, Path],
    empty_door: Door,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Play:
    """Play a clip to the door behind which the person in it lives. It can ask, by two LEDs."""
    door = empty_door
    door.configure("door", left_led_pin=5, right_led_pin=6)

    def enrolled(clip: Path) -> Path:
        if clip not in states:
            pictures = []
            for number, sight in enumerate(look(clip).best):
                picture = tmp_path / f"{number}.png"
                cv2.imwrite(str(picture), cv2.cvtColor(in_light(sight), cv2.COLOR_RGB2BGR))
                pictures += ["--image", picture]
            answer = door.ask("enroll", clip.stem, *pictures)
            assert answer.exit_code == 0, answer
            door.trust_clock()
            states[clip] = tmp_path_factory.mktemp("resident") / "state"
            shutil.copytree(door.state, states[clip])
        return states[clip]

    def play(clip: Path, mode: str = "challenge_if_unsure") -> Answer:
        door.configure("liveness", mode=mode)
        state = enrolled(resident_of(clip))
        if not door.state.exists():
            shutil.copytree(state, door.state)
        answer = door.facedoor(
            *("run", "--camera", f"file:{clip}", "--once", "--json"),
            within_s=WITHIN_S,
            GPIOZERO_PIN_FACTORY="mock",
        )
        assert answer.exit_code == 0, answer.error
        print(clip.name, [(d["decision"], d["reason"], d["liveness"]) for d in answer.decisions])
        return answer

    return play


def granted(answer: Answer) -> list[dict[str, object]]:
    return [decision for decision in answer.decisions if decision["decision"] == "granted"]


def asked(answer: Answer) -> list[dict[str, object]]:
    return [line["prompt"] for line in answer.objects if "prompt" in line]


def test_a_replay_opens_a_door_that_does_not_look_for_life(
    play: Play, look: Callable[[Path], Seen], resident_of: Callable[[Path], Path]
) -> None:
    """What the other tests refuse is refused for want of life alone."""
    away = {
        clip: float(np.linalg.norm(look(resident).mean - look(clip).mean))
        for clip in REPLAYS
        if (resident := resident_of(clip)) != clip
    }
    assert granted(play(min(away, key=away.__getitem__), mode="off"))


@each_replay
def test_every_replay_is_refused(clip: Path, play: Play) -> None:
    answer = play(clip)
    assert granted(answer) == []
    assert "on" not in answer.relay


@each_live
def test_every_living_person_is_let_in_or_asked_to_turn(clip: Path, play: Play) -> None:
    answer = play(clip)
    assert granted(answer) or asked(answer)
    assert "not_live" not in [decision["reason"] for decision in answer.decisions]

"""A video of heads that turn and move, made by warping photos, played to the door as a camera."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

import cv2
import pytest

from door_kit import Answer, Door
from facedoor.camera.pictures import read_picture
from facedoor.camera.relief import Landmarks
from facedoor.camera.scene import Figure, Head, Pose, Scene
from facedoor.vision.reader import FaceReader

DECISION_KEYS = {
    *("time", "decision", "person", "reason", "distance_band", "distance_ratio"),
    *("liveness", "frames", "looks", "view"),
    *("latency_ms", "track", "visit", "began"),
}

CLEAR_PHOTO = {"Jerry": 2, "Mindy": 1}
"""Of each resident the photo that is most like those that they are enrolled from: a head that was
turned by warping is a little less like itself."""


FPS = 15
WIDTH_PX, HEIGHT_PX = 960, 540
FACE_PX = 150
"""Width of a face in the clip, at its own scale."""


@dataclass(frozen=True)
class Actor:
    """A head, and how wide its photo is for a face of :data:`FACE_PX`."""

    head: Head
    width_px: float


def place_at(actor: Actor, time_s: float) -> Pose:
    """How the head stands at a time: it turns, nods, tilts, sways and comes closer."""
    turn, nod, sway = (math.sin(2 * math.pi * time_s / period_s) for period_s in (3, 2.2, 4))
    return Pose(
        x_px=WIDTH_PX / 2 + 0.6 * FACE_PX * sway,
        y_px=HEIGHT_PX / 2 + 0.1 * FACE_PX * nod,
        width_px=actor.width_px * (1 + 0.15 * turn),
        turn_deg=8 * sway,
        blur_px=0,
        yaw_deg=25 * turn,
        pitch_deg=8 * nod,
    )


def write_clip(path: Path, *scenes: tuple[Actor | None, float]) -> Path:
    """Write an AVI file: each head for so many seconds, in the place of the one before."""
    codec = cv2.VideoWriter.fourcc(*"MJPG")
    writer = cv2.VideoWriter(str(path), codec, FPS, (WIDTH_PX, HEIGHT_PX))
    hallway = Scene(WIDTH_PX, HEIGHT_PX, seed=3)
    actors = [actor for actor, seconds in scenes for _ in range(round(seconds * FPS))]
    for number, actor in enumerate(actors):
        picture = hallway.empty()
        if actor is not None:
            Figure(actor.head, coat=0).paint(picture, place_at(actor, number / FPS))
        picture = hallway.exposed(picture, light=1.0, number=number)
        writer.write(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    writer.release()
    return path


@pytest.fixture
def play(door: Door, reader: FaceReader, tmp_path: Path):
    """Play a clip of heads, each a person's photo for so many seconds, to the door of Jerry and
    Mindy; a blank name is nobody."""

    def run(*scenes: tuple[str, float]) -> Answer:
        clip = write_clip(tmp_path / "clip.avi", *[(actor(name), stay) for name, stay in scenes])
        answer = door.facedoor("run", "--camera", f"file:{clip}", "--once", "--json")
        assert answer.exit_code == 0, answer.error
        return answer

    def actor(name: str) -> Actor | None:
        if not name:
            return None
        photo = read_picture(door.photo(name, CLEAR_PHOTO.get(name, 0)))
        face = reader.detector.find(photo)[0]
        width_px = photo.shape[1]
        points = [(float(x) / width_px, float(y) / width_px) for x, y in face.landmarks[:4]]
        return Actor(Head(photo, Landmarks(*points)), FACE_PX / face.box.width_px * width_px)

    return run


def test_a_resident_whose_head_turns_and_moves_is_let_in_once(play) -> None:
    answer = play(("", 0.6), ("Jerry", 6))
    (decision,) = answer.decisions
    assert (decision["decision"], decision["person"]) == ("granted", "Jerry")
    assert decision["reason"] == "recognised"
    assert decision["distance_band"] == "within"
    assert decision["frames"] >= 3
    assert decision["liveness"] is None
    assert set(decision) == DECISION_KEYS
    assert {"detect", "embed", "total"} <= set(decision["latency_ms"])
    assert answer.relay == ["on", "off"]
    assert answer.objects[-1] == {
        "summary": {"frames": round(6.6 * FPS), "dropped": 0, "granted": 1, "refused": 0}
    }


def test_each_face_in_the_same_place_gets_its_own_decision(play) -> None:
    answer = play(("Jerry", 2.5), ("Mindy", 2.5), ("elton_john", 4.5))
    decisions = answer.decisions
    assert [(d["decision"], d["person"]) for d in decisions] == [
        *(("granted", "Jerry"), ("granted", "Mindy"), ("refused", None))
    ]
    assert decisions[2]["reason"] == "unknown"
    assert len({decision["track"] for decision in decisions}) == 3
    assert answer.relay == ["on", "off"] * 2
    assert answer.objects[-1]["summary"]["refused"] == 1


def test_what_happened_is_told_in_order_with_the_time(play) -> None:
    answer = play(("Jerry", 1.5))
    told = [next(iter({"relay", "decision", "summary"} & set(line))) for line in answer.objects]
    assert told == ["decision", "relay", "relay", "summary"]
    times = [line["time"] for line in answer.objects[:-1]]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", time) for time in times)
    assert times == sorted(times)

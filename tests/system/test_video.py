"""A video of heads that turn and move, played to the door as a camera."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from door_kit import Answer, Door
from facedoor.camera.pictures import read_picture
from facedoor.vision.reader import FaceReader
from head_clip import FPS, Head, write_clip

DECISION_KEYS = {
    *("time", "decision", "person", "reason", "distance", "plain_distance", "threshold"),
    *("liveness", "frames"),
    *("latency_ms", "track", "visit"),
}

CLEAR_PHOTO = {"Jerry": 2, "Mindy": 1}
"""Of each resident the photo that is most like those that they are enrolled from: a head that was
turned by warping is a little less like itself."""


@pytest.fixture
def play(door: Door, reader: FaceReader, tmp_path: Path):
    """Play a clip of heads, each a person's photo for so many seconds, to the door of Jerry and
    Mindy; a blank name is nobody."""

    def run(*scenes: tuple[str, float]) -> Answer:
        clip = write_clip(tmp_path / "clip.avi", *[(head(name), stay) for name, stay in scenes])
        answer = door.facedoor("run", "--camera", f"file:{clip}", "--once", "--json")
        assert answer.exit_code == 0, answer.error
        return answer

    def head(name: str) -> Head | None:
        if not name:
            return None
        photo = read_picture(door.photo(name, CLEAR_PHOTO.get(name, 0)))
        return Head(photo, reader.detector.find(photo)[0])

    return run


def test_a_resident_whose_head_turns_and_moves_is_let_in_once(play) -> None:
    answer = play(("", 0.6), ("Jerry", 6))
    (decision,) = answer.decisions
    assert (decision["decision"], decision["person"]) == ("granted", "Jerry")
    assert decision["reason"] == "recognised"
    assert decision["distance"] <= decision["threshold"]
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

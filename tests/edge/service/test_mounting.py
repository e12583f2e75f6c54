"""A camera that hangs upside down is told of, once it is sure."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from door_kit import Door
from facedoor.camera.pictures import read_picture, rotated, shrunk_to_fit
from facedoor.config.options import CameraConfig, Rotation
from facedoor.problems import Board, Severity
from facedoor.reasons import Reason
from facedoor.service.mounting import VISITS, Mounting
from facedoor.times import utc_now
from facedoor.vision.reader import FaceReader
from facedoor.wire.decisions import Decision


def visit(reason: Reason, frames: int = 0) -> Decision:
    return Decision(
        time=utc_now(),
        track=1,
        granted=reason is Reason.RECOGNISED,
        person=None,
        reason=reason,
        distance=math.inf,
        threshold=0.755,
        frames=frames,
        latency_ms={},
        plain_distance=None,
        visit=None,
    )


def codes(board: Board) -> list[str]:
    return [problem.code for problem in board.problems]


UPSIDE_DOWN = visit(Reason.UPSIDE_DOWN)


def test_visits_in_a_row_are_a_problem_until_a_face_is_judged() -> None:
    board = Board()
    mounting = Mounting(board, CameraConfig())
    for _ in range(VISITS - 1):
        mounting.happened(UPSIDE_DOWN)
    assert codes(board) == []
    mounting.happened(visit(Reason.TOO_DARK))  # says nothing of the camera
    mounting.happened(UPSIDE_DOWN)
    (problem,) = board.problems
    assert (problem.code, problem.severity) == ("camera_upside_down", Severity.ERROR)
    assert "[camera] rotate = 180" in problem.sentence
    mounting.happened(visit(Reason.UNKNOWN, frames=3))
    assert codes(board) == []


def test_somebody_who_is_judged_in_between_begins_the_count_anew() -> None:
    board = Board()
    mounting = Mounting(board, CameraConfig())
    for _ in range(3):
        for _ in range(VISITS - 1):
            mounting.happened(UPSIDE_DOWN)
        mounting.happened(visit(Reason.RECOGNISED, frames=3))
    assert codes(board) == []


@pytest.mark.parametrize(("rotate", "needed"), [(180, 0), (90, 270)])
def test_camera_that_was_turned_too_much_is_told_the_right_turn(
    rotate: Rotation, needed: Rotation
) -> None:
    board = Board()
    mounting = Mounting(board, CameraConfig(rotate=rotate))
    for _ in range(VISITS):
        mounting.happened(UPSIDE_DOWN)
    assert f"rotate = {needed} " in board.problems[0].sentence


def test_door_that_runs_upside_down_lets_nobody_in_and_says_why(
    door: Door, reader: FaceReader, photos: Path
) -> None:
    door.configure("camera", rotate=180)
    seen = [
        path
        for path in sorted((photos / "val").glob("*/*.jpg"))
        if reader.detector.find(rotated(shrunk_to_fit(read_picture(path), 400, 400), 180))
    ]
    lines = ["fps = 5", "gap_s = 1.0"]
    for path in seen[: 2 * VISITS]:
        lines += ["[[visitor]]", 'name = "somebody"', f"photos = [{json.dumps(str(path))}]"]
        lines += ["stay_s = 1.5", "from_px = 300", "to_px = 400", "tilt_deg = 0"]
    (script := door.folder / "walk.toml").write_text("\n".join(lines))
    answer = door.facedoor("run", "--once", "--json", "--camera", f"sim:{script}")
    assert {one["reason"] for one in answer.decisions} == {"upside_down"}
    assert answer.relay == []
    assert "the camera is upside down" in answer.error
    assert "[camera] rotate = 0" in answer.error

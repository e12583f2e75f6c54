"""`[camera] rotate` turns the pictures of every source; the Pi's own camera: test_picamera2.py."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from facedoor.camera import Camera
from facedoor.camera.opencv import OpenCVCamera, VideoFile
from facedoor.camera.recorded import FolderCamera
from facedoor.camera.simulated import SimulatedCamera
from facedoor.config.options import CameraConfig

SCRIPT = 'width_px = 160\nheight_px = 120\n[[visitor]]\nname = "nobody"\n'
CLOCKWISE = {90: -1, 180: 2, 270: 1}
"""The number of counterclockwise quarter turns, as numpy counts them, that are so many degrees."""


def opened(kind: str, folder: Path, config: CameraConfig) -> Camera:
    match kind:
        case "folder":
            return FolderCamera(folder, config)
        case "sim":
            return SimulatedCamera(folder / "script.toml", config)
        case "file":
            return VideoFile(folder / "clip.avi", config)
    stream = cv2.VideoCapture(str(folder / "clip.avi"))  # as of a USB or a network camera
    return OpenCVCamera(stream, "the test camera", config)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    picture = np.random.default_rng(1).integers(0, 255, (120, 160, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "view.png"), picture)
    clip = cv2.VideoWriter(
        str(tmp_path / "clip.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10, (160, 120)
    )
    clip.write(picture)
    clip.release()
    (tmp_path / "script.toml").write_text(SCRIPT)
    return tmp_path


@pytest.mark.parametrize("kind", ["folder", "sim", "file", "live"])
def test_each_source_turns_its_pictures_clockwise(folder: Path, kind: str) -> None:
    with opened(kind, folder, CameraConfig()) as camera:
        before = camera.read()
    assert before is not None
    for degrees, quarters in CLOCKWISE.items():
        if kind == "sim" and degrees != 90:
            continue  # its hallway takes half a second to draw
        config = CameraConfig(rotate=degrees, lores_width_px=320)
        with opened(kind, folder, config) as camera:
            frame = camera.read()
        assert frame is not None
        assert (frame.main == np.rot90(before.main, quarters)).all()
        assert frame.lores.shape[0] * frame.main.shape[1] == pytest.approx(
            frame.lores.shape[1] * frame.main.shape[0]
        )

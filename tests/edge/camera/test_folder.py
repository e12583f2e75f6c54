"""A folder of pictures as a camera."""

from __future__ import annotations

import logging

import cv2
import numpy as np
import pytest

from edge.camera.clock import FakeClock
from facedoor.camera.recorded import FolderCamera
from facedoor.config.options import CameraConfig
from facedoor.errors import CameraError


def put(folder, name, grey):
    cv2.imwrite(str(folder / name), np.full((50, 60, 3), grey, np.uint8))


def shown(folder, fps=5.0):
    camera = FolderCamera(folder, CameraConfig(fps=fps), FakeClock().pacing())
    frames = []
    while frame := camera.read():
        frames.append(frame)
    return frames


def test_each_picture_is_shown_for_a_second_in_order_of_names(tmp_path):
    put(tmp_path, "b.png", 20)
    put(tmp_path, "a.png", 10)
    frames = shown(tmp_path)
    assert [int(frame.main[0, 0, 0]) for frame in frames] == [10] * 5 + [20] * 5
    assert frames[5].time_s == 1.0
    assert [frame.number for frame in frames] == list(range(10))


def test_what_is_no_picture_is_skipped_with_a_warning(tmp_path, caplog):
    put(tmp_path, "a.png", 10)
    (tmp_path / "b.jpg").write_bytes(b"\xff\xd8\xff not really")
    (tmp_path / "folder").mkdir()
    with caplog.at_level(logging.WARNING):
        assert len(shown(tmp_path)) == 5
    assert len(caplog.records) == 1
    assert "b.jpg" in caplog.text


@pytest.mark.parametrize("content", [None, b"no picture"])
def test_a_folder_without_pictures_cannot_be_opened(tmp_path, content):
    if content:
        (tmp_path / "notes.txt").write_bytes(content)
    with pytest.raises(CameraError, match="no picture"):
        FolderCamera(tmp_path, CameraConfig())


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(CameraError, match="nowhere"):
        FolderCamera(tmp_path / "nowhere", CameraConfig())

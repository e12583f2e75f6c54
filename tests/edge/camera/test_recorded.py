"""Recorded cameras: a folder of pictures, and the pace of what exists already."""

from __future__ import annotations

import logging

import cv2
import numpy as np
import pytest

from edge.camera.clock import FakeClock, frames_of
from facedoor.camera.recorded import FolderCamera, RecordedCamera
from facedoor.camera.source import open_camera
from facedoor.config.options import CameraConfig
from facedoor.errors import CameraError, UsageError
from facedoor.frames import Frame


def put(folder, name, grey):
    cv2.imwrite(str(folder / name), np.full((50, 60, 3), grey, np.uint8))


def shown(folder, fps=5.0):
    return frames_of(FolderCamera(folder, CameraConfig(fps=fps), FakeClock().pacing()))


def test_each_picture_is_shown_for_a_second_in_order_of_names(tmp_path):
    put(tmp_path, "b.png", 20)
    put(tmp_path, "a.png", 10)
    frames = shown(tmp_path)
    assert [int(frame.main[0, 0, 0]) for frame in frames] == [10] * 5 + [20] * 5
    assert frames[5].time_s == 1.0
    assert [frame.number for frame in frames] == list(range(10))


def test_pictures_of_a_folder_are_turned_as_configured(tmp_path):
    put(tmp_path, "a.png", 10)
    frame = FolderCamera(tmp_path, CameraConfig(rotate=90)).read()
    assert (frame.main.shape, frame.lores.shape) == ((60, 50, 3), (60, 50, 3))


def test_what_is_no_picture_is_skipped_with_a_warning(tmp_path, caplog):
    put(tmp_path, "a.png", 10)
    (tmp_path / "b.jpg").write_bytes(b"\xff\xd8\xff not really")
    (tmp_path / "folder").mkdir()
    with caplog.at_level(logging.WARNING):
        assert len(shown(tmp_path)) == 5
    assert len(caplog.records) == 1
    assert "b.jpg" in caplog.text


def test_a_folder_that_is_missing_or_without_pictures_cannot_be_opened(tmp_path):
    for folder, says in ((tmp_path / "nowhere", "nowhere"), (tmp_path, "no picture")):
        with pytest.raises(CameraError, match=says):
            FolderCamera(folder, CameraConfig())
    (tmp_path / "notes.txt").write_bytes(b"no picture")
    with pytest.raises(CameraError, match="no picture"):
        FolderCamera(tmp_path, CameraConfig())


def recording(*times_s: float):
    picture = np.zeros((2, 2, 3), np.uint8)
    for number, time_s in enumerate(times_s):
        yield Frame(picture, picture, time_s, number)


def play(clock: FakeClock, *times_s: float) -> RecordedCamera:
    return RecordedCamera(recording(*times_s), "nothing there", clock.pacing())


def test_no_frame_comes_before_its_time():
    clock = FakeClock()
    camera = play(clock, 5.0, 5.1, 5.5)
    due = []
    while camera.read():
        due.append(clock.now_s)
    assert due == pytest.approx([0.0, 0.1, 0.5])


def test_a_slow_reader_gets_every_frame_late_but_no_faster_than_recorded():
    clock = FakeClock()
    camera = play(clock, 0.0, 0.1, 0.2, 3.0)
    camera.read()
    clock.now_s += 1.0
    assert [camera.read().number, camera.read().number] == [1, 2]
    assert clock.now_s == 1.0
    camera.read()
    assert clock.now_s == pytest.approx(3.0)


def test_the_end_stays_the_end_and_a_source_may_be_closed_twice():
    camera = play(FakeClock(), 0.0)
    assert camera.read().number == 0
    assert camera.read() is None
    assert camera.read() is None
    with play(FakeClock(), 0.0, 0.1) as camera:
        camera.read()
    camera.close()
    assert camera.read() is None


def test_a_source_without_a_frame_cannot_be_opened():
    with pytest.raises(CameraError, match="nothing there"):
        play(FakeClock())


def test_who_asks_hears_of_a_long_pause_while_it_lasts():
    clock = FakeClock()
    camera = play(clock, 0.0, 0.1, 3.5)
    heard_s = []
    camera.while_waiting = lambda: heard_s.append(clock.now_s)
    frames_of(camera)
    assert heard_s == pytest.approx([0.1, 1.1, 2.1, 3.1, 3.5])


def test_a_spec_of_no_known_kind_is_wrong_use_and_a_camera_that_is_not_there_an_error():
    for spec in ("", "webcam", "usb", "usb:", "usb:x", "file:", "folder:", "sim:"):
        with pytest.raises(UsageError, match="usb:0"):
            open_camera(spec, CameraConfig())
    for spec in ("usb:97", "file:nowhere.mp4", "folder:nowhere"):
        with pytest.raises(CameraError):
            open_camera(spec, CameraConfig())


def test_a_folder_opens(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((9, 9, 3), np.uint8))
    with open_camera(f"folder:{tmp_path}", CameraConfig()) as camera:
        assert isinstance(camera, FolderCamera)
        assert camera.read() is not None

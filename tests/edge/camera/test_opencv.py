from __future__ import annotations

import subprocess
import sys

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.camera.clock import FakeClock, frames_of
from facedoor.camera.opencv import OpenCVCamera, VideoFile, _video_frames, public_part
from facedoor.camera.source import open_camera
from facedoor.config.options import CameraConfig
from facedoor.errors import CameraError

RED = (220, 20, 30)


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Ten frames at 10 a second, 320 x 240: red above, black below."""
    path = tmp_path_factory.mktemp("clips") / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (320, 240))
    picture = np.zeros((240, 320, 3), np.uint8)
    picture[:120] = RED[::-1]
    for _ in range(10):
        writer.write(picture)
    writer.release()
    return path


def play(path, **settings):
    return frames_of(VideoFile(path, CameraConfig(**settings), FakeClock().pacing()))


def is_red(pixel):
    return np.abs(pixel.astype(int) - RED).max() < 20


def test_every_frame_of_a_video_comes_with_its_own_time(clip):
    frames = play(clip)
    assert [frame.time_s for frame in frames] == pytest.approx([i / 10 for i in range(10)])
    assert [frame.number for frame in frames] == list(range(10))


def test_a_video_plays_at_its_own_speed(clip):
    clock = FakeClock()
    camera = VideoFile(clip, CameraConfig(), clock.pacing())
    frames_of(camera)
    assert clock.now_s == pytest.approx(0.9)
    assert camera.recorded


def test_videos_are_rgb_and_lores_is_smaller(clip):
    frame = play(clip, lores_width_px=160)[0]
    assert frame.main.shape == (240, 320, 3)
    assert frame.lores.shape == (120, 160, 3)
    assert is_red(frame.main[60, 160])
    assert is_red(frame.lores[30, 80])


def test_a_video_is_turned_clockwise_as_configured(clip):
    for rotate, (x, y) in {0: (160, 60), 90: (180, 160), 180: (160, 180), 270: (60, 160)}.items():
        frame = play(clip, rotate=rotate, lores_width_px=160)[0]
        height, width = frame.main.shape[:2]
        assert (width, height) == ((320, 240) if rotate in {0, 180} else (240, 320))
        assert frame.lores.shape == (height // 2, width // 2, 3)
        assert is_red(frame.main[y, x])
        assert is_red(frame.lores[y // 2, x // 2])
        assert not is_red(frame.main[height - 1 - y, width - 1 - x])


@pytest.mark.parametrize("content", [None, b"", b"RIFF not a video", bytes(5000)])
def test_what_is_no_video_cannot_be_opened(tmp_path, content):
    path = tmp_path / "clip.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CameraError, match=r"clip\.mp4"):
        VideoFile(path, CameraConfig())


def test_a_video_cut_in_the_middle_plays_up_to_there(clip, tmp_path):
    cut = tmp_path / "cut.avi"
    cut.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    assert 0 < len(play(cut)) < 10


def test_a_live_camera_that_stops_is_an_error(clip):
    camera = OpenCVCamera(cv2.VideoCapture(str(clip)), "the test camera", CameraConfig())
    times_s = [camera.read().time_s for _ in range(10)]
    assert times_s == sorted(times_s)
    with pytest.raises(CameraError, match="the test camera stopped"):
        camera.read()
    camera.close()
    camera.close()


def test_a_usb_camera_that_is_not_there_is_named():
    with pytest.raises(CameraError, match="/dev/video97"):
        OpenCVCamera.usb("97", CameraConfig())


def test_a_usb_camera_can_be_named_by_what_it_is(tmp_path):
    link = tmp_path / "usb-Cam_1-video-index0"
    with pytest.raises(CameraError, match=f"{link} is not there"):
        OpenCVCamera.usb(str(link), CameraConfig())
    link.symlink_to("/dev/video97")
    with pytest.raises(CameraError, match=f"{link} cannot be opened"):
        OpenCVCamera.usb(str(link), CameraConfig())
    with pytest.raises(CameraError, match="/dev/v4l/by-id/none"):
        open_camera("usb:/dev/v4l/by-id/none", CameraConfig())


class Driver:
    """A capture whose reads fail as the test says."""

    def __init__(self, *delivers):
        self.delivers = list(delivers)

    def read(self):
        delivers = self.delivers.pop(0) if self.delivers else False
        return delivers, np.zeros((48, 64, 3), np.uint8)


def test_reads_that_fail_now_and_then_are_bridged():
    camera = OpenCVCamera(Driver(True, False, True, False, False, True), "it", CameraConfig())
    assert [camera.read().number for _ in range(3)] == [0, 1, 2]
    with pytest.raises(CameraError, match="it stopped delivering frames"):
        camera.read()


class Leaping(Driver):
    """A video whose time stamps are those of the test, in seconds, at 10 frames a second."""

    def __init__(self, *stamps_s):
        super().__init__(*[True] * len(stamps_s))
        self.stamps_s = list(stamps_s)

    def get(self, what):
        return 10 if what == cv2.CAP_PROP_FPS else self.stamps_s[-1 - len(self.delivers)] * 1000

    def release(self):
        pass


def test_time_stamps_that_leap_are_bridged():
    stamps_s = [0.0, 0.1, 95_000.0, 95_000.1, 3.0, 3.0, 3.4]
    times_s = [frame.time_s for frame in _video_frames(Leaping(*stamps_s), CameraConfig())]
    assert times_s == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.9])


def test_nothing_tells_the_password_of_a_network_camera():
    """Port 1 refuses at once. The libraries under OpenCV write to the process's own stderr."""
    script = (
        "from facedoor.camera.source import open_camera\n"
        "from facedoor.config.options import CameraConfig\n"
        "try: open_camera('rtsp://admin:s3cret@127.0.0.1:1/live', CameraConfig())\n"
        "except OSError as error: print(error)\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "rtsp://127.0.0.1:1 cannot be opened" in run.stdout
    assert "admin" not in run.stdout + run.stderr
    assert "s3cret" not in run.stdout + run.stderr
    assert run.stderr == ""


secrets = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8).map(lambda s: f"s3{s}cret")


@given(user=secrets, password=secrets, path=st.sampled_from(["", "/live", "/live?x=1", "/a@b"]))
def test_no_password_however_odd_gets_into_an_error(user, password, path):
    shown = public_part(f"rtsp://{user}:{password}@camera.local:554{path}")
    assert "s3" not in shown
    assert "cret" not in shown

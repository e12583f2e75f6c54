"""The Pi's camera, against a stand-in that lays out memory as the real module does."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from edge.camera import fake_picamera2
from edge.camera.fake_picamera2 import Hardware
from facedoor.camera.picamera2 import Picamera2Camera
from facedoor.config.options import CameraConfig
from facedoor.errors import CameraError

RED, BLUE, WHITE = (200, 30, 20), (20, 40, 210), (240, 240, 240)


def view() -> np.ndarray:
    """Red at the left, blue at the right, a white bar along the top."""
    picture = np.zeros((960, 1280, 3), np.uint8)
    picture[:, :640], picture[:, 640:], picture[:200] = RED, BLUE, WHITE
    return picture


@pytest.fixture
def hardware(monkeypatch):
    hardware = Hardware(view())
    for name, module in fake_picamera2.modules(hardware).items():
        monkeypatch.setitem(sys.modules, name, module)
    return hardware


def is_near(pixel, colour):
    """YUV keeps colours to within a few levels."""
    return np.abs(pixel.astype(int) - colour).max() <= 6


def assert_upright_rgb(picture):
    height, width = picture.shape[:2]
    assert is_near(picture[height // 2, width // 4], RED)
    assert is_near(picture[height // 2, width * 3 // 4], BLUE)
    assert is_near(picture[height // 10, width // 2], WHITE)


@pytest.mark.usefixtures("hardware")
def test_both_streams_are_rgb_in_the_configured_sizes():
    with Picamera2Camera(CameraConfig()) as camera:
        frame = camera.read()
    assert frame.main.shape == (960, 1280, 3)
    assert frame.lores.shape == (480, 640, 3)
    assert_upright_rgb(frame.main)
    assert_upright_rgb(frame.lores)
    assert not camera.recorded


def test_colours_are_right_in_whatever_format_main_and_lores_really_are(hardware):
    for hardware.main_format in ("BGR888", "RGB888", "XBGR8888", "XRGB8888", None):
        assert_upright_rgb(Picamera2Camera(CameraConfig()).read().main)
    for hardware.lores_format in ("YUV420", "YVU420", "RGB888"):
        assert_upright_rgb(Picamera2Camera(CameraConfig()).read().lores)


@pytest.mark.usefixtures("hardware")
def test_row_padding_of_the_small_stream_is_cut_off():
    frame = Picamera2Camera(CameraConfig(lores_width_px=600)).read()
    assert frame.lores.shape == (450, 600, 3)
    assert is_near(frame.lores[225, 599], BLUE)


def test_an_unknown_format_is_refused_and_the_camera_released(hardware):
    hardware.main_format = "MJPEG"
    with pytest.raises(CameraError, match="MJPEG"):
        Picamera2Camera(CameraConfig())
    assert hardware.opened == 0


@pytest.mark.parametrize("can_flip", [True, False])
def test_a_camera_mounted_upside_down_gives_upright_pictures(hardware, can_flip):
    hardware.view = np.ascontiguousarray(view()[::-1, ::-1])
    hardware.can_flip = can_flip
    frame = Picamera2Camera(CameraConfig(rotate=180)).read()
    assert_upright_rgb(frame.main)
    assert_upright_rgb(frame.lores)


@pytest.mark.parametrize(("rotate", "times"), [(90, 1), (270, -1)])
def test_a_camera_mounted_on_its_side_gives_upright_pictures(hardware, rotate, times):
    # The camera turned to the left sees the view turned to the right.
    hardware.view = np.ascontiguousarray(np.rot90(view(), times))
    frame = Picamera2Camera(CameraConfig(rotate=rotate)).read()
    assert frame.main.shape == (1280, 960, 3)
    assert frame.lores.shape == (640, 480, 3)
    assert_upright_rgb(frame.main)
    assert_upright_rgb(frame.lores)


@pytest.mark.usefixtures("hardware")
def test_frames_carry_the_sensors_own_time():
    camera = Picamera2Camera(CameraConfig())
    first, second = camera.read(), camera.read()
    assert second.time_s - first.time_s == pytest.approx(1 / 15, abs=1e-6)
    assert (first.number, second.number) == (0, 1)


def test_every_request_is_given_back(hardware):
    camera = Picamera2Camera(CameraConfig())
    for _ in range(10):
        camera.read()
        assert hardware.requests_out == 0


def test_a_request_is_given_back_even_when_reading_it_fails(hardware, monkeypatch):
    camera = Picamera2Camera(CameraConfig())
    monkeypatch.setattr(fake_picamera2.CompletedRequest, "get_metadata", lambda _: {})
    with pytest.raises(KeyError):
        camera.read()
    assert hardware.requests_out == 0


def test_a_camera_that_falls_silent_is_an_error_and_can_be_closed(hardware):
    hardware.frames = 2
    camera = Picamera2Camera(CameraConfig())
    camera.read()
    camera.read()
    with pytest.raises(CameraError, match="ribbon cable"):
        camera.read()
    camera.close()
    assert hardware.opened == 0


def test_no_camera_on_the_cable_is_an_error_and_so_is_one_in_use(hardware):
    hardware.attached = False
    with pytest.raises(CameraError, match="no camera is attached"):
        Picamera2Camera(CameraConfig())
    hardware.attached, hardware.busy = True, True
    with pytest.raises(CameraError, match="other program"):
        Picamera2Camera(CameraConfig())


@pytest.mark.usefixtures("hardware")
def test_a_small_stream_wider_than_main_is_asked_for_as_wide_as_main():
    frame = Picamera2Camera(CameraConfig(width_px=641, height_px=481, lores_width_px=800)).read()
    assert frame.main.shape == frame.lores.shape == (480, 640, 3)


def test_a_dark_face_is_exposed_for_and_everything_as_before_when_it_is_gone(hardware):
    with Picamera2Camera(CameraConfig()) as camera:
        for brightness in (None, 30.0, 30.0, *[120.0] * 20, *[None] * 60):
            camera.read()
            camera.meter(brightness, False)
    assert [told["ExposureValue"] for told in hardware.was_told] == [0.5, 0.0]


def test_a_sensor_that_cannot_be_steered_goes_on(hardware):
    hardware.controls = frozenset({"FrameRate"})
    with Picamera2Camera(CameraConfig()) as camera:
        camera.read()
        camera.meter(30.0, False)
        assert camera.read().number == 1


def test_closing_twice_does_nothing(hardware):
    camera = Picamera2Camera(CameraConfig())
    camera.close()
    camera.close()
    assert hardware.opened == 0


def test_without_picamera2_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "picamera2", None)
    monkeypatch.setitem(sys.modules, "libcamera", None)
    with pytest.raises(CameraError, match=r"apt install python3-picamera2.*system-site-packages"):
        Picamera2Camera(CameraConfig())


def test_a_picamera2_built_for_another_numpy_is_an_error(monkeypatch, tmp_path):
    (tmp_path / "libcamera.py").touch()
    (tmp_path / "picamera2.py").write_text("raise ValueError('numpy.dtype size changed')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(CameraError, match=r"numpy.dtype size changed.*pip install 'numpy<2'"):
        Picamera2Camera(CameraConfig())

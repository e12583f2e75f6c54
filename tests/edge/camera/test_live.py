"""The newest frame wins, for the worker and for a tap."""

from __future__ import annotations

import contextlib
import queue
import threading

import numpy as np
import pytest

from facedoor.camera import Camera, live
from facedoor.camera.live import FrameTap, NewestFrame
from facedoor.errors import CameraError
from facedoor.frames import Frame

DEADLINE_S = 30.0


class Driver(Camera):
    """A live camera that delivers what the test puts in; an exception is raised."""

    recorded = False

    def __init__(self) -> None:
        self.delivers: queue.SimpleQueue[Frame | Exception | None] = queue.SimpleQueue()
        self.closed = threading.Event()
        self.metered: list[tuple[float | None, bool]] = []

    def deliver(self, *numbers: int) -> None:
        for number in numbers:
            picture = np.zeros((2, 2, 3), np.uint8)
            self.delivers.put(Frame(picture, picture, number / 15, number))

    def read(self) -> Frame | None:
        assert not self.closed.is_set()
        delivered = self.delivers.get()
        if isinstance(delivered, Exception):
            raise delivered
        return delivered

    def meter(self, brightness: float | None, is_lit: bool, /) -> None:
        self.metered.append((brightness, is_lit))

    def close(self) -> None:
        self.closed.set()


@pytest.fixture
def driver() -> Driver:
    return Driver()


def number_of(frame: Frame | None) -> int:
    return frame.number


def test_every_frame_that_is_waited_for_arrives(driver: Driver) -> None:
    with NewestFrame(driver) as camera:
        for number in range(5):
            driver.deliver(number)
            assert number_of(camera.read()) == number
        assert camera.dropped == 0
        driver.deliver(5)


def test_camera_hears_how_bright_the_face_is_after_its_next_frame(driver: Driver) -> None:
    with NewestFrame(driver) as camera:
        camera.meter(30.0, True)
        driver.deliver(0)
        camera.read()
        driver.deliver(1)
        camera.read()
        assert driver.metered[0] == (30.0, True)
        driver.deliver(2)


def test_late_reader_gets_the_newest_frame_and_the_others_are_counted(driver: Driver) -> None:
    camera = NewestFrame(driver)
    driver.deliver(*range(10))
    driver.delivers.put(CameraError("the cable is out"))
    seen: list[int] = []
    with contextlib.suppress(CameraError):
        while frame := camera.read():
            seen.append(frame.number)
    assert seen == sorted(set(seen))
    assert len(seen) + camera.dropped in {9, 10}


def test_end_of_a_live_camera_is_an_error() -> None:
    for end, says in [
        (CameraError("the cable is out"), "the cable is out"),
        (RuntimeError("ioctl"), r"the camera failed \(ioctl\): restart the service"),
        (None, "the camera ended its stream"),
    ]:
        camera = NewestFrame(driver := Driver())
        driver.delivers.put(end)
        for _ in range(2):
            with pytest.raises(CameraError, match=says):
                camera.read()
        assert driver.closed.wait(DEADLINE_S), says


def test_camera_without_frames_has_stalled(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "STALLED_AFTER_S", 0.01)
    camera = NewestFrame(driver)
    driver.deliver(1)
    assert number_of(camera.read()) == 1, "the first frame may take longer"
    with pytest.raises(CameraError, match=r"no frame for 0\.01 s"):
        camera.read()
    driver.deliver(2)


def test_camera_without_a_first_frame_has_stalled(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "FIRST_WITHIN_S", 0.01)
    camera = NewestFrame(driver)
    with pytest.raises(CameraError, match=r"no frame for 0\.01 s"):
        camera.read()
    driver.deliver(1)


def test_frame_that_waited_too_long_is_not_judged(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "STALE_AFTER_S", -1.0)
    camera = NewestFrame(driver)
    driver.deliver(1)
    while camera._frame is None:
        pass
    threading.Timer(0.1, driver.deliver, [2]).start()
    assert number_of(camera.read()) == 2
    assert camera.dropped == 1
    driver.deliver(3)


def test_closing_wakes_whoever_waits_for_a_frame(driver: Driver) -> None:
    camera = NewestFrame(driver)
    read: queue.SimpleQueue[Frame | None] = queue.SimpleQueue()
    waiting = threading.Thread(target=lambda: read.put(camera.read()), daemon=True)
    waiting.start()
    driver.deliver(1)
    assert number_of(read.get(timeout=DEADLINE_S)) == 1
    waiting = threading.Thread(target=lambda: read.put(camera.read()), daemon=True)
    waiting.start()
    threading.Thread(target=driver.deliver, args=(2,)).start()
    camera.close()
    waiting.join(DEADLINE_S)
    assert not waiting.is_alive()


def test_closed_camera_is_released_and_gives_no_frame(driver: Driver) -> None:
    camera = NewestFrame(driver)
    driver.deliver(1, 2)
    assert camera.read() is not None
    driver.deliver(3)
    camera.close()
    camera.close()
    driver.deliver(4)
    assert driver.closed.wait(DEADLINE_S)
    assert camera.read() is None


def test_camera_is_not_closed_under_a_read(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "CLOSE_S", 0.01)
    camera = NewestFrame(driver)
    camera.close()
    assert not driver.closed.is_set()
    driver.deliver(1)
    assert driver.closed.wait(DEADLINE_S)


PICTURE = np.zeros((1, 1, 3), np.uint8)


def frame(number: int) -> Frame:
    return Frame(PICTURE, PICTURE, number / 15, number)


def test_newest_frame_wins() -> None:
    with FrameTap() as camera:
        for number in range(5):
            camera.offer(frame(number))
        seen = camera.read()
    assert seen.number == 4


def test_nothing_from_before_is_seen() -> None:
    camera = FrameTap()
    camera.offer(frame(1))
    with camera:
        camera.offer(frame(2))
    camera.offer(frame(3))
    with camera:
        camera.offer(frame(4))
        seen = camera.read()
    assert seen.number == 4


def test_close_lets_go_of_whoever_waits() -> None:
    seen: list[Frame | None] = []
    with FrameTap() as camera:
        reading = threading.Thread(target=lambda: seen.append(camera.read()))
        reading.start()
        camera.close()
        reading.join(DEADLINE_S)
    assert seen == [None]
    assert camera.read() is None


def test_camera_that_shows_nothing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PATIENCE_S", 0.01)
    with FrameTap() as camera, pytest.raises(CameraError, match="shows nothing"):
        camera.read()

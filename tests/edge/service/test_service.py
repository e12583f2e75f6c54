"""The service when one of its parts breaks. What it does in a process of its own: tests/system."""

from __future__ import annotations

import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gpiozero.pins.mock import MockFactory

from broker import wait_until
from door_kit import DEADLINE_S, Door
from facedoor.camera import Camera, live
from facedoor.camera.live import NewestFrame
from facedoor.camera.pictures import read_picture
from facedoor.cli import main as cli
from facedoor.config import file as config_file
from facedoor.errors import CameraError, RelayError, StoreError
from facedoor.frames import Frame
from facedoor.hardware.relay import SimulatedRelay
from facedoor.service import worker
from facedoor.service.observer import Summary
from facedoor.service.service import Service
from facedoor.vision.reader import FaceReader
from facedoor.visit.report import FrameReport
from facedoor.wire.events import Event, RelayChanged
from vaults import without_the_key


class Watcher:
    """An observer that can be waited for."""

    def __init__(self) -> None:
        self.relay: list[bool] = []
        self.decisions: list[str] = []
        self.summary: Summary | None = None
        self.watched: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.is_on = threading.Event()

    def watching(self, frame: Frame, report: FrameReport) -> None:
        self.watched.put(frame.number)

    def happened(self, event: Event) -> None:
        if isinstance(event, RelayChanged):
            self.relay.append(event.on)
            if event.on:
                self.is_on.set()
        else:
            self.decisions.append(event.reason.value)

    def ended(self, summary: Summary) -> None:
        self.summary = summary


class StandIn(Camera):
    """A camera that shows one photo as often and as fast as it is read; then it does ``end``."""

    def __init__(
        self, photo: Path, frames: int, end: Callable[[], Frame | None], recorded: bool = True
    ) -> None:
        self.recorded = recorded
        self._picture = read_picture(photo)
        self._frames = frames
        self._end = end
        self._number = 0

    def read(self) -> Frame | None:
        if self._number == self._frames:
            return self._end()
        self._number += 1
        return Frame(self._picture, self._picture, self._number / 15, self._number)

    def close(self) -> None:
        """There is nothing to release."""


class Slow(Camera):
    """Hands out the next frame when the one before was judged, so that none is dropped."""

    recorded = False

    def __init__(self, camera: Camera, watcher: Watcher) -> None:
        self._camera = camera
        self._watcher = watcher
        self._is_first = True

    def read(self) -> Frame | None:
        if not self._is_first:
            self._watcher.watched.get(timeout=DEADLINE_S)
        self._is_first = False
        return self._camera.read()

    def close(self) -> None:
        self._camera.close()


class House:
    """A door whose camera the test chooses, and whose service is watched."""

    def __init__(self, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
        self.door, self.watcher, self._monkeypatch = door, Watcher(), monkeypatch

    def shows(self, camera: Camera) -> None:
        """Put a camera in the place of every one that is opened; it is not opened again."""
        self._monkeypatch.setattr(worker, "LOST_FOR_S", 0.0)
        # Nor does it count as stalled where the machine is slow.
        for name in ("FIRST_WITHIN_S", "STALLED_AFTER_S", "STALE_AFTER_S"):
            self._monkeypatch.setattr(live, name, DEADLINE_S)
        self._monkeypatch.setattr(worker, "open_camera", lambda *_: camera)

    def service(self, once: bool = True) -> Service:
        return Service(config_file.load(self.door.config), self.watcher, once=once)


@pytest.fixture
def house(door: Door, monkeypatch: pytest.MonkeyPatch) -> House:
    return House(door, monkeypatch)


@pytest.fixture
def never() -> Iterator[threading.Event]:
    """An event for a thread to wait for in vain, until the test is over."""
    event = threading.Event()
    yield event
    event.set()


def test_camera_that_fails_in_the_middle_of_a_pulse_locks_the_door(house: House) -> None:
    def fail() -> Frame:
        house.watcher.is_on.wait(DEADLINE_S)
        raise CameraError("the camera stopped: check its cable")

    house.door.configure("door", pulse_s=30.0)
    camera = StandIn(house.door.photo("Jerry"), 10, fail, recorded=False)
    house.shows(NewestFrame(Slow(camera, house.watcher)))
    with pytest.raises(CameraError, match="check its cable"):
        house.service().run()
    assert house.watcher.relay == [True, False]
    assert house.watcher.summary.granted == 1


def test_camera_that_is_lost_for_a_moment_is_opened_again(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> Frame:
        raise CameraError("the USB camera stopped delivering frames: check its cable")

    photo = house.door.photo("Jerry")
    opened = iter(
        [
            lambda: StandIn(photo, 1, fail, recorded=False),
            fail,
            lambda: StandIn(photo, 10, lambda: None, recorded=False),
        ]
    )
    monkeypatch.setattr(worker, "open_camera", lambda *_: next(opened)())
    house.service().run()
    assert "recognised" in house.watcher.decisions
    said = [record.getMessage() for record in caplog.records if "opened again" in record.message]
    assert said[0].startswith("nobody is seen, and the camera is being opened again: the USB")
    assert said[-1].startswith("no longer: nobody is seen")


def test_reader_that_raises_on_a_frame_ends_the_service_and_no_visit_is_lost(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    embed, frames = FaceReader.embed, iter([True, False])

    def break_at_the_second(reader: FaceReader, crop: object) -> object:
        if next(frames):
            return embed(reader, crop)
        raise RuntimeError("a bug")

    monkeypatch.setattr(FaceReader, "embed", break_at_the_second)
    house.shows(StandIn(house.door.photo("Jerry"), 10, lambda: None))
    with pytest.raises(RuntimeError, match="a bug"):
        house.service().run()
    assert house.watcher.relay == []
    assert house.watcher.decisions == ["unknown"]


def test_bug_in_the_worker_is_exit_code_3_and_one_sentence(
    house: House, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail() -> Frame:
        raise RuntimeError("a bug")

    house.shows(StandIn(house.door.photo("Jerry"), 1, fail))
    assert cli.main(["run", "--json", "--config", str(house.door.config)]) == 3
    out, error = capfd.readouterr()
    assert '"summary"' in out.splitlines()[-1]
    assert '"relay": "on"' not in out
    (line,) = [line for line in error.splitlines() if line.startswith("facedoor: ")]
    assert "unexpected RuntimeError: a bug" in line
    assert "Traceback" not in error


def test_camera_that_hangs_does_not_hold_up_the_end(house: House, never: threading.Event) -> None:
    reading = threading.Event()

    def hang() -> None:
        reading.set()
        never.wait(DEADLINE_S)

    house.shows(NewestFrame(StandIn(house.door.photo("Jerry"), 0, hang, recorded=False)))
    running = house.service()
    thread = threading.Thread(target=running.run)
    thread.start()
    assert reading.wait(DEADLINE_S)
    running.stop()
    thread.join(DEADLINE_S)
    assert not thread.is_alive()
    assert not never.is_set()


def test_frames_that_nobody_had_time_for_are_counted(house: House) -> None:
    def fail() -> Frame:
        house.watcher.watched.get(timeout=DEADLINE_S)
        raise CameraError("that was all")

    house.shows(NewestFrame(StandIn(house.door.photo("Jerry"), 500, fail, recorded=False)))
    with pytest.raises(CameraError):
        house.service().run()
    assert house.watcher.summary.dropped > 0
    assert 499 <= house.watcher.summary.frames + house.watcher.summary.dropped <= 500


def test_relay_that_fails_ends_the_service(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stuck(SimulatedRelay):
        def on(self) -> None:
            raise RelayError("the pin is gone")

    relay = Stuck()
    monkeypatch.setattr("facedoor.hardware.lock.open_relay", lambda _: relay)
    house.shows(StandIn(house.door.photo("Jerry"), 10, lambda: None))
    with pytest.raises(RelayError, match="facedoor check"):
        house.service(once=False).run()
    assert not relay.is_on
    assert house.watcher.summary is not None


def test_gallery_that_can_no_longer_be_read_ends_the_service(house: House) -> None:
    def break_gallery() -> None:
        with contextlib.closing(sqlite3.connect(house.door.database)) as db:
            db.execute("DROP TABLE IF EXISTS gallery")

    house.shows(StandIn(house.door.photo("elton_john"), 0, break_gallery))
    with pytest.raises(StoreError, match="cannot read the gallery"):
        house.service(once=False).run()
    assert house.watcher.relay == []


def test_door_whose_people_were_changed_without_the_key_says_so_and_opens_for_no_face(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    with without_the_key(house.door.database) as thief:
        thief.execute("UPDATE template SET person_id = (SELECT max(id) FROM person)")
        thief.execute("UPDATE door_mode SET mode = 'face_off'")
    end = iter([None])
    house.shows(StandIn(house.door.photo("Jerry"), 30, lambda: next(end, None)))
    house.service().run()
    assert house.watcher.relay == []
    assert "recognised" not in house.watcher.decisions
    assert "the door opens for no face" in caplog.text
    assert "was changed without its key, in door_mode, template" in caplog.text


@pytest.mark.parametrize("change", ["epoch SET word = 'f00'", "gallery SET revision = 1"])
def test_door_whose_file_was_changed_so_that_it_seems_another_opens_for_no_face(
    house: House, change: str, caplog: pytest.LogCaptureFixture
) -> None:
    with without_the_key(house.door.database) as thief:
        thief.execute(f"UPDATE {change}")
    end = iter([None])
    house.shows(StandIn(house.door.photo("Jerry"), 30, lambda: next(end, None)))
    house.service().run()
    assert "recognised" not in house.watcher.decisions
    assert "the door opens for no face" in caplog.text


@pytest.mark.parametrize(
    ("when_stale", "decision"), [("refuse", "not_allowed_now"), ("open", "recognised")]
)
def test_door_that_hears_nothing_of_its_site_does_as_it_is_told_to(
    house: House, when_stale: str, decision: str
) -> None:
    house.door.configure("mqtt", host="127.0.0.1", port=1)  # where no broker is
    house.door.configure("site", name="home", key_file="site.key", when_stale=when_stale)
    house.door.ask("site-key")

    def hear() -> None:
        # Else the end of the source could stop the door before it has answered.
        wait_until(lambda: house.watcher.decisions, "the visit is decided")

    house.shows(StandIn(house.door.photo("Jerry"), 10, hear))
    house.service().run()
    assert house.watcher.decisions == [decision]


@pytest.mark.parametrize(
    ("when_stale", "decision"), [("refuse", "not_allowed_now"), ("open", "recognised")]
)
@pytest.mark.parametrize("key_file", ["nowhere", ""])
def test_door_without_the_key_of_its_site_does_so_too(
    house: House,
    when_stale: str,
    decision: str,
    key_file: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    house.door.configure("mqtt", host="127.0.0.1", port=1)
    house.door.configure("site", name="home", key_file=key_file, when_stale=when_stale)

    def hear() -> None:
        wait_until(lambda: house.watcher.decisions, "the visit is decided")

    house.shows(StandIn(house.door.photo("Jerry"), 10, hear))
    house.service().run()
    assert house.watcher.decisions == [decision]
    assert "the door has no part in its site" in caplog.text


def test_door_of_a_site_whose_broker_is_written_wrongly_opens_for_no_face(house: House) -> None:
    house.door.configure("site", name="home", key_file="site.key")

    def hear() -> None:
        wait_until(lambda: house.watcher.decisions, "the visit is decided")

    house.shows(StandIn(house.door.photo("Jerry"), 10, hear))
    settings = config_file.load(house.door.config)
    Service(settings, house.watcher, once=True, wrong_mqtt="port is 0").run()
    assert house.watcher.decisions == ["not_allowed_now"]


def test_exit_button_releases_the_door_with_nobody_seen(house: House, pins: MockFactory) -> None:
    def press() -> None:
        pins.pin(6).drive_low()
        assert house.watcher.is_on.wait(DEADLINE_S)

    house.door.configure("door", relay="gpio", pin=17, exit_pin=6, pulse_s=30.0)
    house.shows(StandIn(house.door.photo("elton_john"), 0, press))
    house.service().run()
    assert house.watcher.decisions == ["exit_requested"]
    assert house.watcher.relay == [True, False]

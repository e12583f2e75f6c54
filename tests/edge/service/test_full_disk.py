"""A disk that is full for a while: the door says so, and forgets it by itself when that is over."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from broker import Broker, Listener
from door_kit import DEADLINE_S, Door
from facedoor.camera import Camera
from facedoor.camera.pictures import read_picture
from facedoor.config import file as config_file
from facedoor.frames import Frame
from facedoor.service import worker
from facedoor.service.observer import Summary
from facedoor.service.service import Service
from facedoor.visit.frame_path import Report
from faults.disks import fill, small_disk, why_not


class Onlooker:
    """An observer who remembers nothing but the decisions."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    def watching(self, _frame: Frame, _report: Report) -> None:
        """Frames are of no interest."""

    def happened(self, event: object) -> None:
        if reason := getattr(event, "reason", None):
            self.reasons.append(reason.value)

    def ended(self, _summary: Summary) -> None:
        """The end is not, either."""


class OneVisit(Camera):
    """Shows a photo for ten frames once ``comes`` is set, and then nothing, until ``goes`` is."""

    recorded = True

    def __init__(self, photo: Path) -> None:
        self.comes, self.goes = threading.Event(), threading.Event()
        self._picture = read_picture(photo)
        self._number = 0

    def read(self) -> Frame | None:
        self._number += 1
        if self._number > 10:
            self.goes.wait(DEADLINE_S)
            return None
        self.comes.wait(DEADLINE_S)
        return Frame(self._picture, self._picture, self._number / 15, self._number)

    def close(self) -> None:
        """There is nothing to release."""


def codes_until(listener: Listener, wanted: set[str]) -> None:
    """Wait until the status has all of these problems."""
    found: set[str] = set()
    while not wanted <= found:
        details = listener.wait_for("/status").content["problem_details"]
        found = {problem["code"] for problem in details}


def test_a_full_disk_is_told_and_forgotten_without_another_visitor_or_command(
    empty_door: Door,
    inhabited: Path,
    broker: Broker,
    listener: Listener,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    door = empty_door
    if reason := why_not(small_disk, door.folder / "try"):
        pytest.skip(reason)
    door.configure("mqtt", host="127.0.0.1", port=broker.port, home_assistant_control=True)
    camera, watcher = OneVisit(door.photo("Jerry")), Onlooker()
    monkeypatch.setattr(worker, "open_camera", lambda *_: camera)
    with small_disk(door.state):
        shutil.copytree(inhabited, door.state, dirs_exist_ok=True)
        service = Service(config_file.load(door.config), watcher, once=True)
        running = threading.Thread(target=service.run)
        running.start()
        listener.wait_for("/status", status="online", problems=[])
        filler = fill(door.state)
        listener.say("facedoor/test/ha/lock/set", b"UNLOCK")
        camera.comes.set()
        codes_until(listener, {"commands_fail", "journal_unwritable"})
        filler.unlink()
        listener.wait_for("/status", problems=[])
        assert watcher.reasons == ["degraded"]
        camera.goes.set()
        running.join(DEADLINE_S)
        assert not running.is_alive()

"""A visitor who is asked to turn the head: what the running service tells of it."""

from __future__ import annotations

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
from facedoor.visit.report import FrameReport

FPS = 15


class StillPhoto(Camera):
    """Shows a photo, which does not turn its head, once it ``comes`` and until it was refused."""

    recorded = True

    def __init__(self, photo: Path) -> None:
        self.comes, self.refused = threading.Event(), threading.Event()
        self._picture = read_picture(photo)
        self._number = 0
        self.metered: set[float | None] = set()

    def read(self) -> Frame | None:
        self._number += 1
        self.comes.wait(DEADLINE_S)
        if self.refused.is_set() or self._number > 30 * FPS:
            return None
        return Frame(self._picture, self._picture, self._number / FPS, self._number)

    def meter(self, brightness: float | None, _is_lit: bool, /) -> None:
        self.metered.add(brightness)

    def close(self) -> None:
        """There is nothing to release."""

    def watching(self, _frame: Frame, _report: FrameReport) -> None:
        """Frames are of no interest."""

    def happened(self, event: object) -> None:
        if getattr(event, "reason", None) == "challenge_timeout":
            self.refused.set()

    def ended(self, _summary: Summary) -> None:
        """The end is not, either."""


def test_prompt_goes_out_over_mqtt_and_ends_with_the_decision_of_the_same_visit(
    door: Door, broker: Broker, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera = StillPhoto(door.photo("Jerry", number=2))
    monkeypatch.setattr(worker, "open_camera", lambda *_: camera)
    door.configure("liveness", mode="challenge_always")
    door.configure("mqtt", host="127.0.0.1", port=broker.port)
    service = Service(config_file.load(door.config), camera, once=True)
    thread = threading.Thread(target=service.run)
    thread.start()
    listener.wait_for("/status", status="online")
    camera.comes.set()
    asked = listener.wait_for("/prompt").content
    assert asked["side"] in {"left", "right"}
    assert asked["text"] == f"turn your head to your {asked['side']}"
    assert asked["until"] > asked["time"]
    assert listener.wait_for("/prompt", side=None).content["visit"] == asked["visit"]
    refused = listener.wait_for("/event", reason="challenge_timeout").content
    assert (refused["decision"], refused["visit"]) == ("refused", asked["visit"])
    assert refused["latency_ms"]["challenge"] > 0
    thread.join(DEADLINE_S)
    assert not thread.is_alive()
    assert camera.metered - {None}  # the camera was told how bright the face is

"""A door with a command server and real enrolments, whose camera shows what the test shows it."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import numpy as np

from door_kit import DEADLINE_S, Door
from facedoor.camera.live import FrameTap
from facedoor.camera.pictures import read_picture
from facedoor.commands.enrol import RemoteEnrolment
from facedoor.config import file as config_file
from facedoor.frames import Frame, Image
from facedoor.visit.recogniser import Recogniser
from facedoor.wire.roles import Role
from front_door import FrontDoor

KEY = bytes(range(32)).hex()
"""That of :data:`vaults.VAULT`."""

WALL = np.full((300, 300, 3), 128, np.uint8)
"""What the camera sees while nobody is there."""


class CaptureDoor:
    """A door with a command server, whose camera shows what the test shows it."""

    def __init__(self, door: Door) -> None:
        door.state.mkdir(mode=0o700)
        key = door.state / "facedoor.key"
        key.touch(0o600)
        key.write_text(KEY)
        self.door = door
        self.frame_tap = FrameTap()
        self.opened: Callable[[Recogniser], object] = lambda _: None
        """Called in the thread of each enrolment, before it looks at a picture."""
        room = RemoteEnrolment(self._recogniser, self.frame_tap)
        self.front = FrontDoor(door.state, room)
        faces = [read_picture(door.photo("elton_john", n, of="train")) for n in range(4)]
        self._faces = [faces[n // 50 % 4] for n in range(200)]
        self._number = count()

    def _recogniser(self) -> Recogniser:
        recogniser = Recogniser(config_file.load(self.door.config))
        self.opened(recogniser)
        return recogniser

    def elsewhere(self, *arguments: object) -> None:
        """Do this with the command line, in another process, while nobody is before the camera."""
        with ThreadPoolExecutor(1) as other:
            answer = other.submit(self.door.facedoor, *arguments)
            while not answer.done():
                self._show([WALL])
        assert answer.result().exit_code == 0, answer.result().error

    def capture(self, person: str, pictures: int = 4) -> None:
        """Ask for pictures; returns when the first is taken."""
        shots = {"frames": pictures, "within_s": 120}
        self.front.ask(Role.ENROLLER, "enroll", {"person": person, "capture": shots})
        self._show_until("picture 1 of")

    def enrol(self, role: Role, person: str) -> dict[str, Any]:
        """What becomes of an enrolment with one picture that is sent."""
        photo = self.door.photo("elton_john", of="train")
        image = base64.b64encode(photo.read_bytes()).decode()
        before = len(self.front.results)
        self.front.ask(role, "enroll", {"person": person, "images": [image]})
        end_s = time.monotonic() + DEADLINE_S
        while len(self.front.results) == before:
            assert time.monotonic() < end_s
            time.sleep(0.02)
            self.front.work_off()
        return self.front.results[-1].content

    def outcome(self) -> tuple[str, str | None]:
        """What becomes of the capture in the end: outcome and reason, as told and as written."""
        result = self._show_until("")
        last = self.front.journal()[-1]
        assert (last["outcome"], last["reason"]) == (result["outcome"], result["reason"])
        return result["outcome"], result["reason"]

    def outcome_of_an_empty_view(self) -> tuple[str, str | None]:
        """The same while nobody stands before the camera."""
        self._faces = [WALL]
        return self.outcome()

    def _show(self, views: list[Image]) -> None:
        """A frame, of those that follow each other at 50 a second."""
        number = next(self._number)
        view = views[number % len(views)]
        self.frame_tap.offer(Frame(view, view, number / 50, number))
        time.sleep(0.02)

    def _show_until(self, words: str) -> dict[str, Any]:
        """Show faces until these words are told, or the end without any."""
        end_s = time.monotonic() + DEADLINE_S
        while True:
            assert time.monotonic() < end_s, [r.content for r in self.front.results]
            self._show(self._faces)
            self.front.work_off()
            told = self.front.results[-1].content
            if (words and words in str(told.get("message"))) or (
                not words and told["outcome"] not in {"progress", "none"}
            ):
                return told

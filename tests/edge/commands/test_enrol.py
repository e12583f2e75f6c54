"""Enrolment by command, with the real pack: what becomes of each picture, and who comes in then."""

from __future__ import annotations

import queue
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from door_kit import DEADLINE_S, Door
from facedoor.camera.live import FrameTap
from facedoor.camera.pictures import read_picture
from facedoor.commands.authority import Authority
from facedoor.commands.enrol import RemoteEnrolment
from facedoor.config import file as config_file
from facedoor.errors import PackError
from facedoor.frames import Frame
from facedoor.identity.batch import Mandate
from facedoor.visit.recogniser import Recogniser
from facedoor.wire.outcomes import Outcome, RefusedError
from facedoor.wire.people_requests import Capture, Enroll, Shots

NO_KEY = Authority("enroll", None)
"""Of a request that needs no signature."""
ADMIN = Mandate("admin", is_admin=True)


class Guest:
    """An enrolment room of a door, and what it tells."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.frame_tap = FrameTap()
        self.told: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self.room = RemoteEnrolment(self.recogniser, self.frame_tap)

    def recogniser(self) -> Recogniser:
        return Recogniser(config_file.load(self.door.config))

    def enrol(self, person: str, *images: bytes) -> Outcome:
        self.room.begin(Enroll(person, images), NO_KEY, ADMIN, self.told.put)
        return self.next()

    def next(self) -> Outcome:
        return self.told.get(timeout=DEADLINE_S)

    def recognised(self, photo: Path) -> str | None:
        with self.recogniser() as recogniser:
            return recogniser.identify(read_picture(photo)).person


@pytest.fixture
def guest(door: Door) -> Guest:
    return Guest(door)


def photo(guest: Guest, person: str, number: int = 0) -> bytes:
    return guest.door.photo(person, number, of="train").read_bytes()


def reasons(outcome: Outcome) -> list[tuple[str, bool]]:
    images = outcome.values["images"]
    assert isinstance(images, list)
    return [(image["reason"], image["accepted"]) for image in images]


def test_sent_pictures_let_the_person_in(guest: Guest) -> None:
    assert guest.recognised(guest.door.photo("elton_john")) is None
    pictures = [photo(guest, "elton_john", number) for number in range(4)]
    guest.door.configure("storage", keep_enrolment_pictures=True)
    outcome = guest.enrol("Elton", *pictures)
    assert (outcome.outcome, outcome.about) == ("done", "Elton")
    with guest.recogniser() as recogniser:
        assert len(recogniser.gallery.pictures("Elton")) == outcome.counts["accepted"]
    assert outcome.counts["accepted"] >= 3
    assert guest.recognised(guest.door.photo("elton_john")) == "Elton"


def test_each_picture_gets_a_verdict_that_says_why(guest: Guest) -> None:
    wall = cv2.imencode(".jpg", np.full((300, 300, 3), 128, np.uint8))[1].tobytes()
    bomb = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + (60_000).to_bytes(4) * 2 + bytes(9)
    outcome = guest.enrol("Elton", wall, bomb, b"GIF89a", photo(guest, "Jerry"))
    assert (outcome.outcome, outcome.reason) == ("refused", "no_fit_picture")
    told = [reason for reason, accepted in reasons(outcome) if not accepted]
    expected = ("no_face", "megapixels", "image 3 is neither JPEG nor PNG", "looks like Jerry")
    assert [part in reason for part, reason in zip(expected, told, strict=True)] == [True] * 4
    assert outcome.counts == {"accepted": 0, "rejected": 4}


def test_picture_of_fifty_faces_is_refused(guest: Guest) -> None:
    face = cv2.resize(cv2.imread(str(guest.door.photo("elton_john"))), (160, 200))
    crowd = cv2.imencode(".jpg", np.tile(face, (5, 10, 1)))[1].tobytes()
    ((reason, accepted),) = reasons(guest.enrol("Elton", crowd))
    assert not accepted
    assert reason.startswith("several_faces")


def test_frames_of_the_door_let_the_person_in_with_guidance(guest: Guest) -> None:
    pictures = [read_picture(guest.door.photo("elton_john", n, of="train")) for n in range(4)]
    wall = np.full((300, 300, 3), 128, np.uint8)
    guest.room.begin(Capture("Elton", Shots(3, 30)), NO_KEY, ADMIN, guest.told.put)
    told: list[Outcome] = []
    assert shown(guest, [wall, *pictures], told).outcome == "done"
    assert [t.message for t in told][:2] == [
        "no face to be seen: look at the camera",
        "picture 1 of 3 taken",
    ]
    assert guest.recognised(guest.door.photo("elton_john")) == "Elton"


def shown(guest: Guest, views: list[np.ndarray], told: list[Outcome]) -> Outcome:
    """Show each view, a second after the other, until the room says something; the last words."""
    for number, view in enumerate(views):
        end_s = time.monotonic() + DEADLINE_S
        while guest.told.empty():
            assert time.monotonic() < end_s, told
            guest.frame_tap.offer(Frame(view, view, float(number), number))
            time.sleep(0.01)
        while (outcome := guest.next()).outcome == "progress":
            told.append(outcome)
            if guest.told.empty() and "3 of 3" not in outcome.message:
                break
        else:
            return outcome
    raise AssertionError(told)


def test_only_one_enrolment_at_a_time_and_stop_ends_it(guest: Guest) -> None:
    guest.room.begin(Capture("Elton", Shots(3, 30)), NO_KEY, ADMIN, guest.told.put)
    with pytest.raises(RefusedError, match="under way"):
        guest.room.begin(Enroll("Elton", (b"",)), NO_KEY, ADMIN, guest.told.put)
    view = np.full((300, 300, 3), 128, np.uint8)
    while guest.told.empty():
        guest.frame_tap.offer(Frame(view, view, 0.0, 0))
    guest.room.stop()
    assert [guest.next().message for _ in range(3)][1] == "only 0 of 3 pictures were good enough"


def test_what_breaks_ends_in_a_failure(guest: Guest) -> None:
    def broken() -> Recogniser:
        raise PackError("there is no pack")

    guest.room = RemoteEnrolment(broken, guest.frame_tap)
    outcome = guest.enrol("Elton", photo(guest, "elton_john"))
    assert (outcome.outcome, outcome.message) == ("failed", "there is no pack")

"""What the running service says to be wrong, all of it at once, and that it passes by itself."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from broker import Broker, Listener, wait_until
from door_kit import DEADLINE_S, PACK, Door
from facedoor.camera import Camera
from facedoor.camera.pictures import read_picture
from facedoor.config import file as config_file
from facedoor.frames import Frame
from facedoor.identity.gallery import Gallery
from facedoor.service import worker
from facedoor.service.observer import Summary
from facedoor.service.service import Service
from facedoor.service.supervision import shown_in
from facedoor.storage.key_file import load_vault
from facedoor.storage.store import open_store
from facedoor.vision.pack import load as load_pack
from facedoor.visit.report import FrameReport
from facedoor.wire.state_events import RecordsSkipped
from faults.disks import fill, small_disk, why_not
from refusals_kit import refusing


class Onlooker:
    """An observer who remembers nothing but the decisions."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    def watching(self, _frame: Frame, _report: FrameReport) -> None:
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


@contextlib.contextmanager
def running(door: Door, watcher: Onlooker, camera: OneVisit) -> Iterator[None]:
    """The service, in a thread, until its camera has nothing more to show."""
    service = Service(config_file.load(door.config), watcher, once=True)
    thread = threading.Thread(target=service.run)
    thread.start()
    try:
        yield
    finally:
        camera.comes.set()
        camera.goes.set()
        thread.join(DEADLINE_S)
    assert not thread.is_alive()


def told(listener: Listener) -> set[str]:
    """The codes of the next status."""
    details = listener.wait_for("/status").content["problem_details"]
    return {problem["code"] for problem in details}


def told_of(listener: Listener, code: str) -> dict[str, Any] | None:
    """The problem of that code in the next status."""
    details = listener.wait_for("/status").content["problem_details"]
    return next((problem for problem in details if problem["code"] == code), None)


@pytest.fixture
def camera(door: Door, monkeypatch: pytest.MonkeyPatch) -> OneVisit:
    """The camera of every door, which shows Jerry."""
    made = OneVisit(door.photo("Jerry"))
    monkeypatch.setattr(worker, "open_camera", lambda *_: made)
    return made


def test_everything_that_is_wrong_is_told_at_once_also_to_check(
    door: Door,
    broker: Broker,
    listener: Listener,
    camera: OneVisit,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pack = shutil.copytree(PACK, tmp_path / "pack")
    manifest = json.loads((pack / "manifest.json").read_text())
    del manifest["calibration"]
    (pack / "manifest.json").write_text(json.dumps(manifest))
    door.configure("models", pack=str(pack))
    door.configure("rules", keypad=str(tmp_path / "event0"))
    door.configure("mqtt", host="127.0.0.1", port=broker.port)
    (runtime := tmp_path / "run").mkdir()
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(runtime))
    for person in ("Jerry", "Mindy"):
        door.ask("people", "remove", person)
    wrong = {"keypad_unreadable", "nobody_enrolled", "risk_unknown", "liveness_off"}
    with running(door, Onlooker(), camera):
        while told(listener) != wrong:
            pass
        wait_until(lambda: len(shown_in(runtime) or ()) == len(wrong), "facedoor check sees it")
        door.ask("enroll", "Jerry", "--image", door.photo("Jerry", of="train"))
        os.mkfifo(tmp_path / "event0")
        keypad = os.open(tmp_path / "event0", os.O_RDWR)
        while told(listener) != {"risk_unknown", "liveness_off"}:
            pass
    os.close(keypad)
    assert shown_in(runtime) is None


def test_door_that_is_to_ask_visitors_and_cannot_says_so(
    door: Door, broker: Broker, listener: Listener, camera: OneVisit
) -> None:
    door.configure("camera", fps=9)
    door.configure("liveness", mode="challenge_if_unsure")
    door.configure("mqtt", host="127.0.0.1", port=broker.port)
    with running(door, Onlooker(), camera):
        while "challenge_mute" not in told(listener):
            pass


def test_residents_who_are_shut_out_are_told_with_figures_until_they_have_photos_enough(
    door: Door, broker: Broker, listener: Listener, camera: OneVisit
) -> None:
    pack = refusing(door.folder / "pack", one=0.9, three=0.5, five=0.1)
    door.configure("models", pack=str(pack))
    door.configure("mqtt", host="127.0.0.1", port=broker.port)
    with running(door, Onlooker(), camera):
        while (problem := told_of(listener, "residents_refused")) is None:
            pass
        assert "about 50 % of a resident's looks are refused" in problem["sentence"]
        assert problem["figures"] == {
            "enrolled": 2,
            "refused": 0.5,
            "risk": 1e-5,
            "photos": 5,
            "with_photos": 0.1,
        }
        half, whole = (
            door.ask("enroll", person, "--image", door.photo(person))
            for person in ("Jerry", "Mindy")
        )
        assert "with 2 enrolled about 30 % of a resident's looks are refused" in half.out
        assert "refused" not in whole.out
        while told_of(listener, "residents_refused") is not None:
            pass


@pytest.mark.parametrize("people", [1, 50])
def test_templates_that_cannot_be_compared_are_told_and_shut_nobody_else_out(
    door: Door, camera: OneVisit, people: int
) -> None:
    settings = config_file.load(door.config)
    vault = load_vault(settings)
    model = load_pack(settings.pack_directory).manifest.embedder.sha256
    with contextlib.closing(open_store(settings.database, vault)) as db:
        for number in range(people):
            Gallery(db, vault).add(f"Guest {number}", np.eye(3, dtype=np.float32), model)
    watcher = Onlooker()
    with running(door, watcher, camera):
        camera.comes.set()
        wait_until(lambda: watcher.reasons, "Jerry is answered before the door stops")
    assert watcher.reasons == ["recognised"]
    with door.journal() as journal:
        events = [entry.event for entry in journal.tail(100)]
    (skipped,) = [event for event in events if isinstance(event, RecordsSkipped)]
    assert (skipped.records, skipped.people) == ("templates", people)
    answer = door.ask("check")
    guests = "1 person" if people == 1 else f"{people} people"
    assert f"of {guests} there are templates that cannot be compared" in answer.out
    assert "Jerry" in door.ask("identify", door.photo("Jerry")).out


def test_a_full_disk_is_told_and_forgotten_without_another_visitor_or_command(
    door: Door, broker: Broker, listener: Listener, camera: OneVisit
) -> None:
    if reason := why_not(small_disk, door.folder / "try"):
        pytest.skip(reason)
    door.configure("mqtt", host="127.0.0.1", port=broker.port, home_assistant_control=True)
    watcher = Onlooker()
    inhabited = door.state.rename(door.folder / "inhabited")
    with small_disk(door.state):
        shutil.copytree(inhabited, door.state, dirs_exist_ok=True)
        with running(door, watcher, camera):
            while told(listener) != {"liveness_off"}:
                pass
            filler = fill(door.state)
            listener.say("facedoor/test/ha/lock/set", b"UNLOCK")
            camera.comes.set()
            while not {"commands_fail", "journal_unwritable"} <= told(listener):
                pass
            filler.unlink()
            while told(listener) != {"liveness_off"}:
                pass
            assert watcher.reasons == ["degraded"]

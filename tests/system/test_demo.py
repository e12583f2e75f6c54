"""The demonstration, from end to end, and that its verdict can be a bad one."""

from __future__ import annotations

import dataclasses
import hashlib
import sys
import tomllib
from pathlib import Path
from typing import Any

import cv2
import pytest

from door_kit import PACK, ended
from doorway import grant, refusal
from facedoor.cli.main import main
from facedoor.config import file as config_file
from facedoor.demo import materials, scenario
from facedoor.demo.recording import Message, Recording
from facedoor.errors import ExitCode
from facedoor.reasons import Reason

EMPTY = 2
"""The number of the visit in which nobody comes."""


def test_demonstration_goes_as_it_must_and_leaves_pictures(photos: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "facedoor.cli.main", "demo", "--pack", str(PACK)]
    command += ["--photos", str(photos), "--output", str(tmp_path)]
    done = ended(*command, within_s=180.0)
    assert done.exit_code == 0, done.out + done.error
    assert "everything happened that had to, and nothing else" in done.out
    for name in ("demo.png", "demo-to-share.png"):
        height, width, _ = cv2.imread(str(tmp_path / name)).shape
        assert min(height, width) > 500
    settings = config_file.load(tmp_path / "demo.toml")
    assert settings.pack_directory == PACK.resolve()
    assert settings.database.exists()


def test_no_picture_that_a_resident_is_enrolled_from_is_shown(photos: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.toml"
    pictures = {v: p for v in scenario.VISITS if (p := scenario.photo_of(v, photos))}
    scenario.write_script(script, pictures, lambda _: ((1, 1), (3, 1), (2, 2), (2, 3)))
    visitors = tomllib.loads(script.read_text())["visitor"]
    shown = [Path(photo) for visitor in visitors for photo in visitor.get("photos", [])]
    enrolled = [file for files in scenario.enrolment_photos(photos).values() for file in files]
    assert len(shown) == 3
    assert len(enrolled) > 20
    assert not {digest(file) for file in shown} & {digest(file) for file in enrolled}


def test_what_is_not_installed_is_named_and_nothing_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(materials.importlib.util, "find_spec", lambda name: None)
    assert main(["demo", "--output", str(tmp_path / "demo")]) == ExitCode.BROKEN
    assert "amqtt, matplotlib, rich" in capsys.readouterr().err.replace("\n", " ")
    assert not (tmp_path / "demo").exists()


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def good() -> Recording:
    """A run in which everything happened that had to, and nothing else."""
    visits = [(10.0 * number, 10.0 * number + 5) for number in range(1, len(scenario.VISITS) + 1)]
    recording = Recording(tuple(visits))
    recording.messages.append(told("status", status="online"))
    for number, (visit, (start_s, _)) in enumerate(zip(scenario.VISITS, visits, strict=True)):
        if number == EMPTY:
            continue
        decision = dataclasses.replace(refusal(number), reason=visit.refused or Reason.UNKNOWN)
        if visit.resident:
            decision = dataclasses.replace(grant(number), person=visit.resident)
            recording.relay += [(start_s + 1, True), (start_s + 3, False)]
        recording.decisions.append((start_s + 1, decision))
        recording.messages.append(told("event", kind="decision", track=number))
    recording.messages.append(told("status", status="offline"))
    return recording


def told(topic: str, **content: object) -> Message:
    return Message(f"facedoor/demo/{topic}", content, retained=False)


def is_ok(recording: Recording) -> bool:
    outcomes = scenario.judge(recording)
    return all(outcome.ok for outcome in outcomes) and not scenario.strays(recording)


EVENT_9 = ("messages", slice(2, 2), [told("event", kind="decision", track=9)])
MISTAKES: dict[str, list[tuple[str, slice, list[Any]]]] = {
    "the stranger is let in": [("decisions", slice(1, 2), [(21.0, grant(1))])],
    "a resident is shut out": [("decisions", slice(1), [(11.0, refusal(0))])],
    "one resident is taken for the other": [
        ("decisions", slice(1), [(11.0, dataclasses.replace(grant(0), person="Mindy"))])
    ],
    "nobody is decided about": [("decisions", slice(9, 9), [(31.0, refusal(9))]), EVENT_9],
    "it decides before anybody came": [("decisions", slice(0), [(1.0, refusal(9))]), EVENT_9],
    "it decides twice": [
        ("decisions", slice(9, 9), [(12.0, dataclasses.replace(grant(9), person="Jerry"))]),
        EVENT_9,
    ],
    "it pulses twice": [("relay", slice(9, 9), [(44.0, True), (44.5, False)])],
    "it pulses for the stranger": [("relay", slice(2, 2), [(21.0, True), (23.0, False)])],
    "the photo on the phone opens": [
        ("decisions", slice(2, 3), [(41.0, dataclasses.replace(grant(3), person="Jerry"))])
    ],
    "the photo on the phone is refused for another reason": [
        ("decisions", slice(2, 3), [(41.0, refusal(3))])
    ],
    "it pulses before anybody came": [("relay", slice(0), [(1.0, True), (2.0, False)])],
    "a pulse is forgotten": [("relay", slice(2), [])],
    "the relay stays on": [("relay", slice(-1, None), [])],
    "an event is lost": [("messages", slice(1, 2), [])],
    "an event is told twice": [
        ("messages", slice(1, 1), [told("event", kind="decision", track=0)])
    ],
    "an event is made up": [("messages", slice(1, 1), [told("event", kind="decision", track=99)])],
    "it never goes offline": [("messages", slice(-1, None), [])],
    "it never comes online": [("messages", slice(1), [])],
}
"""In which list of a good run, what is replaced, by what."""


def test_run_that_went_well_is_ok() -> None:
    assert is_ok(good())


def test_run_in_which_one_thing_went_wrong_is_not_ok() -> None:
    for mistake, edits in MISTAKES.items():
        recording = good()
        for part, place, instead in edits:
            getattr(recording, part)[place] = instead
        assert not is_ok(recording), mistake

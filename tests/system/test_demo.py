"""The demonstration, from end to end, and that its verdict can be a bad one."""

from __future__ import annotations

import dataclasses
import hashlib
import subprocess
import sys
import tomllib
from pathlib import Path

import cv2
import pytest

from door_kit import PACK
from doorway import grant, refusal
from facedoor.config import file as config_file
from facedoor.demo import scenario
from facedoor.demo.recording import Message, Recording

EMPTY = 2
"""The number of the visit in which nobody comes."""


def test_demonstration_goes_as_it_has_to_and_leaves_its_pictures(
    photos: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "facedoor.demo", "--pack", str(PACK)]
    command += ["--photos", str(photos), "--output", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "everything happened that had to, and nothing else" in done.stdout
    for name in ("demo.png", "demo-to-share.png"):
        height, width, _ = cv2.imread(str(tmp_path / name)).shape
        assert min(height, width) > 500
    settings = config_file.load(tmp_path / "demo.toml")
    assert settings.pack_directory == PACK.resolve()
    assert settings.database.exists()


def test_nobody_is_shown_a_picture_that_a_resident_is_enrolled_from(
    photos: Path, tmp_path: Path
) -> None:
    script = tmp_path / "script.toml"
    scenario.write_script(script, photos)
    visitors = tomllib.loads(script.read_text())["visitor"]
    shown = [Path(photo) for visitor in visitors for photo in visitor.get("photos", [])]
    enrolled = [file for files in scenario.enrolment_photos(photos).values() for file in files]
    assert len(shown) == 3
    assert len(enrolled) > 20
    assert not {digest(file) for file in shown} & {digest(file) for file in enrolled}


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def good() -> Recording:
    """A run in which everything happened that had to, and nothing else."""
    visits = [(10.0 * number, 10.0 * number + 5) for number in range(1, len(scenario.VISITS) + 1)]
    recording = Recording(tuple(visits))
    tell(recording, "status", status="online")
    for number, (visit, (start_s, _)) in enumerate(zip(scenario.VISITS, visits, strict=True)):
        if number == EMPTY:
            continue
        decision = refusal(number)
        if visit.resident:
            decision = dataclasses.replace(grant(number), person=visit.resident)
            recording.relay += [(start_s + 1, True), (start_s + 3, False)]
        recording.decisions.append((start_s + 1, decision))
        tell(recording, "event", track=number)
    tell(recording, "status", status="offline")
    return recording


def tell(recording: Recording, topic: str, **content: object) -> None:
    recording.messages.append(Message(f"facedoor/demo/{topic}", content, retained=False))


def is_ok(recording: Recording) -> bool:
    outcomes = scenario.judge(recording)
    return all(outcome.ok for outcome in outcomes) and not scenario.strays(recording)


def let_the_stranger_in(recording: Recording) -> None:
    recording.decisions[1] = (21.0, grant(1))


def shut_a_resident_out(recording: Recording) -> None:
    recording.decisions[0] = (11.0, refusal(0))


def take_one_resident_for_the_other(recording: Recording) -> None:
    recording.decisions[0] = (11.0, dataclasses.replace(grant(0), person="Mindy"))


def decide_about_nobody(recording: Recording) -> None:
    recording.decisions.append((31.0, refusal(9)))
    tell(recording, "event", track=9)


def decide_before_anybody_came(recording: Recording) -> None:
    recording.decisions.insert(0, (1.0, refusal(9)))
    tell(recording, "event", track=9)


def decide_twice(recording: Recording) -> None:
    recording.decisions.append((12.0, dataclasses.replace(grant(8), person="Jerry")))
    tell(recording, "event", track=8)


def pulse_twice(recording: Recording) -> None:
    recording.relay += [(44.0, True), (44.5, False)]


def pulse_for_the_stranger(recording: Recording) -> None:
    recording.relay[2:2] = [(21.0, True), (23.0, False)]


def forget_a_pulse(recording: Recording) -> None:
    del recording.relay[:2]


def leave_the_relay_on(recording: Recording) -> None:
    del recording.relay[-1]


def pulse_before_anybody_came(recording: Recording) -> None:
    recording.relay[:0] = [(1.0, True), (2.0, False)]


def lose_an_event(recording: Recording) -> None:
    del recording.messages[1]


def tell_an_event_twice(recording: Recording) -> None:
    recording.messages.insert(1, recording.messages[1])


def make_an_event_up(recording: Recording) -> None:
    recording.messages.insert(1, Message("facedoor/demo/event", {"track": 99}, retained=False))


def never_go_offline(recording: Recording) -> None:
    del recording.messages[-1]


def never_come_online(recording: Recording) -> None:
    del recording.messages[0]


def test_run_that_went_well_is_ok() -> None:
    assert is_ok(good())


@pytest.mark.parametrize(
    "go_wrong",
    [
        let_the_stranger_in,
        shut_a_resident_out,
        take_one_resident_for_the_other,
        decide_about_nobody,
        decide_before_anybody_came,
        decide_twice,
        pulse_twice,
        pulse_for_the_stranger,
        forget_a_pulse,
        leave_the_relay_on,
        pulse_before_anybody_came,
        lose_an_event,
        tell_an_event_twice,
        make_an_event_up,
        never_go_offline,
        never_come_online,
    ],
)
def test_run_in_which_one_thing_went_wrong_is_not_ok(go_wrong) -> None:
    recording = good()
    go_wrong(recording)
    assert not is_ok(recording)

"""What Home Assistant asks without a signature, and what it cannot undo."""

from __future__ import annotations

import pytest

from facedoor.problems import Severity
from facedoor.wire.door_requests import SetMode, SwitchFaces, Unlock
from facedoor.wire.mode import Mode
from facedoor.wire.roles import Role
from front_door import FrontDoor


def test_plain_request_goes_the_same_way_under_the_name_of_its_origin(front: FrontDoor) -> None:
    front.server.plain(Unlock("button"), False, "home assistant")
    front.server.plain(SetMode(Mode.FACE_OFF), False, "home assistant")
    front.work_off()
    assert front.doorway.relay.is_on
    assert front.doorway.switch.mode is Mode.FACE_OFF
    assert {entry["by"] for entry in front.journal("door")} == {"home assistant"}
    assert {entry["key"] for entry in front.journal()} == {"home assistant"}


@pytest.mark.parametrize(
    ("request_", "retained", "reason"),
    [(None, False, "malformed"), (None, True, "retained"), (Unlock("lock"), True, "retained")],
)
def test_plain_request_that_is_none_or_was_retained_is_refused_and_written_down(
    front: FrontDoor, request_: Unlock | None, retained: bool, reason: str
) -> None:
    front.server.plain(request_, retained, "home assistant")
    front.work_off()
    assert not front.doorway.relay.is_on
    assert [(e["outcome"], e["reason"]) for e in front.journal()] == [("refused", reason)]


@pytest.mark.parametrize("asked", [Unlock("lock"), SetMode(Mode.NORMAL), SetMode(Mode.FACE_OFF)])
def test_plain_request_does_not_end_a_lockdown(front: FrontDoor, asked: Unlock | SetMode) -> None:
    front.ask(Role.ADMIN, "mode", {"mode": "lockdown"})
    front.server.plain(asked, False, "home assistant")
    front.work_off()
    assert not front.doorway.relay.is_on
    assert front.doorway.switch.mode is Mode.LOCKDOWN
    reason = "lockdown" if isinstance(asked, Unlock) else "not_allowed_now"
    assert front.journal()[-1]["reason"] == reason


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("plain_before", [False, True])
@pytest.mark.parametrize("plain_after", [False, True])
def test_faces_that_a_signature_switched_off_are_on_again_by_a_signature_alone(
    front: FrontDoor, restarts: bool, plain_before: bool, plain_after: bool
) -> None:
    """Whatever Home Assistant asked before and after that, and over a restart."""
    faces_off, faces_on = SetMode(Mode.FACE_OFF), SetMode(Mode.NORMAL)
    if plain_before:
        front.say_plainly(faces_off)
    front.ask(Role.OPERATOR, "mode", {"mode": "face_off"})
    if plain_after:
        front.say_plainly(faces_off)
    if restarts:
        front.restarted()
    front.say_plainly(faces_on)
    assert front.doorway.switch.mode is Mode.FACE_OFF
    assert (front.journal()[-1]["outcome"], front.journal()[-1]["reason"]) == (
        "refused",
        "not_allowed_now",
    )
    assert "only a signed one ends that" in front.results[-1].content["message"]
    front.say_plainly(Unlock("lock"))
    assert front.doorway.relay.is_on
    assert front.ask(Role.OPERATOR, "mode", {"mode": "normal"}).content["outcome"] == "done"
    assert front.doorway.switch.mode is Mode.NORMAL


@pytest.mark.parametrize("restarts", [False, True])
def test_lockdown_that_home_assistant_set_it_may_end_by_the_mode_and_not_by_its_switch(
    front: FrontDoor, restarts: bool
) -> None:
    front.say_plainly(SetMode(Mode.LOCKDOWN))
    assert front.doorway.switch.mode is Mode.LOCKDOWN
    if restarts:
        front.restarted()
    for asked in (SwitchFaces(Mode.NORMAL), SwitchFaces(Mode.FACE_OFF), Unlock("lock")):
        front.say_plainly(asked)
        assert front.journal()[-1]["reason"] == "lockdown", asked
    assert front.doorway.switch.mode is Mode.LOCKDOWN
    assert not front.doorway.relay.is_on
    assert front.problems() == []
    front.say_plainly(SetMode(Mode.NORMAL))
    assert front.doorway.switch.mode is Mode.NORMAL


@pytest.mark.parametrize("signed", [Mode.FACE_OFF, Mode.LOCKDOWN])
@pytest.mark.parametrize("restarts", [False, True])
def test_no_lockdown_or_other_mode_in_between_ends_what_was_signed(
    front: FrontDoor, signed: Mode, restarts: bool
) -> None:
    front.ask(Role.OPERATOR, "mode", {"mode": signed.value})
    for mode in (Mode.LOCKDOWN, Mode.FACE_OFF, Mode.NORMAL):
        front.say_plainly(SetMode(mode))
        if restarts:
            front.restarted()
    assert front.doorway.switch.mode is Mode.LOCKDOWN
    assert front.problems() == ["mode_is_signed"]
    front.ask(Role.OPERATOR, "mode", {"mode": "normal"})
    assert (front.doorway.switch.mode, front.problems()) == (Mode.NORMAL, [])


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("signed_before", [False, True])
def test_faces_that_home_assistant_switched_off_it_switches_on(
    front: FrontDoor, restarts: bool, signed_before: bool
) -> None:
    if signed_before:
        for mode in ("face_off", "normal"):
            front.ask(Role.OPERATOR, "mode", {"mode": mode})
    front.say_plainly(SetMode(Mode.FACE_OFF))
    assert front.doorway.switch.mode is Mode.FACE_OFF
    if restarts:
        front.restarted()
    front.say_plainly(SetMode(Mode.NORMAL))
    assert front.doorway.switch.mode is Mode.NORMAL
    assert [entry["mode"] for entry in front.journal("door")][-2:] == ["face_off", "normal"]


@pytest.mark.parametrize("mode", [Mode.FACE_OFF, Mode.LOCKDOWN])
def test_mode_that_is_not_for_home_assistant_to_end_is_a_problem_until_it_ends(
    front: FrontDoor, mode: Mode
) -> None:
    front.ask(Role.OPERATOR, "mode", {"mode": mode.value})
    assert front.problems() == []
    front.say_plainly(SetMode(Mode.NORMAL))
    (problem,) = front.board.problems
    assert (problem.code, problem.severity) == ("mode_is_signed", Severity.WARNING)
    assert "facedoor send mode normal" in problem.sentence
    front.ask(Role.VIEWER, "mode", {"mode": "normal"})
    assert front.problems() == ["mode_is_signed"]
    front.ask(Role.OPERATOR, "mode", {"mode": "normal"})
    assert front.problems() == []


def test_home_assistant_that_switches_faces_off_again_takes_the_problem_down(
    front: FrontDoor,
) -> None:
    front.ask(Role.OPERATOR, "mode", {"mode": "face_off"})
    front.say_plainly(SetMode(Mode.NORMAL))
    front.say_plainly(SetMode(Mode.FACE_OFF))
    assert front.problems() == []
    assert front.doorway.switch.mode is Mode.FACE_OFF

"""The service is stopped for setup, and started again however that ends."""

from __future__ import annotations

import os
import signal

import pytest

from door_kit import Door
from facedoor.setup import set_up
from machine_kit import Machine, ScriptedTalk, Systemd


def run(door: Door, machine: Machine, *answers: tuple[str, str]) -> ScriptedTalk:
    talk = ScriptedTalk([*answers, ("nobody asks this", "")])
    set_up(talk, door.config, machine.root)
    return talk


def test_running_service_is_stopped_and_started_again(empty_door: Door, machine: Machine) -> None:
    systemd = Systemd(machine, active=True)
    run(empty_door, machine, ("Stop it meanwhile", "y"), ("what now", "q"))
    assert systemd.told == ["stop facedoor.service", "start facedoor.service"]


def test_it_is_started_again_when_the_person_goes(empty_door: Door, machine: Machine) -> None:
    systemd = Systemd(machine, active=True)
    talk = ScriptedTalk([("Stop it meanwhile", "y")])
    set_up(talk, empty_door.config, machine.root)
    assert systemd.told == ["stop facedoor.service", "start facedoor.service"]
    assert "To go on: facedoor setup" in talk.text


class LostTalk(ScriptedTalk):
    """The ssh connection breaks at the first step: a signal comes, and nothing can be said."""

    is_lost = False

    def ask(self, question: str, default: str = "") -> str:
        if "what now" in question:
            self.is_lost = True
            os.kill(os.getpid(), signal.SIGHUP)
        return super().ask(question, default)

    def say(self, text: str = "") -> None:
        if self.is_lost:
            raise OSError("the terminal is gone")
        super().say(text)


def test_it_is_started_again_when_the_line_is_lost(empty_door: Door, machine: Machine) -> None:
    systemd = Systemd(machine, active=True)
    assert not set_up(LostTalk([("Stop it meanwhile", "y")]), empty_door.config, machine.root)
    assert systemd.told == ["stop facedoor.service", "start facedoor.service"]


def test_it_goes_on_running_where_the_person_wants_that(empty_door: Door, machine: Machine) -> None:
    systemd = Systemd(machine, active=True)
    run(empty_door, machine, ("Stop it meanwhile", "n"), ("what now", "q"))
    assert systemd.told == []


@pytest.mark.parametrize(("answer", "told"), [("y", ["enable --now facedoor.service"]), ("n", [])])
def test_service_that_does_not_run_is_offered_to_be_started(
    empty_door: Door, machine: Machine, answer: str, told: list[str]
) -> None:
    systemd = Systemd(machine, active=False)
    run(empty_door, machine, ("what now", "q"), ("Start the door now", answer))
    assert systemd.told == told


def test_check_comes_last(empty_door: Door, machine: Machine) -> None:
    talk = run(empty_door, machine, ("what now", "q"))
    assert talk.text.index("facedoor check") < talk.text.index("PROBLEM  people")

"""A motor bolt that is on its way out while somebody asks to come in, or to go out."""

from __future__ import annotations

from pathlib import Path

import pytest

from doorway import Doorway, ThrownSwitch, grant
from facedoor.door.states import LockKind, Profile
from facedoor.hardware.lock import MotorLock
from facedoor.hardware.relay import SimulatedRelay
from facedoor.hardware.sensors import Sense
from facedoor.reasons import Reason
from facedoor.storage.journal import Journal


class Motor(Doorway):
    """A closed door whose bolt is being driven out."""

    def __init__(self, database: Path) -> None:
        profile = Profile(LockKind.MOTOR, motor_s=5.0, has_contact=True)
        senses = (Sense.CONTACT, Sense.BOLT, Sense.EXIT)
        switches = {sense: ThrownSwitch(on=sense is Sense.CONTACT) for sense in senses}
        super().__init__(database, profile=profile, switches=switches)
        self.inwards, self.outwards = SimulatedRelay(self.clock), SimulatedRelay(self.clock)
        self.driven_while_writing: list[str] = []
        self.keeper = self.doorkeeper(
            lock=MotorLock(self.inwards, self.outwards), open_journal=self.open_and_look
        )
        self.keeper.tick()
        assert self.driven == "out"

    @property
    def driven(self) -> str:
        return {(True, False): "in", (False, True): "out", (False, False): "not at all"}[
            self.inwards.is_on, self.outwards.is_on
        ]

    def open_and_look(self) -> Journal:
        self.driven_while_writing.append(self.driven)
        return self.open_journal()


@pytest.fixture
def motor(tmp_path: Path) -> Motor:
    return Motor(tmp_path / "facedoor.db")


def test_grant_stops_the_motor_while_written_and_then_drives_the_bolt_in(motor: Motor) -> None:
    assert motor.keeper.handle(grant(1)).granted
    assert motor.driven_while_writing == ["not at all"]
    assert motor.driven == "in"
    assert motor.written() == [(1, "recognised")]


def test_grant_that_cannot_be_written_lets_the_motor_lock_on(motor: Motor) -> None:
    motor.database.mkdir()
    assert motor.keeper.handle(grant(1)).reason is Reason.DEGRADED
    assert motor.driven == "out"
    assert not any(on for _, on in motor.inwards.levels)


def test_exit_button_is_heard(motor: Motor) -> None:
    motor.throw(Sense.EXIT, True)
    assert motor.driven == "in"

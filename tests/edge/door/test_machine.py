"""The door's policy, told as what happens at a door."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

from facedoor.config.options import Config, DoorConfig
from facedoor.config.pins import pins_of
from facedoor.door.locking import GRACE_S
from facedoor.door.machine import step
from facedoor.door.states import Action, Answer, DoorInput, DoorState, LockKind, Profile, name_of
from facedoor.door.table import BEGIN, tables, written_into
from facedoor.wire.events import Happening
from facedoor.wire.mode import Mode

PULSE_S, MOTOR_S, HELD_OPEN_S = 3.0, 2.0, 4.0
STRIKE = Profile(pulse_s=PULSE_S, has_contact=True, held_open_s=HELD_OPEN_S)
MOTOR = dataclasses.replace(STRIKE, lock=LockKind.MOTOR, motor_s=MOTOR_S)


class Story:
    """A door that is told about, one thing after another; it begins closed and locked."""

    def __init__(self, profile: Profile = STRIKE) -> None:
        self.profile = profile
        self.mode = Mode.NORMAL
        self.state = DoorState.at_start(profile)
        self.now_s = 10.0
        self.actions: list[Action] = []
        self.told: list[Happening] = []
        if profile.lock is LockKind.MOTOR:
            self.tell(DoorInput.BOLT_OUT)
        self.tell(DoorInput.CLOSED, after_s=2 * GRACE_S)
        self.actions.clear()

    def tell(self, *inputs: DoorInput, after_s: float = 0.0) -> Answer | None:
        """Let time pass, then these things happen at once; the answer to the last."""
        self.now_s += after_s
        for given_ in inputs:
            taken = step(self.state, given_, self.now_s, self.profile, self.mode)
            self.state = taken.state
            self.actions += taken.actions
            self.told += taken.happenings
        return taken.answer

    @property
    def name(self) -> str:
        return name_of(self.state, self.mode)


def test_grant_during_a_release_is_busy_and_does_not_prolong_it() -> None:
    door = Story()
    assert door.tell(DoorInput.GRANT) is Answer.RELEASED
    assert door.tell(DoorInput.GRANT, after_s=PULSE_S - 0.1) is Answer.BUSY
    door.tell(DoorInput.TICK, after_s=0.1)
    assert door.actions == [Action.RELEASE, Action.SECURE]


def test_door_is_locked_as_soon_as_it_was_opened_and_closed_again() -> None:
    door = Story()
    door.tell(DoorInput.GRANT, DoorInput.OPENED)
    assert door.name == "releasing"
    door.tell(DoorInput.CLOSED, after_s=1.0)
    assert door.name == "locked"
    assert door.actions == [Action.RELEASE, Action.SECURE]
    assert door.told == [Happening.OPENED, Happening.CLOSED]


def test_door_that_stood_open_when_it_was_released_stays_released_when_it_falls_shut() -> None:
    door = Story()
    door.tell(DoorInput.GRANT, DoorInput.OPENED)
    door.tell(DoorInput.TICK, after_s=PULSE_S)
    assert door.name == "open"
    door.tell(DoorInput.RELEASE, DoorInput.CLOSED)
    assert door.name == "releasing"


def test_door_that_is_held_open_is_warned_about_and_then_an_alarm() -> None:
    door = Story()
    door.tell(DoorInput.GRANT, DoorInput.OPENED)
    door.tell(DoorInput.TICK, after_s=HELD_OPEN_S)
    assert (door.name, door.told[-1]) == ("held_open", Happening.HELD_OPEN)
    door.tell(DoorInput.TICK, after_s=HELD_OPEN_S)
    assert door.told[-1] is Happening.HELD_OPEN_LONG
    door.tell(DoorInput.TICK, after_s=HELD_OPEN_S)
    door.tell(DoorInput.CLOSED)
    assert door.told[-2:] == [Happening.HELD_OPEN_LONG, Happening.CLOSED]
    assert door.name == "locked"


def test_door_that_is_opened_without_a_release_is_forced() -> None:
    door = Story()
    door.tell(DoorInput.OPENED)
    assert (door.name, door.told) == ("forced", [Happening.FORCED])
    door.tell(DoorInput.TICK, after_s=100.0)
    assert door.told == [Happening.FORCED]


def test_somebody_who_may_come_in_ends_the_alarm_of_a_forced_door() -> None:
    door = Story()
    door.tell(DoorInput.OPENED)
    assert door.tell(DoorInput.GRANT) is Answer.RELEASED
    door.tell(DoorInput.TICK, after_s=PULSE_S)
    assert door.name == "open"


def test_opening_a_moment_after_the_release_still_belongs_to_it() -> None:
    door = Story()
    door.tell(DoorInput.GRANT)
    door.tell(DoorInput.TICK, after_s=PULSE_S)
    door.tell(DoorInput.OPENED, after_s=GRACE_S - 0.1)
    assert door.told == [Happening.OPENED]


def test_door_found_open_at_the_start_is_not_said_to_be_forced() -> None:
    door = Story()
    door.state = DoorState.at_start(STRIKE)
    assert door.name == "unknown"
    door.tell(DoorInput.OPENED)
    assert door.name == "open"


def test_broken_contact_keeps_nobody_out() -> None:
    for says in (DoorInput.OPENED, DoorInput.CONTACT_LOST):
        door = Story()
        door.tell(says)
        assert door.tell(DoorInput.GRANT) is Answer.RELEASED


def test_exit_button_lets_out_in_every_mode() -> None:
    for mode in Mode:
        door = Story()
        door.mode = mode
        assert door.tell(DoorInput.EXIT) is Answer.RELEASED, mode
        door.tell(DoorInput.TICK, after_s=PULSE_S - 0.1)
        assert door.name == "releasing", mode


def test_lockdown_ends_what_lets_in_and_not_what_lets_out() -> None:
    for request, name in ((DoorInput.GRANT, "lockdown"), (DoorInput.EXIT, "releasing")):
        door = Story()
        door.tell(request)
        door.mode = Mode.LOCKDOWN
        door.tell(DoorInput.TICK)
        assert door.name == name


def test_stop_rests_every_relay_and_nothing_opens_after_it() -> None:
    for before in (DoorInput.TICK, DoorInput.GRANT, DoorInput.OPENED):
        door = Story()
        door.tell(before, DoorInput.STOP)
        assert (door.name, door.actions[-1]) == ("stopped", Action.REST)
        assert door.tell(DoorInput.EXIT) is Answer.STOPPED
        assert door.actions[-1] is Action.REST


def test_clock_that_jumps_back_ends_the_release() -> None:
    for jump_s in (-0.1, math.nan):
        door = Story()
        door.tell(DoorInput.GRANT)
        door.tell(DoorInput.TICK, after_s=jump_s)
        assert door.name == "locked"


def test_magnet_without_a_current_is_locked_by_the_first_look() -> None:
    profile = Profile(LockKind.MAGNET_NO)
    taken = step(DoorState.at_start(profile), DoorInput.TICK, 0.0, profile)
    assert taken.actions == (Action.SECURE,)


def test_motor_drives_the_bolt_in_waits_and_drives_it_out_until_it_is_out() -> None:
    door = Story(MOTOR)
    door.tell(DoorInput.GRANT)
    door.tell(DoorInput.BOLT_IN, after_s=0.5)
    door.tell(DoorInput.TICK, after_s=MOTOR_S)
    assert door.actions == [Action.RELEASE, Action.REST]
    door.tell(DoorInput.TICK, after_s=PULSE_S)
    assert (door.name, door.actions[-1]) == ("locking", Action.SECURE)
    door.tell(DoorInput.BOLT_OUT, after_s=0.5)
    assert (door.name, door.actions[-1]) == ("locked", Action.REST)


def test_bolt_is_not_driven_out_of_an_open_door() -> None:
    door = Story(MOTOR)
    door.tell(DoorInput.GRANT, DoorInput.BOLT_IN, DoorInput.OPENED)
    door.tell(DoorInput.TICK, after_s=MOTOR_S)
    door.tell(DoorInput.TICK, after_s=PULSE_S)
    assert (door.name, door.actions) == ("held_open", [Action.RELEASE, Action.REST, Action.REST])
    door.tell(DoorInput.CLOSED)
    assert (door.name, door.actions[-1]) == ("locking", Action.SECURE)


def test_bolt_is_driven_out_although_the_contact_can_no_longer_be_read() -> None:
    door = Story(MOTOR)
    door.tell(DoorInput.GRANT, DoorInput.BOLT_IN, DoorInput.OPENED)
    door.tell(DoorInput.TICK, after_s=MOTOR_S)
    door.tell(DoorInput.CONTACT_LOST, after_s=PULSE_S)
    assert (door.name, door.actions[-1]) == ("locking", Action.SECURE)


def test_bolt_that_does_not_come_out_is_jammed_until_it_does() -> None:
    door = Story(MOTOR)
    door.tell(DoorInput.BOLT_IN)
    door.tell(DoorInput.TICK, after_s=PULSE_S)
    door.tell(DoorInput.TICK, after_s=MOTOR_S)
    assert (door.name, door.told, door.actions[-1]) == ("jammed", [Happening.JAMMED], Action.REST)
    door.tell(DoorInput.BOLT_OUT)
    assert door.name == "locked"


def test_bolt_that_does_not_go_in_is_told_and_stays_locked() -> None:
    door = Story(MOTOR)
    door.tell(DoorInput.GRANT)
    door.tell(DoorInput.TICK, after_s=MOTOR_S)
    assert (door.name, door.told) == ("locked", [Happening.JAMMED])


def test_tamper_switch_is_told_once_each_way_and_the_bell_each_time() -> None:
    door = Story()
    door.tell(DoorInput.TAMPERED, DoorInput.TAMPERED, DoorInput.TAMPER_OVER)
    door.tell(DoorInput.BELL, DoorInput.BELL)
    assert door.told == [Happening.TAMPERED, Happening.TAMPER_OVER, Happening.BELL, Happening.BELL]
    assert door.actions == []


PAGE = Path(__file__).parents[3] / "docs" / "door.md"


def test_tables_in_the_documentation_are_those_of_the_machine() -> None:
    text = PAGE.read_text()
    assert all(BEGIN.format(name) in text for name in tables())
    assert text == written_into(text), "run: python -m facedoor.door.table docs/door.md"


def test_every_pin_is_explained() -> None:
    used = ("lock", "bolt", "contact", "exit", "tamper", "bell", "led", "buzzer")
    config = DoorConfig(**{f"{name}_pin": number for number, name in enumerate(used, 1)})
    text = PAGE.read_text()
    assert all(f"`{option.split()[1]}`" in text for option in pins_of(Config(door=config)))

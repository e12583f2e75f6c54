"""The door's policy, tried in every order that can happen."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from facedoor.door.machine import (
    Action,
    Answer,
    DoorInput,
    DoorState,
    Locked,
    Releasing,
    Stopped,
    step,
)
from facedoor.door.mode import Mode

PULSE_S = 3.0


@dataclass(frozen=True)
class Door:
    """The machine's state, and what an observer of the relay knows."""

    state: DoorState = field(default_factory=Locked)
    now_s: float = 0.0
    on_since_s: float | None = None
    stopped: bool = False


REQUESTS = {DoorInput.GRANT, DoorInput.RELEASE}
ALLOWED = {Mode.NORMAL: REQUESTS, Mode.FACE_OFF: {DoorInput.RELEASE}, Mode.LOCKDOWN: set()}


def observe(door: Door, happens: DoorInput, later_s: float, mode: Mode) -> Door:
    """Let something happen, and check everything that must always hold."""
    now_s = door.now_s + later_s
    taken = step(door.state, happens, now_s, PULSE_S, mode)
    stopped = door.stopped or happens is DoorInput.STOP
    on_since_s = door.on_since_s
    for action in taken.actions:
        if action is Action.RELAY_ON:
            assert happens in ALLOWED[mode]
            assert on_since_s is None
            assert not stopped
        on_since_s = now_s if action is Action.RELAY_ON else None
    if on_since_s is not None:
        assert on_since_s <= now_s < on_since_s + PULSE_S
        assert mode is not Mode.LOCKDOWN
    assert (taken.answer is not None) == (happens in REQUESTS)
    assert (taken.answer is Answer.RELEASED) == (Action.RELAY_ON in taken.actions)
    assert isinstance(taken.state, Releasing) == (on_since_s is not None)
    assert isinstance(taken.state, Stopped) == stopped
    return Door(taken.state, now_s, on_since_s, stopped)


def test_every_sequence_of_ten_inputs_keeps_the_door_safe() -> None:
    # What can follow depends on the observed door alone, so equal doors are followed once.
    doors = {Door()}
    steps_s = (-2.0, 0.0, 1.0, 3.0)
    for _ in range(10):
        doors = {observe(*case) for case in itertools.product(doors, DoorInput, steps_s, Mode)}
    assert len(doors) > 100


times_s = st.floats(allow_nan=False, min_value=-1e9, max_value=1e9)


happenings = st.tuples(st.sampled_from(DoorInput), times_s, st.sampled_from(Mode))


@given(st.lists(happenings, max_size=50))
def test_any_sequence_at_any_times_keeps_the_door_safe(
    sequence: list[tuple[DoorInput, float, Mode]],
) -> None:
    door = Door()
    for happens, later_s, mode in sequence:
        door = observe(door, happens, later_s, mode)


def test_grant_releases_the_locked_door() -> None:
    taken = step(Locked(), DoorInput.GRANT, 10.0, PULSE_S)
    assert taken.state == Releasing(10.0, 13.0)
    assert taken.actions == (Action.RELAY_ON,)
    assert taken.answer is Answer.RELEASED


def test_grant_during_the_pulse_is_busy_and_does_not_prolong_it() -> None:
    released = Releasing(10.0, 13.0)
    taken = step(released, DoorInput.GRANT, 12.9, PULSE_S)
    assert (taken.state, taken.actions, taken.answer) == (released, (), Answer.BUSY)


def test_pulse_ends_at_its_time() -> None:
    assert step(Releasing(10.0, 13.0), DoorInput.TICK, 12.999, PULSE_S).actions == ()
    taken = step(Releasing(10.0, 13.0), DoorInput.TICK, 13.0, PULSE_S)
    assert (taken.state, taken.actions) == (Locked(), (Action.RELAY_OFF,))


def test_grant_after_a_pulse_whose_end_was_missed_locks_before_it_releases() -> None:
    taken = step(Releasing(10.0, 13.0), DoorInput.GRANT, 20.0, PULSE_S)
    assert taken.actions == (Action.RELAY_OFF, Action.RELAY_ON)
    assert taken.state == Releasing(20.0, 23.0)


def test_clock_that_jumps_back_ends_the_pulse() -> None:
    assert step(Releasing(10.0, 13.0), DoorInput.TICK, 9.9, PULSE_S).state == Locked()
    assert step(Releasing(10.0, 13.0), DoorInput.TICK, math.nan, PULSE_S).state == Locked()


def test_stop_switches_off_whatever_the_state_and_nothing_opens_after_it() -> None:
    for state in (Locked(), Releasing(0.0, 3.0), Stopped()):
        taken = step(state, DoorInput.STOP, 1.0, PULSE_S)
        assert (taken.state, taken.actions) == (Stopped(), (Action.RELAY_OFF,))
    taken = step(Stopped(), DoorInput.GRANT, 1.0, PULSE_S)
    assert (taken.state, taken.actions, taken.answer) == (Stopped(), (), Answer.STOPPED)


def test_command_releases_the_door_while_faces_are_off() -> None:
    assert step(Locked(), DoorInput.GRANT, 1.0, PULSE_S, Mode.FACE_OFF).answer is Answer.FORBIDDEN
    assert step(Locked(), DoorInput.RELEASE, 1.0, PULSE_S, Mode.FACE_OFF).answer is Answer.RELEASED


def test_lockdown_ends_the_pulse_and_releases_for_nothing() -> None:
    taken = step(Releasing(0.0, 3.0), DoorInput.TICK, 1.0, PULSE_S, Mode.LOCKDOWN)
    assert (taken.state, taken.actions) == (Locked(), (Action.RELAY_OFF,))
    for request in REQUESTS:
        taken = step(Locked(), request, 1.0, PULSE_S, Mode.LOCKDOWN)
        assert (taken.state, taken.actions, taken.answer) == (Locked(), (), Answer.FORBIDDEN)

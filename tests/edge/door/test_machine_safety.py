"""What must always hold of the door: tried in every order that can happen, with every lock."""

from __future__ import annotations

import dataclasses
import itertools
import math
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from facedoor.door.locking import GRACE_S
from facedoor.door.machine import step
from facedoor.door.states import (
    REQUESTS,
    Action,
    Answer,
    DoorInput,
    DoorState,
    Locked,
    LockKind,
    Open,
    Profile,
    Span,
    Stopped,
)
from facedoor.wire.events import Happening
from facedoor.wire.mode import Mode

PULSE_S, MOTOR_S, HELD_OPEN_S = 3.0, 1.5, 3.0
PROFILES = [
    Profile(lock, PULSE_S, has_contact, HELD_OPEN_S, MOTOR_S)
    for lock in LockKind
    for has_contact in (False, True)
]
ALLOWED = {
    Mode.NORMAL: REQUESTS,
    Mode.FACE_OFF: {DoorInput.RELEASE, DoorInput.EXIT},
    Mode.LOCKDOWN: {DoorInput.EXIT},
}
CONTACT = {DoorInput.OPENED, DoorInput.CLOSED, DoorInput.CONTACT_LOST}
BOLT = {DoorInput.BOLT_OUT, DoorInput.BOLT_IN, DoorInput.BOLT_LOST}
OTHERS = {DoorInput.TAMPERED, DoorInput.TAMPER_OVER, DoorInput.BELL}
FORGOTTEN_S = 6.0
"""Further back than the clock jumps in a few steps."""


@dataclass(frozen=True)
class Door:
    """The machine's state, and what an observer of relays, contact and bolt knows.

    Times are counted from now, and forgotten when they are long past: doors that differ in nothing
    else are the same door.
    """

    state: DoorState
    output: Action = Action.REST
    driven_s: float = 0.0
    request: DoorInput | None = None
    freed_s: float = -math.inf
    contact: DoorInput | None = None
    bolt: DoorInput | None = None
    stopped: bool = False

    def later(self, seconds: float) -> Door:
        lock, contact = self.state.lock, self.state.contact
        if isinstance(lock, Span):
            lock = dataclasses.replace(
                lock, since_s=lock.since_s - seconds, until_s=lock.until_s - seconds
            )
        elif isinstance(lock, Locked):
            lock = Locked(forgotten(lock.free_until_s - seconds))
        if isinstance(contact, Open):
            # How long it stands open matters only until everything was told of it.
            told = contact.forced or contact.alarms == 2 or self.stopped
            contact = dataclasses.replace(
                contact, since_s=0.0 if told else contact.since_s - seconds
            )
        return dataclasses.replace(
            self,
            state=dataclasses.replace(self.state, lock=lock, contact=contact),
            driven_s=self.driven_s - seconds if isinstance(lock, Span) else 0.0,
            freed_s=forgotten(self.freed_s - seconds, FORGOTTEN_S + GRACE_S),
        )


def forgotten(time_s: float, after_s: float = FORGOTTEN_S) -> float:
    return -math.inf if time_s <= -after_s else time_s


def observe(door: Door, happens: DoorInput, profile: Profile, mode: Mode) -> Door:
    """Let something happen now, and check everything that must always hold."""
    taken = step(door.state, happens, 0.0, profile, mode)
    assert (taken.answer is not None) == (happens in REQUESTS)
    stopped = door.stopped or happens is DoorInput.STOP
    output, driven_s, request, freed_s = door.output, door.driven_s, door.request, door.freed_s
    for action in taken.actions:
        if action is Action.RELEASE:
            # The relay is never on without a request that may be, and the doorkeeper asks only with
            # one that is in the journal.
            assert happens in ALLOWED[mode]
            assert not stopped
            request = happens
        if action is not output:
            freed_s = 0.0 if frees(output, profile) else freed_s
            output, driven_s = action, 0.0
    if happens is DoorInput.BOLT_OUT and door.bolt in {DoorInput.BOLT_IN, DoorInput.BOLT_LOST}:
        freed_s = 0.0
    seen = Door(door.state, output, driven_s, request, freed_s, door.contact, door.bolt, stopped)
    require_bounds(seen, profile, mode)
    require_alarms(seen, happens, taken.happenings, profile)
    assert (taken.answer is Answer.RELEASED) == (Action.RELEASE in taken.actions)
    assert isinstance(taken.state.lock, Stopped) == stopped
    return Door(
        taken.state,
        output,
        driven_s,
        request if output is Action.RELEASE else None,
        freed_s,
        happens if happens in CONTACT else door.contact,
        happens if happens in BOLT else door.bolt,
        stopped,
    )


def inputs_of(profile: Profile) -> list[DoorInput]:
    """What can happen at such a door. Tamper and bell change nothing but themselves."""
    return [
        given
        for given in DoorInput
        if (profile.has_contact or given not in CONTACT)
        and (profile.lock is LockKind.MOTOR or given not in BOLT)
        and (profile == PROFILES[0] or given not in OTHERS)
    ]


def frees(output: Action, profile: Profile) -> bool:
    """Whether such a lock can be opened by pushing the door, as far as the relays go."""
    return output is Action.RELEASE or (
        output is Action.REST and profile.lock is LockKind.MAGNET_NO
    )


def require_bounds(seen: Door, profile: Profile, mode: Mode) -> None:
    """No relay is on for longer than it may be, nor after a stop, nor where the mode forbids it."""
    if seen.stopped:
        assert seen.output is Action.REST
    if seen.output is Action.RELEASE:
        bound_s = MOTOR_S if profile.lock is LockKind.MOTOR else PULSE_S
        assert seen.driven_s <= 0.0 < seen.driven_s + bound_s
        assert seen.request is DoorInput.EXIT or mode is not Mode.LOCKDOWN
    if seen.output is Action.SECURE and profile.lock is LockKind.MOTOR:
        assert seen.driven_s <= 0.0 < seen.driven_s + MOTOR_S


def require_alarms(
    seen: Door, happens: DoorInput, told: tuple[Happening, ...], profile: Profile
) -> None:
    """The alarm about force is raised for what nobody allowed, and for nothing else."""
    unasked = (
        happens is DoorInput.OPENED
        and seen.contact is DoorInput.CLOSED
        and not frees(seen.output, profile)
        and not seen.stopped
    )
    if Happening.FORCED in told:
        assert unasked
        # A bolt that was seen to be out is no longer open, however short that is ago.
        assert seen.freed_s <= -GRACE_S or profile.lock is LockKind.MOTOR
    elif unasked and profile.lock is not LockKind.MOTOR:
        assert seen.freed_s > -GRACE_S
    elif unasked and seen.freed_s == -math.inf:
        # A bolt that is known to be out and was never driven in, nor turned by hand.
        assert seen.bolt is not DoorInput.BOLT_OUT


def explore(profile: Profile, steps_s: tuple[float, ...], depth: int) -> tuple[int, bool]:
    """Let everything happen in every order; how many doors were seen, and whether that is all.

    What can follow depends on the observed door alone, so equal doors are followed once.
    """
    seen: set[Door] = set()
    doors = {Door(DoorState.at_start(profile))}
    for _ in range(depth):
        new = {door.later(seconds) for door, seconds in itertools.product(doors, steps_s)} - seen
        seen |= new
        doors = {
            observe(door, happens, profile, mode)
            for door, happens, mode in itertools.product(new, inputs_of(profile), Mode)
        }
    return len(seen), not new


def test_every_state_that_can_be_reached_keeps_the_door_safe() -> None:
    for profile in PROFILES:
        seen, all_of_them = explore(profile, (0.0, 1.5, 3.0), depth=20)
        assert all_of_them, profile
        assert seen > 50, profile


def test_so_do_four_inputs_in_any_order_on_a_clock_that_jumps_back() -> None:
    for profile in PROFILES:
        seen, _ = explore(profile, (-2.0, 0.0, 3.0), depth=4)
        assert seen > 20, profile


times_s = st.floats(allow_nan=False, min_value=-1e6, max_value=1e6) | st.floats(0.0, 5.0)
happenings = st.tuples(st.sampled_from(DoorInput), times_s, st.sampled_from(Mode))


@given(st.sampled_from(PROFILES), st.lists(happenings, max_size=50))
def test_no_sequence_at_any_times_leaves_a_relay_on(
    profile: Profile, sequence: list[tuple[DoorInput, float, Mode]]
) -> None:
    state, now_s, driven_s = DoorState.at_start(profile), 0.0, 0.0
    output, request = Action.REST, None
    for happens, later_s, mode in sequence:
        now_s += later_s
        taken = step(state, happens, now_s, profile, mode)
        state = taken.state
        for action in taken.actions:
            request = happens if action is Action.RELEASE else request
            driven_s = driven_s if action is output else now_s
            output = action
        stopped = isinstance(state.lock, Stopped)
        seen = Door(state, output, driven_s - now_s, request, stopped=stopped)
        require_bounds(seen, profile, mode)

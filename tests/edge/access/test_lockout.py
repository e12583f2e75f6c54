"""Lockout: what counts, how long it lasts, and that no clock and no restart cuts it short."""

from __future__ import annotations

import dataclasses
import math

from hypothesis import given
from hypothesis import strategies as st

from doorway import grant, refusal
from facedoor.access.lockout import Lockout, LockoutPolicy, after, counts, restored
from facedoor.reasons import Reason
from facedoor.wire.decisions import Decision

POLICY = LockoutPolicy(after=3, first_s=30, longest_s=100)
NOW_S = 1000.0


def refused(reason: Reason, **changes: object) -> Decision:
    return dataclasses.replace(refusal(1), reason=reason, **changes)  # type: ignore[arg-type]


def tried(times: int, policy: LockoutPolicy = POLICY) -> tuple[Lockout, float]:
    """After so many refusals, each as soon as the door is not locked; and when that was."""
    lockout, now_s = Lockout(), NOW_S
    for _ in range(times):
        now_s += lockout.left_s(now_s)
        lockout = after(lockout, refusal(1), policy, now_s)
    return lockout, now_s


def test_the_door_is_locked_after_so_many_refusals_and_for_longer_each_time() -> None:
    assert [lockout.left_s(now_s) for lockout, now_s in map(tried, range(13))] == [
        *(0, 0, 0, 30),
        *(0, 0, 60),
        *(0, 0, 100),
        *(0, 0, 100),
    ]


def test_somebody_who_is_let_in_ends_the_count() -> None:
    lockout, now_s = tried(5)
    assert after(lockout, grant(1), POLICY, now_s) == Lockout()


def test_only_strangers_count() -> None:
    refusals = set(Reason) - {Reason.RECOGNISED, Reason.COMMANDED}
    not_alive = {Reason.NOT_LIVE, Reason.LIVENESS_UNSURE}
    not_alive |= {Reason.CHALLENGE_FAILED, Reason.CHALLENGE_TIMEOUT}
    counting = {Reason.UNKNOWN, Reason.AMBIGUOUS} | not_alive
    assert {reason for reason in refusals if counts(refused(reason))} == counting


def test_only_a_face_unlike_the_residents_counts_also_where_nobody_is_enrolled() -> None:
    assert not counts(refused(Reason.UNKNOWN, frames=0, distance=math.inf))
    assert not counts(refused(Reason.UNKNOWN, frames=2, distance=0.5))
    for distance in (math.inf, math.nan):
        assert counts(refused(Reason.UNKNOWN, distance=distance)), distance


def test_refusals_do_not_prolong_a_lockout_and_a_restart_of_the_system_begins_it_again() -> None:
    lockout, now_s = tried(3)
    for _ in range(10):
        assert after(lockout, refusal(1), POLICY, now_s + 29.9) == lockout
    assert lockout.left_s(now_s + 30) == 0
    assert restored(lockout, same_boot=True, now_s=now_s + 10).left_s(now_s + 10) == 20
    assert restored(lockout, same_boot=False, now_s=5.0).left_s(5.0) == 30
    assert restored(lockout, same_boot=False, now_s=5.0).refusals == 3


def test_never_is_possible() -> None:
    assert tried(1000, LockoutPolicy(after=0))[0] == Lockout()


policies = st.builds(
    lambda after, first_s, more_s: LockoutPolicy(after, first_s, first_s + more_s),
    st.integers(1, 10),
    st.floats(1, 3600),
    st.floats(0, 86_400),
)
decisions = st.sampled_from(
    [grant(1), *(refused(reason) for reason in Reason if reason is not Reason.RECOGNISED)]
)
steps = st.lists(st.tuples(decisions, st.floats(0, 10_000)), max_size=60)


@given(policies, steps)
def test_it_grows_only_is_bounded_and_ends_only_by_time_or_by_somebody_let_in(
    policy: LockoutPolicy, events: list[tuple[Decision, float]]
) -> None:
    lockout, now_s, locks = Lockout(), 0.0, [0.0]
    for decision, passed_s in events:
        now_s += passed_s
        before_s = lockout.left_s(now_s)
        lockout = after(lockout, decision, policy, now_s)
        left_s = lockout.left_s(now_s)
        assert left_s <= policy.longest_s
        if decision.granted:
            assert left_s == 0
            locks = [0.0]
        elif before_s:
            assert left_s == before_s
        elif left_s:
            assert counts(decision)
            assert left_s >= max(policy.first_s * 0.999, locks[-1] * 0.999)
            locks.append(left_s)


@given(
    policies, st.integers(1, 40), st.lists(st.tuples(st.booleans(), st.floats(0, 1e6)), max_size=5)
)
def test_no_restart_makes_it_shorter_than_it_was_or_longer_than_it_is_to_be(
    policy: LockoutPolicy, refusals: int, restarts: list[tuple[bool, float]]
) -> None:
    lockout, now_s = tried(refusals, policy)
    for same_boot, clock_s in restarts:
        left_s = lockout.left_s(now_s)
        now_s = now_s if same_boot else clock_s
        lockout = restored(lockout, same_boot, now_s)
        assert left_s - 1e-6 <= lockout.left_s(now_s) <= lockout.length_s


@given(st.floats(-1e9, 1e9), policies)
def test_clock_that_jumps_back_makes_it_no_longer(jump_s: float, policy: LockoutPolicy) -> None:
    lockout, now_s = tried(policy.after, policy)
    assert lockout.left_s(now_s - abs(jump_s)) <= lockout.length_s

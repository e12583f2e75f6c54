"""A visit and its attempts: when there is another one, on which evidence, and what is told."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor.access.lockout import LockoutPolicy
from facedoor.frames import Match, Vector
from facedoor.identity.evidence import PATIENCE, Evidence, EvidencePolicy, TrackVerdict
from facedoor.reasons import Reason
from facedoor.visit.attempt import Look
from facedoor.visit.conclusions import conclude
from facedoor.visit.liveness import LivenessRule, admitted
from facedoor.visit.visit import (
    AGAIN_AFTER_S,
    LEAST_PAUSE_S,
    MOST_ATTEMPTS,
    NEARER,
    PATIENT_ATTEMPTS,
    RECHECK_EVERY_S,
    TURN_HOLDS_S,
    Visit,
)
from faces import face_at
from visit_kit import (
    ANN,
    BARE,
    COVERED,
    FIRST,
    FPS,
    FRAMES_NEEDED,
    GRANTED,
    LATER,
    NOBODY,
    THRESHOLD,
    Stay,
    direction,
    reasons,
    visit_at,
)


def test_who_is_refused_gets_another_attempt_after_some_seconds() -> None:
    stay = Stay()
    assert reasons(stay.show(4, NOBODY)) == [FIRST]
    assert reasons(stay.show(AGAIN_AFTER_S + 1, ANN)) == [GRANTED]


def test_who_uncovers_does_not_wait_for_it() -> None:
    stay = Stay()
    assert reasons(stay.show(4, NOBODY, COVERED)) == [FIRST]
    stay.show(LEAST_PAUSE_S, NOBODY, COVERED)
    assert reasons(stay.show(1, ANN, BARE)) == [GRANTED]


def test_who_comes_nearer_by_a_third_does_not_wait_for_it() -> None:
    stay = Stay()
    stay.show(4 + LEAST_PAUSE_S, NOBODY, width_px=120)
    assert stay.show(1, ANN, width_px=120 * NEARER - 2) == []
    assert reasons(stay.show(1, ANN, width_px=120 * NEARER + 2)) == [GRANTED]


def test_when_the_light_goes_on_nobody_waits_for_it() -> None:
    stay = Stay()
    stay.show(4 + LEAST_PAUSE_S, NOBODY)
    stay.visit.gate(Reason.TOO_DARK)
    assert reasons(stay.show(1, ANN)) == [GRANTED]


def test_each_attempt_needs_looks_of_its_own() -> None:
    """Two good looks before a refusal and one after it are not three."""
    stay = Stay()
    stay.show(0.2, ANN)
    stay.show(4, NOBODY)
    while stay.visit.attempt.looks == PATIENCE:
        stay.show(1 / FPS, ANN)
    assert stay.visit.attempt.looks == 1
    assert stay.show(1, NOBODY) == []


def test_later_refusals_of_a_visit_are_told_as_such() -> None:
    stay = Stay()
    told = reasons(stay.show(300, NOBODY))
    assert told == [FIRST] + [LATER] * (PATIENT_ATTEMPTS - 1)


def test_nobody_locks_the_door_by_standing_before_it() -> None:
    assert LockoutPolicy().after > PATIENT_ATTEMPTS
    stay = Stay()
    assert len(stay.show(3600, NOBODY)) == PATIENT_ATTEMPTS


def test_the_attempts_of_a_visit_are_bounded_however_often_it_looks_different() -> None:
    stay = Stay()
    for degrees in itertools.islice(itertools.cycle((0, 50, 100)), 200):
        stay.show(6, NOBODY, direction(degrees))
    assert len(stay.decisions) == MOST_ATTEMPTS
    assert stay.show(60, ANN) == []


def test_attempts_by_time_alone_come_later_and_later() -> None:
    stay = Stay()
    times = [stay.time_s for _ in range(600) if stay.show(1 / FPS, NOBODY)]
    pauses = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert all(later > earlier + AGAIN_AFTER_S / 2 for earlier, later in itertools.pairwise(pauses))


def test_a_deny_is_final_for_the_visit() -> None:
    stay = Stay()
    stay.show(4, NOBODY)
    stay.visit.decided(replace(stay.decisions[-1], reason=Reason.NOT_LIVE), stay.time_s)
    assert stay.show(600, ANN) == []
    assert stay.show(60, ANN, COVERED, width_px=400) == []


def test_who_was_let_in_and_stays_is_not_let_in_again() -> None:
    stay = Stay()
    assert reasons(stay.show(1, ANN)) == [GRANTED]
    stay.is_answered()
    assert stay.show(600, ANN) == []


def test_a_grant_is_not_repeated_before_the_door_has_answered_it() -> None:
    stay = Stay()
    stay.show(1, ANN)
    assert stay.show(600, ANN) == []


def test_who_finds_the_door_busy_is_let_in_when_it_is_not() -> None:
    stay = Stay()
    stay.show(1, ANN)
    stay.is_answered(Reason.DOOR_BUSY)
    (again,) = stay.show(3, ANN)
    assert (again.granted, again.again, again.frames) == (True, True, FRAMES_NEEDED)
    stay.is_answered()
    assert stay.show(60, ANN) == []


def test_who_finds_the_door_busy_is_not_let_in_on_old_looks() -> None:
    stay = Stay()
    stay.show(1, ANN)
    stay.is_answered(Reason.DOOR_BUSY)
    assert stay.show(60, NOBODY) == []


def test_who_was_recognised_and_looks_away_is_not_refused_for_it() -> None:
    for reason in (Reason.DOOR_BUSY, Reason.LOCKED_OUT, Reason.NOT_ALLOWED_NOW, Reason.DEGRADED):
        stay = Stay()
        stay.show(1, ANN)
        stay.is_answered(reason)
        assert stay.show(100, NOBODY) == []
        assert [decision.granted for decision in stay.show(40, ANN)] == [True]


def test_a_second_factor_is_asked_for_again_only_when_its_time_is_over() -> None:
    stay = Stay()
    stay.show(1, ANN)
    stay.is_answered(Reason.SECOND_FACTOR)
    assert stay.show(19, ANN) == []
    assert len(stay.show(3, ANN)) == 1
    stay.is_answered(Reason.SECOND_FACTOR)
    stay.is_answered()  # the code was typed
    assert stay.show(60, ANN) == []


ANSWERS = st.sampled_from(
    [None, Reason.DOOR_BUSY, Reason.LOCKED_OUT, Reason.SECOND_FACTOR, Reason.NOT_ALLOWED_NOW]
)
MOMENTS = st.tuples(
    st.integers(1, 60).map(lambda tenths: tenths / 10),
    st.sampled_from([ANN, NOBODY, Match("Ben", 0.5, "Ann", 1.4)]),
    st.sampled_from([0, 50, 100]).map(direction),
    st.sampled_from([100, 150, 300]),
    ANSWERS,
)


@given(st.lists(MOMENTS, max_size=25))
def test_whatever_is_shown_each_grant_rests_on_looks_of_its_own_attempt(
    moments: list[tuple[float, Match, Vector, int, Reason | None]],
) -> None:
    stay = Stay()
    last_decided_s, refused = -1.0, 0
    for seconds, match, look, width_px, answer in moments:
        for _ in range(round(seconds * FPS)):
            for decision in stay.show(1 / FPS, match, look, width_px):
                if decision.granted:
                    looks = [seen for time_s, seen in stay.looks if time_s > last_decided_s]
                    of_them = sum(seen.person == decision.person for seen in looks)
                    assert of_them >= FRAMES_NEEDED
                    assert not stay.visit.is_let_in
                    stay.is_answered(answer)
                else:
                    refused += 1
                last_decided_s = stay.time_s
    told = [decision for decision in stay.decisions if not decision.granted]
    assert refused == len(told) <= MOST_ATTEMPTS
    assert [decision.again for decision in told] == [number > 0 for number in range(len(told))]


@given(st.lists(MOMENTS, max_size=15))
def test_whatever_is_shown_after_a_deny_nobody_is_granted(
    moments: list[tuple[float, Match, Vector, int, Reason | None]],
) -> None:
    stay = Stay()
    stay.show(4, NOBODY)
    stay.visit.decided(replace(stay.decisions[-1], reason=Reason.NOT_LIVE), stay.time_s)
    for seconds, match, look, width_px, _ in moments:
        assert stay.show(seconds, match, look, width_px) == []


def admission(
    visit: Visit, time_s: float, match: Match, rule: LivenessRule, ask: Callable[[], bool]
) -> TrackVerdict | None:
    """What a look at somebody leads to at a door that checks liveness."""
    visit.last_seen_s = time_s
    verdict = visit.add(Look(face_at(320), BARE, match, time_s, time_s))
    return admitted(verdict, visit, rule, lambda _: ask())


def test_who_looks_away_while_others_are_asked_waits_on_and_is_not_unknown() -> None:
    visit, rule, asked = visit_at(0.0), LivenessRule("challenge_if_unsure"), 0

    def ask() -> bool:
        nonlocal asked
        asked += 1
        return True

    looks = [*[ANN] * PATIENCE, *[NOBODY] * PATIENCE]
    assert [admission(visit, n / FPS, look, rule, ask) for n, look in enumerate(looks)] == (
        [None] * len(looks)
    )
    so_far = asked
    for number in range(FRAMES_NEEDED):
        assert admission(visit, 5 + number / FPS, ANN, rule, ask) is None
    assert asked > so_far


@pytest.mark.parametrize("mode", ["challenge_if_unsure", "challenge_always"])
def test_who_has_turned_the_head_is_not_asked_again_while_the_door_is_busy(mode: str) -> None:
    visit, rule = visit_at(0.0), LivenessRule(mode)
    for number in range(FRAMES_NEEDED):
        assert admission(visit, number / FPS, ANN, rule, lambda: True) is None
    held = visit.attempt.held
    assert held is not None
    visit.passed_turn("Ann", 1.0)
    granted = conclude(visit, held, 1.0, lambda: "1", {})
    assert granted is not None
    assert granted.granted
    visit.answered(replace(granted, granted=False, reason=Reason.DOOR_BUSY), 1.0)
    verdicts = [admission(visit, 2 + n / FPS, ANN, rule, lambda: False) for n in range(5)]
    assert Reason.RECOGNISED in {verdict.reason for verdict in verdicts if verdict is not None}


@pytest.mark.parametrize(("person", "after_s"), [("Ben", 1.0), ("Ann", TURN_HOLDS_S + 1)])
def test_turn_says_nothing_of_somebody_else_and_nothing_for_ever(
    person: str, after_s: float
) -> None:
    visit, rule = visit_at(0.0), LivenessRule("challenge_if_unsure")
    visit.passed_turn(person, 0.0)
    verdicts = [admission(visit, after_s + n / FPS, ANN, rule, lambda: False) for n in range(3)]
    assert [verdict.reason for verdict in verdicts if verdict] == [Reason.LIVENESS_UNSURE]


@given(st.integers(0, 60), st.floats(110, 300))
def test_a_resident_who_uncovers_is_let_in(seconds: int, width_px: float) -> None:
    stay = Stay()
    stay.show(seconds, NOBODY, COVERED, width_px)
    stay.show(LEAST_PAUSE_S + 2 * RECHECK_EVERY_S, ANN, BARE, width_px)
    stay.show(2, ANN, BARE, width_px)
    assert [decision.person for decision in stay.decisions if decision.granted] == ["Ann"]


def test_decision_about_nobody_says_whom_the_face_came_nearest_to() -> None:
    """With the limit for that person, and only if nobody was recognised."""

    def strict_about_ann() -> Evidence:
        return Evidence(THRESHOLD, EvidencePolicy(0.05, FRAMES_NEEDED), stricter={"Ann": 0.4})

    stay = Stay()
    (granted,) = stay.show(2, ANN)
    assert (granted.nearest, granted.threshold) == (None, THRESHOLD)
    stay = Stay(Visit(99, strict_about_ann, 1.0, 0.0))
    refused, *_ = stay.show(6, ANN)
    assert (refused.reason, refused.nearest, refused.threshold) == (Reason.UNKNOWN, "Ann", 0.4)
    assert refused.distance > refused.threshold
    assert refused.looks == {"unknown": 12}


def test_whom_most_looks_came_nearest_to_counts_and_not_the_luckiest() -> None:
    stay = Stay()
    stay.show(0.2, Match("Ben", 0.8, "Ann", 1.4))
    refused, *_ = stay.show(6, NOBODY)
    assert refused.nearest == "Ann"

from __future__ import annotations

import math
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor.identity.liveness import (
    DENY_LOOKS,
    OPEN_LOOKS,
    WINDOW_LOOKS,
    LivenessEvidence,
    LivenessPolicy,
    LivenessVerdict,
)
from facedoor.vision.liveness import LivenessLook, Unjudged

LIVE, NOT_LIVE, UNSURE = LivenessVerdict
POLICY = LivenessPolicy(deny_below=0.2, open_from=0.8)
NO_SCORE = [LivenessLook(None, why) for why in Unjudged]

scores = st.floats(0, 1).map(LivenessLook)
no_scores = st.sampled_from(NO_SCORE)
nonsense = st.sampled_from([math.nan, math.inf, -math.inf, -0.1, 1.1, 2.0]).map(LivenessLook)
any_looks = st.lists(scores | no_scores | nonsense, max_size=40)
good_looks = st.lists(st.floats(0.8, 1).map(LivenessLook), max_size=40)


def judged(
    looks: Iterable[LivenessLook], policy: LivenessPolicy | None = POLICY
) -> LivenessEvidence:
    evidence = LivenessEvidence(policy)
    for look in looks:
        evidence.add(look)
    return evidence


def looks(score: float, count: int) -> list[LivenessLook]:
    return [LivenessLook(score)] * count


def test_a_visit_of_good_looks_is_alive_as_soon_as_it_can_be_recognised() -> None:
    evidence = judged(looks(0.9, OPEN_LOOKS - 1))
    assert evidence.verdict is UNSURE
    evidence.add(LivenessLook(0.9))
    assert evidence.verdict is LIVE
    assert evidence.score == pytest.approx(0.9)


@given(st.lists(st.floats(0.8, 1).map(LivenessLook), min_size=OPEN_LOOKS, max_size=40))
def test_good_looks_are_alive_in_any_order_and_number(seen: list[LivenessLook]) -> None:
    assert judged(seen).verdict is LIVE


@given(
    st.lists(st.floats(0, 0.19).map(LivenessLook), min_size=DENY_LOOKS, max_size=40),
    st.lists(no_scores | nonsense, max_size=4),
)
def test_bad_looks_are_not_alive_whatever_is_left_unjudged_after_them(
    seen: list[LivenessLook], others: list[LivenessLook]
) -> None:
    assert judged(seen + others).verdict is NOT_LIVE


@given(any_looks, any_looks, good_looks)
def test_a_deny_is_final_whatever_comes_before_and_after(
    before: list[LivenessLook], after: list[LivenessLook], good: list[LivenessLook]
) -> None:
    evidence = judged([*before, *looks(0.0, WINDOW_LOOKS)])
    assert evidence.verdict is NOT_LIVE
    for look in [*after, *good]:
        evidence.add(look)
        assert evidence.verdict is NOT_LIVE


@given(any_looks)
def test_once_denied_a_visit_is_never_anything_else(seen: list[LivenessLook]) -> None:
    evidence = LivenessEvidence(POLICY)
    verdicts = []
    for look in seen:
        evidence.add(look)
        verdicts.append(evidence.verdict)
    if NOT_LIVE in verdicts:
        assert set(verdicts[verdicts.index(NOT_LIVE) :]) == {NOT_LIVE}


@given(st.lists(no_scores | nonsense, max_size=40))
def test_looks_without_a_score_say_neither(seen: list[LivenessLook]) -> None:
    evidence = judged(seen)
    assert evidence.verdict is UNSURE
    assert evidence.score is None


@given(any_looks)
def test_a_pack_without_networks_is_never_sure(seen: list[LivenessLook]) -> None:
    assert judged(seen, None).verdict is UNSURE


@given(any_looks)
def test_nobody_is_alive_by_less_than_the_scores_that_it_takes(seen: list[LivenessLook]) -> None:
    evidence = judged(seen)
    if evidence.verdict is LIVE:
        last = seen[-WINDOW_LOOKS:]
        good = [s for look in last if (s := look.score) is not None and 0 <= s <= 1]
        assert len(good) >= OPEN_LOOKS
        assert len(good) > len(last) / 2
        assert sum(good) / len(good) >= POLICY.open_from


def test_good_looks_that_are_the_fewer_make_nobody_alive() -> None:
    for nothing in NO_SCORE:
        assert judged([*looks(1.0, 4), *[nothing] * 4]).verdict is UNSURE
        assert judged([*looks(1.0, 5), *[nothing] * 4]).verdict is LIVE


def test_a_moment_of_bad_looks_denies_nobody() -> None:
    assert judged(looks(0.0, DENY_LOOKS - 1)).verdict is UNSURE
    assert judged([*looks(0.0, 5), *looks(1.0, 7)]).verdict is UNSURE
    assert judged([*looks(0.1, DENY_LOOKS - 1), *looks(1.0, 1)]).verdict is UNSURE


@pytest.mark.parametrize("policy", [POLICY, LivenessPolicy(0.24, 0.75)])
def test_a_living_face_lends_no_scores_to_the_photo_in_its_place(policy: LivenessPolicy) -> None:
    alive = looks(1.0, WINDOW_LOOKS)
    for number in (OPEN_LOOKS, OPEN_LOOKS + 1):
        assert judged([*alive, *looks(0.1, number)], policy).verdict is UNSURE
        mixed = [*looks(0.1, 2), *looks(1.0, 2), *looks(0.1, number - 2)]
        assert judged([*alive, *mixed], policy).verdict is UNSURE


def test_a_bad_look_among_good_ones_makes_nobody_less_alive() -> None:
    assert judged([*looks(0.95, 8), *looks(0.1, 1)]).verdict is LIVE


def test_what_somebody_showed_long_ago_no_longer_counts_unless_it_was_a_deny() -> None:
    assert judged([*looks(0.5, 30), *looks(0.9, WINDOW_LOOKS)]).verdict is LIVE
    assert judged([*looks(0.0, 30), *looks(0.9, WINDOW_LOOKS)]).verdict is NOT_LIVE


def test_thresholds_are_the_manifests_own_and_their_edges_are_open_and_unsure() -> None:
    assert judged(looks(0.8, 9)).verdict is LIVE
    assert judged(looks(0.79, 9)).verdict is UNSURE
    assert judged(looks(0.2, 9)).verdict is UNSURE
    assert judged(looks(0.19, 9)).verdict is NOT_LIVE


def test_it_is_settled_when_more_looks_would_be_waited_for_in_vain() -> None:
    assert not judged(looks(0.5, DENY_LOOKS - 1)).is_settled
    assert judged(looks(0.5, DENY_LOOKS)).is_settled
    # Whoever is alive and has yet to move has more time for it.
    assert not judged(looks(0.9, WINDOW_LOOKS - 1)).is_settled
    assert judged(looks(0.9, WINDOW_LOOKS)).is_settled
    assert not judged(NO_SCORE[:1] * (OPEN_LOOKS - 1)).is_settled
    assert judged(NO_SCORE[:1] * OPEN_LOOKS).is_settled
    assert not judged([*NO_SCORE, LivenessLook(0.9)]).is_settled

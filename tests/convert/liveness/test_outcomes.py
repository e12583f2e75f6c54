"""How visits end, and the rates that follow, against cases counted by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor.identity.liveness import LivenessPolicy
from facedoor.vision.liveness import LivenessLook, Unjudged
from facedoor_convert.liveness.outcomes import (
    Counts,
    Outcome,
    least_alive,
    most_alive,
    outcome_of,
    score_of,
    worst,
)

POLICY = LivenessPolicy(0.2, 0.8)
TOO_CLOSE = LivenessLook(None, Unjudged.CROP_DOES_NOT_FIT)
outcomes = st.lists(st.sampled_from(list(Outcome)), max_size=30)


def looks(*scores: float) -> list[LivenessLook]:
    return [LivenessLook(score) for score in scores]


@pytest.mark.parametrize(
    ("seen", "answer"),
    [
        (looks(*[0.9] * 12), Outcome.OPENED),
        (looks(*[0.5] * 12), Outcome.ASKED),
        (looks(*[0.1] * 12), Outcome.DENIED),
        # The door opens as soon as it may, whatever would have been seen later.
        (looks(*[0.9] * 3, *[0.0] * 9), Outcome.OPENED),
        # Too few looks of a dark moment shut nobody out.
        (looks(0.1, 0.1, 0.1), Outcome.ASKED),
        ([TOO_CLOSE] * 12, Outcome.NO_RESPONSE),
        ([], Outcome.NO_RESPONSE),
        ([TOO_CLOSE, *looks(0.9)], Outcome.ASKED),
    ],
)
def test_a_visit_ends_as_the_door_would_have_it(seen: list[LivenessLook], answer: Outcome) -> None:
    assert outcome_of(seen, POLICY) is answer


def test_a_visit_scores_the_mean_of_its_looks_that_were_judged() -> None:
    assert score_of([TOO_CLOSE, *looks(0.2, 0.4)]) == pytest.approx(0.3)
    assert score_of([TOO_CLOSE]) is None


def test_scores_count_when_the_door_could_have_acted_on_them() -> None:
    early = looks(0.9, 0.9, 0.6, *[0.0] * 9)
    assert most_alive(early) == pytest.approx(0.8)  # the mean of the first three
    late = looks(*[0.0] * 4, *[0.8] * 8)
    assert least_alive(late) == pytest.approx(0.4)  # the mean of the first eight
    assert most_alive(late) == score_of(late)
    assert (most_alive(looks(1, 1)), least_alive(looks(*[0] * 7))) == (None, None)


@given(st.lists(st.floats(0, 1), max_size=15), st.floats(0, 1))
def test_what_is_most_alive_says_from_where_on_the_door_would_open(
    scores: list[float], threshold: float
) -> None:
    seen, policy = looks(*scores), LivenessPolicy(0, threshold)
    highest = most_alive(seen)
    opens = highest is not None and highest >= threshold
    assert (outcome_of(seen, policy) is Outcome.OPENED) == opens


def test_rates_are_shares_of_the_presentations_that_were_judged() -> None:
    ends = [Outcome.OPENED] * 1 + [Outcome.ASKED] * 2 + [Outcome.DENIED] * 5
    counts = Counts.of([*ends, *[Outcome.NO_RESPONSE] * 2])
    assert (counts.presentations, counts.judged) == (10, 8)
    assert counts.apcer is not None
    assert counts.bpcer is not None
    assert counts.bpcer_unasked is not None
    assert counts.non_response is not None
    assert counts.apcer.value == 1 / 8
    assert counts.bpcer.value == 5 / 8
    assert counts.bpcer_unasked.value == 7 / 8
    assert counts.non_response.value == 2 / 10


def test_where_nothing_passed_the_rule_of_three_bounds_the_rate() -> None:
    apcer = Counts.of([Outcome.DENIED] * 10).apcer
    assert apcer is not None
    assert (apcer.value, apcer.low, apcer.high) == (0, 0, 0.3)


def test_there_is_no_rate_of_nothing() -> None:
    silent = Counts.of([Outcome.NO_RESPONSE] * 3)
    assert (silent.apcer, silent.bpcer, silent.bpcer_unasked) == (None, None, None)
    assert silent.non_response is not None
    assert silent.non_response.value == 1
    assert Counts().non_response is None


@given(outcomes)
def test_each_judged_presentation_is_opened_asked_or_denied(ends: list[Outcome]) -> None:
    counts = Counts.of(ends)
    assert counts.presentations == len(ends)
    if counts.apcer and counts.bpcer and counts.bpcer_unasked:
        assert counts.apcer.value + counts.bpcer_unasked.value == pytest.approx(1)
        assert counts.bpcer.value <= counts.bpcer_unasked.value


@given(outcomes, outcomes)
def test_counts_of_two_sets_add_up(first: list[Outcome], second: list[Outcome]) -> None:
    both = Counts.summed([Counts.of(first), Counts.of(second)])
    assert both == Counts.of([*first, *second])


@given(outcomes.filter(bool))
def test_of_a_clip_the_worst_visit_counts(ends: list[Outcome]) -> None:
    attack, live = worst(ends, is_live=False), worst(ends, is_live=True)
    assert (attack is Outcome.OPENED) == (Outcome.OPENED in ends)
    assert (attack is Outcome.DENIED) == (set(ends) == {Outcome.DENIED})
    assert (live is Outcome.DENIED) == (Outcome.DENIED in ends)
    assert (live is Outcome.OPENED) == (set(ends) == {Outcome.OPENED})

"""Scores, people and thresholds of made-up visits, against figures worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor.vision.liveness import LivenessLook
from facedoor_convert.liveness import thresholds
from facedoor_convert.liveness.clips import Clip
from facedoor_convert.liveness.measure import Subject
from facedoor_convert.liveness.people import people_of
from facedoor_convert.liveness.thresholds import LeftOut
from facedoor_convert.liveness.visits import Visit

ALONE = "the network"
PEOPLE = np.eye(4, dtype=np.float32)
"""Embeddings of four people, as far apart as they can be told."""

scores = st.lists(st.floats(0, 1), min_size=1, max_size=8)


def visit(clip: str, score: float | None, person: int = 0, looks: int = 12) -> Visit:
    """A visit of ``SPECIES/FILE`` in which each look has the same score."""
    species, _, file = clip.partition("/")
    seen = {ALONE: [LivenessLook(score)] * looks}
    return Visit(Clip(Path(species) / file, species), 0.0, seen, [PEOPLE[person]] * looks)


def subject(live: Sequence[float], attacks: Sequence[float]) -> Subject:
    return Subject(ALONE, {True: live, False: attacks}, None, ())


def area(live: Sequence[float], attacks: Sequence[float]) -> float:
    distances = subject(live, attacks).distances
    assert distances is not None
    return distances.area_under_curve()


def test_thresholds_keep_away_from_what_was_seen() -> None:
    visits = [visit("live/a", 0.6), visit("live/b", 0.9), visit("print/a", 0.4)]
    policy = thresholds.chosen(visits, ALONE)
    assert policy is not None
    assert (policy.deny_below, policy.open_from) == pytest.approx((0.3, 0.7))


def test_thresholds_never_cross() -> None:
    policy = thresholds.chosen([visit("live/a", 1.0), visit("print/a", -0.0)], ALONE)
    assert policy is not None
    assert (policy.deny_below, policy.open_from) == (0.5, 0.5)


def test_there_is_no_threshold_without_scores_of_both_kinds() -> None:
    assert thresholds.chosen([visit("live/a", 1.0), visit("print/a", None)], ALONE) is None
    assert thresholds.chosen([], ALONE) is None


def test_who_is_left_out_is_judged_by_all_others() -> None:
    visits = [
        *(visit("live/a", 0.8, person=0), visit("print/a", 0.1, person=0)),
        *(visit("live/b", 0.3, person=1), visit("print/b", 0.7, person=1)),
    ]
    first, second = thresholds.leave_one_out(visits, people_of(visits, 0.7), ALONE)
    assert (first.clips, second.clips) == (("live/a", "print/a"), ("live/b", "print/b"))
    # Set on the second: denied below 0.15, opened from 0.85.
    assert (first.live.asked, first.attacks.denied) == (1, 1)
    # Set on the first: denied below 0.4, opened from 0.55.
    assert (second.live.denied, second.attacks.opened) == (1, 1)


@given(scores, scores, st.floats(0, 1))
def test_a_persons_own_visits_never_set_their_threshold(
    live: list[float], attacks: list[float], own: float
) -> None:
    others = [visit(f"live/{n}", score, person=1) for n, score in enumerate(live)]
    others += [visit(f"print/{n}", score, person=1) for n, score in enumerate(attacks)]

    def left_out(score: float) -> LeftOut:
        visits = [visit("live/own", score), visit("print/own", 1 - score), *others]
        return thresholds.leave_one_out(visits, people_of(visits, 0.7), ALONE)[0]

    assert left_out(own).policy == left_out(1 - own).policy == thresholds.chosen(others, ALONE)


def test_clips_of_one_person_are_told_by_the_faces_in_them() -> None:
    found = people_of(
        [
            visit("live/ada.mp4", 0.9, person=0),
            visit("live/bob.mp4", 0.9, person=1),
            visit("print/1.mp4", 0.1, person=1),
            visit("print/nobody.mp4", None, looks=0),
        ],
        0.7,
    )
    ada, bob, print_of_bob, nobody = found.values()
    assert bob == print_of_bob
    assert len({ada, bob, nobody}) == 3


def test_a_chain_of_clips_is_one_person() -> None:
    ends = [visit("live/a", 0.9, person=0), visit("live/b", 0.9, person=1)]
    between = Visit(
        Clip(Path("live/c"), "live"),
        0.0,
        {ALONE: []},
        [(PEOPLE[0] + PEOPLE[1]) / np.float32(np.sqrt(2))],
    )
    assert set(people_of([*ends, between], 0.7).values()) == {1, 2, 3}
    assert set(people_of([*ends, between], 0.8).values()) == {1}


def test_the_area_is_the_share_of_couples_in_which_the_living_score_more() -> None:
    assert area([0.9, 0.6], [0.1, 0.7]) == 3 / 4
    assert area([0.9, 0.6], [0.1, 0.6]) == (3 + 0.5) / 4


@given(scores, scores)
def test_a_mirrored_set_has_the_mirrored_area(live: list[float], attacks: list[float]) -> None:
    live, attacks = (list(np.float32(kind)) for kind in (live, attacks))
    measured = area(live, attacks)
    assert area(attacks, live) == pytest.approx(1 - measured)
    mirrored = [[1 - score for score in kind] for kind in (attacks, live)]
    assert area(*mirrored) == pytest.approx(measured, abs=1e-6)


def test_nothing_is_told_apart_where_one_kind_was_never_judged() -> None:
    assert subject([0.9], []).distances is None
    assert subject([], [0.1]).distances is None

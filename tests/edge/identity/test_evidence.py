"""Evidence: when the sightings of one track are enough, and when they are enough of it."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from facedoor.frames import Match
from facedoor.identity.evidence import PATIENCE, Evidence, EvidencePolicy, TrackVerdict
from facedoor.reasons import Reason

THRESHOLD, MARGIN = 0.75, 0.05


def sighting(person: str, distance: float, runner_up_distance: float = 1.4) -> Match:
    return Match(person, distance, "somebody else", runner_up_distance)


ANNA = sighting("Anna", 0.5)
BOB = sighting("Bob", 0.5)
FAR = sighting("Anna", 0.9)
TWINS = sighting("Anna", 0.5, 0.52)
NOBODY = Match(None, math.inf, None, math.inf)


def verdicts(matches: Iterable[Match], frames_needed: int = 3) -> list[TrackVerdict]:
    evidence = Evidence(THRESHOLD, EvidencePolicy(MARGIN, frames_needed))
    return [verdict for match in matches if (verdict := evidence.add(match)) is not None]


def test_three_agreeing_sightings_are_recognised_also_with_two_blinks_between() -> None:
    seen = [sighting("Anna", 0.3), sighting("Anna", 0.6), sighting("Anna", 0.5)]
    assert verdicts(seen[:2]) == []
    assert verdicts(seen) == [TrackVerdict("Anna", Reason.RECOGNISED, 0.5, 3)]
    assert verdicts([ANNA, FAR, ANNA, TWINS, ANNA]) == [
        TrackVerdict("Anna", Reason.RECOGNISED, 0.5, 3)
    ]


def test_sightings_too_far_apart_or_of_two_people_in_turn_do_not_add_up() -> None:
    (verdict,) = verdicts([ANNA, FAR, FAR, FAR] * 3)
    assert verdict.reason is Reason.UNKNOWN
    assert verdicts([ANNA, BOB] * 6) == [TrackVerdict(None, Reason.UNKNOWN, 0.5, PATIENCE)]


def test_distance_at_the_threshold_still_counts() -> None:
    (verdict,) = verdicts([sighting("Anna", THRESHOLD)] * 3)
    assert verdict.person == "Anna"


def test_sighting_of_another_person_delays_until_it_is_out_of_view() -> None:
    assert verdicts([BOB, *[ANNA] * 4]) == []
    assert verdicts([BOB, *[ANNA] * 5]) == [TrackVerdict("Anna", Reason.RECOGNISED, 0.5, 5)]


def test_stranger_is_refused_when_patience_is_used_up_and_early_where_nobody_lives() -> None:
    seen = [sighting("Anna", 0.8 + n / 100) for n in range(PATIENCE)]
    assert verdicts(seen[:-1]) == []
    assert verdicts(seen) == [TrackVerdict(None, Reason.UNKNOWN, pytest.approx(0.855), PATIENCE)]
    assert verdicts([NOBODY] * 3) == [TrackVerdict(None, Reason.UNKNOWN, math.inf, 3)]


def test_two_people_who_look_alike_are_ambiguous_unless_others_were_near_too() -> None:
    (verdict,) = verdicts([TWINS] * PATIENCE)
    assert (verdict.person, verdict.reason) == (None, Reason.AMBIGUOUS)
    (among_far,) = verdicts([TWINS, *[FAR] * (PATIENCE - 1)])
    (among_near,) = verdicts([TWINS, *[ANNA, BOB] * 6])
    assert (among_far.reason, among_near.reason) == (Reason.AMBIGUOUS, Reason.UNKNOWN)


@pytest.mark.parametrize("frames_needed", [-1, 0, 1, PATIENCE + 1])
def test_one_frame_can_never_be_enough(frames_needed: int) -> None:
    with pytest.raises(ValueError, match="it has to be 2 to 12"):
        Evidence(THRESHOLD, EvidencePolicy(MARGIN, frames_needed))


people = st.sampled_from(["Anna", "Bob", "Cleo"])


def matches_at(distances: st.SearchStrategy[float]) -> st.SearchStrategy[Match]:
    return st.builds(
        lambda person, near, far: Match(person, min(near, far), "other", max(near, far)),
        people,
        distances,
        distances,
    )


matches = matches_at(st.floats(0, 2))
strangers = matches_at(st.floats(THRESHOLD, 2, exclude_min=True))
tracks = st.lists(matches, max_size=20)
needed = st.integers(2, PATIENCE)


def speaks(match: Match) -> bool:
    near = match.distance <= THRESHOLD
    return near and match.runner_up_distance - match.distance >= MARGIN


@given(tracks, needed)
def test_granted_needs_enough_recent_agreeing_sightings(track: list[Match], frames: int) -> None:
    evidence = Evidence(THRESHOLD, EvidencePolicy(MARGIN, frames))
    for count, match in enumerate(track, 1):
        verdict = evidence.add(match)
        if verdict and verdict.reason is Reason.RECOGNISED:
            recent = track[:count][-max(5, frames + 2) :]
            assert {m.person for m in recent if speaks(m)} == {verdict.person}
            assert sum(map(speaks, recent)) == verdict.frames >= frames
            assert verdict.distance <= THRESHOLD


@given(st.lists(strangers, max_size=20), needed)
def test_nobody_is_granted_beyond_the_threshold(track: list[Match], frames: int) -> None:
    assert all(verdict.person is None for verdict in verdicts(track, frames))


@given(tracks, needed)
def test_every_track_gets_one_verdict_in_time(track: list[Match], frames: int) -> None:
    assert len(verdicts(track, frames)) <= 1
    assert len(verdicts([*track, *[FAR] * PATIENCE], frames)) == 1


@given(tracks, needed)
def test_refused_names_nobody(track: list[Match], frames: int) -> None:
    for verdict in verdicts(track, frames):
        assert (verdict.person is None) == (verdict.reason is not Reason.RECOGNISED)


@given(tracks, needed)
def test_verdict_does_not_depend_on_names(track: list[Match], frames: int) -> None:
    other = {"Anna": "Zoë", "Bob": "Anna", "Cleo": "Bob", None: None}
    renamed = [Match(other[m.person], m.distance, m.runner_up, m.runner_up_distance) for m in track]
    expected = [(other[v.person], v.reason, v.distance) for v in verdicts(track, frames)]
    assert [(v.person, v.reason, v.distance) for v in verdicts(renamed, frames)] == expected


@given(st.data(), needed)
def test_order_within_the_window_does_not_matter(data: st.DataObject, frames: int) -> None:
    track = data.draw(st.lists(matches, min_size=frames, max_size=frames))
    shuffled = data.draw(st.permutations(track))
    assume(frames < PATIENCE)
    assert verdicts(track, frames) == verdicts(shuffled, frames)


@given(tracks, needed, st.integers(0, 19))
def test_silent_sighting_lets_nobody_in(track: list[Match], frames: int, position: int) -> None:
    granted = {verdict.person for verdict in verdicts(track, frames)} - {None}
    with_far = verdicts([*track[:position], FAR, *track[position:]], frames)
    agreeing = {match.person for match in track if speaks(match)}
    assert {verdict.person for verdict in with_far} - {None} <= granted | agreeing


@given(tracks, needed)
def test_not_a_number_is_never_near(track: list[Match], frames: int) -> None:
    nan = [Match(m.person, math.nan, m.runner_up, m.runner_up_distance) for m in track]
    assert all(verdict.person is None for verdict in verdicts(nan, frames))


@given(tracks, needed, st.floats(0, 2))
def test_person_with_a_threshold_of_their_own_has_to_be_nearer_and_nobody_may_be_farther(
    track: list[Match], frames: int, own: float
) -> None:
    evidence = Evidence(THRESHOLD, EvidencePolicy(MARGIN, frames), stricter={"Anna": own})
    assert evidence.threshold_of("Anna") <= THRESHOLD == evidence.threshold_of("Bob")
    granted = [verdict for match in track if (verdict := evidence.add(match)) and verdict.person]
    for verdict in granted:
        assert verdict.distance <= evidence.threshold_of(verdict.person)


def test_person_too_far_for_their_own_threshold_is_refused_as_unknown() -> None:
    evidence = Evidence(THRESHOLD, EvidencePolicy(MARGIN), stricter={"Anna": 0.4})
    (verdict,) = [verdict for _ in range(PATIENCE) if (verdict := evidence.add(ANNA))]
    assert (verdict.person, verdict.reason) == (None, Reason.UNKNOWN)

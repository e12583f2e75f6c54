"""Evidence with the pack's likelihoods: a lucky moment does not outweigh the rest of a visit."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from facedoor.frames import Match
from facedoor.identity.evidence import Evidence, EvidencePolicy, TrackVerdict
from facedoor.reasons import Reason

THRESHOLD, MARGIN = 0.8, 0.05
LIKELIHOOD = ((0.5, 8.0), (1.0, 0.0), (1.4, -6.0))


def look(distance: float, person: str = "Anna", plain: float | None = None) -> Match:
    return Match(person, distance, "somebody else", 1.6, plain)


def verdicts(
    matches: list[Match], likelihood: tuple[tuple[float, float], ...] = LIKELIHOOD
) -> list[TrackVerdict]:
    evidence = Evidence(THRESHOLD, EvidencePolicy(MARGIN, 3, likelihood))
    return [verdict for match in matches if (verdict := evidence.add(match)) is not None]


def test_three_near_looks_are_enough() -> None:
    assert verdicts([look(0.6)] * 3) == [TrackVerdict("Anna", Reason.RECOGNISED, 0.6, 3)]


def test_looks_from_afar_that_still_resemble_do_no_harm() -> None:
    approaching = [look(1.05), look(0.95), look(0.9), look(0.7), look(0.7), look(0.7)]
    (verdict,) = verdicts(approaching)
    assert verdict.person == "Anna"


def test_a_stranger_s_three_luckiest_looks_are_not_enough_and_end_in_a_refusal() -> None:
    visit = [look(1.4)] * 7 + [look(0.79)] * 3
    assert verdicts(visit, ())[0].person == "Anna"
    assert verdicts(visit) == []
    visit = [look(1.4)] * 9 + [look(0.79)] * 3
    (verdict,) = verdicts(visit)
    assert verdict.reason is Reason.UNKNOWN


def test_looks_that_show_somebody_else_speak_against_the_person() -> None:
    # Bob was at 1.3, so Anna was farther than the runner-up's 1.6 at least.
    assert verdicts([look(1.3, "Bob")] * 6 + [look(0.79)] * 3) == []
    # As when Anna is removed in the middle of her visit: from then on nobody is compared with her.
    visit = [look(1.4)] * 2 + [look(0.79)] * 3 + [Match("Bob", 0.82, "Carl", 0.84)]
    assert verdicts(visit) == []


def test_the_plain_distance_is_told_beside_the_corrected_one() -> None:
    (verdict,) = verdicts([look(0.7, plain=0.5), look(0.75, plain=0.6), look(0.72, plain=0.55)])
    assert (verdict.distance, verdict.plain_distance) == (0.72, 0.55)


looks = st.builds(
    lambda person, near, far: Match(person, min(near, far), "other", max(near, far)),
    st.sampled_from(["Anna", "Bob"]),
    st.floats(0, 2.5),
    st.one_of(st.floats(0, 2.5), st.just(math.inf)),
)
falling = st.lists(st.floats(-20, 20), min_size=1, max_size=6).map(
    lambda values: tuple((0.3 * n, v) for n, v in enumerate(sorted(values, reverse=True)))
)


@given(st.lists(looks, max_size=20), falling)
def test_no_table_lets_in_a_visit_that_counting_refuses(
    visit: list[Match], table: tuple[tuple[float, float], ...]
) -> None:
    let_in = {v.person for v in verdicts(visit, table)} - {None}
    # Whoever is let in later than by counting still needs enough near looks in a row of five.
    near = [m for m in visit if m.distance <= THRESHOLD and m.person in let_in]
    assert not let_in or len(near) >= 3
    first = next((n for n in range(1, 21) if verdicts(visit[:n], table)), None)
    by_counting = next((n for n in range(1, 21) if verdicts(visit[:n], ())), None)
    if let_in and first is not None:
        assert by_counting is not None
        assert by_counting <= first


@given(st.lists(looks, max_size=20))
def test_a_table_that_always_speaks_for_the_person_changes_nothing(visit: list[Match]) -> None:
    assert verdicts(visit, ((0.0, 1.0),)) == verdicts(visit, ())


def test_nothing_known_about_a_distance_lets_nobody_in() -> None:
    assert all(v.person is None for v in verdicts([look(math.nan)] * 12))


def test_every_visit_still_gets_one_verdict_in_time() -> None:
    for count in [1, 5, 12]:
        assert len(verdicts([look(0.7)] * count + [look(1.4)] * 12)) == 1, count

"""Two enrolled people who are alike: none is taken for the other, and each comes in where clear."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from circle import at
from facedoor.frames import Vector
from facedoor.identity.evidence import CLEARLY_NEARER, judge
from facedoor.identity.search import GalleryIndex
from facedoor.identity.templates import Templates
from facedoor.reasons import Reason

THRESHOLD, MARGIN = 0.8, 0.05
SIZE = 128


def two(ada: Vector, ida: Vector) -> GalleryIndex:
    return GalleryIndex(Templates(("Ada", "Ida"), np.stack([ada, ida]), np.arange(2)))


def judged(index: GalleryIndex, probe: Vector) -> tuple[str | None, Reason]:
    match = index.match(probe)
    return match.person, judge(match, THRESHOLD, MARGIN)


@st.composite
def alike(draw: st.DrawFn) -> tuple[Vector, Vector, Vector]:
    """Two people, up to a half apart, and somebody's look that is near to one of them."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    ada = random.standard_normal(SIZE)
    ida = ada / np.linalg.norm(ada) + draw(st.floats(0.01, 0.5)) * _unit(random)
    apart = ida / np.linalg.norm(ida) - ada / np.linalg.norm(ada)
    look = ada / np.linalg.norm(ada) + draw(st.floats(-1, 2)) * apart + 0.4 * _unit(random)
    ada, ida, look = (v / np.linalg.norm(v) for v in (ada, ida, look))
    return ada.astype(np.float32), ida.astype(np.float32), look.astype(np.float32)


def _unit(random: np.random.Generator) -> np.ndarray:
    vector = random.standard_normal(SIZE)
    return np.asarray(vector / np.linalg.norm(vector))


@given(alike())
def test_whoever_is_recognised_is_clearly_nearer_than_the_other(
    drawn: tuple[Vector, Vector, Vector],
) -> None:
    ada, ida, look = drawn
    person, reason = judged(two(ada, ida), look)
    from_ada = float((ada - ida) @ look / np.linalg.norm(ada - ida))
    if reason is Reason.RECOGNISED:
        assert (from_ada if person == "Ada" else -from_ada) >= CLEARLY_NEARER - 1e-3


@given(alike())
def test_it_does_not_matter_which_of_two_is_which(drawn: tuple[Vector, Vector, Vector]) -> None:
    ada, ida, look = drawn
    one, other = two(ada, ida).match(look), two(ida, ada).match(look)
    assert one.lead == pytest.approx(other.lead, abs=1e-3)


def test_look_that_is_clear_is_let_in_and_one_between_them_is_ambiguous() -> None:
    index = two(*at(0, 30))  # half way: 15 degrees
    assert judged(index, at(0)[0]) == ("Ada", Reason.RECOGNISED)
    assert judged(index, at(30)[0]) == ("Ida", Reason.RECOGNISED)
    assert judged(index, at(10)[0]) == ("Ada", Reason.AMBIGUOUS)
    assert judged(index, at(20)[0]) == ("Ida", Reason.AMBIGUOUS)


def test_the_same_face_under_two_names_is_let_in_under_neither() -> None:
    index = two(*at(0, 0))
    for degrees in range(-40, 41, 10):
        assert judged(index, at(degrees)[0])[1] is not Reason.RECOGNISED


def test_people_who_are_not_alike_lose_nothing() -> None:
    index = two(*at(0, 80))
    assert judged(index, at(27)[0]) == ("Ada", Reason.RECOGNISED)
    assert judged(index, at(-46)[0]) == ("Ada", Reason.RECOGNISED)


def test_lead_over_the_other_counts_where_one_person_is_asked_for() -> None:
    index = two(*at(0, 30))
    for name, clear, not_clear in (("Ada", 0, 10), ("Ida", 30, 20)):
        assert index.match_with(name, at(clear)[0]).lead >= CLEARLY_NEARER
        assert index.match_with(name, at(not_clear)[0]).lead < CLEARLY_NEARER

"""Search: the nearest person and the nearest other one, as a plain loop would find them."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from circle import at
from facedoor.errors import UsageError
from facedoor.frames import Match, Vector
from facedoor.identity.gallery import Gallery
from facedoor.identity.search import GalleryIndex, distances
from facedoor.identity.templates import Templates
from vaults import VAULT, open_store

ROUNDING = 1e-3
"""Of a distance near zero: the root of a float32's rounding of the dot product."""

Drawn = tuple[GalleryIndex, dict[str, float], Vector]

CANCELLED = 0.1
"""The sum of templates that is so short has lost its direction to rounding."""


@pytest.fixture
def index() -> GalleryIndex:
    return indexed(("Anna", "Bob"), at(0, 20, 90), 0, 0, 1)


def indexed(names: tuple[str, ...], vectors: Vector, *owners: int) -> GalleryIndex:
    return GalleryIndex(Templates(names, vectors, np.array(owners, int)))


def test_match_is_about_the_mean_direction_of_each_person(index: GalleryIndex) -> None:
    match, nearer = index.match(at(30)[0]), index.match(at(10)[0])
    for found in (match, nearer):
        assert (found.person, found.runner_up) == ("Anna", "Bob")
    assert match.distance == pytest.approx(2 * math.sin(math.radians(10)), abs=ROUNDING)
    assert match.runner_up_distance == pytest.approx(1.0, abs=ROUNDING)


def test_templates_that_cancel_out_are_near_to_nobody() -> None:
    index = indexed(("Anna",), np.array([[1, 0], [-1, 0]], np.float32), 0, 0)
    for degrees in range(0, 360, 30):
        assert index.match(at(degrees)[0]).distance == pytest.approx(math.sqrt(2), abs=ROUNDING)


def test_empty_gallery_matches_nobody_and_a_single_person_has_no_runner_up() -> None:
    assert indexed((), at()[:0]).match(at(0)[0]) == Match(None, math.inf, None, math.inf)
    match = indexed(("Anna",), at(0), 0).match(at(60)[0])
    assert (match.person, match.runner_up, match.runner_up_distance) == ("Anna", None, math.inf)


def test_distance_to_one_person_ignores_others_and_needs_a_template(index: GalleryIndex) -> None:
    assert index.match_with("Bob", at(30)[0]).distance == pytest.approx(1.0, abs=ROUNDING)
    with pytest.raises(UsageError, match=r"Zoë has no template .* facedoor enroll"):
        index.match_with("Zoë", at(0)[0])


def test_probe_that_is_no_unit_vector_is_near_to_nobody(index: GalleryIndex) -> None:
    for probe in [[np.nan, 0], [np.inf, 0], [0, 0], [3, 0], [[1, 0]]]:
        vector = np.array(probe, np.float32)
        for compare in (index.match, lambda v: index.match_with("Anna", v)):
            with pytest.raises(ValueError, match="one finite vector of unit length"):
                compare(vector)


def test_index_holds_the_templates_of_one_model(tmp_path: Path) -> None:
    gallery = Gallery(open_store(tmp_path / "facedoor.db"), VAULT)
    gallery.add("Bob", at(90), "a")
    gallery.add("Anna", at(0), "b")
    gallery.add("Bob", at(45), "b")
    assert GalleryIndex.of(gallery, "a").names == ("Bob",)
    index = GalleryIndex.of(gallery, "b")
    assert index.names == ("Bob", "Anna")
    assert index.match(at(80)[0]).person == "Bob"


@st.composite
def galleries(draw: st.DrawFn) -> Drawn:
    """An index, the distance of each person by a plain loop, and the probe."""
    counts = draw(st.lists(st.integers(1, 6), max_size=12))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    vectors = random.standard_normal((sum(counts) + 1, draw(st.integers(2, 16))))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    owners = np.repeat(np.arange(len(counts)), counts)
    names = [f"person {i}" for i in range(len(counts))]
    gaps = {}
    for person, name in enumerate(names):
        total = vectors[1:][owners == person].sum(axis=0, dtype=np.float64)
        length = np.linalg.norm(total)
        assume(length > CANCELLED)
        gaps[name] = math.dist(total / length, vectors[0])
    return indexed(tuple(names), vectors[1:], *owners), gaps, vectors[0]


@given(galleries())
def test_match_agrees_with_a_plain_loop(drawn: Drawn) -> None:
    index, gaps, probe = drawn
    match = index.match(probe)
    first, second, *_ = [*sorted(gaps.values()), math.inf, math.inf]
    assert match.distance == pytest.approx(first, abs=ROUNDING)
    assert match.runner_up_distance == pytest.approx(second, abs=ROUNDING)
    if match.person is not None:
        assert match.person != match.runner_up
        assert gaps[match.person] == pytest.approx(first, abs=ROUNDING)
    if match.runner_up is not None:
        assert gaps[match.runner_up] == pytest.approx(second, abs=ROUNDING)


@given(galleries())
def test_distance_to_each_person_agrees_with_a_plain_loop(drawn: Drawn) -> None:
    index, gaps, probe = drawn
    assert {name: index.match_with(name, probe).distance for name in index.names} == pytest.approx(
        gaps, abs=ROUNDING
    )


@given(st.floats(0, 360), st.floats(0, 360))
def test_distance_is_the_length_of_the_difference(one: float, other: float) -> None:
    a, b = at(one, other)
    assert distances(a[None], b)[0] == pytest.approx(np.linalg.norm(a - b), abs=ROUNDING)

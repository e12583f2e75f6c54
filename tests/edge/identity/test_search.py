"""Search: the nearest person and the nearest other one, as a plain loop would find them."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from circle import at
from facedoor.errors import UsageError
from facedoor.frames import Match, Vector
from facedoor.identity.gallery import Gallery
from facedoor.identity.search import GalleryIndex, distances
from facedoor.store import open_store

ROUNDING = 1e-3
"""Of a distance near zero: the root of a float32's rounding of the dot product."""


@pytest.fixture
def index() -> GalleryIndex:
    return GalleryIndex(["Anna", "Bob"], at(0, 20, 90), np.array([0, 0, 1]))


def test_match_is_the_nearest_template_of_each_of_two_people(index: GalleryIndex) -> None:
    match = index.match(at(30)[0])
    assert (match.person, match.runner_up) == ("Anna", "Bob")
    assert match.distance == pytest.approx(2 * math.sin(math.radians(5)), abs=ROUNDING)
    assert match.runner_up_distance == pytest.approx(1.0, abs=ROUNDING)


def test_runner_up_is_never_the_same_person(index: GalleryIndex) -> None:
    match = index.match(at(10)[0])
    assert (match.person, match.runner_up) == ("Anna", "Bob")


def test_empty_gallery_matches_nobody() -> None:
    index = GalleryIndex([], at()[:0], np.array([], int))
    assert index.match(at(0)[0]) == Match(None, math.inf, None, math.inf)


def test_single_person_has_no_runner_up() -> None:
    match = GalleryIndex(["Anna"], at(0), np.array([0])).match(at(60)[0])
    assert (match.person, match.runner_up, match.runner_up_distance) == ("Anna", None, math.inf)


def test_distance_to_one_person_ignores_all_others(index: GalleryIndex) -> None:
    assert index.match_with("Bob", at(30)[0]).distance == pytest.approx(1.0, abs=ROUNDING)


def test_distance_to_somebody_without_templates_says_what_to_do(index: GalleryIndex) -> None:
    with pytest.raises(UsageError, match=r"Zoë has no template .* facedoor enroll"):
        index.match_with("Zoë", at(0)[0])


@pytest.mark.parametrize("probe", [[np.nan, 0], [np.inf, 0], [0, 0], [3, 0], [[1, 0]]])
def test_probe_that_is_no_unit_vector_is_near_to_nobody(
    index: GalleryIndex, probe: list[object]
) -> None:
    vector = np.array(probe, np.float32)
    for compare in (index.match, lambda v: index.match_with("Anna", v)):
        with pytest.raises(ValueError, match="one finite vector of unit length"):
            compare(vector)


@pytest.mark.parametrize("owners", [[0, 1, 0], [1, 1, 0], [0, 0, 2], [0, 0, 0], [0, 1], [-1, 0, 1]])
def test_templates_out_of_order_are_refused(owners: list[int]) -> None:
    with pytest.raises(ValueError, match="have to stand together"):
        GalleryIndex(["Anna", "Bob"], at(0, 10, 90), np.array(owners))


def test_index_holds_the_templates_of_one_model(tmp_path: Path) -> None:
    gallery = Gallery(open_store(tmp_path / "facedoor.db"))
    gallery.add("Bob", at(90), "a")
    gallery.add("Anna", at(0), "b")
    gallery.add("Bob", at(45), "b")
    assert GalleryIndex.of(gallery, "a").names == ("Bob",)
    index = GalleryIndex.of(gallery, "b")
    assert index.names == ("Bob", "Anna")
    assert index.match(at(80)[0]).person == "Bob"


@st.composite
def galleries(draw: st.DrawFn) -> tuple[GalleryIndex, dict[str, float], Vector]:
    """An index, the distance of each person by a plain loop, and the probe."""
    counts = draw(st.lists(st.integers(1, 6), max_size=12))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    vectors = random.standard_normal((sum(counts) + 1, draw(st.integers(2, 16))))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    owners = np.repeat(np.arange(len(counts)), counts)
    names = [f"person {i}" for i in range(len(counts))]
    nearest = dict.fromkeys(names, math.inf)
    for vector, owner in zip(vectors[1:], owners, strict=True):
        gap = math.dist(vector.tolist(), vectors[0].tolist())
        nearest[names[owner]] = min(nearest[names[owner]], gap)
    return GalleryIndex(names, vectors[1:], owners), nearest, vectors[0]


@given(galleries())
def test_match_agrees_with_a_plain_loop(
    drawn: tuple[GalleryIndex, dict[str, float], Vector],
) -> None:
    index, nearest, probe = drawn
    match = index.match(probe)
    first, second, *_ = [*sorted(nearest.values()), math.inf, math.inf]
    assert match.distance == pytest.approx(first, abs=ROUNDING)
    assert match.runner_up_distance == pytest.approx(second, abs=ROUNDING)
    if match.person is not None:
        assert match.person != match.runner_up
        assert nearest[match.person] == pytest.approx(first, abs=ROUNDING)
    if match.runner_up is not None:
        assert nearest[match.runner_up] == pytest.approx(second, abs=ROUNDING)


@given(galleries())
def test_distance_to_each_person_agrees_with_a_plain_loop(
    drawn: tuple[GalleryIndex, dict[str, float], Vector],
) -> None:
    index, nearest, probe = drawn
    assert {name: index.match_with(name, probe).distance for name in index.names} == pytest.approx(
        nearest, abs=ROUNDING
    )


@given(st.floats(0, 360), st.floats(0, 360))
def test_distance_is_the_length_of_the_difference(one: float, other: float) -> None:
    a, b = at(one, other)
    assert distances(a[None], b)[0] == pytest.approx(np.linalg.norm(a - b), abs=ROUNDING)

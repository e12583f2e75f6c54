"""What a batch of faces may do to a person, for faces of any kind: the laws of enrolment."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor.frames import Vector
from facedoor.identity.batch import Enrolee, EnrolmentPolicy, JudgedBatch, Mandate, judge_batch
from facedoor.identity.gallery import Gallery
from facedoor.identity.search import GalleryIndex, mean_direction
from facedoor.identity.templates import Templates
from vaults import VAULT, open_store

SIZE = 128
MODEL = "a" * 64
POLICY = EnrolmentPolicy(
    MODEL, own_distance=0.94, other_distance=1.03, unlike_distance=1.13, drift_distance=0.4
)
ENROLLER, ADMIN = Mandate("enroller"), Mandate("admin", is_admin=True)
ROUNDING = 1e-4


def unit(vector: np.ndarray) -> Vector:
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def somebody(random: np.random.Generator) -> Vector:
    return unit(random.standard_normal(SIZE))


def photos(random: np.random.Generator, face: Vector, count: int, spread: float = 0.5) -> Vector:
    """Photos of one face: its direction, and as much of any other as ``spread`` says."""
    noise = random.standard_normal((count, SIZE))
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    return np.array([unit(face + spread * other) for other in noise], np.float32).reshape(-1, SIZE)


def opposite(face: Vector, cosine: float, random: np.random.Generator) -> Vector:
    """Somebody with that cosine to ``face``."""
    other = random.standard_normal(SIZE)
    other -= (other @ face) * face
    return unit(cosine * face + np.sqrt(1 - cosine**2) * unit(other))


class People:
    """Who is enrolled, without a state file."""

    def __init__(self, **templates: Vector) -> None:
        self.own = dict(templates)
        self.first = dict(templates)

    def templates(self) -> Templates:
        if not self.own:
            return Templates((), np.empty((0, 0), np.float32), np.empty(0, np.intp))
        owners = np.repeat(np.arange(len(self.own)), [len(own) for own in self.own.values()])
        return Templates(tuple(self.own), np.concatenate(list(self.own.values())), owners)

    def add(self, name: str, faces: Iterable[Vector], mandate: Mandate = ENROLLER) -> JudgedBatch:
        nothing = np.empty((0, SIZE), np.float32)
        own, first = self.own.get(name, nothing), self.first.get(name, nothing)
        batch = dict(enumerate(faces))
        judged = judge_batch(batch, Enrolee(name, own, first), self.templates(), POLICY, mandate)
        if judged.accepted:
            taken = np.stack([batch[number] for number in judged.accepted])
            self.own[name] = np.concatenate([own, taken])
            if mandate.is_admin or not len(own):
                self.first[name] = np.concatenate([first, taken])
        return judged

    def drift(self, name: str) -> float:
        means = mean_direction(self.first[name]), mean_direction(self.own[name])
        return float(np.linalg.norm(means[0] - means[1]))


seeds = st.integers(0, 2**32 - 1).map(np.random.default_rng)


@given(seeds, st.integers(1, 6), st.lists(st.integers(1, 6), max_size=12), st.floats(0, 1))
def test_whatever_an_enroller_adds_the_mean_stays_near_the_first_pictures(
    random: np.random.Generator, first: int, batches: list[int], towards: float
) -> None:
    ada, mallory = somebody(random), somebody(random)
    people = People(Ada=photos(random, ada, first))
    for count in batches:
        # Morphs on the way to Mallory, from where the mean has got to.
        now = mean_direction(people.own["Ada"])
        morph = unit((1 - towards) * now + towards * mallory)
        people.add("Ada", photos(random, morph, count, spread=0.3))
        assert people.drift("Ada") <= POLICY.drift_distance + ROUNDING


@given(seeds, st.integers(1, 6))
def test_mallory_is_never_nearer_to_ada_s_mean_than_the_bound_allows(
    random: np.random.Generator, first: int
) -> None:
    ada = somebody(random)
    mallory = opposite(ada, 0.0, random)
    people = People(Ada=photos(random, ada, first, spread=0.3))
    begun = float(np.linalg.norm(mean_direction(people.own["Ada"]) - mallory))
    for step in np.linspace(0.1, 1, 30):
        morph = unit((1 - step) * ada + step * mallory)
        people.add("Ada", [morph, *photos(random, mallory, 2, spread=0.1)])
    reached = GalleryIndex(people.templates()).match(mallory).distance
    assert reached >= begun - POLICY.drift_distance - ROUNDING


@pytest.mark.parametrize("spread", [0.1, 0.9])
def test_whoever_finds_somebody_enrolled_already_is_told_what_they_can_do(spread: float) -> None:
    random = np.random.default_rng(1)
    ada = somebody(random)
    people = People(**{"O'Brien": photos(random, ada, 3, spread=0.1)})
    again = photos(random, ada, 3, spread=spread)
    of_enroller = people.add("Ida", again).refusals.values()
    of_admin = people.add("Ida", again, ADMIN).refusals.values()
    assert any("only an admin may say otherwise" in reason for reason in of_enroller)
    assert not any("only an admin" in reason for reason in of_admin)
    (asked,) = {shlex.split(said.split(": ")[1])[1] for said in of_admin if "say so" in said}
    assert asked == "O'Brien"


def test_what_an_admin_adds_is_what_the_person_looks_like_from_then_on() -> None:
    random = np.random.default_rng(1)
    ada = somebody(random)
    older = opposite(ada, 0.65, random)
    people = People(Ada=photos(random, ada, 1, spread=0.1))
    said = people.add("Ada", photos(random, older, 4, spread=0.1))
    assert any("only an admin" in reason for reason in said.refusals.values())
    assert len(people.add("Ada", photos(random, older, 4, spread=0.1), ADMIN).accepted) == 4
    assert len(people.add("Ada", photos(random, older, 4, spread=0.1)).accepted) == 4
    assert people.drift("Ada") <= POLICY.drift_distance


@given(seeds, st.integers(1, 5), st.integers(1, 5))
def test_further_pictures_of_the_same_face_are_taken(
    random: np.random.Generator, first: int, count: int
) -> None:
    ada = somebody(random)
    people = People(Ada=photos(random, ada, first, spread=0.2))
    judged = people.add("Ada", photos(random, ada, count, spread=0.2))
    assert (len(judged.accepted), dict(judged.refusals)) == (count, {})
    assert judged.moved_distance is not None
    assert judged.first_distance == pytest.approx(people.drift("Ada"), abs=ROUNDING)


@given(seeds, st.integers(0, 4), st.integers(1, 5))
def test_batch_with_one_face_of_somebody_enrolled_enrols_nothing(
    random: np.random.Generator, others: int, bobs: int
) -> None:
    bob = somebody(random)
    anna = opposite(bob, 0.0, random)
    people = People(Bob=photos(random, bob, 3, spread=0.3))
    batch = [*photos(random, anna, others, 0.3), *photos(random, bob, 1, 0.3)]
    batch += [*photos(random, bob, bobs - 1, 0.3)]
    judged = people.add("Anna", [batch[n] for n in random.permutation(len(batch))])
    assert judged.accepted == ()
    assert len(judged.refusals) == len(batch)
    assert all("Bob" in reason for reason in judged.refusals.values())


@given(seeds, st.integers(1, 6), st.integers(0, 8))
def test_fit_batch_of_somebody_new_is_enrolled_whoever_else_is(
    random: np.random.Generator, count: int, others: int
) -> None:
    anna = somebody(random)
    strangers = [opposite(anna, 0.0, random) for _ in range(others)]
    people = People(
        **{f"person {n}": photos(random, face, 3, 0.2) for n, face in enumerate(strangers)}
    )
    judged = people.add("Anna", photos(random, anna, count, 0.2))
    assert (len(judged.accepted), judged.moved_distance) == (count, None)


def test_a_face_seldom_seen_is_told_by_all_pictures_together() -> None:
    """Each photo is too far from Bob to be called Bob, and all five are: their mean shows it."""
    random = np.random.default_rng(3)
    bob = somebody(random)
    people = People(Bob=photos(random, bob, 5, spread=0.2))
    batch = photos(random, opposite(bob, 0.62, random), 5, spread=0.7)
    index = GalleryIndex(people.templates())
    assert min(index.match(face).distance for face in batch) > POLICY.own_distance
    judged = people.add("Robert", batch)
    assert judged.accepted == ()
    assert all("with the others beside it" in said for said in judged.refusals.values())


@given(seeds)
def test_twin_is_enrolled_if_an_admin_says_so_and_only_beside_that_one(
    random: np.random.Generator,
) -> None:
    ada = somebody(random)
    ida, batch = opposite(ada, 0.7, random), 3
    people = People(Ada=photos(random, ada, 3, 0.2), Bob=photos(random, somebody(random), 3, 0.2))
    pictures = photos(random, ida, batch, 0.2)
    assert people.add("Ida", pictures, ADMIN).accepted == ()
    assert people.add("Ida", pictures, Mandate("admin", True, ("Bob",))).accepted == ()
    assert len(people.add("Ida", pictures, Mandate("admin", True, ("Ada",))).accepted) == batch


def test_picture_of_the_twin_is_not_taken_even_then() -> None:
    random = np.random.default_rng(5)
    ada = somebody(random)
    ida = opposite(ada, 0.6, random)
    people = People(Ada=photos(random, ada, 3, 0.1), Ida=photos(random, ida, 3, 0.1))
    judged = people.add("Ida", photos(random, ada, 2, 0.1), Mandate("admin", True, ("Ada",)))
    assert judged.accepted == ()
    assert set(judged.refusals.values()) <= {
        "looks more like Ada",
        "does not look like Ida as enrolled",
    }


@given(seeds, st.integers(1, 4))
def test_face_just_taken_says_nothing_about_the_next(
    random: np.random.Generator, steps: int
) -> None:
    """A chain of morphs in one batch: what is too far from the mean before it is not taken."""
    ada = somebody(random)
    mallory = opposite(ada, 0.0, random)
    people = People(Ada=photos(random, ada, 2, 0.1))
    before = GalleryIndex(people.templates())
    chain = [unit((1 - s) * ada + s * mallory) for s in np.linspace(0.2, 1, steps + 1)]
    judged = people.add("Ada", chain)
    for number in judged.accepted:
        assert before.match(chain[number]).distance <= POLICY.own_distance


def test_first_pictures_are_remembered_with_the_person(tmp_path: Path) -> None:
    gallery = Gallery(open_store(tmp_path / "facedoor.db"), VAULT)
    random = np.random.default_rng(7)
    first, later, fresh = (photos(random, somebody(random), 2) for _ in range(3))
    assert len(gallery.first_templates("Ada", MODEL)) == 0
    gallery.add("Ada", first, MODEL)
    gallery.add("Ada", later, MODEL, are_later=True)
    gallery.rename("Ada", "Ida")
    assert np.array_equal(gallery.first_templates("ida", MODEL), first)
    gallery.add("Ida", fresh, MODEL)
    assert np.array_equal(gallery.first_templates("Ida", MODEL), np.concatenate([first, fresh]))
    gallery.remove("Ida")
    gallery.add("Ida", later, MODEL)
    assert np.array_equal(gallery.first_templates("Ida", MODEL), later)

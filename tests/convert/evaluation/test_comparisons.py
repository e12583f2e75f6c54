import numpy as np
import pytest

from facedoor.errors import UsageError
from facedoor_convert.evaluation.comparisons import all_against_all, joined, listed
from facedoor_convert.evaluation.pairs import Pair

EAST, NORTH = np.array([1, 0], np.float32), np.array([0, 1], np.float32)
CORNER = np.float32(np.sqrt(2))


def some_people(people: int, photos: int) -> dict[str, np.ndarray]:
    vectors = np.random.default_rng(1).standard_normal((people, photos, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
    return {
        f"{person:03d}/{photo}": vectors[person, photo]
        for person in range(people)
        for photo in range(photos)
    }


def test_listed_pairs_stay_in_order_by_kind():
    fold = [Pair("A/1", "A/2"), Pair("A/1", "B/1"), Pair("B/1", "B/2")]
    known = {"A/1": EAST, "A/2": NORTH, "B/1": EAST, "B/2": EAST}
    (compared,) = listed([fold], known)
    assert compared.genuine == pytest.approx([CORNER, 0])
    assert compared.impostor.tolist() == [0]
    assert [compared.photos[place] for place in compared.genuine_photos[1]] == ["B/1", "B/2"]


def test_a_pair_with_a_missed_face_is_infinitely_far_apart():
    (compared,) = listed([[Pair("A/1", "A/2")]], {"A/1": EAST, "A/2": None})
    assert compared.genuine.tolist() == [np.inf]


def test_folds_can_be_joined():
    known = {"A/1": EAST, "A/2": NORTH, "B/1": EAST}
    parts = listed([[Pair("A/1", "A/2")], [Pair("A/1", "B/1")]], known)
    whole = joined(parts)
    assert (len(whole.genuine), len(whole.impostor)) == (1, 1)


def test_everybody_meets_everybody_once():
    known = some_people(people=200, photos=3)
    compared = all_against_all(known)
    assert len(compared.genuine) == 200 * 3
    assert len(compared.impostor) == 600 * 597 // 2
    for distances, places in (
        (compared.genuine, compared.genuine_photos),
        (compared.impostor, compared.impostor_photos),
    ):
        first, second = (
            np.stack([known[compared.photos[place]] for place in side]) for side in places.T
        )
        assert np.allclose(distances, np.linalg.norm(first - second, axis=1), atol=1e-3)


def test_whoever_has_many_photos_does_not_speak_for_everybody():
    known = some_people(people=20, photos=5)
    assert len(all_against_all(known, max_impostors=190 * 4).impostor) == 190 * 4
    compared = all_against_all(known, max_impostors=1)
    assert len(compared.impostor) == 190
    assert len(compared.genuine) == 20 * 10


def test_a_missed_photo_is_compared_and_never_accepted():
    compared = all_against_all({"A/1": EAST, "A/2": EAST, "B/1": None})
    assert compared.genuine.tolist() == [0]
    assert compared.impostor.tolist() == [np.inf, np.inf]


def test_another_measure_of_distance_can_be_used():
    def minus_cosine(first, second):
        return -(first @ second.T)

    known = {"A/1": EAST, "A/2": EAST, "B/1": NORTH}
    assert all_against_all(known, minus_cosine).genuine.tolist() == [-1]
    (compared,) = listed([[Pair("A/1", "A/2")]], known, minus_cosine)
    assert compared.genuine.tolist() == [-1]


@pytest.mark.parametrize("photos", [{}, {"A/1": EAST, "A/2": EAST}, {"A/1": EAST, "B/1": EAST}])
def test_there_must_be_two_people_and_two_photos_of_one(photos):
    with pytest.raises(UsageError, match="photos of two people"):
        all_against_all(photos)


def test_only_some_people_can_be_looked_at():
    known = some_people(people=5, photos=2)
    compared = all_against_all(known).among({"001", "003"})
    alone = all_against_all({photo: known[photo] for photo in known if photo[:3] in ("001", "003")})
    assert compared.photos == alone.photos
    assert (compared.impostor_photos == alone.impostor_photos).all()
    assert compared.impostor == pytest.approx(alone.impostor)

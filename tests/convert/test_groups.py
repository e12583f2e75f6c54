import numpy as np

from facedoor_convert.comparisons import all_against_all
from facedoor_convert.groups import fmr_by_group, neighbourhoods


def town(spread: dict[str, float]) -> dict[str, np.ndarray]:
    """Groups of 20 people around directions that are far apart; two photos of each person."""
    draw, photos = np.random.default_rng(1), {}
    for axis, (group, width) in enumerate(spread.items()):
        for person in range(20):
            own = np.eye(16)[axis] + draw.normal(0, width, 16)
            for photo in range(2):
                vector = own + draw.normal(0, 0.01, 16)
                photos[f"{group}{person}/{photo}"] = np.float32(vector / np.linalg.norm(vector))
    return photos


TOWN = town({"close": 0.02, "wide": 0.12})
LABELS = {photo.partition("/")[0]: photo.rstrip("0123456789/") for photo in TOWN}


def test_the_group_whose_people_look_alike_comes_first():
    first, second = fmr_by_group(all_against_all(TOWN), LABELS, 0.3)
    assert (first.group, first.people, first.comparisons) == ("close", 20, 190 * 4)
    assert first.fmr == 1
    assert second.fmr < 0.2


def test_people_without_a_label_are_left_out():
    some = {"close1": "a", "close2": "a", "wide1": "alone"}
    (only,) = fmr_by_group(all_against_all(TOWN), some, 0.3)
    assert (only.group, only.people, only.comparisons) == ("a", 2, 4)


def test_neighbourhoods_are_found_where_people_stand_together():
    found = neighbourhoods(TOWN, 2)
    assert len({found[person] for person in found if person.startswith("close")}) == 1
    assert found["close1"] != found["wide1"]
    assert found == neighbourhoods(TOWN, 2)


def test_a_person_without_an_embedding_lives_nowhere():
    assert "ghost" not in neighbourhoods({**TOWN, "ghost/1": None}, 2)


def test_there_are_no_more_neighbourhoods_than_people_to_tell_apart():
    same = {f"{person}/1": np.array([1, 0], np.float32) for person in range(5)}
    assert set(neighbourhoods(same, 3).values()) == {"0"}

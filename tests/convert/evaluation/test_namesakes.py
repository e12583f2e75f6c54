"""Who may be one person under two names, and is then no stranger to themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor_convert.evaluation.comparisons import all_against_all
from facedoor_convert.evaluation.namesakes import namesakes


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Nan_Wang", "Wang_Nan"),
        ("Chyung_Dai-chul", "Dai_Chul_Chyung"),
        ("John_Barnett", "John_Burnett"),
        ("Hasan_Wirayuda", "Hassan_Wirajuda"),
        ("JOHN Barnett", "john barnett"),
    ],
)
def test_one_name_in_two_spellings(one: str, other: str) -> None:
    assert namesakes([one, other]) == {(min(one, other), max(one, other))}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("John_Barnett", "John_Burkett"),
        ("David_Ho", "David_Hu"),
        ("person_0001", "person_0002"),
        ("a1b2c3d4", "a1b2c3d5"),
        ("John_Barnett", "John"),
        ("a_name_that_has_five_words", "a_name_that_has_five_word"),
    ],
)
def test_two_names(one: str, other: str) -> None:
    assert namesakes([one, other]) == set()


@given(st.lists(st.text("abc _", min_size=1, max_size=9), max_size=8))
def test_nobody_is_their_own_namesake_and_order_does_not_matter(names: list[str]) -> None:
    found = namesakes(names)
    assert found == namesakes(names[::-1])
    assert all(first < second for first, second in found)


def test_namesakes_are_not_compared_and_everybody_else_is() -> None:
    people = ["Jo_Barnett", "John_Barnett", "John_Burnett", "Nan_Wang", "Zoe_Lee", "Wang_Nan"]
    known = {f"{name}/{n}": np.eye(8, dtype=np.float32)[n] for name in people for n in range(2)}
    compared = all_against_all(known)
    assert len(compared.genuine) == 6
    met = {
        tuple(compared.photos[place].partition("/")[0] for place in pair)
        for pair in compared.impostor_photos
    }
    assert len(met) == 15 - 2
    assert ("John_Barnett", "John_Burnett") not in met
    assert ("Nan_Wang", "Wang_Nan") not in met
    assert len(compared.impostor) == 13 * 4

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from circle import at
from facedoor.errors import ImageError
from facedoor.frames import Image
from facedoor.vision.embedder import Embedder
from facedoor.vision.interpreter import Network
from facedoor_convert.errors import SourceError
from facedoor_convert.packs.representative_photos import choose, representative_faces
from facedoor_convert.readers.photo_source import PhotoSource


def cut(data: bytes, name: str) -> Image | None:
    """A made-up face of each photo: none in `empty`, and `damaged` cannot be read."""
    if data == b"damaged":
        raise ImageError(f"{name} is damaged")
    if data == b"empty":
        return None
    return np.random.default_rng(len(name)).integers(0, 256, (160, 160, 3), np.uint8)


def source(folder: Path, **people: list[bytes]) -> PhotoSource:
    for person, photos in people.items():
        (folder / person).mkdir()
        for number, data in enumerate(photos):
            (folder / person / f"{number}.jpg").write_bytes(data)
    return PhotoSource(folder)


def test_faces_are_chosen_and_counted(tmp_path: Path, float_network: Network) -> None:
    photos = source(tmp_path, ada=[b"face", b"damaged"], bob=[b"face", b"empty", b"face"])
    chosen = representative_faces(photos, cut, Embedder(float_network, "standardise"))
    assert chosen.as_json() == {
        "faces": 3,
        "people": 2,
        "looked_at": 5,
        "without_face": 1,
        "unreadable": 1,
    }


def test_photos_without_any_face_are_one_error(tmp_path: Path, float_network: Network) -> None:
    photos = source(tmp_path, ada=[b"empty"], bob=[b"damaged"])
    with pytest.raises(SourceError, match="no face was found in 2 photos"):
        representative_faces(photos, cut, Embedder(float_network, "standardise"))


def test_the_next_face_is_the_one_farthest_from_all_that_are_taken() -> None:
    vectors = at(0, 1, 2, 90, 91, 180)
    assert set(choose(vectors, list("abcdef"), 3)) in ({0, 3, 5}, {0, 4, 5})


def test_nobody_gives_more_than_an_even_share_while_others_have_photos() -> None:
    vectors = at(0, 60, 120, 180, 1, 2)
    chosen = choose(vectors, list("aaaabc"), 3)
    assert sorted("aaaabc"[index] for index in chosen) == ["a", "b", "c"]
    chosen = choose(vectors, list("aaaabc"), 5)
    assert sorted("aaaabc"[index] for index in chosen) == ["a", "a", "a", "b", "c"]


@given(st.lists(st.integers(0, 359), min_size=1, max_size=12), st.integers(1, 15))
def test_a_choice_has_no_face_twice_and_depends_on_nothing_else(
    degrees: list[int], most: int
) -> None:
    people = [str(angle % 3) for angle in degrees]
    chosen = choose(at(*degrees), people, most)
    assert len(set(chosen)) == len(chosen) == min(most, len(degrees))
    assert chosen == choose(at(*degrees), people, most)

"""Reading still pictures: an embedding of the one person in it, or why there is none."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import pytest

from facedoor.camera.pictures import read_picture
from facedoor.errors import PackError
from facedoor.frames import Image
from facedoor.reasons import Reason
from facedoor.vision.pack import Pack
from facedoor.vision.reader import FaceReader


def val(photos: Path, person: str, start: str) -> Image:
    (path,) = (photos / "val" / person).glob(f"{start}*.jpg")
    return read_picture(path)


@pytest.fixture(scope="module")
def jerry(photos: Path) -> Image:
    return val(photos, "jerry_seinfeld", "httpafiles")


@pytest.fixture(scope="module")
def ben(photos: Path) -> Image:
    return val(photos, "ben_afflek", "httpafiles")


def side_by_side(left: Image, right: Image) -> Image:
    picture = np.full((300, left.shape[1] + right.shape[1], 3), 128, np.uint8)
    picture[: left.shape[0], : left.shape[1]] = left
    picture[: right.shape[0], left.shape[1] :] = right
    return picture


def smaller(picture: Image, factor: float) -> Image:
    size = round(picture.shape[1] * factor), round(picture.shape[0] * factor)
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.uint8)


def test_good_photo_gives_a_unit_vector_always_the_same(reader: FaceReader, jerry: Image) -> None:
    reading = reader.read(jerry)
    assert reading.refusal is None
    assert np.linalg.norm(reading.embedding) == pytest.approx(1, abs=1e-5)
    assert reading.face is not None
    assert (reading.embedding == reader.read(jerry.copy()).embedding).all()


def test_a_person_is_nearer_to_themselves_than_to_others(
    reader: FaceReader, jerry: Image, ben: Image, photos: Path
) -> None:
    other = reader.read(val(photos, "jerry_seinfeld", "httpcdnssn")).embedding
    own = np.linalg.norm(reader.read(jerry).embedding - other)
    assert own < np.linalg.norm(reader.read(ben).embedding - other)


@pytest.mark.parametrize("shape", [(300, 300, 3), (1, 1, 3), (5, 900, 3)])
def test_a_picture_without_a_face_says_so(reader: FaceReader, shape: tuple[int, ...]) -> None:
    reading = reader.read(np.full(shape, 90, np.uint8))
    assert (reading.embedding, reading.refusal, reading.face) == (None, Reason.NO_FACE, None)


def test_a_picture_of_two_is_refused(reader: FaceReader, jerry: Image, ben: Image) -> None:
    reading = reader.read(side_by_side(jerry, ben))
    assert (reading.embedding, reading.refusal) == (None, Reason.SEVERAL_FACES)


def test_a_small_bystander_does_not_matter(reader: FaceReader, jerry: Image, ben: Image) -> None:
    picture = side_by_side(jerry, smaller(ben, 0.35))
    assert len(reader.detector.find(picture)) == 2
    reading, alone = reader.read(picture), reader.read(jerry)
    assert reading.refusal is None
    assert np.linalg.norm(reading.embedding - alone.embedding) < 0.25


def test_a_poor_photo_is_refused_with_what_it_lacks(reader: FaceReader, jerry: Image) -> None:
    assert reader.read(smaller(jerry, 0.2)).refusal is Reason.TOO_FAR
    assert reader.read(jerry // 8).refusal is Reason.TOO_DARK
    assert reader.read(jerry // 8).face is not None


def test_a_crop_has_the_size_that_the_embedder_takes(reader: FaceReader, jerry: Image) -> None:
    (face,) = reader.detector.find(jerry)
    assert reader.crop(jerry, face).shape == (160, 160, 3)


@pytest.mark.parametrize("model", ["embedder", "search", "landmarks"])
def test_a_model_of_another_size_than_the_manifest_says_is_refused(pack: Pack, model: str) -> None:
    """The crop's template is in pixels of the size that the manifest states."""
    wrong = dataclasses.replace(getattr(pack.manifest, model), width_px=112)
    manifest = dataclasses.replace(pack.manifest, **{model: wrong})
    with pytest.raises(PackError, match=r"takes .* but the manifest says 112 x"):
        FaceReader.of(dataclasses.replace(pack, manifest=manifest))


def test_a_face_that_is_small_in_a_large_photo_is_called_too_small(
    reader: FaceReader, jerry: Image
) -> None:
    photo = np.full((3000, 4000, 3), 140, np.uint8)
    assert reader.read(photo).refusal is Reason.NO_FACE
    person = smaller(jerry, 90 / jerry.shape[1])
    photo[2100 : 2100 + person.shape[0], 3000 : 3000 + person.shape[1]] = person
    assert not reader.detector.find(photo)
    assert reader.read(photo).refusal is Reason.TOO_FAR

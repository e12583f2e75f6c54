"""Covered faces: masks and sunglasses that are drawn onto the celebrities, and bare ones."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import drawn_covers
from facedoor.camera.pictures import read_picture, shrunk_to_fit
from facedoor.frames import Box, Face, Image
from facedoor.reasons import Reason
from facedoor.vision.cover import NUMBERS, CoverNetwork, network, packed, patch
from facedoor.vision.quality import FOR_ENROLMENT, assess
from facedoor.vision.reader import EnrolmentReader, FaceReader
from faces import face_at

Seen = list[tuple[Image, Face]]


@pytest.fixture(scope="module")
def bare(reader: FaceReader, photos: Path) -> Seen:
    """The photos of ``val/`` that the door would judge, with the face of each."""
    found = []
    for path in sorted((photos / "val").glob("*/*.jpg")):
        picture = shrunk_to_fit(read_picture(path), 500, 500)
        (face, *_) = reader.detector.find(picture)
        if assess(face, reader.crop(picture, face), picture) in (None, Reason.COVERED):
            found.append((picture, face))
    return found


def covered(seen: Seen, reader: FaceReader, *covers: str) -> Seen:
    """The same in a mask, in sunglasses or in both, as the detector finds them then."""
    found = []
    for number, (picture, face) in enumerate(seen):
        for cover in covers:
            draw = getattr(drawn_covers, cover)
            picture = draw(np.random.default_rng(number), picture, face)
        if (again := reader.detector.follow(picture, face.box)) is not None:
            found.append((picture, again))
    return found


def refusals(seen: Seen, reader: FaceReader) -> list[Reason | None]:
    return [assess(face, reader.crop(picture, face), picture) for picture, face in seen]


def test_bare_faces_are_judged(reader: FaceReader, bare: Seen) -> None:
    assert len(bare) >= 20
    assert refusals(bare, reader).count(Reason.COVERED) <= 1


def test_masks_are_refused_at_the_door_with_or_without_sunglasses(
    reader: FaceReader, bare: Seen
) -> None:
    for covers in (("mask",), ("mask", "sunglasses")):
        seen = covered(bare, reader, *covers)
        refused = refusals(seen, reader)
        judged = [reason for reason in refused if reason in (None, Reason.COVERED)]
        assert judged.count(Reason.COVERED) >= 0.7 * len(judged), covers
    assert Reason.COVERED.guidance == "show your whole face"


def test_sunglasses_alone_shut_nobody_out_but_enrol_nobody(reader: FaceReader, bare: Seen) -> None:
    seen = covered(bare, reader, "sunglasses")
    assert refusals(seen, reader).count(Reason.COVERED) <= 0.15 * len(seen)
    enrolled = [
        assess(face, reader.crop(picture, face), picture, FOR_ENROLMENT) for picture, face in seen
    ]
    judged = [reason for reason in enrolled if reason in (None, Reason.COVERED)]
    assert judged.count(Reason.COVERED) >= 0.5 * len(judged)


def test_enrolment_of_a_masked_face_is_refused_and_told_why(
    reader: FaceReader, photos: Path
) -> None:
    picture = read_picture(sorted((photos / "train" / "jerry_seinfeld").glob("*.jpg"))[0])
    (face,) = reader.detector.find(picture)
    masked = drawn_covers.mask(np.random.default_rng(4), picture, face)
    assert EnrolmentReader(reader).read(masked).refusal is Reason.COVERED
    assert EnrolmentReader(reader).read(picture).refusal is None
    assert "mask" in Reason.COVERED.advice


def test_light_and_size_do_not_cover_a_face(reader: FaceReader, bare: Seen) -> None:
    for picture, face in bare[:8]:
        dim = (picture * 0.6).astype(np.uint8)
        assert network().judge(dim, face).mouth == pytest.approx(
            network().judge(picture, face).mouth, abs=1.0
        )


def test_patch_is_even_and_the_same_wherever_the_face_is() -> None:
    blocks = np.random.default_rng(1).integers(0, 255, (15, 20, 3)).astype(np.uint8)
    noise = np.repeat(np.repeat(blocks, 20, axis=0), 20, axis=1)
    face = face_at(200, 150, width_px=90)
    seen = patch(noise, face)
    assert (seen.shape, seen.dtype) == ((768,), np.float32)
    assert (float(seen.mean()), float(seen.std())) == pytest.approx((0, 1), abs=1e-4)
    moved = np.roll(noise, (40, 60), axis=(0, 1))
    again = face_at(260, 190, width_px=90)
    np.testing.assert_allclose(patch(moved, again), seen, atol=0.05)


def test_face_at_the_edge_or_beyond_it_is_no_error() -> None:
    for face in (face_at(2, 2, 80), face_at(-400, -400, 80), face_at(5000, 20, 80)):
        assert np.isfinite(patch(np.zeros((60, 80, 3), np.uint8), face)).all()
    flat = replace(face_at(), box=Box(0, 0, 0, 0))
    assert np.isfinite(patch(np.zeros((480, 640, 3), np.uint8), flat)).all()


def test_numbers_are_small_and_survive_being_written(tmp_path: Path) -> None:
    assert NUMBERS.stat().st_size < 40_000
    said = json.loads(NUMBERS.read_text())
    loaded = CoverNetwork.load()
    assert packed(loaded.hidden)["int8"] == said["hidden"]["int8"]
    assert loaded.hidden.shape == (768, len(loaded.hidden_bias))
    assert loaded.output.shape == (len(loaded.hidden_bias), 2)

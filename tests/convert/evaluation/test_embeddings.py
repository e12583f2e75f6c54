import shutil

import numpy as np
import pytest

from facedoor.errors import ImageError, PackError
from facedoor_convert.errors import ConvertError
from facedoor_convert.evaluation import embeddings
from facedoor_convert.networks.graph import Dense, GlobalAverage, Graph
from facedoor_convert.tflite import writer


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "facedoor" / "embeddings"


@pytest.fixture
def some(photos):
    """Three photos of one person, by name."""
    return {file.name: file for file in sorted(photos.glob("val/madonna/*.jpg"))[:3]}


def write_embedder(file, weight):
    """A network that takes 32 x 32 pixels and gives their mean colour, times ``weight``, plus 1."""
    kernel, bias = np.eye(3, dtype=np.float32) * np.float32(weight), np.ones(3, np.float32)
    layers = (GlobalAverage("mean", "in"), Dense("out", "mean", kernel, bias))
    file.write_bytes(writer.write(Graph("in", (32, 32, 3), layers)))
    return file


def unheard(_share: float) -> None:
    """Nobody looks how often progress is made; a photo out of the cache makes none."""


def test_embeddings_are_those_of_the_door(some, pack, reader):
    found = embeddings.embed(some, pack, unheard)
    for name, path in some.items():
        image = embeddings.pictures.read_picture(path)
        (face,) = reader.detector.find(image)
        assert (found[name].embedding == reader.embed(reader.crop(image, face))).all()


def test_a_photo_is_read_once_whatever_its_name(some, pack, tmp_path):
    first: list[float] = []
    second: list[float] = []
    before = embeddings.embed(some, pack, first.append)
    name, path = next(iter(some.items()))
    moved = shutil.copy(path, tmp_path / "moved.jpg")
    after = embeddings.embed({"moved": moved}, pack, second.append)
    assert first == pytest.approx([1 / 3, 2 / 3, 1])
    assert second == []
    assert (after["moved"].embedding == before[name].embedding).all()
    assert after["moved"].refusal == before[name].refusal


def test_what_was_read_before_an_error_is_kept(some, pack, tmp_path):
    damaged = tmp_path / "damaged.jpg"
    damaged.write_bytes(b"\xff\xd8\xff no picture")
    with pytest.raises(ImageError, match=r"damaged\.jpg"):
        embeddings.embed({**some, "damaged": damaged}, pack, unheard)
    again: list[float] = []
    embeddings.embed(some, pack, again.append)
    assert again == []


@pytest.mark.parametrize("damage", [b"", b"PK no archive", b"PK\x03\x04"])
def test_a_damaged_cache_is_made_anew(some, pack, cache, damage):
    embeddings.embed(some, pack, unheard)
    (file,) = cache.iterdir()
    file.write_bytes(damage)
    again: list[float] = []
    embeddings.embed(some, pack, again.append)
    assert len(again) == 3


def test_a_cache_that_cannot_be_written_is_named(some, pack, cache):
    cache.parent.mkdir(parents=True)
    cache.touch()
    with pytest.raises(ConvertError, match=f"cannot write {cache}.*XDG_CACHE_HOME"):
        embeddings.embed(some, pack, unheard)


def test_a_photo_without_a_face_has_no_embedding(pack, tmp_path):
    wall = tmp_path / "wall.png"
    embeddings.pictures.cv2.imwrite(str(wall), np.full((200, 200, 3), 90, np.uint8))
    for _ in range(2):
        found = embeddings.embed({"wall": wall}, pack, unheard)["wall"]
        assert (found.embedding, found.refusal) == (None, "no_face")


def test_another_embedder_takes_the_place_of_the_packs_own(some, pack, tmp_path):
    copy = shutil.copy(pack.path(pack.manifest.embedder), tmp_path / "copy.tflite")
    other = embeddings.with_embedder(pack, copy)
    assert other.path(other.manifest.embedder) == copy
    assert other.manifest.crop == pack.manifest.crop
    assert embeddings.fingerprint(other) == embeddings.fingerprint(pack)


def test_an_embedder_may_be_smaller_and_the_crop_with_it(pack, some, tmp_path):
    other = embeddings.with_embedder(pack, write_embedder(tmp_path / "small.tflite", 1.0))
    assert other.manifest.crop.mouth == pytest.approx((16, 22.54))
    assert embeddings.fingerprint(other) != embeddings.fingerprint(pack)
    assert len(embeddings.embed(some, other, unheard)) == 3


def test_an_embedder_that_gives_no_numbers_is_refused(pack, some, tmp_path):
    other = embeddings.with_embedder(pack, write_embedder(tmp_path / "nan.tflite", np.nan))
    with pytest.raises(ConvertError, match="the embedder gives nothing for"):
        embeddings.embed(some, other, unheard)


def test_a_detector_is_no_embedder(pack):
    with pytest.raises(ConvertError, match="does not give one vector"):
        embeddings.with_embedder(pack, pack.path(pack.manifest.search))


def test_a_file_that_is_no_model_is_named(pack, tmp_path):
    (tmp_path / "none.tflite").write_bytes(b"none")
    with pytest.raises(PackError, match=r"none\.tflite"):
        embeddings.with_embedder(pack, tmp_path / "none.tflite")

"""The built pack in the other interpreter, tflite-runtime, in an environment of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from facedoor.camera.pictures import read_picture
from facedoor.frames import Reading
from facedoor.identity.search import GalleryIndex
from facedoor.identity.templates import Templates
from facedoor.vision.pack import Pack
from facedoor.vision.reader import FaceReader

CLONE = Path(__file__).parents[2]
PYTHON = CLONE / ".venv-tflite" / "bin" / "python"

LEAST_COSINE = 0.997
"""Between one photo's embeddings. The kernels round differently, and so does the warp of the older
OpenCV beside them; 0.998 was the least seen."""

READS_PHOTOS = """
import importlib.util
import sys
from pathlib import Path

import numpy as np

from facedoor.camera.pictures import read_picture
from facedoor.vision import pack
from facedoor.vision.reader import FaceReader

assert importlib.util.find_spec("ai_edge_litert") is None
folder, output, *photos = map(Path, sys.argv[1:])
reader = FaceReader.of(pack.load(folder))
readings = [reader.read(read_picture(photo)) for photo in photos]
np.savez(
    output,
    embeddings=[reading.embedding for reading in readings],
    landmarks=[reading.face.landmarks for reading in readings],
)
"""


@pytest.fixture(scope="module")
def probes(photos: Path) -> list[Path]:
    """Two photos of each of five people."""
    people = sorted((photos / "val").iterdir())
    return [photo for person in people for photo in sorted(person.glob("*.jpg"))[:2]]


@pytest.fixture(scope="module")
def here(reader: FaceReader, probes: list[Path]) -> list[Reading]:
    return [reader.read(read_picture(photo)) for photo in probes]


@pytest.fixture(scope="module")
def there(pack: Pack, probes: list[Path], tmp_path_factory: pytest.TempPathFactory):
    """Landmarks and embeddings of the same photos, made by tflite-runtime."""
    if not PYTHON.exists():
        pytest.skip(
            "there is no .venv-tflite: make test makes it where Python is 3.11 or older, "
            "since tflite-runtime has no wheels for a newer one"
        )
    output = tmp_path_factory.mktemp("tflite") / "read.npz"
    arguments = [PYTHON, "-c", READS_PHOTOS, pack.directory, output, *probes]
    environment = {"PYTHONPATH": str(CLONE / "edge")}
    command = [str(argument) for argument in arguments]
    subprocess.run(command, env=environment, check=True, timeout=120)
    return np.load(output)


def test_it_finds_the_same_faces(here: list[Reading], there) -> None:
    for reading, landmarks in zip(here, there["landmarks"], strict=True):
        assert reading.face is not None
        assert landmarks == pytest.approx(reading.face.landmarks, abs=0.5)


def test_its_embeddings_are_nearly_the_same(here: list[Reading], there) -> None:
    embeddings = np.stack([reading.embedding for reading in here])
    assert np.sum(embeddings * there["embeddings"], axis=1).min() >= LEAST_COSINE


def test_it_recognises_the_same_people(
    reader: FaceReader, photos: Path, probes: list[Path], here: list[Reading], there
) -> None:
    people = sorted(person.name for person in (photos / "val").iterdir())
    own = [sorted((photos / "val" / person).glob("*.jpg"))[2:] for person in people]
    templates = [reader.read(read_picture(photo)).embedding for each in own for photo in each]
    owners = np.repeat(np.arange(len(people)), [len(each) for each in own])
    index = GalleryIndex(Templates(tuple(people), np.stack(templates), owners))
    for photo, reading, embedding in zip(probes, here, there["embeddings"], strict=True):
        assert index.match(embedding).person == index.match(reading.embedding).person
        assert index.match(embedding).person == photo.parent.name

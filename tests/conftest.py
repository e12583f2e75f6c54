"""What all tests share: the pack of this clone, the photos inside the weights' package."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from facedoor.vision import pack as packs
from facedoor.vision.reader import FaceReader
from facedoor_convert.packs import photos as photo_packages
from facedoor_convert.packs import recipe

pytest_plugins = ["broker", "door_kit", "machine_kit"]

CLONE = Path(__file__).parents[1]

# A property says what is true, not how fast: a busy machine must not fail it.
settings.register_profile("facedoor", deadline=None)
settings.load_profile("facedoor")


@pytest.fixture(scope="session")
def pack() -> packs.Pack:
    """The pack of this clone, which `make test` builds once."""
    return packs.load(CLONE / "build" / "pack")


@pytest.fixture(scope="session")
def reader(pack: packs.Pack) -> FaceReader:
    return FaceReader.of(pack)


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The five-celebrities photos: `train/PERSON/*.jpg` and `val/PERSON/*.jpg`."""
    folder = tmp_path_factory.mktemp("photos")
    photo_packages.unpack(recipe.load(CLONE / "models" / "facenet.toml"), folder, lambda _: None)
    return folder

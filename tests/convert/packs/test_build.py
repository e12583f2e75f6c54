"""Whole builds of the genuine pack, in a process of their own."""

from __future__ import annotations

import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from door_kit import PACK, Answer, ended
from facedoor.vision import pack
from facedoor_convert import files
from facedoor_convert.packs.recipe import Recipe
from facedoor_convert.readers.package_source import Archive
from facedoor_convert.tflite import ranges
from fasnet_files import fasnet_arrays, torch_file
from workbench import RECIPE

pytestmark = pytest.mark.usefixtures("archives")


def command(recipe: Path, output: Path, *options: str) -> list[str]:
    main = "from facedoor_convert.cli.main import main; exit(main())"
    build = ["build", str(recipe), "--output", str(output), "--json"]
    return [sys.executable, "-c", main, *build, *options]


def build(recipe: Path, output: Path, *options: str, **environment: str) -> Answer:
    return ended(*command(recipe, output, *options), within_s=300.0, **environment)


def changed(recipe: Recipe, folder: Path, old: str, new: str) -> Path:
    """A copy of the recipe, with what lies beside it, in which ``old`` has become ``new``."""
    for file in (recipe.ranges_file, recipe.directory / recipe.calibration):
        (folder / file.name).write_bytes(file.read_bytes())
    path = folder / RECIPE.name
    path.write_text(RECIPE.read_text().replace(old, new))
    return path


def old_pack(folder: Path) -> Path:
    """Something that a new pack may replace."""
    path = folder / "pack"
    path.mkdir()
    (path / "manifest.json").write_text("{}")
    return path


@pytest.fixture(scope="module")
def built(
    archives: dict[str, Archive], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Answer]:
    output = tmp_path_factory.mktemp("build") / "new" / "pack"
    return output, build(RECIPE, output, PYTHONHASHSEED="1")


def test_the_pack_is_what_the_recipe_says(built: tuple[Path, Answer], facenet: Recipe) -> None:
    output, done = built
    manifest = pack.load(output).manifest
    assert done.exit_code == 0, done.error
    assert manifest.embedder.sha256 == facenet.embedder.sha256
    assert manifest.matches_recipe
    assert manifest.crop == facenet.embedder.crop
    assert manifest.threshold == facenet.threshold


def test_one_json_object_tells_what_was_made(built: tuple[Path, Answer]) -> None:
    output, done = built
    report = done.json
    assert report["pack"] == str(output)
    assert set(report["models"]) == {"embedder", "search", "landmarks", "liveness"}
    assert report["models"]["embedder"]["bytes"] == (output / "embedder.tflite").stat().st_size
    assert report["parity"]["faces"] == 25
    assert report["peak_memory_mb"] < 1000
    assert report["seconds"] > 0


def test_memory_of_whoever_started_the_converter_is_not_counted() -> None:
    own = "from facedoor_convert.packs.build import peak_memory_mb; print(peak_memory_mb())"
    beside = b"1" * 600_000_000
    peak_mb = int(subprocess.check_output([sys.executable, "-c", own]))
    assert 10 < peak_mb < len(beside) / 2**20


def test_nothing_but_the_pack_stays_behind(built: tuple[Path, Answer]) -> None:
    output, _ = built
    assert list(output.parent.iterdir()) == [output]
    models = ("embedder", "search", "landmarks", "liveness")
    names = {"manifest.json", *(f"{model}.tflite" for model in models)}
    assert {path.name for path in output.iterdir()} == names


def test_the_liveness_network_is_what_the_recipe_says(
    built: tuple[Path, Answer], facenet: Recipe
) -> None:
    output, done = built
    plan, optional = facenet.liveness
    liveness = pack.load(output).manifest.liveness
    assert liveness is not None
    (network,) = liveness.networks
    assert (network.width_px, network.height_px, network.quantisation) == (128, 128, "float16")
    assert (network.crop_scale, network.colour, network.value_range, network.live_class) == (
        *(plan.crop_scale, plan.colour, plan.value_range, plan.live_class),
    )
    assert network.origin.package == "faceplugin-face-recognition-js"
    assert network.origin.training_data == plan.weights.training_data
    assert (liveness.deny_below, liveness.open_from) == (plan.deny_below, plan.open_from)
    assert liveness.threshold_source == plan.threshold_source
    report = done.json["liveness"]
    assert report["largest_difference"]["liveness.tflite"] < 0.005
    assert report["left_out"] == optional.weights.file


def test_a_recipe_may_ask_for_another_form_and_be_given_an_optional_network(
    facenet: Recipe, tmp_path: Path
) -> None:
    given = tmp_path / "any name"
    given.write_bytes(torch_file(fasnet_arrays()))
    recipe = changed(facenet, tmp_path, facenet.liveness[1].weights.sha256, files.sha256(given))
    recipe.write_text(
        recipe.read_text().replace('quantisation = "int8"', 'quantisation = "dynamic"')
    )
    (tmp_path / facenet.ranges_file.name).unlink()  # which this form does not need
    done = build(recipe, tmp_path / "pack", "--source", str(given))
    assert done.exit_code == 0, done.error
    manifest = pack.load(tmp_path / "pack").manifest
    assert done.json["quantisation"] == manifest.embedder.quantisation == "dynamic"
    # Other bytes than the recipe names, within tolerance, are taken and said.
    assert done.json["matches_recipe"] is manifest.matches_recipe is False
    assert manifest.liveness is not None
    first, second = manifest.liveness.networks
    assert (first.file, second.file) == ("liveness.tflite", "liveness2.tflite")
    assert second.width_px == 32
    assert manifest.liveness.open_from == facenet.liveness[1].open_from
    assert done.json["liveness"]["left_out"] is None


def test_another_process_made_the_same_bytes(built: tuple[Path, Answer]) -> None:
    output, _ = built
    for path in output.iterdir():
        assert (PACK / path.name).read_bytes() == path.read_bytes()


def test_ranges_are_recorded_on_photos_of_one_s_own(
    facenet: Recipe, archives: dict[str, Archive], tmp_path: Path
) -> None:
    photos = facenet.embedder.parity.photos
    with zipfile.ZipFile(tmp_path / "own.zip", "w") as own:
        # Every fourth of 25: some of each person, in a quarter of the time.
        every_fourth = list(archives[photos.package].photos(photos.folder).items())[::4]
        for name, data in every_fourth:
            own.writestr(name, data)
    recipe = changed(facenet, tmp_path, "", "")
    done = build(recipe, tmp_path / "pack", "--calibration", str(tmp_path / "own.zip"))
    assert done.exit_code == 0, done.error
    assert done.json["calibration"]["faces"] == len(every_fourth) == 7
    assert done.json["calibration"]["people"] == 5
    assert ranges.read(tmp_path / facenet.ranges_file.name).faces == 7


def test_what_is_no_photo_leaves_pack_and_ranges_alone(facenet: Recipe, tmp_path: Path) -> None:
    old = old_pack(tmp_path)
    recipe = changed(facenet, tmp_path, "", "")
    (tmp_path / "photos").mkdir()
    done = build(recipe, old, "--calibration", str(tmp_path / "photos"))
    assert done.exit_code == 3
    assert "there are no photos in" in done.error.splitlines()[-1]
    assert (old / "manifest.json").read_text() == "{}"
    kept = (tmp_path / facenet.ranges_file.name).read_bytes()
    assert kept == facenet.ranges_file.read_bytes()


def test_a_model_outside_the_tolerance_is_refused_and_the_old_pack_stays(
    facenet: Recipe, tmp_path: Path
) -> None:
    old = old_pack(tmp_path)
    recipe = changed(facenet, tmp_path, "cosine_min = 0.995", "cosine_min = 0.99999")
    done = build(recipe, old)
    assert done.exit_code == 3
    assert "strays from the float one" in done.error.splitlines()[-1]
    assert (old / "manifest.json").read_text() == "{}"


@pytest.mark.parametrize(("ends_by", "left"), [(signal.SIGINT, 1), (signal.SIGKILL, 2)])
def test_an_interrupted_build_leaves_the_old_pack_as_it_was(
    tmp_path: Path, ends_by: signal.Signals, left: int
) -> None:
    old = old_pack(tmp_path)
    with subprocess.Popen(
        command(RECIPE, old),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # A shell starts what runs in its background deaf to SIGINT, and tests may run there.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "converting the embedder" in line:
                process.send_signal(ends_by)
        process.wait()
    assert process.returncode == (130 if ends_by is signal.SIGINT else -signal.SIGKILL)
    assert [path.name for path in old.iterdir()] == ["manifest.json"]
    assert len(list(tmp_path.iterdir())) == left

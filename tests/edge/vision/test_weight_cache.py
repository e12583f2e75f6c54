"""Packed weights in a file: the same numbers, and whatever was changed is not believed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from facedoor.vision import weight_cache
from facedoor.vision.interpreter import Network
from facedoor.vision.pack import Pack
from facedoor.vision.weight_cache import WeightCache

pytestmark = pytest.mark.usefixtures("networks_that_run")

Load = Callable[..., Network]

BUILD = pytest.param(-1, id="of another build")
LAYOUT = pytest.param(10, id="of another layout")

LOADS_TWICE = """
import sys
from functools import partial
from pathlib import Path
import numpy as np
from facedoor.vision.interpreter import Network
from facedoor.vision.weight_cache import WeightCache
path, folder, sha256 = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
for _ in range(2):
    network = Network(path, 1, partial(WeightCache(folder).compiled, sha256))
    assert network.has_stored_weights
    network.run(np.zeros(network.input_shape, network.input_dtype))
"""

LOADS_WHILE_THE_DISK_GETS_FULL = """
import sys
from contextlib import nullcontext
from functools import partial
from pathlib import Path
import numpy as np
from facedoor.vision import weight_cache
from facedoor.vision.interpreter import Network
weight_cache.draft = lambda _: nullcontext(Path("/dev/full"))
path, folder, sha256 = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
network = Network(path, 1, partial(weight_cache.WeightCache(folder).compiled, sha256))
assert not network.has_stored_weights
network.run(np.zeros(network.input_shape, network.input_dtype))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "weights"


@pytest.fixture
def load(pack: Pack, folder: Path) -> Load:
    """Loads the embedder, with weights from the folder if it can."""
    embedder = pack.manifest.embedder

    def loaded(*, makes: bool = True, sha256: str = embedder.sha256) -> Network:
        cache = WeightCache(folder, makes)
        return Network(pack.path(embedder), 1, partial(cache.compiled, sha256))

    return loaded


@pytest.fixture(scope="module")
def plain(pack: Pack) -> Network:
    return Network(pack.path(pack.manifest.embedder))


def stored(folder: Path) -> Path:
    (file,) = folder.iterdir()
    return file


def noise(network: Network, seed: int) -> NDArray[np.int8]:
    return np.random.default_rng(seed).integers(-128, 128, network.input_shape, np.int8)


def assert_same(network: Network, plain: Network) -> None:
    for seed in range(2):
        tensor = noise(plain, seed)
        for one, other in zip(network.run(tensor), plain.run(tensor), strict=True):
            assert one.dtype == other.dtype
            assert np.array_equal(one, other)


def test_what_is_made_and_what_is_loaded_give_the_bytes_of_the_plain_network(
    load: Load, folder: Path, plain: Network
) -> None:
    made = load()
    before = stored(folder)
    mapped = load()
    assert stored(folder) == before
    for network in (made, mapped):
        assert network.has_stored_weights
        assert_same(network, plain)
        assert network.input_quantisation == plain.input_quantisation
        assert network.output_quantisation == plain.output_quantisation


def test_folder_and_file_are_for_their_owner_alone(load: Load, folder: Path) -> None:
    load()
    assert folder.stat().st_mode & 0o077 == stored(folder).stat().st_mode & 0o077 == 0


def changed(file: Path, change: Callable[[Path], object]) -> None:
    """As the disk would, or its owner: it is nobody's to write before and afterwards."""
    mode = file.stat().st_mode
    file.chmod(0o600)
    change(file)
    file.chmod(mode)


def flip(file: Path, place: int) -> None:
    with file.open("r+b") as opened:
        opened.seek(place)
        (byte,) = opened.read(1)
        opened.seek(place)
        opened.write(bytes([byte ^ 0xFF]))


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda file: flip(file, 5_000_000), id="a weight"),
        pytest.param(lambda file: flip(file, 9), id="the header"),
        pytest.param(lambda file: os.truncate(file, 9_000_000), id="cut short"),
        pytest.param(lambda file: file.write_bytes(os.urandom(9999)), id="something else"),
    ],
)
def test_a_damaged_file_is_made_again(
    damage: Callable[[Path], None], load: Load, folder: Path, plain: Network
) -> None:
    load()
    whole = stored(folder).read_bytes()
    changed(stored(folder), damage)
    assert_same(load(), plain)
    assert stored(folder).read_bytes() == whole


def hash_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.fixture(
    params=[
        pytest.param(BUILD, id="of another build"),
        pytest.param(LAYOUT, id="of another layout"),
    ]
)
def rejected(request: pytest.FixtureRequest, load: Load, folder: Path) -> Path:
    """A file that holds what its name says, but nothing that XNNPACK takes."""
    load()
    file = stored(folder)
    changed(
        file, lambda file: flip(file, file.stat().st_size - 1 if request.param == BUILD else 10)
    )
    key, _, suffix = file.name.split(".")
    return file.rename(file.with_name(f"{key}.{hash_of(file)}.{suffix}"))


def test_what_xnnpack_rejects_is_made_again_under_a_name_of_its_own(
    rejected: Path, load: Load, folder: Path, plain: Network
) -> None:
    network = load()
    assert network.has_stored_weights
    assert_same(network, plain)
    assert stored(folder) != rejected
    assert hash_of(stored(folder)) == stored(folder).name.split(".")[1]


def test_what_xnnpack_rejects_is_not_written_to(
    rejected: Path, load: Load, folder: Path, plain: Network
) -> None:
    before = rejected.read_bytes(), rejected.stat().st_mtime_ns
    network = load(makes=False)
    assert not network.has_stored_weights
    assert_same(network, plain)
    assert (rejected.read_bytes(), rejected.stat().st_mtime_ns) == before


def test_a_file_that_its_owner_can_write_is_made_again(load: Load, folder: Path) -> None:
    load()
    stored(folder).chmod(0o600)
    assert load().has_stored_weights
    assert stored(folder).stat().st_mode & 0o777 == 0o400


def test_weights_of_another_model_version_or_processor_are_not_used(
    load: Load, folder: Path, plain: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    load()
    other = stored(folder)
    monkeypatch.setattr("ai_edge_litert.__version__", "another")
    assert_same(load(), plain)
    assert len(list(folder.iterdir())) == 2
    monkeypatch.setattr(weight_cache.platform, "machine", lambda: "another")
    load(sha256="1" * 64)
    assert len(list(folder.iterdir())) == 3
    assert other.exists()


def test_what_no_model_of_the_pack_needs_is_removed(load: Load, folder: Path, pack: Pack) -> None:
    load()
    of_the_pack = stored(folder)
    load(sha256="1" * 64)
    (folder / "something").touch()
    WeightCache(folder).keep_only({pack.manifest.embedder.sha256})
    assert stored(folder) == of_the_pack


def test_a_folder_that_others_can_look_into_is_not_used(
    load: Load, folder: Path, plain: Network
) -> None:
    folder.mkdir()
    folder.chmod(0o750)
    network = load()
    assert not network.has_stored_weights
    assert list(folder.iterdir()) == []
    assert_same(network, plain)


def test_a_file_that_others_can_write_is_made_again(load: Load, folder: Path) -> None:
    load()
    stored(folder).chmod(0o666)
    assert load().has_stored_weights
    assert stored(folder).stat().st_mode & 0o077 == 0


def test_a_link_is_not_followed(load: Load, folder: Path, tmp_path: Path) -> None:
    load()
    file = stored(folder)
    file.symlink_to(file.rename(tmp_path / "elsewhere"))
    assert load().has_stored_weights
    assert not stored(folder).is_symlink()


@pytest.mark.parametrize("stands_there", ["file", "link"])
def test_without_a_folder_the_network_runs_all_the_same(
    stands_there: str, load: Load, folder: Path, plain: Network, tmp_path: Path
) -> None:
    if stands_there == "file":
        folder.touch()
    else:
        (tmp_path / "other").mkdir(mode=0o700)
        folder.symlink_to(tmp_path / "other")
    network = load()
    assert not network.has_stored_weights
    assert_same(network, plain)


def test_a_full_disk_gets_no_file(
    load: Load, folder: Path, plain: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weight_cache, "SPARE_BYTES", 2**62)
    assert_same(load(), plain)
    assert list(folder.iterdir()) == []


def test_a_disk_that_gets_full_meanwhile_ends_no_process(pack: Pack, folder: Path) -> None:
    embedder = pack.manifest.embedder
    command = (sys.executable, "-c", LOADS_WHILE_THE_DISK_GETS_FULL, pack.path(embedder), folder)
    done = subprocess.run((*command, embedder.sha256), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "No space left on device" in done.stderr
    assert list(folder.iterdir()) == []


def test_who_only_uses_what_is_there_makes_nothing_and_removes_nothing(
    load: Load, folder: Path, plain: Network
) -> None:
    assert not load(makes=False).has_stored_weights
    assert not folder.exists()
    load()
    assert load(makes=False).has_stored_weights
    changed(stored(folder), lambda file: flip(file, 5_000_000))
    damaged = stored(folder).read_bytes()
    network = load(makes=False)
    assert not network.has_stored_weights
    assert_same(network, plain)
    assert stored(folder).read_bytes() == damaged


def test_a_small_model_has_no_file(pack: Pack, folder: Path) -> None:
    search = pack.manifest.search
    compiled = partial(WeightCache(folder).compiled, search.sha256)
    assert not Network(pack.path(search), 1, compiled).has_stored_weights
    assert not folder.exists()


@pytest.mark.parametrize("name", ["search", "landmarks", "liveness"])
def test_weights_of_float16_give_the_same_numbers_in_the_same_order(
    name: str, pack: Pack, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weight_cache, "WORTH_BYTES", 0)
    manifest = pack.manifest
    assert manifest.liveness is not None
    model = manifest.liveness.networks[0] if name == "liveness" else getattr(manifest, name)
    plain = Network(pack.path(model))
    tensor = np.random.default_rng(3).random(plain.input_shape, np.float32)
    compiled = partial(WeightCache(folder).compiled, model.sha256)
    for _ in range(2):
        network = Network(pack.path(model), 1, compiled)
        assert network.has_stored_weights
        for one, other in zip(network.run(tensor), plain.run(tensor), strict=True):
            assert np.array_equal(one, other)


def test_an_interpreter_without_such_a_form_runs_as_ever(
    pack: Pack,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setitem(sys.modules, "ai_edge_litert", None)
    embedder = pack.manifest.embedder
    cache = WeightCache(folder)
    assert cache.compiled(embedder.sha256, pack.path(embedder), 1) is None
    cache.keep_only({embedder.sha256})
    assert caplog.records == []


def test_a_tensor_of_another_form_is_refused(load: Load) -> None:
    network = load()
    with pytest.raises(ValueError, match="the model takes"):
        network.run(np.zeros((1, 4, 4, 3), np.int8))
    with pytest.raises(ValueError, match="the model takes"):
        network.run(np.zeros(network.input_shape, np.float32))


def test_nothing_is_printed(pack: Pack, folder: Path) -> None:
    embedder = pack.manifest.embedder
    command = [sys.executable, "-c", LOADS_TWICE, pack.path(embedder), folder, embedder.sha256]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")

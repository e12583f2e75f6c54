"""Running a model, whichever interpreter is installed, and saying so when none can."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from facedoor.errors import PackError
from facedoor.vision.interpreter import Network
from facedoor.vision.pack import Pack

pytestmark = pytest.mark.usefixtures("networks_that_run")

LOADS_MODELS = """
import sys
from pathlib import Path
from facedoor.vision.interpreter import Network
for name in sys.argv[1:]:
    Network(Path(name))
"""

HAS_NO_INTERPRETER = """
import sys
from pathlib import Path
from facedoor.errors import PackError
from facedoor.vision.interpreter import Network

class NotInstalled:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("ai_edge_litert", "tflite_runtime"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, NotInstalled())
try:
    Network(Path(sys.argv[1]))
except PackError as error:
    print(error)
"""

TALKS_WHILE_IT_LOADS = """
import os
import sys
from pathlib import Path
from types import ModuleType
from facedoor.errors import PackError
from facedoor.vision.interpreter import Network

class Interpreter:
    def __init__(self, model_path, num_threads):
        os.write(2, b"INFO: hello\\nERROR: the model is odd\\nand so on\\n")
        raise ValueError

module = ModuleType("ai_edge_litert.interpreter")
module.Interpreter = Interpreter
sys.modules[module.__name__] = module
try:
    Network(Path("odd.tflite"))
except PackError:
    os.write(2, b"afterwards")
"""


def python(code: str, *arguments: Path | str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True)


@pytest.fixture(scope="module", params=["embedder", "search", "landmarks"])
def network(pack: Pack, request: pytest.FixtureRequest) -> Network:
    return Network(pack.path(getattr(pack.manifest, request.param)))


def test_the_whole_model_runs_in_xnnpack(network: Network) -> None:
    """Plain kernels give the same answers many times slower, so nobody would notice."""
    assert network.delegation().is_full


def test_a_network_knows_what_it_takes_and_gives(pack: Pack) -> None:
    embedder = Network(pack.path(pack.manifest.embedder))
    assert embedder.input_shape == (1, 160, 160, 3)
    assert embedder.input_dtype == np.int8
    assert embedder.input_quantisation == (pytest.approx(6 / 255), 0)
    (output,) = embedder.run(np.zeros(embedder.input_shape, np.int8))
    assert output.shape == (1, pack.manifest.embedding_size)
    assert output.dtype == np.int8


def test_a_float_model_has_no_quantisation(pack: Pack) -> None:
    search = Network(pack.path(pack.manifest.search))
    assert search.input_dtype == np.float32
    assert search.input_quantisation == search.output_quantisation == (0.0, 0)


def test_the_same_input_gives_the_same_bytes(network: Network) -> None:
    tensor = np.random.default_rng(1).integers(-99, 99, network.input_shape)
    first, second = (network.run(tensor.astype(network.input_dtype)) for _ in range(2))
    assert [a.tobytes() for a in first] == [b.tobytes() for b in second]


def resident_share(path: Path) -> float:
    """The share of a file that this process has mapped into memory and holds there."""
    held_kb, lines = 0, Path("/proc/self/smaps").read_text("utf-8").splitlines()
    for number, line in enumerate(lines):
        if line.endswith(f" {path.resolve()}"):
            sizes = dict(said.split(":", 1) for said in lines[number + 1 : number + 20])
            held_kb += int(sizes["Rss"].split()[0])
    return held_kb * 1024 / path.stat().st_size


def test_a_model_is_held_in_memory_once_and_not_also_as_the_pages_of_its_file(pack: Pack) -> None:
    path = pack.path(pack.manifest.embedder)
    embedder = Network(path)
    assert resident_share(path) == 0
    zeros = np.zeros(embedder.input_shape, np.int8)
    (before,) = embedder.run(zeros)
    assert resident_share(path) < 0.1
    again = Network(path)  # and takes nothing from those that were loaded before
    assert (again.run(zeros)[0] == before).all()
    assert (embedder.run(zeros)[0] == before).all()


def test_an_answer_is_not_changed_by_the_next_one(network: Network) -> None:
    zeros = np.zeros(network.input_shape, network.input_dtype)
    answer = network.run(zeros)[0]
    before = answer.copy()
    network.run(zeros + network.input_dtype.type(1))
    assert (answer == before).all()


@pytest.mark.parametrize("content", [b"", b"not a model", b"\0" * 64, b"TFL3" * 99])
def test_a_file_that_is_no_model_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "odd.tflite").write_bytes(content)
    with pytest.raises(PackError, match=r"odd\.tflite cannot be run by .*: build it with"):
        Network(tmp_path / "odd.tflite")


def test_a_model_that_was_cut_short_is_refused_in_one_line(pack: Pack, tmp_path: Path) -> None:
    for bytes_left in [1000, 2_000_000]:
        whole = pack.path(pack.manifest.embedder).read_bytes()
        (tmp_path / "short.tflite").write_bytes(whole[:bytes_left])
        with pytest.raises(PackError, match=r"short\.tflite cannot be run") as error:
            Network(tmp_path / "short.tflite")
        assert "\n" not in str(error.value), bytes_left


def test_a_missing_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="cannot be run"):
        Network(tmp_path / "nowhere.tflite")


def test_without_an_interpreter_it_says_what_to_install(pack: Pack) -> None:
    done = python(HAS_NO_INTERPRETER, pack.path(pack.manifest.search))
    assert "no TFLite interpreter is installed: pip install ai-edge-litert" in done.stdout


def test_loading_models_prints_nothing(pack: Pack) -> None:
    manifest = pack.manifest
    done = python(LOADS_MODELS, pack.path(manifest.search), pack.path(manifest.embedder))
    assert (done.stdout, done.stderr) == ("", "")


def test_what_else_an_interpreter_says_is_passed_on() -> None:
    said = python(TALKS_WHILE_IT_LOADS).stderr
    assert said == "ERROR: the model is odd\nand so on\nafterwards"


def test_standard_error_is_as_before_however_many_threads_load_at_once(
    pack: Pack, capfd: pytest.CaptureFixture[str]
) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(Network, [pack.path(pack.manifest.search)] * 8))
    os.write(2, b"still here")
    assert capfd.readouterr().err == "still here"


def test_a_process_without_standard_error_can_load_models(pack: Pack) -> None:
    code = "import os; os.close(2)" + LOADS_MODELS + "print('loaded')"
    assert python(code, pack.path(pack.manifest.search)).stdout == "loaded\n"

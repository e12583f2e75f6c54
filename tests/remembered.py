"""What a network has answered once in this process, remembered.

Test after test shows the same frames to the same networks, and a network gives the same for the
same: tests of the networks themselves use the fixture ``networks_that_run``. A pack in this clone's
``build`` is read once, too, and an empty hallway is drawn once; a pack that a test has made is read
each time.
"""

from __future__ import annotations

import functools
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facedoor.camera import simulated
from facedoor.vision import pack as packs
from facedoor.vision.interpreter import Network
from facedoor.vision.weight_cache import Compiled

BUILD = Path(__file__).parents[1] / "build"
MOST_BYTES = 100_000_000

Outputs = list[NDArray[Any]]


class _Answers:
    """The last outputs that fit into :data:`MOST_BYTES`."""

    def __init__(self) -> None:
        self._outputs: OrderedDict[object, Outputs] = OrderedDict()
        self._bytes = 0

    def get(self, key: object, run: Callable[[], Outputs]) -> Outputs:
        outputs = self._outputs.pop(key, None)
        if outputs is None:
            outputs = run()
            self._bytes += _size(outputs)
        self._outputs[key] = outputs
        while self._bytes > MOST_BYTES:
            self._bytes -= _size(self._outputs.popitem(last=False)[1])
        return [output.copy() for output in outputs]


def _size(outputs: Outputs) -> int:
    return sum(output.nbytes for output in outputs)


@functools.cache
def digest(path: Path, _inode: int, _changed_ns: int) -> bytes:
    """Of a model, of which a test may have made a copy."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def remember() -> None:
    """Let this process remember from now on."""
    answers = _Answers()
    load, run, check = Network.__init__, Network.run, packs._check

    def loaded(
        self: Network,
        path: Path,
        threads: int = 1,
        compiled: Callable[[Path, int], Compiled | None] | None = None,
    ) -> None:
        load(self, path, threads, compiled)
        status = path.stat()
        model = digest(path.resolve(), status.st_ino, status.st_mtime_ns)
        self.known_as = model, threads, self.has_stored_weights

    @functools.wraps(run)
    def answered(self: Network, tensor: NDArray[Any]) -> Outputs:
        shown = hashlib.sha256(np.ascontiguousarray(tensor)).digest()
        key = self.known_as, tensor.shape, tensor.dtype.str, shown
        return answers.get(key, lambda: run(self, tensor))

    kept = functools.cache(check)

    def checked(path: Path, sha256: str) -> None:
        (kept if path.resolve().is_relative_to(BUILD) else check)(path, sha256)

    Network.__init__, Network.run = loaded, answered
    packs._check = checked
    simulated.Scene = functools.lru_cache(maxsize=4)(simulated.Scene)
    packs.parse = functools.lru_cache(maxsize=8)(packs.parse)

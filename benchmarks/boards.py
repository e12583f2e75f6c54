"""What each pack costs, counted, and what a Raspberry Pi should need for it, calculated.

``python -m benchmarks.boards [PACK ...]`` counts the networks of the packs in these folders, or of
those in ``build/``. No Pi is asked: a network's time on a board is the longer of two,

* its MACs by what the board's core can do at most, times the network's efficiency;
* the bytes that it moves, by what the board's memory carries.

The efficiency is measured on this machine: the network's MACs a second, by those of a product of
matrices. How far off that is MobileNet v1 shows, for which others have published what boards take:
int8 is met, floats come out too quick, and are corrected by what was published.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import BUILD, PACK, mobilenet, processor
from benchmarks.counting import Cost, count
from facedoor.errors import FacedoorError
from facedoor.vision import pack
from facedoor.vision.interpreter import Network

USUAL = (PACK, BUILD / "mobilefacenet", BUILD / "light")

RUNS = 40
MATRIX = 1024

_DOT_PRODUCT, _HALVES = 4.0, 2.0
"""Bytes that a core multiplies in the time of one float, with an instruction for their dot product;
and without, when they are widened first."""


@dataclass(frozen=True, slots=True)
class Board:
    """One core at its full clock; where each number is from stands in docs/boards.md."""

    name: str
    clock_hz: float
    float_macs: float
    """At most, a cycle: float32 lanes by fused multiply-adds that a cycle takes."""
    integer_macs: float
    bytes_a_second: float
    """That the memory carries, read and written."""
    float_share: float = 1.0
    """Of the calculated speed in floats that MobileNet v1 reaches on such a core, as published."""

    def seconds(self, cost: Cost, efficiency: float, cores: int = 1) -> float:
        """How long one run should take; ``efficiency`` is a share of what the cores can do."""
        macs = self.integer_macs if cost.is_integer else self.float_macs
        computing = cost.macs / (self.clock_hz * macs * efficiency * cores)
        return max(computing, cost.moved_bytes / self.bytes_a_second)


ZERO_2 = Board("Pi Zero 2 W", 1.0e9, 4, 16 / 3, 1.2e9, 0.56)
PI_4 = Board("Pi 4", 1.8e9, 4, 8, 5.5e9, 0.68)
PI_5 = Board("Pi 5", 2.4e9, 8, 32, 9.7e9, 0.68)  # for want of a published one, that of the Pi 4
BOARDS = (ZERO_2, PI_4, PI_5)

_PI_3, _PI_4_OF_2019 = Board("Pi 3+", 1.4e9, 4, 16 / 3, 1.2e9), Board("Pi 4", 1.5e9, 4, 8, 5.5e9)
PUBLISHED_MS = (
    # Board, cores, in floats, in int8; by whom.
    (_PI_3, 4, 114.0, 46.0, "XNNPACK"),
    (_PI_4_OF_2019, 4, 77.0, 24.0, "XNNPACK"),
    (ZERO_2, 1, 273.0, 226.0, "ncnn"),
    (ZERO_2, 4, 127.0, 79.0, "ncnn"),
    (PI_4, 1, 124.0, 85.0, "ncnn"),
    (PI_4, 4, 61.0, 34.0, "ncnn"),
)

NEW = {"search": 1, "landmarks": 3, "embedder": 1, "liveness": 1}
TRACKED = {"landmarks": 1, "embedder": 1, "liveness": 1}
"""How often each network runs in a frame: the first of a visit, and each one after it."""

NEW_REST_MS, TRACKED_REST_MS, IDLE_MS, REST_RATE = 10.9, 8.2, 0.72, 50e9
"""What the same frames take beside the networks, and a frame in which nothing moves: measured on a
core that multiplies matrices at such a rate, in MACs a second."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A network of a pack."""

    cost: Cost
    left_over: tuple[str, ...]
    """The operators that XNNPACK leaves to slower kernels."""
    efficiency: float


def measured_rate(macs: int, run: Callable[[], object]) -> float:
    """MACs a second of CPU, the best of :data:`RUNS`: what else the machine does counts little."""
    best = np.inf
    for _ in range(RUNS):
        begun_s = time.process_time()
        run()
        best = min(best, time.process_time() - begun_s)
    return macs / best


def matrix_rate() -> float:
    """MACs a second that one core of this machine reaches in a product of float32 matrices."""
    matrix = np.full((MATRIX, MATRIX), 0.5, np.float32)
    return measured_rate(MATRIX**3, lambda: matrix @ matrix)


def counted(path: Path, rate: float) -> Counted:
    """The network at ``path``, where this machine multiplies matrices at ``rate``."""
    cost, network = count(path), Network(path)
    zeros = np.zeros(network.input_shape, network.input_dtype)
    gain = 1.0
    if cost.is_integer:
        gain = _DOT_PRODUCT if processor.this().has_dot_product else _HALVES
    reached = measured_rate(cost.macs, lambda: network.run(zeros))
    left_over = network.delegation().left_over
    return Counted(cost, left_over, reached / (rate * gain))


def networks_of(models: pack.Pack, rate: float, known: dict[str, Counted]) -> dict[str, Counted]:
    """Each network of a pack, by the name of its file; those ``known`` by their hash stay so."""
    for model in models.manifest.models:
        if model.sha256 not in known:
            known[model.sha256] = counted(models.path(model), rate)
    return {Path(model.file).stem: known[model.sha256] for model in models.manifest.models}


def frame_ms(
    board: Board, networks: Mapping[str, Counted], runs: Mapping[str, int], rest_ms: float
) -> float:
    """What a frame should take in which each network runs so often, on one core."""
    spent = 0.0
    for name, times in runs.items():
        if name in networks:  # one of liveness may be missing
            one = networks[name]
            share = 1.0 if one.cost.is_integer else board.float_share
            spent += times * board.seconds(one.cost, one.efficiency * share)
    return 1000 * spent + _scaled_ms(board, rest_ms)


def _scaled_ms(board: Board, rest_ms: float) -> float:
    return rest_ms * REST_RATE / (board.clock_hz * board.float_macs * board.float_share)


def _head(*columns: str) -> list[str]:
    """The first two lines of a table in Markdown."""
    return [f"| {' | '.join(columns)} |", f"| {' | '.join('---' for _ in columns)} |"]


def _costs(packs: Mapping[str, Mapping[str, Counted]]) -> list[str]:
    lines = _head(
        *("pack", "network", "MMAC", "in", "weights, MB", "activations read, MB", "written, MB"),
        *("operators", "not in XNNPACK", "efficiency"),
    )
    said: list[Counted] = []
    for name, networks in packs.items():
        for network, one in networks.items():
            if one in said:  # packs have networks in common
                continue
            said.append(one)
            cost = one.cost
            megabytes = " | ".join(
                f"{size / 1e6:.1f}"
                for size in (cost.weight_bytes, cost.read_bytes, cost.written_bytes)
            )
            lines.append(
                f"| {name} | {network} | {cost.macs / 1e6:.0f} | "
                f"{'int8' if cost.is_integer else 'float32'} | {megabytes} | {cost.operators} | "
                f"{', '.join(one.left_over) or 'none'} | {one.efficiency:.2f} |"
            )
    return lines


def _frames(packs: Mapping[str, Mapping[str, Counted]]) -> list[str]:
    lines = _head(
        *("calculated", "pack", "embedder, ms", "new face, ms", "tracked, ms"),
        *("tracked a second", "nothing moves, ms"),
    )
    for board in BOARDS:
        for name, networks in packs.items():
            tracked = frame_ms(board, networks, TRACKED, TRACKED_REST_MS)
            lines.append(
                f"| {board.name} | {name} | {frame_ms(board, networks, {'embedder': 1}, 0):.0f} | "
                f"{frame_ms(board, networks, NEW, NEW_REST_MS):.0f} | {tracked:.0f} | "
                f"{1000 / tracked:.1f} | {_scaled_ms(board, IDLE_MS):.1f} |"
            )
    return lines


def _checks(rate: float) -> list[str]:
    lines = _head(
        *("MobileNet v1, 224x224", "cores", "float32: published, calculated", "ratio"),
        *("int8: published, calculated", "ratio"),
    )
    with tempfile.TemporaryDirectory() as folder:
        file, both = Path(folder) / "mobilenet.tflite", []
        for data in (mobilenet.as_float32(), mobilenet.as_int8()):
            file.write_bytes(data)
            both.append(counted(file, rate))
    for board, cores, *published, source in PUBLISHED_MS:
        cells = []
        for one, said_ms in zip(both, published, strict=True):
            ms = 1000 * board.seconds(one.cost, one.efficiency, cores)
            cells += [f"{said_ms:.0f} ms, {ms:.0f} ms", f"{ms / said_ms:.2f}"]
        lines.append(f"| {board.name}, {source} | {cores} | {' | '.join(cells)} |")
    said = ", ".join(f"{one.cost.macs / 1e6:.0f} MMAC at {one.efficiency:.2f}" for one in both)
    return [*lines, "", f"({said})"]


def main() -> int:
    rate = matrix_rate()
    this = processor.this()
    print(f"{this.name} ({' '.join(this.flags)}), {rate / 1e9:.0f} GMAC/s in float32 matrices\n")
    packs: dict[str, dict[str, Counted]] = {}
    known: dict[str, Counted] = {}
    for folder in [Path(name) for name in sys.argv[1:]] or USUAL:
        try:
            models = pack.load(folder)
        except FacedoorError as error:
            print(f"left out: {error}", file=sys.stderr)
        else:
            packs[models.manifest.name] = networks_of(models, rate, known)
    print("\n".join([*_costs(packs), "", *_frames(packs), "", *_checks(rate)]))
    return 0


if __name__ == "__main__":
    sys.exit(main())

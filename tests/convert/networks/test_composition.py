"""Two matrix products in a row become one that gives the same, and nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facedoor_convert.networks.composition import composed
from facedoor_convert.networks.graph import Add, Conv, Dense, GlobalAverage, Graph, Layer
from facedoor_convert.tflite import writer
from workbench import network_of

sizes = st.integers(1, 6)


def conv(name: str, source: str, read: int, made: int, size: int = 1, relu: bool = False) -> Conv:
    random = np.random.default_rng(read * 7 + made)
    kernel = random.normal(size=(size, size, read, made)).astype(np.float32)
    bias = random.normal(size=made).astype(np.float32)
    return Conv(name, source, kernel, bias, stride=1, same=True, relu=relu)


def graph(*layers: Layer, channels: int) -> Graph:
    return Graph("x", (5, 4, channels), layers)


@settings(max_examples=20)
@given(sizes, sizes, sizes, st.booleans())
def test_the_numbers_stay_what_they_were(
    tmp_path_factory: pytest.TempPathFactory, read: int, within: int, made: int, relu: bool
) -> None:
    dense = np.ones((made, within), np.float32), np.ones(within, np.float32)
    before = graph(
        conv("a", "x", read, within),
        conv("b", "a", within, made, relu=relu),
        GlobalAverage("row", "b"),
        Dense("c", "row", *dense),
        Dense("d", "c", np.ones((within, read), np.float32), np.ones(read, np.float32)),
        channels=read,
    )
    after = composed(before)
    assert len(after.layers) <= len(before.layers)
    picture = np.random.default_rng(1).normal(size=(1, 5, 4, read)).astype(np.float32)
    outputs = [
        network_of(writer.write(one), tmp_path_factory.mktemp("net")).run(picture)[0]
        for one in (before, after)
    ]
    assert outputs[0] == pytest.approx(outputs[1], rel=1e-4, abs=1e-4)


def names(*layers: Layer, channels: int = 4) -> list[str]:
    return [layer.name for layer in composed(graph(*layers, channels=channels)).layers]


def test_only_a_pair_becomes_one() -> None:
    a, b = conv("a", "x", 4, 4), conv("b", "a", 4, 4)
    assert names(a, b) == ["b"]
    assert names(a, b, conv("c", "b", 4, 4)) == ["c"]
    assert names(conv("a", "x", 4, 4, relu=True), b) == ["a", "b"]
    assert names(conv("a", "x", 4, 4, size=3), b) == ["a", "b"]
    assert names(a, conv("b", "a", 4, 4, size=3)) == ["a", "b"]
    # Somebody else reads the first one.
    assert names(a, b, Add("c", ("b", "a"), relu=False)) == ["a", "b", "c"]
    # One product of 4 x 4 is more work than two by way of a single number.
    assert names(conv("a", "x", 4, 1), conv("b", "a", 1, 4)) == ["a", "b"]

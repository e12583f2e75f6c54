"""Channels that add nothing are left out, and nothing that a network says changes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from facedoor_convert.networks import graph as g
from facedoor_convert.networks.pruning import pruned
from facedoor_convert.tflite import writer
from workbench import network_of

DRAW = np.random.default_rng(4)
PICTURE = DRAW.normal(size=(1, 8, 8, 3)).astype(np.float32)


def drawn(*shape: int) -> np.ndarray:
    return DRAW.normal(size=shape).astype(np.float32)


def chain(*more: g.Layer) -> g.Graph:
    """A block as MiniFASNet has them, of eight channels."""
    layers = (
        g.Conv("wide", "x", drawn(1, 1, 3, 8), drawn(8), 1, same=False, relu=False),
        g.PRelu("wide.prelu", "wide", drawn(8)),
        g.Pad("padded", "wide.prelu", (10, 10, 8), before=1),
        g.Depthwise("deep", "padded", drawn(3, 3, 8), drawn(8), 2, same=False),
        g.PRelu("deep.prelu", "deep", drawn(8)),
        g.Conv("narrow", "deep.prelu", drawn(1, 1, 8, 4), drawn(4), 1, same=False, relu=False),
        g.GlobalAverage("out", "narrow"),
        *more,
    )
    return g.Graph("x", (8, 8, 3), layers)


def changed(graph: g.Graph, name: str, **arrays: np.ndarray) -> g.Graph:
    layers = (replace(x, **arrays) if x.name == name else x for x in graph.layers)
    return replace(graph, layers=tuple(layers))


def array(graph: g.Graph, name: str) -> np.ndarray:
    (layer,) = (layer for layer in graph.layers if layer.name == name)
    assert isinstance(layer, g.Conv | g.Depthwise)
    return layer.kernel


def said(graph: g.Graph, folder: Path) -> np.ndarray:
    return network_of(writer.write(graph), folder).run(PICTURE)[0]


def idle(graph: g.Graph) -> g.Graph:
    """``graph`` with three idle channels: one says nothing, one is not read, one is a constant."""
    made, deep = array(graph, "wide").copy(), array(graph, "deep").copy()
    read = array(graph, "narrow").copy()
    made[..., 1] *= 1e-9
    deep[..., 1] *= 1e-9
    read[:, :, 3] *= 1e-9
    deep[..., 6] *= 1e-9
    graph = changed(graph, "wide", kernel=made)
    return changed(changed(graph, "deep", kernel=deep), "narrow", kernel=read)


def test_idle_channels_go_and_what_they_add_stays(tmp_path: Path) -> None:
    whole = idle(chain())
    less = pruned(whole)
    shapes = less.shapes()
    assert [shapes[name][-1] for name in ("wide", "padded", "deep", "deep.prelu")] == [5] * 4
    assert shapes["narrow"] == whole.shapes()["narrow"]
    assert np.abs(said(less, tmp_path) - said(whole, tmp_path)).max() < 1e-5


def test_a_network_without_idle_channels_stays_as_it_is() -> None:
    whole = chain()
    assert writer.write(pruned(whole)) == writer.write(whole)


def test_channels_that_another_layer_reads_stay() -> None:
    for more in (
        g.Conv("aside", "wide.prelu", drawn(1, 1, 8, 4), drawn(4), 1, same=False, relu=False),
        g.GlobalAverage("aside", "deep"),
    ):
        whole = idle(chain(more))
        assert pruned(whole).shapes() == whole.shapes()


def test_one_channel_stays_where_all_are_idle(tmp_path: Path) -> None:
    whole = chain()
    whole = changed(whole, "deep", kernel=array(whole, "deep") * np.float32(1e-12))
    less = pruned(whole)
    assert less.shapes()["deep"][-1] == 1
    assert np.abs(said(less, tmp_path) - said(whole, tmp_path)).max() < 1e-5

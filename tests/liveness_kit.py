"""Liveness networks whose answer is known: real TFLite models of one layer, and packs with them."""

from __future__ import annotations

import dataclasses
import hashlib
import math
import shutil
from pathlib import Path

import numpy as np

from facedoor.vision import pack as packs
from facedoor.vision.interpreter import Network
from facedoor.vision.liveness import LivenessNetworks
from facedoor.vision.pack import Liveness, LivenessModel, Origin, Pack
from facedoor_convert.networks import graph as g
from facedoor_convert.tflite import writer

DENY_BELOW, OPEN_FROM = 0.2, 0.8
_ORIGIN = Origin("made-up", "1", "none", "0" * 64, "none", "none")


def constant(score: float) -> bytes:
    """A model that says ``score`` of whatever it sees; class 0 is the living one."""
    return linear((0, 0, 0), score)


def linear(weights: tuple[float, float, float], offset: float = 0.0, size_px: int = 80) -> bytes:
    """A model whose score is the mean of each channel, as it comes in, times its weight."""
    kernel = np.zeros((3, 3), np.float32)
    kernel[:, 0] = weights
    bias = np.array([offset, 0, 0], np.float32)
    layers = (g.GlobalAverage("mean", "x"), g.Dense("scores", "mean", kernel, bias))
    return writer.write(g.Graph("x", (size_px, size_px, 3), layers))


def model_of(
    data: bytes,
    file: str = "liveness.tflite",
    *,
    colour: str = "BGR",
    value_range: int = 255,
    crop_scale: float = 2.7,
    size_px: int = 80,
) -> LivenessModel:
    """What a manifest says of such a model."""
    return LivenessModel(
        file=file,
        sha256=hashlib.sha256(data).hexdigest(),
        width_px=size_px,
        height_px=size_px,
        colour=colour,
        normalisation="range",
        quantisation="float32",
        output="scores",
        origin=_ORIGIN,
        crop_scale=crop_scale,
        value_range=value_range,
        live_class=0,
    )


def networks(folder: Path, *data: bytes, colour: str = "BGR") -> LivenessNetworks:
    """The networks of these models; their files are in ``folder``."""
    loaded = []
    for number, each in enumerate(data):
        model = model_of(each, f"liveness{number}.tflite", colour=colour)
        (folder / model.file).write_bytes(each)
        loaded.append((model, Network(folder / model.file)))
    return LivenessNetworks(loaded)


def pack_with(pack: Pack, folder: Path, *data: bytes) -> Pack:
    """A copy of ``pack`` in ``folder`` whose liveness networks are these models."""
    shutil.copytree(pack.directory, folder)
    models = []
    for number, each in enumerate(data):
        models.append(model_of(each, f"liveness{number}.tflite"))
        (folder / models[-1].file).write_bytes(each)
    liveness = Liveness(tuple(models), DENY_BELOW, OPEN_FROM, "made up") if models else None
    manifest = dataclasses.replace(pack.manifest, liveness=liveness, schema=packs.SCHEMA)
    (folder / packs.MANIFEST).write_text(manifest.to_json())
    return packs.load(folder)


NOT_A_NUMBER = constant(math.nan)

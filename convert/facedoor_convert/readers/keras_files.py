"""Reads the files that Keras has written as named arrays and plain data; executes nothing of them.

Three layouts of HDF5 are in use. A *whole* legacy file holds the model's description and, by the
names of layers, its weights; a legacy *weights* file holds only the latter; a Keras 3
``.weights.h5`` holds the arrays of each layer without their names, in an order that the model's
description gives. A ``.keras`` file is a zip with the description, ``config.json``, and
``model.weights.h5``; its older form is two files. Only arrays that lie whole and uncompressed in
the file itself are read, as Keras writes them, so that no file can ask for more memory than its own
size, or for another file.

On some damaged files the HDF5 library runs for ever or takes more than a gigabyte, and no exception
and no timer of ours reaches into it. So each file is first read in a process of its own, which has
a limit of time and whose memory is measured.
"""

from __future__ import annotations

import contextlib
import io
import math
import os
import re
import resource
import signal
import warnings
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from facedoor_convert.errors import WeightsError
from facedoor_convert.readers.keras_layers import DAMAGE, KerasLayer, KerasModel, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from facedoor.frames import Vector

_ROLES = {
    # In the order in which Keras 3 numbers a layer's arrays.
    "Conv2D": ("kernel", "bias"),
    "Dense": ("kernel", "bias"),
    "BatchNormalization": ("gamma", "beta", "moving_mean", "moving_variance"),
}

_DESCRIPTION, _WEIGHTS = "config.json", "model.weights.h5"
_LARGEST_DESCRIPTION = 2**24
"""Bytes; FaceNet's has less than 1 MB."""
_LEAST_CPU_S = 2
_ALARM_FACTOR = 30
"""Seconds on the clock for one of computing: a busy machine is no damaged file."""
_LEAST_BYTES = 2**26
_BYTES_PER_CPU_S = 5_000_000
"""A Raspberry Pi reads at least ten times as many."""


def read_h5(path: Path) -> KerasModel:
    """Read the whole legacy file at ``path``.

    Raises :class:`WeightsError` when it is damaged, is no Keras model, has a layer of an unknown
    kind, or holds a number that is not finite; the message names the first thing that is wrong.
    """
    try:
        demand_an_end(lambda: _whole(path), path, path.stat().st_size)
        return _whole(path)
    except DAMAGE as error:
        raise WeightsError(
            f"{path} is not a whole Keras model in HDF5 form ({error}): fetch it again"
        ) from error


def read_weights(content: bytes, name: str, layers: Sequence[KerasLayer]) -> dict[str, Vector]:
    """The arrays of a weights file, legacy or of Keras 3, for a model of these ``layers``.

    ``content`` is the file, ``name`` what errors call it. Raises :class:`WeightsError` as
    :func:`read_h5` does.
    """
    try:
        demand_an_end(lambda: _weights(content, layers), name, len(content))
        return _weights(content, layers)
    except DAMAGE as error:
        raise WeightsError(
            f"{name} is not a Keras weights file in HDF5 form ({error}): fetch it again"
        ) from error


def read_archive(path: Path) -> KerasModel:
    """Read the ``.keras`` archive at ``path``. Raises as :func:`read_h5` does."""
    try:
        with zipfile.ZipFile(path) as archive:
            description = _unpacked(archive, _DESCRIPTION, _LARGEST_DESCRIPTION)
            # Weights hardly shrink, so whatever unpacks to much more than the file is no weights.
            weights = _unpacked(archive, _WEIGHTS, 4 * path.stat().st_size)
        model = parse(description)
    except (*DAMAGE, zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise WeightsError(f"{path} is not a Keras archive ({error}): fetch it again") from error
    arrays = read_weights(weights, f"{path}: {_WEIGHTS}", model.layers)
    return replace(model, arrays=arrays)


def read_pair(description: Path, weights: Path) -> KerasModel:
    """Read a description in JSON and its weights. Raises :class:`WeightsError`."""
    try:
        if description.stat().st_size > _LARGEST_DESCRIPTION:
            raise ValueError("it is far too large")
        model = parse(description.read_bytes())
    except DAMAGE as error:
        raise WeightsError(
            f"{description} is not a Keras model's description in JSON ({error}): fetch it again"
        ) from error
    try:
        content = weights.read_bytes()
    except OSError as error:
        raise WeightsError(f"cannot read {weights}: {error.strerror}") from error
    return replace(model, arrays=read_weights(content, str(weights), model.layers))


def _whole(path: Path) -> KerasModel:
    with h5py.File(path, "r") as file:
        model = parse(_attribute(file, "model_config"))
        return replace(model, arrays=dict(_Arrays(file).legacy("model_weights")))


def _weights(content: bytes, layers: Sequence[KerasLayer]) -> dict[str, Vector]:
    with h5py.File(io.BytesIO(content), "r") as file:
        arrays = _Arrays(file)
        if "layer_names" in file.attrs or "layer_names0" in file.attrs:
            return dict(arrays.legacy("/"))
        if "model_weights" in file:
            return dict(arrays.legacy("model_weights"))
        return dict(arrays.numbered(layers))


def _unpacked(archive: zipfile.ZipFile, name: str, largest: int) -> bytes:
    with archive.open(name) as stream:
        content = stream.read(largest + 1)
    if len(content) > largest:
        raise ValueError(f"{name} is far too large")
    return content


def demand_an_end(read: Callable[[], object], name: object, size: int) -> None:
    """Call ``read`` in another process; only its end matters, not its result or error.

    ``name`` and ``size`` (bytes) are of the file that it reads. Raises :class:`WeightsError` when
    the process had to be ended, crashed, or took far more memory than the file has bytes.
    """
    limit_s = _LEAST_CPU_S + size // _BYTES_PER_CPU_S
    with warnings.catch_warnings(action="ignore"):
        # Python and JAX warn of threads, whose locks the child could wait for. It takes none of
        # theirs, and the alarm would end it.
        child = os.fork()
    if child == 0:
        # Asked here and not before the fork: the parent may once have taken more than it has now.
        before = _peak_bytes()
        with contextlib.suppress(BaseException):
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_CPU, (limit_s, limit_s))
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(_ALARM_FACTOR * limit_s)
            read()
        os._exit(0 if _peak_bytes() - before <= _LEAST_BYTES + 4 * size else 1)
    _, status = os.waitpid(child, 0)
    if status != 0:
        raise WeightsError(f"{name} makes the HDF5 library fail, so it is damaged: fetch it again")


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # Linux counts in kilobytes


class _Arrays:
    """Reads arrays, in all no more bytes of them than the file has."""

    def __init__(self, file: h5py.File) -> None:
        self._file = file
        self._left_bytes = file.id.get_filesize()

    def legacy(self, top: str) -> Iterator[tuple[str, Vector]]:
        """Names and arrays below the group ``top``, where each layer lists its own."""
        weights = _member(self._file, top)
        seen = set()
        for layer in _names(weights, "layer_names"):
            group = _member(weights, layer)
            for full_name in _names(group, "weight_names"):
                name = full_name.removesuffix(":0")
                if name in seen:
                    raise WeightsError(f"array {name} is there twice")
                seen.add(name)
                yield name, self._array(_member(group, full_name), name)

    def numbered(self, layers: Sequence[KerasLayer]) -> Iterator[tuple[str, Vector]]:
        """Names and arrays of Keras 3's layout: ``layers/conv2d_7/vars/0``.

        The number behind a kind counts the layers of that kind in the order of the model.
        """
        counts: dict[str, int] = {}
        for layer in layers:
            number = counts.get(layer.kind, 0)
            counts[layer.kind] = number + 1
            if layer.kind not in _ROLES:
                continue
            place = _snake_case(layer.kind) + (f"_{number}" if number else "")
            values = _member(self._file, f"layers/{place}/vars")
            stated = _attribute(values, "name") if "name" in values.attrs else layer.name
            if stated != layer.name:
                raise WeightsError(f"{place} of the weights is {stated}, not {layer.name}")
            roles = _roles(layer)
            if len(values) != len(roles):
                raise WeightsError(
                    f"layer {layer.name} has {len(values)} arrays, not {len(roles)}: the weights "
                    "are of another network"
                )
            for index, role in enumerate(roles):
                name = f"{layer.name}/{role}"
                yield name, self._array(_member(values, str(index)), name)

    def _array(self, dataset: Any, name: str) -> Vector:
        if not isinstance(dataset, h5py.Dataset) or dataset.dtype.kind != "f":
            raise WeightsError(f"array {name} does not hold floating-point numbers")
        size = dataset.nbytes
        is_whole = dataset.external is None and dataset.id.get_storage_size() == size
        if not is_whole or size > self._left_bytes:
            raise WeightsError(f"array {name} of shape {dataset.shape} is not in the file whole")
        self._left_bytes -= size
        array = np.asarray(dataset, np.float32)
        if not np.isfinite(array).all():
            raise WeightsError(f"array {name} holds a value that is not a finite number")
        return array


def _member(group: Any, path: str) -> Any:
    """The member at ``path`` below ``group``, reached without leaving the file."""
    for part in filter(None, path.split("/")):
        if not isinstance(group.get(part, getlink=True), h5py.HardLink):
            raise KeyError(f"no {path}")
        group = group[part]
    return group


def _names(group: Any, key: str) -> list[str]:
    """The texts of a list attribute; Keras spreads a long one over ``key0``, ``key1`` and so on."""
    keys = [key] if key in group.attrs else []
    while f"{key}{len(keys)}" in group.attrs:
        keys.append(f"{key}{len(keys)}")
    return [
        name.decode() if isinstance(name, bytes) else str(name)
        for part in keys
        for name in _attribute(group, part)
    ]


def _attribute(group: Any, key: str) -> Any:
    """An attribute's value, if it is no larger than the file."""
    attribute = group.attrs.get_id(key)
    if math.prod(attribute.shape) * attribute.dtype.itemsize > group.file.id.get_filesize():
        raise ValueError(f"attribute {key} is larger than the file")
    return group.attrs[key]


def _roles(layer: KerasLayer) -> list[str]:
    config = layer.config
    absent = {"bias": "use_bias", "gamma": "scale", "beta": "center"}
    return [role for role in _ROLES[layer.kind] if config.get(absent.get(role, ""), True)]


def _snake_case(kind: str) -> str:
    """Keras's own way: ``Conv2D`` is ``conv2d``, ``BatchNormalization`` ``batch_normalization``."""
    spaced = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", kind)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", spaced).lower()

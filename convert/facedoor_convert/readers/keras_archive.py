"""Reads a Keras 3 archive (``.keras``) and a description with its weights; nothing is executed.

A ``.keras`` file is a zip with ``config.json``, the model's description, and ``model.weights.h5``.
The older form of the same is two files: the description as JSON and the weights as HDF5.
"""

from __future__ import annotations

import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

from facedoor_convert.errors import WeightsError
from facedoor_convert.readers import keras_files as keras_h5
from facedoor_convert.readers.keras_layers import DAMAGE, parse

if TYPE_CHECKING:
    from pathlib import Path

    from facedoor_convert.readers.keras_layers import KerasModel

_DESCRIPTION, _WEIGHTS = "config.json", "model.weights.h5"
_LARGEST_DESCRIPTION = 2**24
"""Bytes; FaceNet's has less than 1 MB."""


def read(path: Path) -> KerasModel:
    """Read the archive at ``path``. Raises :class:`WeightsError` as :func:`keras_h5.read` does."""
    try:
        with zipfile.ZipFile(path) as archive:
            description = _member(archive, _DESCRIPTION, _LARGEST_DESCRIPTION)
            # Weights hardly shrink, so whatever unpacks to much more than the file is no weights.
            weights = _member(archive, _WEIGHTS, 4 * path.stat().st_size)
        model = parse(description)
    except (*DAMAGE, zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise WeightsError(f"{path} is not a Keras archive ({error}): fetch it again") from error
    arrays = keras_h5.read_weights(weights, f"{path}: {_WEIGHTS}", model.layers)
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
    return replace(model, arrays=keras_h5.read_weights(content, str(weights), model.layers))


def _member(archive: zipfile.ZipFile, name: str, largest: int) -> bytes:
    with archive.open(name) as stream:
        content = stream.read(largest + 1)
    if len(content) > largest:
        raise ValueError(f"{name} is far too large")
    return content

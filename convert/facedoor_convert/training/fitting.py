"""The training loop, with a checkpoint so that it can be stopped at any time."""

from __future__ import annotations

import json
import math
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from facedoor_convert import files
from facedoor_convert.errors import ConvertError
from facedoor_convert.training.backend import keras

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

_KEEP_EVERY = 50
"""Steps between two writings of the checkpoint: what an interruption costs at most."""


class Course(NamedTuple):
    """How long and how fast to learn. The rate falls along half a cosine to zero."""

    steps: int
    learning_rate: float
    weight_decay: float


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A file with the state that a training needs to go on.

    ``purpose`` describes the training; a file of another one is refused, not overwritten.
    """

    path: Path
    purpose: str

    def save(self, variables: list[Any], losses: list[float]) -> None:
        arrays = {f"v{i}": keras.ops.convert_to_numpy(v) for i, v in enumerate(variables)}
        facts = json.dumps({"purpose": self.purpose, "losses": losses})
        with files.writing(self.path) as file:
            np.savez(file, facts=np.array(facts), **arrays)

    def restore(self, variables: list[Any]) -> list[float]:
        """Set ``variables`` to what was saved; the losses so far, empty if there is no file."""
        if not self.path.exists():
            return []
        try:
            with np.load(self.path, allow_pickle=False) as file:
                facts = json.loads(str(file["facts"]))
                arrays = [file[f"v{i}"] for i in range(len(variables))]
            purpose, losses = facts["purpose"], [float(loss) for loss in facts["losses"]]
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
            raise ConvertError(
                f"{self.path} is damaged ({error}): delete it to start anew"
            ) from error
        if purpose != self.purpose:
            raise ConvertError(
                f"{self.path} belongs to a training with other photos or options: choose another "
                "--output, or delete it to start anew"
            )
        for variable, array in zip(variables, arrays, strict=True):
            variable.assign(array)
        return losses


def fit(
    model: Any,
    loss: Callable[[Any, Any], Any],
    batch: Callable[[int], tuple[NDArray[Any], NDArray[Any]]],
    course: Course,
    checkpoint: Checkpoint,
    report: Callable[[float], None],
) -> list[float]:
    """Train the Keras ``model`` to the end of the ``course``; the loss of every step.

    ``batch`` gives inputs and targets of a step by its number; ``report`` gets the share that is
    done. A training that ``checkpoint`` has begun goes on from there. Raises
    :class:`ConvertError` when the loss is no longer a number, or the file cannot be used.
    """
    rate = keras.optimizers.schedules.CosineDecay(course.learning_rate, course.steps)
    optimizer = keras.optimizers.AdamW(rate, weight_decay=course.weight_decay)
    optimizer.build(model.trainable_variables)
    variables = [*model.variables, *optimizer.variables]
    model.compile(optimizer, loss=loss)
    losses = checkpoint.restore(variables)
    for step in range(len(losses), course.steps):
        value = float(model.train_on_batch(*batch(step)))
        if not math.isfinite(value):
            raise ConvertError(f"the training diverged at step {step}: more photos of each person")
        losses.append(value)
        if len(losses) % _KEEP_EVERY == 0 or len(losses) == course.steps:
            checkpoint.save(variables, losses)
        report(len(losses) / course.steps)
    return losses

"""What a listener can rebuild of a template from what is published of refused visits: a simulation.

Somebody who hears the door's events stands before it many times, each time with a face whose
embedding they know: photos of strangers, say. Each event tells something of how far that face is
from the one template of the door. A good guess of the template is a face that opens the door.

    PYTHONPATH=tests python tests/template_attack.py

prints the figures of docs/proof.md.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from facedoor.wire.bands import told

Vector = npt.NDArray[np.float64]
Published = Callable[[float], float | None]
"""A visit's distance, as the listener has it from its event; ``None`` where it says nothing."""

SIZE = 128
SPREAD = 25.0
"""Of the population's variance over its directions: strangers are then 1.41 apart on average, with
a standard deviation of 0.10, about as FaceNet's."""

THRESHOLD = 0.856
"""Of the default pack's corrected distances at its default risk, with one person enrolled."""

ROUGHNESS = 0.02
"""How well the attacker expects a distance to fit."""


class Population:
    """People whose embeddings are distributed as a network's are; the attacker knows how."""

    def __init__(self, seed: int) -> None:
        self._chance = np.random.default_rng(seed)
        variance = np.exp(-np.arange(SIZE) / SPREAD)
        self.variance: Vector = variance / variance.sum()

    def people(self, count: int) -> Vector:
        """``count`` unit vectors, shape ``(count, 128)``."""
        return _unit(self._chance.standard_normal((count, SIZE)) * np.sqrt(self.variance))

    def seen_again(self, people: Vector, distance: float) -> Vector:
        """Other pictures of the same people, about so far from the first."""
        noise = _unit(self._chance.standard_normal(people.shape) * np.sqrt(self.variance))
        return _unit(people + distance * noise)


def exact(distance: float) -> float | None:
    """What was published once: four decimals."""
    return round(distance, 4)


def banded(distance: float) -> float | None:
    """What is published now, and the middle of what it stands for."""
    event = told({"distance": distance, "threshold": THRESHOLD, "frames": 3})
    middle = {"within": 0.7, "near": 0.9}
    return middle.get(event["distance_band"], 1.41)


def nothing(_distance: float) -> float | None:
    """The listener knows only that somebody was refused."""
    return None


def rebuilt_error(published: Published, visits: int, seed: int, same: float = 0.0) -> float:
    """How far the best guess after so many refused visits is from the template.

    ``same`` is how far what the door saw of a face is from what the attacker knows of it. The guess
    is the most probable template (Gaussian prior, least squares); without any
    number, the face of a stranger.
    """
    population = Population(seed)
    (template,) = population.people(1)
    probes = population.people(visits)
    seen = population.seen_again(probes, same)
    heard = [
        (probe, published(distance))
        for probe, distance in zip(
            probes, np.linalg.norm(seen - template, axis=1).tolist(), strict=True
        )
        if distance > THRESHOLD  # it was refused
    ]
    rows = [(probe, 1 - said**2 / 2) for probe, said in heard if said is not None]
    if not rows:  # any stranger's face
        return float(np.linalg.norm(population.people(1)[0] - template))
    known, cosines = np.stack([probe for probe, _ in rows]), np.array([cos for _, cos in rows])
    inverse = np.linalg.inv(known.T @ known + np.diag(ROUGHNESS**2 / population.variance))
    guess = inverse @ known.T @ cosines
    return float(np.linalg.norm(_unit(guess) - template))


def _unit(vectors: Vector) -> Vector:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / lengths)


if __name__ == "__main__":
    print("visits  known to  published  error: mean, smallest of 20 templates")
    for visits in (200, 2000):
        for same in (0.0, 0.3, 0.5):
            for published in (exact, banded, nothing):
                errors = [rebuilt_error(published, visits, seed, same) for seed in range(20)]
                row = f"{visits:>6}  {same:<8g}  {published.__name__:<9}"
                print(f"{row}  {np.mean(errors):.2f}, {min(errors):.2f}")

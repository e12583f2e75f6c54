"""LFW, as the benchmarks take it: who is measured on, who makes the cohort, in which distances.

``FACEDOOR_LFW=DIR`` names the photos, ``DIR/lfw/PERSON/PERSON_0001.jpg`` or ``DIR/PERSON/...``, and
has the set's ``pairs.txt`` in it, or ``FACEDOOR_LFW_PAIRS=FILE`` names that. Thresholds and rates
are measured on the people whom the pairs name; the cohort is made of those whom they do not.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from benchmarks import PACK
from facedoor.errors import UsageError
from facedoor.frames import Vector
from facedoor.identity.search import Correction
from facedoor.vision import pack
from facedoor.vision.calibration import Calibration, DistanceTable
from facedoor.vision.pack import Manifest
from facedoor_convert.calibration import calibrate
from facedoor_convert.evaluation import comparisons, embeddings, pairs

if TYPE_CHECKING:
    from facedoor_convert.evaluation.comparisons import Measure

Embeddings: TypeAlias = Mapping[str, Vector | None]


@dataclass(frozen=True, slots=True)
class Lfw:
    """Embeddings by photo, ``None`` where no face was found.

    ``folds`` are the photos of each fold of the pairs: no person is in two of them.
    """

    known: Embeddings
    others: Embeddings
    folds: tuple[frozenset[str], ...]

    def of_folds(self, numbers: Iterable[int]) -> Embeddings:
        """Those of ``known`` in some folds, counted from 1."""
        inside = frozenset[str]().union(*(self.folds[number - 1] for number in numbers))
        return {photo: vector for photo, vector in self.known.items() if photo in inside}


def places() -> tuple[Path, Path]:
    """The folder of the photos, and the pairs file. Raises :class:`UsageError` if none is named."""
    directory = os.environ.get("FACEDOOR_LFW")
    if not directory:
        raise UsageError("set FACEDOOR_LFW to the folder with LFW's photos and its pairs.txt")
    pairs_file = os.environ.get("FACEDOOR_LFW_PAIRS") or Path(directory) / "pairs.txt"
    photos = Path(directory) / "lfw"
    return photos if photos.is_dir() else Path(directory), Path(pairs_file)


def read(report: Callable[[float], None], *, with_others: bool = True) -> Lfw:
    """Read the photos that the environment names, or what is kept of them; ``others`` if wanted.

    Raises :class:`FacedoorError`.
    """
    images, pairs_file = places()
    subjects = calibrate.Subjects.of(images, pairs_file, cohort=images if with_others else None)
    paths = {**subjects.paths, **subjects.cohort}
    found = embeddings.embed(paths, pack.load(PACK), report)
    return Lfw(
        known={photo: found[photo].embedding for photo in subjects.paths},
        others={photo: found[photo].embedding for photo in subjects.cohort},
        folds=tuple(
            frozenset(photo for pair in fold for photo in (pair.first, pair.second))
            for fold in pairs.read_pairs(pairs_file)
        ),
    )


def calibration_of(manifest: Manifest) -> Calibration:
    """Raises :class:`UsageError` when there is none."""
    if manifest.calibration is None:
        raise UsageError(f"{PACK} has no calibration: build it from a recipe that names one")
    return manifest.calibration


def kinds(calibration: Calibration) -> dict[str, tuple[DistanceTable, Measure]]:
    """The kinds of distance, each with its table and how it is measured; the door's own last."""
    found: dict[str, tuple[DistanceTable, Measure]] = {"plain": (calibration.plain, comparisons.l2)}
    if calibration.corrected is not None and calibration.cohort is not None:
        distances = Correction(calibration.cohort).distances
        found["corrected"] = calibration.corrected, distances
    return found

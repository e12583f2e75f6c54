"""How long a large gallery takes to load and to search with FaceNet's cohort, in CPU time of the
whole process.

``python -m benchmarks.bench_gallery DIR`` fills a state file in ``DIR`` with random people.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import closing
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks import RECIPE
from benchmarks.figures import Figure, to_json
from facedoor.frames import Vector
from facedoor.identity.gallery import Gallery
from facedoor.identity.search import Correction, GalleryIndex
from facedoor.storage.store import open_store
from facedoor.storage.vault import KEY_BYTES, Vault
from facedoor.vision import pack

PEOPLE, TEMPLATES, SIZE = 10_000, 5, 128
LOADS, SEARCHES = 5, 300
SEARCH_MS, LOAD_S = 5.0, 2.0
MODEL = "0" * 64
CALIBRATION = RECIPE.with_name("facenet.calibration.json")


def measure(directory: Path) -> dict[str, Figure]:
    """Fill a gallery, open it several times, and search it many times."""
    random, file = np.random.default_rng(1), directory / "crowd.db"
    calibration = pack.parse_calibration(CALIBRATION.read_text(encoding="utf-8"), CALIBRATION)
    correction = Correction(calibration.cohort) if calibration.cohort else None
    vault = Vault(os.urandom(KEY_BYTES))
    with closing(open_store(file, vault)) as db:
        # Thousands of enrolments, each on the disk before the next, would take minutes.
        db.execute("PRAGMA synchronous = OFF")
        gallery = Gallery(db, vault)
        for number in range(PEOPLE):
            gallery.add(f"person {number}", _unit_vectors(random, TEMPLATES), MODEL)
    loads_s, searches_ms = [], []
    for _ in range(LOADS):
        begun_s = time.process_time()
        with closing(open_store(file, vault)) as db:
            index = GalleryIndex.of(Gallery(db, vault), MODEL, correction)
        loads_s.append(time.process_time() - begun_s)
    for probe in _unit_vectors(random, SEARCHES):
        begun_s = time.process_time()
        index.match(probe)
        searches_ms.append((time.process_time() - begun_s) * 1000)
    size = f"{PEOPLE:,} people x {TEMPLATES} templates"
    return {
        "gallery_search_ms": Figure(median(searches_ms), "ms CPU", SEARCH_MS, size),
        "gallery_load_s": Figure(median(loads_s), "s CPU", LOAD_S, size),
    }


def _unit_vectors(random: np.random.Generator, count: int) -> Vector:
    vectors: Vector = random.standard_normal((count, SIZE), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


if __name__ == "__main__":
    print(to_json(measure(Path(sys.argv[1]))))

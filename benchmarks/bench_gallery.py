"""How long a large gallery takes to load, to bring up to date and to search with FaceNet's cohort,
in CPU time of the whole process; what it takes of memory; and a removal from a long journal.

``python -m benchmarks.bench_gallery DIR`` fills state files in ``DIR`` with random people and
entries; ``python -m benchmarks.bench_gallery DIR 100000`` with so many people.
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
from benchmarks.processes import run
from facedoor.frames import Vector
from facedoor.identity.gallery import Gallery
from facedoor.identity.live_index import LiveIndex
from facedoor.identity.search import Correction
from facedoor.storage import mention_blocks
from facedoor.storage.journal import Journal
from facedoor.storage.store import open_store
from facedoor.storage.vault import KEY_BYTES, Vault
from facedoor.vision import pack
from facedoor.wire.events import OtherEvent

PEOPLE, TEMPLATES, SIZE = 10_000, 5, 128
LOADS, SEARCHES, UPDATES, ENTRIES = 5, 300, 9, 30_000
SEARCH_MS, LOAD_S, UPDATE_PERCENT, MEMORY_MB, REMOVAL_PERCENT = 5.0, 2.0, 3.0, 40.0, 15.0
MODEL = "0" * 64
CALIBRATION = RECIPE.with_name("facenet.calibration.json")


def measure(directory: Path, people: int = PEOPLE) -> dict[str, Figure]:
    """Fill a gallery, open it several times, change it, and search it many times."""
    random, file = np.random.default_rng(1), directory / "crowd.db"
    correction = _correction()
    vault_key = os.urandom(KEY_BYTES)
    vault = Vault(vault_key)
    with closing(open_store(file, vault)) as db:
        # Thousands of enrolments, each on the disk before the next, would take minutes.
        db.execute("PRAGMA synchronous = OFF")
        gallery = Gallery(db, vault)
        for number in range(people):
            gallery.add(f"person {number}", _unit_vectors(random, TEMPLATES), MODEL)
    loads_s, searches_ms, updates_ms = [], [], []
    for _ in range(LOADS):
        begun_s = time.process_time()
        with closing(open_store(file, vault)) as db:
            index = LiveIndex(db, vault, MODEL, SIZE, correction).read()
        loads_s.append(time.process_time() - begun_s)
    with closing(open_store(file, vault)) as db, closing(open_store(file, vault)) as elsewhere:
        live = LiveIndex(db, vault, MODEL, SIZE, correction)
        live.read()
        for number in range(UPDATES):
            Gallery(elsewhere, vault).add(f"new {number}", _unit_vectors(random, 1), MODEL)
            begun_s = time.process_time()
            live.read()
            updates_ms.append((time.process_time() - begun_s) * 1000)
    for probe in _unit_vectors(random, SEARCHES):
        begun_s = time.process_time()
        index.match(probe)
        searches_ms.append((time.process_time() - begun_s) * 1000)
    size = f"{people:,} people x {TEMPLATES} templates"
    share = 100 * median(updates_ms) / 1000 / median(loads_s)
    return {
        "gallery_search_ms": Figure(median(searches_ms), "ms CPU", SEARCH_MS, size),
        "gallery_load_s": Figure(median(loads_s), "s CPU", LOAD_S, size),
        "gallery_update_percent": Figure(
            share, "%", UPDATE_PERCENT, f"of a load, after one enrolment; {size}"
        ),
        "gallery_memory_mb": Figure(
            _memory_mb(file, vault_key), "MB", MEMORY_MB, f"more while it is loaded; {size}"
        ),
        **_removals(directory),
    }


def _memory_mb(file: Path, key: bytes) -> float:
    """How much more a process takes at most while it loads all people."""
    return float(run(sys.executable, "-m", "benchmarks.bench_gallery", file, key.hex()).output)


def _load(file: Path, key: bytes) -> float:
    vault, correction = Vault(key), _correction()
    with closing(open_store(file, vault)) as db:
        live = LiveIndex(db, vault, MODEL, SIZE, correction)
        # Else the peak is what the process that has started this one takes.
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        before_mb = _peak_mb()
        live.read()
        return _peak_mb() - before_mb


def _peak_mb() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def _removals(directory: Path) -> dict[str, Figure]:
    """A removal of somebody with ten entries from a journal of many, with lists and without."""
    vault = Vault(os.urandom(KEY_BYTES))
    with closing(open_store(directory / "long.db", vault)) as db:
        db.execute("PRAGMA synchronous = OFF")
        gallery, journal = Gallery(db, vault), Journal(db, vault)
        for name in ("resident", "first", "second"):
            gallery.add(name, _unit_vectors(np.random.default_rng(2), 1), MODEL)
        with journal.together():
            for number in range(ENTRIES):
                place = number % (ENTRIES // 10)
                name = ("first", "second")[place] if place < 2 else "resident"
                journal.append(OtherEvent.of("decision", {"person": name}))
        took_s = []
        for name in ("first", "second"):
            begun_s = time.process_time()
            gallery.remove(name)
            took_s.append(time.process_time() - begun_s)
            while mention_blocks.list_one(db, vault):
                pass
    share = 100 * took_s[1] / took_s[0]
    against = f"of one that reads all {ENTRIES:,} entries; the person is in 10"
    return {"removal_percent": Figure(share, "%", REMOVAL_PERCENT, against)}


def _correction() -> Correction | None:
    calibration = pack.parse_calibration(CALIBRATION.read_text(encoding="utf-8"), CALIBRATION)
    return Correction(calibration.cohort) if calibration.cohort else None


def _unit_vectors(random: np.random.Generator, count: int) -> Vector:
    vectors: Vector = random.standard_normal((count, SIZE), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def main(place: str, *more: str) -> None:
    if Path(place).is_dir():
        print(to_json(measure(Path(place), *map(int, more))))
    else:
        print(_load(Path(place), bytes.fromhex(*more)))


if __name__ == "__main__":
    main(*sys.argv[1:])

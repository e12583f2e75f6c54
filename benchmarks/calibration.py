"""Whether a table of risks keeps its word: the figures of docs/calibration.md.

``FACEDOOR_LFW=DIR python -m benchmarks.calibration``, see :mod:`benchmarks.lfw`:

* measured on some people, counted on others;
* extrapolated from an eighth of the people, counted on all others;
* several templates of a person: their mean, the nearest of them, each alone;
* the thresholds of a door by how many are enrolled, and the groups for whom they hold less well.

Thresholds of the last two are those of the pack, and distances are corrected where it has a cohort.
Takes some minutes when the photos have been read before. Writes ``build/calibration.json``.
"""

from __future__ import annotations

import dataclasses
import json
import sys

from benchmarks import (
    BUILD,
    PACK,
    calibration_door,
    calibration_held_out,
    calibration_templates,
    lfw,
)
from facedoor.errors import FacedoorError
from facedoor.vision import pack
from facedoor_convert.progress import Progress

_READ, _HALVES, _EIGHTHS = "reading photos", "halves of the people", "eighths of the people"
_TEMPLATES, _DOOR = "several templates", "a door"


def main() -> int:
    steps = {_READ: 0.0, _HALVES: 100.0, _EIGHTHS: 150.0, _TEMPLATES: 60.0, _DOOR: 30.0}
    try:
        with Progress(steps, sys.stderr) as progress:
            manifest = pack.load(PACK).manifest
            calibration = lfw.calibration_of(manifest)
            with progress.step(_READ) as report:
                photos = lfw.read(report, with_others=calibration.cohort is not None)
            with progress.step(_HALVES) as report:
                halves = calibration_held_out.halves(photos, report)
            with progress.step(_EIGHTHS) as report:
                eighths = calibration_held_out.eighths(photos, report)
            with progress.step(_TEMPLATES) as report:
                templates = calibration_templates.measure(photos.known, calibration, report)
            with progress.step(_DOOR) as report:
                door = calibration_door.measure(photos.known, manifest, report)
    except FacedoorError as error:
        print(f"calibration: {error}", file=sys.stderr)
        return error.exit_code
    result = {
        "held_out": [dataclasses.asdict(row) for row in halves],
        "extrapolated": [dataclasses.asdict(row) for row in eighths],
        "templates": [dataclasses.asdict(row) for row in templates],
        **dataclasses.asdict(door),
    }
    (BUILD / "calibration.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    calibration_held_out.show_halves(halves)
    calibration_held_out.show_eighths(eighths)
    calibration_templates.show(templates, calibration)
    calibration_door.show(door)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Measures the rates of a calibration anew, and leaves its cohort and all else in it as it is.

``FACEDOOR_LFW=DIR python -m benchmarks.rates FILE``, see :mod:`benchmarks.lfw`: for a calibration
in FILE that was measured on the people of LFW's pairs, where only who counts as a stranger is
another than it was. ``python -m benchmarks.refusals FILE`` comes next: it goes by the rates. Takes
some minutes.
"""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import PACK, lfw
from facedoor.errors import FacedoorError, UsageError
from facedoor.vision import pack
from facedoor.vision.calibration import Calibration, DistanceTable
from facedoor_convert.calibration import calibrate, distance_table
from facedoor_convert.evaluation import comparisons
from facedoor_convert.evaluation.bootstrap import PersonBootstrap
from facedoor_convert.progress import Progress

if TYPE_CHECKING:
    from facedoor_convert.evaluation.comparisons import Comparisons

_READ, _MEASURE = "reading photos", "measuring"


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: python -m benchmarks.rates FILE", file=sys.stderr)
        return 2
    file = Path(sys.argv[1])
    try:
        models = pack.load(PACK)
        calibration = pack.parse_calibration(file.read_text(encoding="utf-8"), file)
        if calibration.embedder_sha256 != models.manifest.embedder.sha256:
            raise UsageError(f"{file} is about another embedder than that of {PACK}")
        with Progress({_READ: 0.0, _MEASURE: 100.0}, sys.stderr) as progress:
            with progress.step(_READ) as report:
                known = lfw.read(report, with_others=False).known
            with progress.step(_MEASURE):
                calibrate.write(_with_rates(calibration, known), file)
    except FacedoorError as error:
        print(f"rates: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def _with_rates(calibration: Calibration, known: lfw.Embeddings) -> Calibration:
    measured: dict[str, DistanceTable] = {}
    compared: Comparisons | None = None
    for kind, (table, measure) in lfw.kinds(calibration).items():
        compared = comparisons.all_against_all(known, measure, calibrate.ONE_PHOTO_EACH)
        risk = distance_table.risks(compared.distances(), PersonBootstrap(compared))
        measured[kind] = dataclasses.replace(table, risk=risk)
    counted = calibration.comparisons if compared is None else len(compared.impostor)
    return dataclasses.replace(
        calibration,
        comparisons=counted,
        plain=measured["plain"],
        corrected=measured.get("corrected"),
    )


if __name__ == "__main__":
    sys.exit(main())

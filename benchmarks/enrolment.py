"""What the rules of enrolment stop, and what they cost: figures of docs/calibration.md.

``FACEDOOR_LFW=DIR python -m benchmarks.enrolment [6-10]``, see :mod:`benchmarks.lfw`. People are
those whom LFW's pairs name in folds 6 to 10; the distances of the rules were chosen on those of 1
to 5. Each figure stands beside that of a door that judges picture by picture. Some minutes, more
when the photos are read for the first time. Writes ``build/enrolment.json``.
"""

from __future__ import annotations

import dataclasses
import json
import sys

from benchmarks import BUILD, enrolment_figures, enrolment_people
from benchmarks.enrolment_figures import Row
from facedoor.errors import FacedoorError, UsageError
from facedoor_convert.progress import Progress

_READ = "reading photos"
_MEASURES = {
    "morphs": (enrolment_figures.morphs, 300.0),
    "strangers": (enrolment_figures.strangers, 60.0),
    "two names": (enrolment_figures.two_names, 60.0),
    "further pictures": (enrolment_figures.further, 20.0),
    "people who are alike": (enrolment_figures.alike, 10.0),
}


def main(arguments: list[str]) -> int:
    steps = {_READ: 0.0} | {name: seconds for name, (_, seconds) in _MEASURES.items()}
    found: dict[str, list[Row]] = {}
    try:
        first, last = _folds(arguments)
        with Progress(steps, sys.stderr) as progress:
            with progress.step(_READ) as report:
                people = enrolment_people.read(range(first, last + 1), report)
            for name, (measure, _) in _MEASURES.items():
                with progress.step(name) as report:
                    found[name] = measure(people, report)
    except FacedoorError as error:
        print(f"enrolment: {error}", file=sys.stderr)
        return error.exit_code
    print(f"folds {first} to {last}, {len(people)} people\n")
    print(f"{'':<72}{'picture by picture':>20}{'as a whole':>20}")
    for name, rows in found.items():
        _show(name, rows)
    result = {name: [dataclasses.asdict(row) for row in rows] for name, rows in found.items()}
    (BUILD / "enrolment.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0


def _folds(arguments: list[str]) -> tuple[int, int]:
    first, dash, last = (arguments[0] if arguments else "6-10").partition("-")
    if not (dash and first.isdigit() and last.isdigit() and 1 <= int(first) <= int(last) <= 10):
        raise UsageError("say which folds, such as 6-10")
    return int(first), int(last)


def _show(name: str, rows: list[Row]) -> None:
    print(name)
    by_picture = {row.what: row for row in rows if row.by_picture}
    for row in rows:
        if not row.by_picture:
            before = by_picture.get(row.what)
            print(f"  {row.what:<70}{_said(before):>20}{_said(row):>20}")


def _said(row: Row | None) -> str:
    if row is None:
        return ""
    share = row.count / max(row.of, 1)
    return f"{row.count} of {row.of} ({share:.2%})" if row.of > 200 else f"{row.count} of {row.of}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

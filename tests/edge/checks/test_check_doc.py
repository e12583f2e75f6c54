from __future__ import annotations

import re
from pathlib import Path

import facedoor.checks
from facedoor.checks import LOOKS

CLONE = Path(__file__).parents[3]
ROW = re.compile(r"^\| `(\w+)` \| ([^|]+) \| ([^|]*)\|$", re.MULTILINE)
ROWS = ROW.findall((CLONE / "docs" / "check.md").read_text())
SOURCE = "\n".join(
    path.read_text() for path in sorted(Path(facedoor.checks.__path__[0]).glob("*.py"))
)


def test_every_subject_has_its_row() -> None:
    assert [subject for subject, *_ in ROWS] == [subject for subject, *_ in LOOKS] + ["liveness"]


def test_every_remedy_is_one_that_a_check_names() -> None:
    for subject, _, remedies in ROWS:
        for remedy in re.findall(r"`([^`]+)`", remedies):
            # As far as a word in capitals, which stands for something of the machine.
            fixed = re.split(r" ?=?\b[A-Z]{3,}\b", remedy)[0]
            assert fixed in SOURCE, (subject, remedy)

"""The journal in words: every kind of entry that a door writes, in sentences."""

from __future__ import annotations

import json
import re
from datetime import UTC
from pathlib import Path

import pytest

from facedoor.history.entries import in_words
from facedoor.languages import spoken
from facedoor.wire.entries import Entry

LINES = Path(__file__).parents[1] / "wire" / "fixtures" / "journal.jsonl"
ENTRIES = [
    Entry(number, line["kind"], line["payload"]["time"], line["payload"])
    for number, line in enumerate(map(json.loads, LINES.read_text().splitlines()), 1)
]


def test_every_kind_of_entry_is_a_sentence() -> None:
    for entry in ENTRIES:
        said = in_words(entry, UTC)
        assert re.fullmatch(r"\S.*\S", said), entry
        assert not re.search(r'[{}"]|None', said), (entry, said)


@pytest.mark.parametrize(
    ("payload", "english", "german"),
    [
        (
            {"event": "enrolment", "by": "command line", "person": "Ada", "added": 2}
            | {"moved_distance": None, "first_distance": 0.0},
            "command line added 2 pictures of Ada",
            "die Befehlszeile hat 2 Bilder von Ada hinzugefügt",
        ),
        (
            {"event": "rules", "what": "permission", "by": "desk", "person": None},
            "desk changed what somebody who was removed since may",
            "desk hat geändert, was jemand (inzwischen entfernt) darf",
        ),
        (
            {"event": "clock", "what": "repaired", "by": "command line"}
            | {"was": "2029-01-10T11:00:00.000Z"},
            "command line said that it never was 2029-01-10 11:00",
            "die Befehlszeile hat gesagt, dass es nie 2029-01-10 11:00 war",
        ),
        (
            {"event": "of tomorrow"},
            'door {"event": "of tomorrow"}',
            'door {"event": "of tomorrow"}',
        ),
    ],
)
def test_who_did_it_is_told_in_the_language_of_the_reader(
    payload: dict[str, object], english: str, german: str
) -> None:
    entry = Entry(7, "door", "2026-11-24T09:30:00.000Z", payload | {"time": "2026-11-24T09:30:00Z"})
    assert in_words(entry, UTC) == english
    with spoken("de"):
        assert in_words(entry, UTC) == german

"""Version 7 compares names by how they look: whoever was enrolled before stays and is found."""

from __future__ import annotations

import shutil
import sqlite3
import unicodedata
from contextlib import closing
from pathlib import Path

import pytest

from circle import at
from facedoor.identity.gallery import Gallery
from facedoor.names import name_key
from facedoor.storage import contexts
from facedoor.storage.journal import Journal
from facedoor.wire.events import OtherEvent
from vaults import VAULT, open_store

MODEL = "a" * 64
ALIKE = (
    ("Ada", "Ad\u200ba", "\u202eAda", "\uff21da"),
    ("\u2163an", "Ivan"),
    ("x" * 64, "x" * 63 + "\uff58"),
    ("Ada (2)",),
    ("Grace\u00a0Hopper", "Grace Hopper"),
    ("\u3164",),
    ("Zoë",),
)
"""Names that were different people's, in groups of those that are one name now."""


@pytest.fixture
def names(database: Path) -> list[str]:
    """Whoever lives behind a door of version 6 under such names, in the order of their numbers."""
    shutil.copy(Path(__file__).parent / "fixtures" / "store_v6.db", database)
    every = [name for group in ALIKE for name in reversed(group)]
    with closing(sqlite3.connect(database)) as db:
        for number, name in enumerate(every, 100):
            index = VAULT.index(unicodedata.normalize("NFC", name.casefold()))
            sealed = VAULT.seal_text(name, contexts.of_name(number))
            db.execute(
                "INSERT INTO person (id, name, name_index) VALUES (?, ?, ?)",
                (number, sealed, index),
            )
            db.execute("INSERT INTO known_name VALUES (?, ?)", (index, number))
            vector = VAULT.seal(at(number)[0].tobytes(), contexts.of_template(number, MODEL))
            db.execute(
                "INSERT INTO template (person_id, model_sha256, vector) VALUES (?, ?, ?)",
                (number, MODEL, vector),
            )
        db.commit()
    return every


def test_nobody_is_lost_and_each_has_a_name_of_their_own(database: Path, names: list[str]) -> None:
    with closing(open_store(database)) as db:
        gallery = Gallery(db, VAULT)
        people = [person.name for person in gallery.people()]
        assert len(people) == len(set(map(name_key, people))) == len(names) + 2
        templates = gallery.templates(MODEL)
        for number, before in enumerate(names, 100):
            (now,) = [
                name
                for name in templates.names
                if templates.of(name).tobytes() == at(number).tobytes()
            ]
            assert now == before or now.startswith(before[:59]), ascii(before)
            assert gallery.person(now).templates == 1
        assert {"Ada", "Ivan", "Grace Hopper", "Zoë", "Ada (2)"} <= set(people)


def test_each_can_be_named_renamed_and_removed(database: Path, names: list[str]) -> None:
    with closing(open_store(database)) as db:
        gallery, journal = Gallery(db, VAULT), Journal(db, VAULT)
        enrolled = [person.name for person in gallery.people()]
        for count, name in enumerate(enrolled):
            journal.append(OtherEvent.of("decision", {"person": name}))
            gallery.add(name, at(0), "b" * 64)
            gallery.rename(name, f"Somebody {count}")
            assert gallery.remove(f"somebody {count}").was_enrolled
        assert gallery.people() == []
        decisions = [entry for entry in journal.tail(3 * len(enrolled)) if entry.kind == "decision"]
        assert len(decisions) >= len(enrolled)
        assert {entry.payload["person"] for entry in decisions} == {None}

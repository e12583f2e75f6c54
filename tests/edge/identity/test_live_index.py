"""What is brought up to date is what is made anew, to the last bit, and never what is forged."""

from __future__ import annotations

import base64
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accidents import EXAMPLES
from facedoor.errors import UsageError
from facedoor.frames import Vector
from facedoor.identity.enrolled import Content
from facedoor.identity.gallery import NOTED_CHANGES, Gallery
from facedoor.identity.live_index import LiveIndex
from facedoor.identity.search import Correction, GalleryIndex
from facedoor.storage.ledger import TamperedError
from facedoor.storage.store import transaction
from facedoor.storage.vault import Vault
from facedoor.vision.calibration import Cohort
from vaults import VAULT, open_store, without_the_key

MODEL, OTHER = "a" * 64, "b" * 64
SIZE = 16
NAMES = ("Ada", "Bo", "Cy", "Dee")


class CountingVault(Vault):
    """Counts what it opens."""

    opened = 0

    def open(self, sealed: bytes, context: str) -> bytes:
        self.opened += 1
        return super().open(sealed, context)


def drawn(seed: int, count: int) -> Vector:
    vectors = np.random.default_rng(seed).standard_normal((count, SIZE), np.float32)
    unit: Vector = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def cohort() -> Cohort:
    """Half of the people of these tests are near to what is common, half far from it."""
    levels = np.random.default_rng(9).integers(-127, 128, (12, SIZE), np.int8)
    said = base64.b64encode(levels.tobytes()).decode()
    return Cohort(said, SIZE, 3, 0.1, 0.2, 0.7, 0.9, "drawn")


CORRECTION = Correction(cohort())


def live(db: sqlite3.Connection, vault: Vault = VAULT) -> LiveIndex:
    return LiveIndex(db, vault, MODEL, SIZE, CORRECTION)


def content(index: GalleryIndex) -> tuple[object, ...]:
    """Everything that an index compares with, as bytes."""
    penalties = index._penalties
    return index.names, index._means.tobytes(), None if penalties is None else penalties.tobytes()


def change(gallery: Gallery, kind: int, one: int, other: int, seed: int) -> None:
    name = NAMES[one]
    with suppress(UsageError):  # as where nobody has the name
        if kind < 3:
            gallery.add(name, drawn(seed, 1 + other), (MODEL, MODEL, OTHER)[kind])
        elif kind == 3:
            gallery.remove(name)
        elif kind == 4:
            gallery.rename(name, NAMES[other])
        else:
            vectors = drawn(seed, 1 + other).astype("<f4")
            gallery.replace(Content(name, {MODEL: tuple(v.tobytes() for v in vectors)}))


@settings(max_examples=EXAMPLES // 3)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 5),
            st.integers(0, 3),
            st.integers(0, 3),
            st.integers(0, 9),
            st.booleans(),
        ),
        max_size=12,
    )
)
def test_brought_up_to_date_is_as_made_anew(
    changes: list[tuple[int, int, int, int, bool]],
) -> None:
    with tempfile.TemporaryDirectory() as folder, closing(open_store(Path(folder, "s.db"))) as db:
        db.execute("PRAGMA synchronous = OFF")
        gallery, kept = Gallery(db, VAULT), live(db)
        kept.read()
        for *what, is_read in changes:
            change(gallery, *what)
            if is_read:
                assert content(kept.read()) == content(live(db).read())
        index = content(kept.read())
        assert index == content(live(db).read())
        plain = gallery.templates(MODEL, SIZE)
        assert index == content(GalleryIndex(plain, CORRECTION))
        assert kept.photos == plain.photos()


@pytest.fixture
def crowd(gallery: Gallery) -> Gallery:
    for number in range(20):
        gallery.add(f"person {number}", drawn(number, 3), MODEL)
    return gallery


def test_after_a_change_only_whoever_it_was_about_is_opened(
    crowd: Gallery, db: sqlite3.Connection
) -> None:
    vault = CountingVault(bytes(range(32)))
    kept = live(db, vault)
    before = kept.read()
    with closing(open_store(Path(db.execute("PRAGMA database_list").fetchone()[2]))) as elsewhere:
        Gallery(elsewhere, VAULT).add("person 7", drawn(70, 1), MODEL)
        vault.opened = 0
        after = kept.read()
    assert vault.opened == 4 + 1  # templates and the name
    assert before.names == after.names
    moved = np.any(before._means != after._means, axis=1)
    assert np.flatnonzero(moved).tolist() == [7]


def test_an_index_that_was_made_stays_as_it_was(crowd: Gallery, db: sqlite3.Connection) -> None:
    kept = live(db)
    index = kept.read()
    before = content(index)
    crowd.remove("person 3")
    crowd.add("person 4", drawn(44, 2), MODEL)
    kept.read()
    assert content(index) == before


def test_whoever_has_missed_too_many_changes_reads_all(
    crowd: Gallery, db: sqlite3.Connection
) -> None:
    db.execute("PRAGMA synchronous = OFF")
    kept = live(db)
    kept.read()
    for _ in range(NOTED_CHANGES // 2 + 1):
        crowd.rename("person 1", "Una")
        crowd.rename("Una", "person 1")
    crowd.remove("person 2")
    assert content(kept.read()) == content(live(db).read())
    assert db.execute("SELECT count(*) FROM gallery_change").fetchone()[0] <= NOTED_CHANGES


@pytest.mark.parametrize("table", ["person", "template"])
def test_what_is_forged_beside_a_change_is_noticed_with_whom_it_is_about(
    table: str, crowd: Gallery, db: sqlite3.Connection
) -> None:
    kept = live(db)
    kept.read()
    crowd.add("person 5", drawn(55, 1), MODEL)
    key = "id" if table == "person" else "person_id"
    with without_the_key(db) as forger:
        forger.execute(f"DELETE FROM {table} WHERE {key} = 6")
    with pytest.raises(TamperedError, match=table):
        kept.read()
    with pytest.raises(TamperedError, match=table):
        kept.read()


def test_a_change_that_nobody_noted_is_no_reason_to_miss_it(
    crowd: Gallery, db: sqlite3.Connection
) -> None:
    kept = live(db)
    kept.read()
    crowd.remove("person 9")
    with transaction(db, "test"):
        db.execute("UPDATE gallery_change SET person_id = 1")
    assert content(kept.read()) == content(live(db).read())


def test_a_template_that_cannot_be_read_is_left_out_and_its_person_counted(
    crowd: Gallery, db: sqlite3.Connection
) -> None:
    kept = live(db)
    kept.read()
    assert kept.skipped == 0
    crowd.add("person 8", at_half(), MODEL)
    kept.read()
    assert kept.skipped == 1
    crowd.remove("person 8")
    kept.read()
    assert kept.skipped == 0


def at_half() -> Vector:
    """A unit vector of half the size."""
    vector: Vector = np.zeros((1, SIZE // 2), np.float32)
    vector[0, 0] = 1
    return vector

"""Pictures of enrolments: one for each template, sealed, and gone with the person."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accidents import EXAMPLES
from circle import at
from facedoor.config.options import Config, StorageConfig
from facedoor.errors import StoreError
from facedoor.identity.enrolled import Content
from facedoor.identity.gallery import Gallery
from facedoor.storage import enrolment_pictures, store
from facedoor.storage.audit import verify
from facedoor.storage.backup import backup
from facedoor.storage.enrolment_pictures import EnrolmentPicture
from facedoor.storage.key_file import open_state
from facedoor.storage.rekey import rekey
from facedoor.storage.store import scrub
from vaults import VAULT, open_store, without_the_key

MODEL, OTHER = "a" * 64, "b" * 64


def jpeg(mark: str, size: int = 20_000) -> bytes:
    """What can be searched for, and cannot be pressed smaller: as a picture."""
    return np.random.default_rng([*mark.encode()]).bytes(size)


def enrol(gallery: Gallery, name: str, *degrees: int, are_later: bool = False) -> None:
    pictures = [jpeg(f"{name} {degree}") for degree in degrees]
    vectors = {MODEL: at(*degrees)}
    gallery.add_all(name, vectors, are_later=are_later, pictures=pictures)


def test_each_template_has_its_picture_with_whether_it_came_later(gallery: Gallery) -> None:
    enrol(gallery, "Anna", 0, 10)
    enrol(gallery, "Bob", 90)
    enrol(gallery, "Anna", 20, are_later=True)
    assert gallery.pictures("anna") == [
        EnrolmentPicture(jpeg("Anna 0"), False),
        EnrolmentPicture(jpeg("Anna 10"), False),
        EnrolmentPicture(jpeg("Anna 20"), True),
    ]
    assert gallery.pictured() == {"Anna", "Bob"}
    assert gallery.pictures("Carl") == []


@settings(max_examples=EXAMPLES // 3)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("enrol"), st.sampled_from("ABC"), st.integers(1, 3)),
            st.tuples(st.just("remove"), st.sampled_from("ABC"), st.just(0)),
            st.tuples(st.just("rename"), st.sampled_from("ABC"), st.just(0)),
        ),
        max_size=8,
    )
)
def test_there_are_as_many_pictures_as_templates_whatever_is_done(
    tmp_path_factory: pytest.TempPathFactory, deeds: list[tuple[str, str, int]]
) -> None:
    with closing(open_store(tmp_path_factory.mktemp("law") / "facedoor.db")) as db:
        gallery = Gallery(db, VAULT)
        for deed, name, count in deeds:
            if deed == "enrol":
                enrol(gallery, name, *range(0, 10 * count, 10))
            elif gallery.is_enrolled(name):
                if deed == "remove":
                    gallery.remove(name)
                elif not gallery.is_enrolled(f"{name}{name}"):
                    gallery.rename(name, f"{name}{name}")
        for person in gallery.people():
            assert len(gallery.pictures(person.name)) == person.templates
        ((kept,),) = db.execute("SELECT count(*) FROM enrolment_picture_data").fetchall()
        assert kept == sum(person.templates for person in gallery.people())
        assert verify(db, VAULT).intact


def test_a_removal_leaves_nothing_of_them_and_forgetting_nothing_of_anybody(
    database: Path,
) -> None:
    with closing(open_store(database)) as db:
        gallery = Gallery(db, VAULT)
        enrol(gallery, "Anna", 0)
        enrol(gallery, "Bob", 90)
        (sealed,) = db.execute(
            "SELECT sealed FROM enrolment_picture_data WHERE person_id = 1"
        ).fetchone()
        gallery.remove("Anna")
        scrub(db)
        raw = b"".join(file.read_bytes() for file in database.parent.glob("facedoor.db*"))
        assert sealed[:100] not in raw
        assert [len(gallery.pictures(name)) for name in ("Anna", "Bob")] == [0, 1]
        assert enrolment_pictures.forget(db, VAULT) == 1
        assert gallery.pictured() == set()
        assert gallery.person("Bob").templates == 1


def test_who_takes_over_the_name_from_another_door_does_not_take_the_pictures(
    gallery: Gallery,
) -> None:
    enrol(gallery, "Anna", 0)
    more = tuple(vector.tobytes() for vector in at(0, 10))
    gallery.replace(Content("Anna", {MODEL: more}))  # somebody has added one there
    assert len(gallery.pictures("Anna")) == 1
    gallery.replace(Content("Anna", {MODEL: more[1:]}))
    assert gallery.pictures("Anna") == []


def test_a_picture_that_was_exchanged_is_not_shown_and_is_found(database: Path) -> None:
    with closing(open_store(database)) as db:
        enrol(Gallery(db, VAULT), "Anna", 0)
        enrol(Gallery(db, VAULT), "Bob", 90)
    with without_the_key(database) as db:
        db.execute(
            "UPDATE enrolment_picture_data SET sealed ="
            " (SELECT sealed FROM enrolment_picture_data WHERE id = 2) WHERE id = 1"
        )
    with closing(open_store(database)) as db:
        with pytest.raises(StoreError):
            Gallery(db, VAULT).pictures("Anna")
        assert len(Gallery(db, VAULT).pictures("Bob")) == 1
        problem = verify(db, VAULT).problem
    assert problem is not None
    assert "a picture of the enrolment of person 1" in problem


def test_they_are_in_a_backup_and_sealed_with_a_new_key(tmp_path: Path) -> None:
    config = Config(storage=StorageConfig(directory=str(tmp_path / "state")))
    with open_state(config) as (db, vault):
        enrol(Gallery(db, vault), "Anna", 0)
        backup(db, tmp_path / "copy.db")
    rekey(config)
    with open_state(config) as (db, after):
        assert Gallery(db, after).pictures("Anna")[0].jpeg == jpeg("Anna 0")
        assert verify(db, after).intact
    with closing(store.open_store(tmp_path / "copy.db", vault)) as db:
        assert Gallery(db, vault).pictures("Anna")[0].jpeg == jpeg("Anna 0")

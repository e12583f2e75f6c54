"""The roster in the state file: doors that share what they say have the same people."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accidents import EXAMPLES
from circle import at
from facedoor.access.rule_book import RuleBook
from facedoor.access.rules import Permission
from facedoor.errors import StoreError, UsageError
from facedoor.identity.enrolled import Content
from facedoor.identity.gallery import Gallery
from facedoor.site.roster import enrolment
from facedoor.site.roster_book import RosterBook
from facedoor.site.site import Site
from facedoor.storage.pictures import Pictures, VisitPicture
from facedoor.storage.store import transaction
from facedoor.storage.vault import Vault
from facedoor.wire.events import OtherEvent
from site_kit import MODEL, SITE, BookDoor
from vaults import VAULT, open_store


@pytest.fixture
def front(tmp_path: Path) -> BookDoor:
    return BookDoor(tmp_path, "front")


@pytest.fixture
def back(tmp_path: Path) -> BookDoor:
    return BookDoor(tmp_path, "back")


def test_person_enrolled_at_one_door_is_known_to_the_other(front: BookDoor, back: BookDoor) -> None:
    front.gallery.add("Anna", at(0, 10), MODEL)
    front.gallery.add("Anna", at(20), "b" * 64)
    back.book.take(front.news())
    assert back.people() == front.people() != {}
    assert back.gallery.person("anna").templates == 2  # those of the one model that made most
    assert back.news() == []


def test_removal_reaches_gallery_and_journal_of_the_other(front: BookDoor, back: BookDoor) -> None:
    front.gallery.add("Anna", at(0), MODEL)
    back.book.take(front.news())
    pictures = Pictures(back.db, VAULT)
    for visit, person in (("3f9a1c07-1", "Anna"), ("3f9a1c07-2", None)):
        said = {"decision": "refused", "person": person, "visit": visit}
        back.journal.append(OtherEvent.of("decision", said))
        assert pictures.keep(VisitPicture(visit, b"a picture", 1.0), most_mb=1)
    front.gallery.remove("Anna")
    back.book.take(front.news())
    assert back.people() == {}
    annas, strangers, forgotten = back.journal.tail(3)
    assert (annas.payload["person"], annas.payload.get("picture")) == (None, None)
    assert strangers.payload["picture"] is True
    assert forgotten.payload["event"] == "forgotten"
    assert (forgotten.payload["visits"], forgotten.payload["entries"]) == (["3f9a1c07-1"], [1])
    assert pictures.get("3f9a1c07-1") is None
    assert back.news() == []


def test_removal_that_cannot_be_written_names_nobody_in_what_the_broker_is_told(
    front: BookDoor, back: BookDoor
) -> None:
    front.gallery.add("Anna", at(0), MODEL)
    back.book.take(front.news())
    front.gallery.remove("Anna")
    removal = front.news()
    back.db.execute(
        "CREATE TEMP TRIGGER disk BEFORE DELETE ON main.person"
        " BEGIN SELECT raise(ABORT, 'full'); END"
    )
    with pytest.raises(StoreError, match="full") as failure:
        back.book.take(removal)
    assert "Anna" not in str(failure.value)


def test_renamed_person_has_the_new_name_at_the_other(front: BookDoor, back: BookDoor) -> None:
    front.gallery.add("Anna", at(0), MODEL)
    back.book.take(front.news())
    front.gallery.rename("Anna", "Berta")
    back.book.take(front.news())
    assert list(back.people()) == ["Berta"]
    assert back.people() == front.people()


def test_two_people_who_swap_names_are_told_apart(front: BookDoor, back: BookDoor) -> None:
    front.gallery.add("Anna", at(0), MODEL)
    front.gallery.add("Bob", at(90), MODEL)
    back.book.take(front.news())
    for old, new in (("Anna", "x"), ("Bob", "Anna"), ("x", "Bob")):
        front.gallery.rename(old, new)
    back.book.take(front.news())
    assert back.people() == front.people()
    assert back.people()["Bob"] == (at(0).tobytes(),)


def test_old_record_that_is_played_again_changes_nothing(front: BookDoor, back: BookDoor) -> None:
    front.gallery.add("Anna", at(0), MODEL)
    old = front.news()
    back.book.take(old)
    front.gallery.remove("Anna")
    back.book.take(front.news())
    for door in (front, back):
        door.book.take(old)
        assert door.people() == {}


def test_replay_is_known_after_a_restart(front: BookDoor, back: BookDoor, tmp_path: Path) -> None:
    front.gallery.add("Anna", at(0), MODEL)
    old = front.news()
    front.gallery.remove("Anna")
    back.book.take(front.news())
    again = BookDoor(tmp_path, "back")
    again.book.take(old)
    assert again.people() == {}


def test_change_not_noted_yet_outlives_an_older_record(front: BookDoor, back: BookDoor) -> None:
    front.gallery.add("Anna", at(0), MODEL)
    first = front.news()
    back.book.take(first)
    back.gallery.add("Anna", at(10), MODEL)
    back.book.take(first)
    assert back.gallery.person("Anna").templates == 2
    assert len(back.people()["Anna"]) == 2


def test_what_is_changed_and_not_noted_yet_is_not_said(front: BookDoor) -> None:
    front.gallery.add("Anna", at(0), MODEL)
    (record,) = front.news()
    front.gallery.add("Anna", at(10), MODEL)
    assert front.book.record(record.person) is None


def test_person_who_is_only_sealed_anew_is_no_news(front: BookDoor) -> None:
    front.gallery.add("Anna", at(0), MODEL)
    front.news()
    with transaction(front.db, "seal anew"):
        front.db.execute("UPDATE person SET name = name")  # as when the door's key is changed
    assert front.news() == []


def test_new_site_begins_with_the_people_who_are_there(front: BookDoor) -> None:
    front.gallery.add("Anna", at(0), MODEL)
    front.gallery.add("Bob", at(90), MODEL)
    front.news()
    front.gallery.remove("Bob")
    other = Site("work", Vault(bytes(32)))
    book = RosterBook(front.db, Gallery(front.db, VAULT), front.journal, other, "front")
    assert not book.ranks()
    book.note_changes()
    assert list(book.ranks()) == [other.person("Anna")]


def test_record_that_cannot_be_taken_over_takes_none_of_the_others(front: BookDoor) -> None:
    mixed = Content("Eve", {MODEL: (at(0).tobytes(), at(0).tobytes() * 2)})
    records = [
        enrolment(SITE.person(content.name), None, content, "back", "2026")
        for content in (Content("Anna", {}), mixed, Content("Bob", {}))
    ]
    assert front.book.take(records) == [records[1]]
    assert [person.name for person in front.gallery.people()] == ["Anna", "Bob"]


def test_id_of_a_person_does_not_tell_the_name_without_the_key() -> None:
    assert SITE.person("Anna") == SITE.person("anna")
    assert SITE.person("Anna") != Site("home", Vault(bytes(32))).person("Anna")


CHANGES = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(["add", "remove", "rename", "restart", "note", "hear", "hear"]),
        st.sampled_from(["Anna", "Bob"]),
        st.integers(0, 30),
    ),
    max_size=20,
)


def change(door: BookDoor, what: str, name: str, number: int) -> None:
    with contextlib.suppress(UsageError):
        if what == "add":
            door.gallery.add(name, at(number), MODEL)
        elif what == "remove":
            door.gallery.remove(name)
        elif what == "rename":
            door.gallery.rename(name, "Anna" if name == "Bob" else "Cleo")


@settings(max_examples=EXAMPLES // 2)
@given(CHANGES, st.data())
def test_doors_converge_after_any_changes_losses_and_repetitions(
    changes: list[tuple[int, str, str, int]], data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        doors = [BookDoor(Path(folder), name) for name in ("back", "front", "side")]
        said = []
        for who, what, name, number in changes:
            door = doors[who]
            if what == "note":
                said += door.news()
            elif what == "hear":
                door.book.take(said[number : number + 3])
            elif what == "restart":
                door.db.close()
                doors[who] = BookDoor(Path(folder), door.name)
            else:
                change(door, what, name, number)
        for door in doors:
            said += door.news()
        # What the broker retains is of each person what came last, or nothing if it was lost:
        # then each door says what it knows better.
        said = [record for door in doors for record in door.says()]
        for door in doors:
            for record in data.draw(st.permutations(said + said[:2])):
                door.book.take([record])
        people = [door.people() for door in doors]
        assert people[0] == people[1] == people[2]
        assert all(door.news() == [] for door in doors)
        ranks = [door.book.ranks() for door in doors]
        assert ranks[0] == ranks[1] == ranks[2]
        for door in doors:
            door.db.close()


def test_which_pictures_came_first_is_known_at_every_door(front: BookDoor, back: BookDoor) -> None:
    front.gallery.add("Anna", at(0, 10), MODEL)
    front.gallery.add("Anna", at(20), MODEL, are_later=True)
    front.gallery.add("Anna", at(30), MODEL)
    back.book.take(front.news())
    assert back.gallery.first_templates("Anna", MODEL) == pytest.approx(at(0, 10, 30))
    back.gallery.add("Anna", at(40), MODEL, are_later=True)
    front.book.take(back.news())
    assert front.gallery.first_templates("Anna", MODEL) == pytest.approx(at(0, 10, 30))


def test_somebody_else_of_the_same_name_gets_none_of_the_permissions(
    front: BookDoor, back: BookDoor
) -> None:
    """The other door was away while one Anna was removed and another one enrolled."""
    front.gallery.add("Anna", at(0), MODEL)
    back.book.take(front.news())
    rules = RuleBook(back.db, VAULT)
    rules.allow("Anna", lambda known: replace(known, duress=True), "command line")
    front.news()
    front.gallery.remove("Anna")
    front.news()
    front.gallery.add("Anna", at(90), MODEL)
    back.book.take(front.news())
    assert back.people() == front.people()
    assert rules.permission("Anna") == Permission()
    assert back.news() == []


def test_permission_outlives_what_another_door_adds(front: BookDoor, back: BookDoor) -> None:
    front.gallery.add("Anna", at(0), MODEL)
    back.book.take(front.news())
    rules = RuleBook(back.db, VAULT)
    rules.allow("Anna", lambda known: replace(known, duress=True), "command line")
    front.gallery.add("Anna", at(10), MODEL, are_later=True)
    back.book.take(front.news())
    assert rules.permission("Anna").duress


def test_removal_from_elsewhere_does_not_meet_who_has_been_given_the_name_meanwhile(
    front: BookDoor, back: BookDoor, tmp_path: Path
) -> None:
    """Somebody at the command line, just when the removal is carried out."""
    front.gallery.add("Anna", at(0), MODEL)
    back.book.take(front.news())
    front.gallery.remove("Anna")
    removal = front.news()
    with contextlib.closing(open_store(tmp_path / "back.db")) as there:
        changes = iter([Gallery(there, VAULT)])

        def meanwhile(statement: str) -> None:
            if "FROM known_name" in statement:
                for gallery in changes:
                    gallery.rename("Anna", "Ida")
                    gallery.add("Anna", at(90), MODEL)

        back.db.set_trace_callback(meanwhile)
        back.book.take(removal)
        back.db.set_trace_callback(None)
    assert next(changes, None) is None
    assert set(back.people()) == {"Anna", "Ida"}
    assert back.people()["Anna"] == (at(90).tobytes(),)

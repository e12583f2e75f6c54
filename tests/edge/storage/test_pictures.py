"""Pictures of visits: sealed, bounded, and gone with the person, the entry, or their time."""

from __future__ import annotations

import dataclasses
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from circle import at
from doorway import grant, refusal
from facedoor.config.options import Config, StorageConfig
from facedoor.errors import StoreError
from facedoor.identity.gallery import Gallery
from facedoor.problems import Board
from facedoor.reasons import ABOUT_LIVENESS, Reason
from facedoor.storage import pictures
from facedoor.storage.audit import verify
from facedoor.storage.backup import backup
from facedoor.storage.journal import Journal
from facedoor.storage.key_file import open_state
from facedoor.storage.pictures import AT_ONCE, Pictures, VisitPicture
from facedoor.storage.rekey import rekey
from facedoor.storage.retention import LOOK_EVERY_S, Retention
from facedoor.storage.store import scrub
from facedoor.times import utc_now, utc_text
from facedoor.wire.decisions import Withdrawn
from facedoor.wire.visit_events import Forgotten, Labelled
from timepieces import Timepiece
from vaults import VAULT, open_store, without_the_key

DAY_S = 86_400.0


def jpeg(mark: str, size: int = 30_000) -> bytes:
    """What can be searched for, and cannot be pressed smaller: as a picture."""
    return np.random.default_rng([*mark.encode()]).bytes(size)


class Door:
    """A state file with visits, at a time that the test sets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.db = open_store(folder / "facedoor.db")
        self.journal = Journal(self.db, VAULT)
        self.pictures = Pictures(self.db, VAULT)
        self.time = Timepiece(wall_s=datetime.now(UTC).timestamp())
        self.clock_s = 0.0

    def visit(self, number: int, person: str | None = None, **picture: float) -> str:
        """Somebody came, and the picture that was taken is kept; returns the visit's id."""
        visit = self.decide(number, person)
        self.keep(visit, **picture)
        return visit

    def decide(self, number: int, person: str | None = None, at: datetime | None = None) -> str:
        visit = f"3f9a1c07-{number}"
        decision = refusal(number) if person is None else grant(number)
        if at is not None:
            decision = dataclasses.replace(decision, time=utc_text(at), began=utc_text(at))
        self.journal.append(dataclasses.replace(decision, person=person, visit=visit))
        return visit

    def refuse(self, number: int, person: str, reason: Reason) -> None:
        """Somebody who looks like a person is refused."""
        said = {"person": person, "reason": reason, "visit": f"3f9a1c07-{number}"}
        self.journal.append(dataclasses.replace(refusal(number), **said))

    def label(self, visit: str, person: str) -> None:
        self.journal.append(Labelled(utc_now(), visit, person, "phone"))

    def keep(self, visit: str, score: float = 1.0, most_mb: float = 50) -> bool:
        return self.pictures.keep(VisitPicture(visit, jpeg(visit), score), most_mb)

    @property
    def kept(self) -> list[str]:
        rows = self.db.execute("SELECT visit FROM picture ORDER BY entry_id")
        return [visit.removeprefix("3f9a1c07-") for (visit,) in rows]

    def tidy(self, **options: object) -> None:
        config = StorageConfig(**{"keep_pictures": "all", **options})  # type: ignore[arg-type]
        clock = self.time.settled_clock()
        retention = Retention(self.db, VAULT, config, Board(), clock, lambda: self.clock_s)
        for _ in range(10):
            retention.look()
            self.clock_s += LOOK_EVERY_S

    def raw(self) -> bytes:
        return b"".join(file.read_bytes() for file in sorted(self.folder.iterdir()))


def move_in(door: Door) -> Gallery:
    gallery = Gallery(door.db, VAULT)
    gallery.add("Ada", at(0), "a" * 64)
    gallery.add("Bob", at(90), "a" * 64)
    return gallery


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(tmp_path / "state")


def found(data: bytes, place: bytes) -> bool:
    """Whether any 32 bytes of ``data`` stand there: SQLite cuts what is large into pages."""
    return any(data[start : start + 32] in place for start in range(0, len(data) - 32, 32))


def says_picture(door: Door) -> list[bool]:
    entries = door.journal.tail(100)
    return [bool(entry.payload.get("picture")) for entry in entries if entry.kind == "decision"]


def test_kept_picture_is_read_as_it_was_and_its_entries_say_so(door: Door) -> None:
    visit, other = door.decide(1), door.decide(2)
    assert says_picture(door) == [False, False]
    assert door.keep(visit)
    assert door.pictures.get(visit) == jpeg(visit)
    assert door.pictures.get(other) is None
    assert says_picture(door) == [True, False]
    door.decide(1)  # another attempt of the same visit
    assert says_picture(door) == [True, False, True]
    door.pictures.erase([visit])
    assert says_picture(door) == [False, False, False]
    assert verify(door.db, VAULT).intact


def test_no_picture_is_kept_of_what_stands_in_no_entry(door: Door) -> None:
    assert not door.keep("3f9a1c07-9")
    assert door.kept == []


def test_better_view_takes_the_place_of_a_worse_one_and_a_worse_one_of_none(door: Door) -> None:
    visit = door.decide(1)
    views = ((0.5, 20_000), (0.4, 30_000), (0.6, 40_000), (0.6, 50_000))
    pictures = [VisitPicture(visit, jpeg("x", size), score) for score, size in views]
    assert [door.pictures.keep(one, 50) for one in pictures] == [True, False, True, False]
    assert door.pictures.get(visit) == jpeg("x", 40_000)
    assert verify(door.db, VAULT).intact


def test_flood_of_strangers_takes_the_room_that_is_set_and_the_oldest_give_way(door: Door) -> None:
    for number in range(1, 41):
        door.visit(number, most_mb=0.3)
        assert pictures.used_bytes(door.db) <= 0.3e6
        assert door.kept == [str(n) for n in range(1, number + 1)][-len(door.kept) :]
        assert len(door.kept) >= min(number, 8)
    assert len(door.journal.tail(100)) == 40


def test_picture_lives_for_as_many_days_as_are_set_and_its_entry_stays(door: Door) -> None:
    for number in range(1, AT_ONCE + 10):
        door.decide(number)
        door.keep(f"3f9a1c07-{number}", score=number)
    door.time.passes(6.9 * DAY_S)
    door.tidy()
    assert len(door.kept) == AT_ONCE + 9
    door.time.passes(0.2 * DAY_S)
    door.tidy()
    assert door.kept == []
    assert len(door.journal.tail(100)) == AT_ONCE + 9


def test_picture_goes_with_its_entry(door: Door) -> None:
    door.visit(1)
    door.time.passes(31 * DAY_S)
    door.tidy(picture_days=365, keep_days=30)
    assert door.kept == []
    assert verify(door.db, VAULT).intact


@pytest.mark.parametrize(("keep", "left"), [("none", []), ("unknown", ["2"]), ("all", ["1", "2"])])
def test_what_is_not_wanted_any_more_goes(door: Door, keep: str, left: list[str]) -> None:
    door.visit(1, "Ada")
    door.visit(2)
    door.tidy(keep_pictures=keep)
    assert door.kept == left


@pytest.mark.parametrize("refused", sorted(ABOUT_LIVENESS))
def test_picture_of_somebody_like_a_resident_who_was_not_seen_alive_stays_with_the_unknown(
    door: Door, refused: Reason
) -> None:
    gallery = move_in(door)
    door.refuse(1, "Ada", refused)
    door.keep("3f9a1c07-1")
    door.tidy(keep_pictures="unknown")
    assert door.kept == ["1"]
    gallery.remove("Ada")
    assert door.kept == []


def test_visit_that_was_known_once_is_not_one_of_the_unknown(door: Door) -> None:
    door.refuse(1, "Ada", Reason.NOT_ALLOWED_NOW)
    door.refuse(1, "Ada", Reason.CHALLENGE_TIMEOUT)
    door.keep("3f9a1c07-1")
    door.visit(2)
    door.visit(3)
    door.decide(3, "Bob")  # and no better view of him
    door.tidy(keep_pictures="unknown")
    assert door.kept == ["2"]


def test_no_entry_gives_way_to_pictures(door: Door) -> None:
    for number in range(1, 41):
        door.visit(number)
    door.time.passes(2 * DAY_S)
    door.tidy(max_mb=1)
    assert len(door.journal.tail(100)) == 40


def test_pictures_of_a_removed_person_are_nowhere_and_those_of_others_stay(
    door: Door, tmp_path: Path
) -> None:
    gallery = Gallery(door.db, VAULT)
    gallery.add("Ada", at(0), "a" * 64)
    gallery.add("Bob", at(90), "a" * 64)
    door.visit(1, "Ada")
    door.visit(2, "Bob")
    gallery.rename("Ada", "Anne")
    door.visit(4, "Anne")
    door.visit(3)
    kept = dict(door.db.execute("SELECT * FROM picture_data"))
    assert all(found(sealed, door.raw()) for sealed in kept.values())
    gallery.remove("Anne")
    assert door.kept == ["2", "3"]
    scrub(door.db)
    backup(door.db, tmp_path / "backup.db")
    for place in (door.raw(), (tmp_path / "backup.db").read_bytes()):
        for visit, sealed in kept.items():
            stays = visit in {"3f9a1c07-2", "3f9a1c07-3"}
            assert found(sealed, place) == stays, visit
    assert door.pictures.get("3f9a1c07-2") == jpeg("3f9a1c07-2")
    assert verify(door.db, VAULT).intact


def test_picture_that_comes_after_its_person_was_removed_is_not_kept(door: Door) -> None:
    gallery = Gallery(door.db, VAULT)
    gallery.add("Ada", at(0), "a" * 64)
    early = door.decide(1, "Ada")
    gallery.remove("Ada")
    late = door.decide(2, "Ada")
    assert not door.keep(early)
    assert not door.keep(late)
    assert door.keep(door.decide(3))
    assert door.kept == ["3"]


def test_nothing_of_a_picture_stands_in_the_files_in_the_clear(door: Door) -> None:
    visit = door.visit(1)
    assert not found(jpeg(visit), door.raw())


def test_pictures_open_with_a_new_key_and_with_that_alone(tmp_path: Path) -> None:
    settings = Config(storage=StorageConfig(directory=str(tmp_path)))
    decision = dataclasses.replace(refusal(1), visit="3f9a1c07-1")
    with open_state(settings) as (db, vault):
        Journal(db, vault).append(decision)
        assert Pictures(db, vault).keep(VisitPicture("3f9a1c07-1", jpeg("x"), 1.0), 50)
        ((before,),) = db.execute("SELECT sealed FROM picture_data").fetchall()
    rekey(settings)
    with open_state(settings) as (db, new):
        assert Pictures(db, new).get("3f9a1c07-1") == jpeg("x")
        assert verify(db, new).intact
    assert not found(before, settings.database.read_bytes())


def test_backup_keeps_the_pictures(door: Door, tmp_path: Path) -> None:
    visit = door.visit(1)
    backup(door.db, tmp_path / "copy.db")
    with closing(open_store(tmp_path / "copy.db")) as copy:
        assert Pictures(copy, VAULT).get(visit) == jpeg(visit)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE picture_data SET sealed = (SELECT sealed FROM picture_data WHERE visit LIKE '%-2')",
        "UPDATE picture_data SET sealed = zeroblob(20000)",
        "UPDATE picture SET digest = zeroblob(32)",
        "DELETE FROM picture_data WHERE visit LIKE '%-1'",
        "INSERT INTO picture_data VALUES ('theirs', zeroblob(20000))",
    ],
)
def test_picture_that_was_changed_without_the_key_is_found_and_not_shown(
    door: Door, change: str
) -> None:
    visit = door.visit(1)
    door.visit(2)
    with without_the_key(door.db) as thief:
        thief.execute(change)
    assert not verify(door.db, VAULT).intact
    if "DELETE" in change:
        assert door.pictures.get(visit) is None
    elif "theirs" not in change:
        with pytest.raises(StoreError, match=r"damaged|changed without its key"):
            door.pictures.get(visit)


def test_what_is_forgotten_is_told_without_a_name(door: Door) -> None:
    gallery = move_in(door)
    door.visit(1, "Ada")
    door.visit(2, "Bob")
    door.label(door.visit(3), "Ada")
    gallery.remove("Ada")
    forgotten = door.journal.tail(1)[0]
    assert forgotten.event == Forgotten(
        forgotten.payload["time"], ("3f9a1c07-1", "3f9a1c07-3"), (1, 4)
    )
    assert "Ada" not in str([entry.payload for entry in door.journal.tail(100)])
    assert door.kept == ["2"]


def test_whose_name_nobody_wrote_down_leaves_nothing_to_be_forgotten(door: Door) -> None:
    move_in(door).remove("Ada")
    assert door.journal.tail(10) == []


def test_picture_goes_with_whoever_the_visit_was_labelled_as_last(door: Door) -> None:
    gallery = move_in(door)
    mistaken, right = door.visit(1), door.visit(2)
    for visit, names in ((mistaken, ("Ada", "Bob")), (right, ("Bob", "Ada"))):
        for name in names:
            door.label(visit, name)
    bobs = door.visit(3, "Bob")
    door.label(bobs, "Ada")  # which makes nobody else of somebody who was recognised
    gallery.remove("Ada")
    assert door.kept == ["1", "3"]
    gallery.remove("Bob")
    assert door.kept == []


@pytest.mark.parametrize(
    ("later_s", "between", "goes"),
    [(30, None, True), (90, None, False), (30, "Bob", False), (-30, None, False)],
)
def test_refusal_is_of_whoever_was_let_in_right_after_it(
    door: Door, later_s: float, between: str | None, goes: bool
) -> None:
    gallery = move_in(door)
    began = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    door.keep(door.decide(1, at=began))
    if between:
        door.keep(door.decide(2, between, at=began + timedelta(seconds=10)))
    door.keep(door.decide(3, "Ada", at=began + timedelta(seconds=later_s)))
    stranger = door.visit(4)
    gallery.remove("Ada")
    assert ("1" not in door.kept) == goes
    assert door.pictures.get(stranger) is not None
    assert ("2" in door.kept) == bool(between)


def test_grant_that_was_taken_back_makes_no_refusal_somebodys(door: Door) -> None:
    gallery = move_in(door)
    began = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    door.keep(door.decide(1, at=began))
    visit = door.decide(2, "Ada", at=began + timedelta(seconds=10))
    door.journal.append(
        Withdrawn(utc_now(), False, Reason.DEGRADED, entry=2, person="Ada", visit=visit)
    )
    gallery.remove("Ada")
    assert door.kept == ["1"]


def test_stranger_who_looks_much_like_somebody_is_taken_for_them_and_others_are_not(
    door: Door,
) -> None:
    gallery = move_in(door)
    for number, distance in ((1, 0.76), (2, 1.2)):
        decision = refusal(number)
        visit = f"3f9a1c07-{number}"
        door.journal.append(
            dataclasses.replace(
                decision, visit=visit, distance=distance, threshold=0.755, nearest="Ada"
            )
        )
        door.keep(visit)
    gallery.remove("Ada")
    assert door.kept == ["2"]
    assert "Ada" not in str([entry.payload for entry in door.journal.tail(100)])

"""The law of the roster: doors that hear the same, in any order, agree."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor.identity.enrolled import Content
from facedoor.site.roster import Rank, Record, enrolment, open_record, removal
from site_kit import SITE

DOORS = ("back", "front", "side")
TIME = "2026-11-24T09:30:00.000Z"


def content(number: int) -> Content:
    return Content("Anna", {"a" * 64: (bytes([number]) * 8,)})


@dataclasses.dataclass
class Door:
    """What one door holds to be true of Anna, and everything that it has ever said."""

    name: str
    record: Record | None = None

    @property
    def rank(self) -> Rank | None:
        return self.record.rank if self.record else None

    @property
    def is_enrolled(self) -> bool:
        return self.record is not None and self.record.content is not None

    def hear(self, record: Record) -> None:
        if self.rank is None or record.rank > self.rank:
            self.record = record

    def enrol(self, number: int) -> Record:
        self.record = enrolment("id", self.rank, content(number), self.name, TIME)
        return self.record

    def remove(self) -> Record | None:
        if not self.is_enrolled or self.rank is None:
            return None
        self.record = removal("id", self.rank, self.name, TIME)
        return self.record


CHANGES = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(["enrol", "remove", "hear"]), st.integers(0, 9)),
    max_size=25,
)


@given(CHANGES, st.data())
def test_doors_agree_whatever_they_heard_in_whatever_order(
    changes: list[tuple[int, str, int]], data: st.DataObject
) -> None:
    doors = [Door(name) for name in DOORS]
    said: list[Record] = []
    for who, what, number in changes:
        door = doors[who]
        if what == "hear" and said:
            door.hear(said[number % len(said)])  # what was lost in between is never heard
        elif what == "enrol":
            said.append(door.enrol(number))
        elif what == "remove" and (record := door.remove()):
            said.append(record)
    for door in doors:
        for record in data.draw(st.permutations(said + said[:3])):
            door.hear(record)
    assert len({door.rank for door in doors}) == 1


@given(st.lists(st.integers(0, 9), max_size=5), st.integers(0, 4), st.booleans())
def test_removal_beats_a_door_that_missed_it(changes: list[int], heard: int, late: bool) -> None:
    front, back = Door("front"), Door("back")
    back.hear(front.enrol(1))
    for number in changes[:heard]:
        back.hear(front.enrol(number))
    removed = front.remove()
    assert removed is not None
    offline = [back.enrol(number) for number in changes]
    for record in [*offline, removed] if late else [removed, *offline]:
        front.hear(record)
        back.hear(record)
    assert not front.is_enrolled
    assert not back.is_enrolled


def test_door_that_knows_of_the_removal_can_enrol_again() -> None:
    front, back = Door("front"), Door("back")
    back.hear(front.enrol(1))
    removed = front.remove()
    back.hear(removed)
    front.hear(back.enrol(2))
    back.hear(removed)
    assert front.is_enrolled
    assert back.is_enrolled


@given(st.lists(st.sampled_from(["enrol", "remove"]), min_size=1, max_size=10))
def test_each_saying_ranks_above_what_the_door_knew(changes: list[str]) -> None:
    door = Door("front")
    door.enrol(0)
    for number, change in enumerate(changes):
        before = door.rank
        assert before is not None
        record = door.enrol(number) if change == "enrol" else door.remove()
        assert record is None or record.rank > before


def test_two_sayings_under_one_version_rank_in_one_order_everywhere() -> None:
    first, second = (enrolment("id", None, content(n), "front", TIME) for n in (1, 2))
    one, other = Door("a"), Door("b")
    for record in (first, second):
        one.hear(record)
    for record in (second, first):
        other.hear(record)
    assert one.record == other.record


def test_record_that_cannot_be_read_is_complained_of_without_its_name() -> None:
    """The complaint goes into the log, which cannot be erased."""
    good = {"v": 1, "generation": 1, "version": 1, "origin": "back", "time": "2026-11-28T09:30:00Z"}
    for bad in (
        {"name": "Zebulon", "templates": "none"},
        {"name": "Zebulon", "templates": {"Zebulon": []}},
        {"name": "Zebulon"},
        {"name": "Zebulon\n", "templates": {}},
        {"name": "Zebulon" * 20, "templates": {}},
        {"name": ["Zebulon"], "templates": {}},
        {"name": "Zebulon", "templates": {}, "version": 0},
        {"name": "Zebulon", "templates": {}},
    ):
        person = SITE.person("Zebulon" if bad["name"] != "Zebulon" else "another")
        sealed = SITE.vault.seal(json.dumps(good | bad).encode(), f"person {person} of site home")
        with pytest.raises(ValueError, match=r"\w") as refused:
            open_record(SITE, person, sealed)
        assert "zebulon" not in str(refused.value).casefold(), bad

"""Every wrong time, at every moment, and all of the door that goes by a clock.

While the time is not proven, whoever may come in at any time does, and whoever is bound to times
does not; nothing is erased, no command obeyed. What is proven holds, also where a time server is
wrong, but a leap ahead erases nothing. Lockout and roster know nothing of the wall clock. And once
the right time is proven, all is as it was, by itself.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from circle import at
from commands_kit import NOW_S
from doorway import grant, refusal
from entrance import DOCUMENT
from facedoor.access.access import AccessRules
from facedoor.access.rule_book import RuleBook
from facedoor.access.rules import Permission
from facedoor.clock import DoorClock, Known
from facedoor.config.options import StorageConfig
from facedoor.identity.gallery import Gallery
from facedoor.service.timekeeper import Timekeeper
from facedoor.site.missing import Freshness
from facedoor.storage import chain
from facedoor.storage.clock_record import keep_clock
from facedoor.storage.journal import Journal
from facedoor.storage.retention import RETRY_AFTER_S, Retention
from facedoor.storage.store import transaction
from facedoor.times import utc_text
from facedoor.wire.roles import Role
from front_door import FrontDoor
from vaults import VAULT, open_store

DAY_S = 86_400.0
TIMES = {
    "1970": 60.0,
    "saved": NOW_S - 36_000,  # ten hours, a Friday's morning: it was night
    "right": NOW_S,
    "40 days": NOW_S + 40 * DAY_S,  # a Wednesday's morning
    "2 years": NOW_S + 730 * DAY_S,  # a Sunday's
}
KEEP_DAYS, LAST_DAY = 30, date(2027, 1, 31)
LOCKED_S, STALE_S = 30.0, 3600.0  # the first is that of the document

# boot: the system starts with that time, and nothing vouches for it. running: a time server sets
# the clock of the running door to it. forth, back: somebody else does, from an hour before it or
# after it, which was proven.
TABLE = """
time   |moment |schedule       |date         |any time  |journal|command        |lockout|roster
1970   |boot   |clock_not_set  |clock_not_set|recognised|kept   |clock_not_set  |30 s   |0 s
1970   |running|clock_not_set  |clock_not_set|recognised|kept   |clock_not_set  |30 s   |3600 s
1970   |forth  |clock_not_set  |clock_not_set|recognised|kept   |clock_not_set  |30 s   |3600 s
1970   |back   |clock_not_set  |clock_not_set|recognised|kept   |clock_not_set  |30 s   |3600 s
saved  |boot   |clock_not_set  |clock_not_set|recognised|kept   |clock_not_set  |30 s   |0 s
saved  |running|not_allowed_now|recognised   |recognised|old go |from_the_future|30 s   |3600 s
saved  |forth  |clock_not_set  |clock_not_set|recognised|kept   |clock_not_set  |30 s   |3600 s
saved  |back   |clock_not_set  |clock_not_set|recognised|kept   |clock_not_set  |30 s   |3600 s
right  |boot   |clock_not_set  |clock_not_set|recognised|kept   |clock_not_set  |30 s   |0 s
right  |running|recognised     |recognised   |recognised|old go |done           |30 s   |3600 s
right  |forth  |clock_not_set  |clock_not_set|recognised|kept   |clock_not_set  |30 s   |3600 s
right  |back   |clock_not_set  |clock_not_set|recognised|kept   |clock_not_set  |30 s   |3600 s
40 days|boot   |clock_not_set  |clock_not_set|recognised|kept   |clock_not_set  |30 s   |0 s
40 days|running|recognised     |not_valid    |recognised|kept   |expired        |30 s   |3600 s
40 days|forth  |clock_not_set  |clock_not_set|recognised|kept   |clock_not_set  |30 s   |3600 s
40 days|back   |clock_not_set  |clock_not_set|recognised|kept   |clock_not_set  |30 s   |3600 s
2 years|boot   |clock_not_set  |clock_not_set|recognised|kept   |clock_not_set  |30 s   |0 s
2 years|running|not_allowed_now|not_valid    |recognised|kept   |expired        |30 s   |3600 s
2 years|forth  |clock_not_set  |clock_not_set|recognised|kept   |clock_not_set  |30 s   |3600 s
2 years|back   |clock_not_set  |clock_not_set|recognised|kept   |clock_not_set  |30 s   |3600 s
"""
HEADINGS, *ROWS = ([cell.strip() for cell in row.split("|")] for row in TABLE.split("\n")[1:-1])


class House:
    """All of a door that goes by a clock, on one state file and without its threads. It has run for
    a while, and a time server has set its clock."""

    def __init__(self, folder: Path) -> None:
        self.front = FrontDoor(folder)
        self.piece = self.front.timepiece
        self.db = open_store(self.front.database)
        Gallery(self.db, VAULT).add("Cleo", at(45), "a" * 64)
        book = RuleBook(self.db, VAULT)
        book.set_rules(DOCUMENT, "command line")
        book.allow("Ada", lambda _: Permission(valid_until=LAST_DAY), "command line")
        book.allow("Bob", lambda _: Permission(("staff",)), "command line")
        self.journal = Journal(self.db, VAULT)
        with transaction(self.db, "write what is old by now"):
            for kind, age_s in (("old", (KEEP_DAYS + 70) * DAY_S), ("young", DAY_S)):
                time = utc_text(datetime.fromtimestamp(NOW_S - age_s, UTC))
                chain.append(self.db, VAULT, time, kind, "{}", None)
        keep_clock(self.db, VAULT, Known(time_s=NOW_S))
        self.starts()

    def starts(self) -> None:
        """The service, which knows of its site from the broker in an instant."""
        front, self.freshness = self.front, Freshness(STALE_S, lambda: self.piece.boot_s)
        self.clock = front.clock = DoorClock(self.piece.machine())
        self.timekeeper = Timekeeper(self.db, VAULT, self.clock, front.board)
        self.timekeeper.look()
        self.access = AccessRules(self.db, VAULT, front.board, self.clock)
        self.access.reload()
        self.retention = Retention(
            self.db,
            VAULT,
            StorageConfig(keep_days=KEEP_DAYS),
            front.board,
            self.clock,
            lambda: self.piece.boot_s,
        )
        front.opened_again()

    def comes(self, moment: str, wall_s: float) -> None:
        """It becomes that time, in that way."""
        self.freshness.knows(self.piece.boot_s, 0)
        self.freshness.compares_with(0)
        if moment == "boot":
            self.piece.boot, self.piece.boot_s = "second", 20.0
            self.piece.is_set(wall_s)
            self.starts()
        elif moment == "running":
            self.time_server_says(wall_s)
        else:
            self.time_server_says(wall_s + (3600 if moment == "back" else -3600))
            self.piece.is_set(wall_s)
        self.timekeeper.look()

    def time_server_says(self, wall_s: float) -> None:
        self.piece.is_set(wall_s, by_time_server=True)
        self.timekeeper.look()

    def visit(self, person: str) -> str:
        decision, _ = self.access.judge(replace(grant(1), person=person))
        return decision.reason.value

    def strangers_come(self) -> None:
        for number in range(3):
            stranger = refusal(number)
            with self.access.recording(self.journal, stranger):
                self.journal.append(stranger)

    def tidied(self) -> str:
        """What becomes of a journal in which one entry is old and another is not."""
        for _ in range(3):
            self.piece.passes(RETRY_AFTER_S)
            self.retention.look()
        kinds = {entry.kind for entry in self.journal.tail(1000)} & {"old", "young"}
        return {("young",): "old go", ("old", "young"): "kept"}.get((*sorted(kinds),), "young go")

    def command(self, sent_s: float) -> str:
        """What becomes of one by somebody whose clock is right."""
        said = self.front.ask(Role.ADMIN, "ping", iat=sent_s, exp=sent_s + 30).content
        return str(said["reason"] or said["outcome"])

    def seen(self, right_s: float) -> dict[str, str]:
        visits = {"schedule": "Bob", "date": "Ada", "any time": "Cleo"}
        return {
            **{column: self.visit(person) for column, person in visits.items()},
            "command": self.command(right_s),
            "journal": self.tidied(),
        }


def lasts(is_so: list[bool], seconds: float) -> str:
    """In words, what is so at once, just before so many ``seconds`` are over, and then."""
    return {(True, True, False): f"{seconds:.0f} s", (False,) * 3: "0 s"}.get((*is_so,), str(is_so))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: " ".join(row[:2]))
def test_what_becomes_of_all_that_goes_by_a_clock(tmp_path: Path, row: list[str]) -> None:
    said = dict(zip(HEADINGS, row, strict=True))
    moment, wall_s = said.pop("moment"), TIMES[said.pop("time")]
    house = House(tmp_path)
    house.strangers_come()
    house.comes(moment, wall_s)
    locked, fresh = [], []
    for wait_s in (0.0, LOCKED_S - 1, 2.0):
        house.piece.passes(wait_s)
        locked.append(house.visit("Cleo") == "locked_out")
    for wait_s in (0.0, STALE_S - LOCKED_S - 2, 2.0):
        house.piece.passes(wait_s)
        fresh.append(house.freshness.is_fresh)
    assert said.pop("lockout") == lasts(locked, LOCKED_S)
    assert said.pop("roster") == lasts(fresh, STALE_S)

    house = House(tmp_path / "another")
    house.comes(moment, wall_s)
    assert house.seen(NOW_S) == said
    is_told = "clock_not_set" in house.front.problems()
    assert is_told is (said["command"] == "clock_not_set")

    house.time_server_says(NOW_S)
    assert house.front.problems() == []
    assert house.seen(NOW_S) == {
        "schedule": "recognised",
        "date": "recognised",
        "any time": "recognised",
        "journal": "old go",
        "command": "done",
    }

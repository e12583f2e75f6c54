"""Nobody's name reaches the log or a problem, whichever table cannot be written meanwhile."""

from __future__ import annotations

import logging
import sqlite3

import pytest

from capture_kit import CaptureDoor
from door_kit import Door
from facedoor.wire.roles import Role
from front_door import FrontDoor

NAME, OTHER, NOBODY = "Zebulon", "Quillon", "Nemo"
TABLES = (
    "command_clock",
    "gallery",
    "journal",
    "known_name",
    "mention",
    "nearest_mention",
    "permission",
    "person",
    "template",
)
WRITES = (sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE)


def forbid_writing(db: sqlite3.Connection, table: str) -> None:
    """No statement that writes to this table works any more."""

    def allows(action: int, what: str | None, *_: object) -> int:
        is_denied = action in WRITES and what == table
        return sqlite3.SQLITE_DENY if is_denied else sqlite3.SQLITE_OK

    db.set_authorizer(allows)


@pytest.mark.parametrize("table", TABLES)
def test_no_name_is_in_the_log_or_a_problem_when_a_table_cannot_be_written(
    empty_door: Door, table: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    entrance = CaptureDoor(empty_door)
    front = entrance.front
    assert front.ask(Role.ADMIN, "rename", {"person": "Ada", "to": NAME}).content["person"] == NAME
    entrance.opened = lambda recogniser: forbid_writing(recogniser.db, table)
    results = [entrance.enrol(Role.ADMIN, OTHER)]
    forbid_writing(front.db, table)
    results += [
        front.ask(Role.ADMIN, cmd, args).content
        for cmd, args in (
            ("rename", {"person": NAME, "to": OTHER}),
            ("rename", {"person": NOBODY, "to": OTHER}),
            ("allow", {"person": NAME, "until": "2027-12-31"}),
            ("allow", {"person": NOBODY, "until": "2027-12-31"}),
            ("remove", {"person": NOBODY}),
            ("remove", {"person": NAME}),
        )
    ]
    assert "failed" in {result["outcome"] for result in results}
    said = caplog.text + "".join(problem.sentence for problem in front.board.problems)
    assert "Traceback" in said
    for name in (NAME, OTHER, NOBODY):
        assert name.casefold() not in said.casefold()


@pytest.mark.parametrize("outcome", ["refused", "failed"])
def test_no_name_is_in_the_log_when_an_outcome_cannot_be_written(
    front: FrontDoor, outcome: str, caplog: pytest.LogCaptureFixture
) -> None:
    front.ask(Role.ADMIN, "ping", {})
    front.db.execute(
        "CREATE TEMP TRIGGER no_room BEFORE INSERT ON main.journal"
        f" WHEN json_extract(new.payload, '$.outcome') = '{outcome}'"
        " BEGIN SELECT raise(ABORT, 'no room'); END"
    )
    if outcome == "failed":
        forbid_writing(front.db, "person")
    front.ask(Role.ADMIN, "rename", {"person": NOBODY, "to": OTHER})
    front.ask(Role.ADMIN, "rename", {"person": "Ada", "to": OTHER})
    assert "a command could not be handled" in caplog.text
    for name in (NOBODY, OTHER):
        assert name.casefold() not in caplog.text.casefold()

"""Commands about what happened: entries by what is asked for, visits in numbers, and why."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from facedoor.reasons import Reason
from facedoor.storage.journal import Journal
from facedoor.wire.roles import GIVEN_ROLES, Role
from front_door import FrontDoor
from history_kit import History
from vaults import VAULT, open_store


@pytest.fixture
def front(front: FrontDoor) -> FrontDoor:
    """Ten times somebody was refused, once for the dark; in between Ada came in."""
    history = History(now=datetime.now(UTC) - timedelta(hours=3))
    for number in range(10):
        history.comes(reason=Reason.TOO_DARK if number == 4 else None, nearest="Bob")
        if number % 3 == 0:
            history.after(300).comes("Ada", latency_ms={"total": 100.0 * number})
        history.after(300)
    with closing(open_store(front.database)) as db:
        for event in history.events:
            Journal(db, VAULT).append(event)
    return front


def asked(front: FrontDoor, role: Role = Role.VIEWER, **args: Any) -> dict[str, Any]:
    content = front.ask(role, "journal", args).content
    assert content["outcome"] == "done", content
    return dict(content)


def test_journal_gives_what_is_asked_for(front: FrontDoor) -> None:
    granted = asked(front, decision="granted", kinds=["decision"])["entries"]
    assert [entry["payload"]["person"] for entry in granted] == ["Ada"] * 4
    assert asked(front, person="ADA")["entries"] == granted
    (dark,) = asked(front, reason="too_dark")["entries"]
    assert dark["payload"]["decision"] == "refused"
    assert {entry["kind"] for entry in asked(front, kinds=["command"])["entries"]} == {"command"}
    assert asked(front, person="Cleo")["entries"] == []


def test_whoever_goes_on_with_next_gets_every_entry_once(front: FrontDoor) -> None:
    whole = asked(front, kinds=["decision"])["entries"]
    pages, before = [], {}
    while True:
        page = asked(front, kinds=["decision"], limit=3, **before)
        pages = page["entries"] + pages
        if page["next"] is None:
            break
        before = {"before": page["next"]}
    assert pages == whole
    assert len(whole) == 14


def test_journal_ends_at_a_time(front: FrontDoor) -> None:
    everything = asked(front)["entries"]
    until = everything[4]["time"]
    early = asked(front, until=until)
    assert early["entries"] == [entry for entry in everything if entry["time"] <= until]
    assert asked(front, since=until, until=until)["entries"][0]["time"] == until


@pytest.mark.parametrize(
    "args",
    [
        {"before": 0},
        {"before": "17"},
        {"decision": "maybe"},
        {"kinds": []},
        {"kinds": ["relay"]},
        {"until": "noonish"},
        {"person": ""},
        {"reason": "x" * 41},
    ],
)
def test_request_that_means_nothing_is_malformed(front: FrontDoor, args: dict[str, Any]) -> None:
    assert front.ask(Role.VIEWER, "journal", args).content["reason"] == "malformed"


def test_nearest_is_told_to_admins_alone(front: FrontDoor) -> None:
    for role in GIVEN_ROLES:
        assert ("Bob" in str(asked(front, role, kinds=["decision"]))) == (role is Role.ADMIN)


def test_summary_counts_visits(front: FrontDoor) -> None:
    content = front.ask(Role.VIEWER, "summary", {"by": "person", "since": "1 day ago"}).content
    assert content["counts"] == [
        {"person": None, "came_in": 0, "refused": 10, "not_opened": 0},
        {"person": "Ada", "came_in": 4, "refused": 0, "not_opened": 0},
    ]
    assert content["latency_ms"]["total"] == {"p50": 300.0, "p95": 900.0}
    assert content["complete"] is True
    assert len(front.ask(Role.VIEWER, "summary").content["counts"]) == 2
    assert front.ask(Role.VIEWER, "summary", {"by": "mood"}).content["reason"] == "malformed"


def test_summary_ends_at_a_time(front: FrontDoor) -> None:
    first = asked(front, kinds=["decision"])["entries"][0]["payload"]["time"]
    counts = front.ask(Role.VIEWER, "summary", {"until": first}).content["counts"]
    assert counts == [{"person": None, "came_in": 0, "refused": 1, "not_opened": 0}]


def test_explanation_is_for_admins_and_has_the_distances(front: FrontDoor) -> None:
    content = front.ask(Role.ADMIN, "explain", {"person": "Bob"}).content
    assert len(content["visits"]) == len(content["sentences"]) == 10
    assert {visit["nearest"] for visit in content["visits"]} == {"Bob"}
    assert "nearest to Bob, by 0.445 too far away" in content["sentences"][0]
    at = content["visits"][0]["began"]
    near = front.ask(Role.ADMIN, "explain", {"person": "Cleo", "at": at}).content
    assert near["visits"][0]["began"] == at
    for role in GIVEN_ROLES:
        if role is not Role.ADMIN:
            refused = front.ask(role, "explain", {"person": "Bob"}).content
            assert refused["reason"] == "wrong_role"

"""What a door does not know, and what it says, and when, of what the broker lacks."""

from __future__ import annotations

import pytest

from doorway import Clock
from facedoor.site.missing import HELP_AFTER_S, SAY_AGAIN_S, WINDOW, Freshness, MissingRecords
from facedoor.site.roster import Rank


def rank(version: int, origin: str = "front") -> Rank:
    return (1, False, version, origin, "")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def missing(clock: Clock) -> MissingRecords:
    """Of the door ``front``, which has heard everything."""
    missing = MissingRecords("front", clock)
    missing.heard_all()
    return missing


def test_nothing_is_said_before_everything_was_heard(clock: Clock) -> None:
    missing = MissingRecords("front", clock)
    missing.knows({"anna": rank(1)})
    assert missing.due() == []
    missing.heard_all()
    assert missing.due() == ["anna"]


def test_own_change_is_said_once_until_it_is_heard_back(missing: MissingRecords) -> None:
    missing.knows({"anna": rank(1)})
    assert missing.due() == ["anna"]
    missing.said("anna")
    assert missing.due() == []
    assert not missing.is_settled
    missing.heard("anna", rank(1))
    assert missing.due() == []
    assert missing.is_settled


def test_what_is_not_heard_back_is_said_again(missing: MissingRecords, clock: Clock) -> None:
    missing.knows({"anna": rank(1)})
    missing.said("anna")
    clock.now_s += SAY_AGAIN_S
    assert missing.due() == ["anna"]


def test_only_some_are_on_their_way_at_once(missing: MissingRecords) -> None:
    missing.knows({str(number): rank(1) for number in range(2 * WINDOW)})
    for person in missing.due():
        missing.said(person)
    assert missing.due() == []
    missing.heard("0", rank(1))
    assert missing.due() == [str(WINDOW)]


def test_what_another_door_should_say_is_said_later(missing: MissingRecords, clock: Clock) -> None:
    missing.knows({"anna": rank(1, "back")})
    assert missing.due() == []
    clock.now_s += HELP_AFTER_S[1]
    assert missing.due() == ["anna"]


@pytest.mark.parametrize("replayed", [rank(1, "back"), None])
def test_doors_do_not_all_answer_a_replay_or_nonsense_at_once(
    missing: MissingRecords, clock: Clock, replayed: Rank | None
) -> None:
    missing.knows({"anna": rank(2, "back")})
    missing.heard("anna", rank(2, "back"))
    clock.now_s += 1000
    missing.heard("anna", replayed)
    assert missing.due() == []
    clock.now_s += HELP_AFTER_S[1]
    assert missing.due() == ["anna"]


def test_what_is_newer_at_the_broker_is_not_said(missing: MissingRecords) -> None:
    missing.heard("anna", rank(2))
    missing.knows({"anna": rank(1)})
    assert missing.due() == []


def test_nothing_is_fresh_at_the_start() -> None:
    assert not Freshness(60).is_fresh


def test_knowledge_counts_once_faces_are_compared_with_it() -> None:
    freshness = Freshness(60, Clock())
    freshness.compares_with(6)
    freshness.knows(100, revision=7)
    assert not freshness.is_fresh
    freshness.compares_with(7)
    assert freshness.is_fresh


def test_knowledge_becomes_stale_no_sooner_and_no_later_while_newer_waits() -> None:
    for waiting in ((), (7,)):
        clock = Clock()
        freshness = Freshness(60, clock)
        freshness.compares_with(6)
        freshness.knows(90, revision=6)
        for revision in waiting:
            freshness.knows(100, revision)
        clock.now_s = 150
        assert freshness.is_fresh, waiting
        clock.now_s = 150.1
        assert not freshness.is_fresh, waiting

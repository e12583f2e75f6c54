"""What a door says, and when, of what the broker lacks."""

from __future__ import annotations

import pytest

from facedoor.site.missing import HELP_AFTER_S, SAY_AGAIN_S, WINDOW, Untold
from facedoor.site.roster import Rank


class Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def rank(version: int, origin: str = "front") -> Rank:
    return (1, False, version, origin, "")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def untold(clock: Clock) -> Untold:
    """Of the door ``front``, which has heard everything."""
    untold = Untold("front", clock)
    untold.heard_all()
    return untold


def test_nothing_is_said_before_everything_was_heard(clock: Clock) -> None:
    untold = Untold("front", clock)
    untold.knows({"anna": rank(1)})
    assert untold.due() == []
    untold.heard_all()
    assert untold.due() == ["anna"]


def test_own_change_is_said_once_until_it_is_heard_back(untold: Untold) -> None:
    untold.knows({"anna": rank(1)})
    assert untold.due() == ["anna"]
    untold.said("anna")
    assert untold.due() == []
    assert not untold.is_settled
    untold.heard("anna", rank(1))
    assert untold.due() == []
    assert untold.is_settled


def test_what_is_not_heard_back_is_said_again(untold: Untold, clock: Clock) -> None:
    untold.knows({"anna": rank(1)})
    untold.said("anna")
    clock.now_s += SAY_AGAIN_S
    assert untold.due() == ["anna"]


def test_only_some_are_on_their_way_at_once(untold: Untold) -> None:
    untold.knows({str(number): rank(1) for number in range(2 * WINDOW)})
    for person in untold.due():
        untold.said(person)
    assert untold.due() == []
    untold.heard("0", rank(1))
    assert untold.due() == [str(WINDOW)]


def test_what_another_door_should_say_is_said_after_a_while(untold: Untold, clock: Clock) -> None:
    untold.knows({"anna": rank(1, "back")})
    assert untold.due() == []
    clock.now_s += HELP_AFTER_S[1]
    assert untold.due() == ["anna"]


@pytest.mark.parametrize("replayed", [rank(1, "back"), None])
def test_doors_do_not_all_answer_a_replay_or_nonsense_at_once(
    untold: Untold, clock: Clock, replayed: Rank | None
) -> None:
    untold.knows({"anna": rank(2, "back")})
    untold.heard("anna", rank(2, "back"))
    clock.now_s += 1000
    untold.heard("anna", replayed)
    assert untold.due() == []
    clock.now_s += HELP_AFTER_S[1]
    assert untold.due() == ["anna"]


def test_what_is_newer_at_the_broker_is_not_said(untold: Untold) -> None:
    untold.heard("anna", rank(2))
    untold.knows({"anna": rank(1)})
    assert untold.due() == []

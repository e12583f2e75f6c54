"""Whom the door asks, what it tells of that, and when it stops."""

from __future__ import annotations

from facedoor.visit.asking import PROMPTS_A_MINUTE, TRIES, Asker
from facedoor.visit.challenge import FRONTAL_WITHIN_S, WITHIN_S, ChallengeState, Draw
from facedoor.wire.prompts import Prompt, Side

FPS = 15.0
LEFT = Draw(lambda: Side.LEFT, lambda: 0.2)


def asker(can_ask: bool = True) -> Asker:
    return Asker(can_ask, LEFT)


def watched(asking: Asker, yaw_deg: float, from_s: float, for_s: float) -> ChallengeState | None:
    """The state after looking so long at a face that is turned so far."""
    state = None
    for number in range(1, round(for_s * FPS) + 1):
        state = asking.look(from_s + number / FPS, yaw_deg, recognised=True)
    return state


def sides(prompts: tuple[Prompt, ...]) -> list[Side | None]:
    return [prompt.side for prompt in prompts]


def test_prompt_is_told_once_when_it_begins_and_once_when_it_is_over() -> None:
    asking = asker()
    assert asking.begin(7, "Ada", prompts=1, time_s=0.0, visit="v1")
    watched(asking, 0.0, from_s=0.0, for_s=1.0)
    (prompt,) = asking.take_prompts()
    assert (prompt.side, prompt.track, prompt.visit) == (Side.LEFT, 7, "v1")
    assert prompt.text == "turn your head to your left"
    assert prompt.until is not None
    assert watched(asking, 30.0, from_s=1.0, for_s=0.2) is ChallengeState.PASSED
    (over,) = asking.take_prompts()
    assert (over.side, over.text, over.until, over.visit) == (None, "", None, "v1")
    assert asking.take_prompts() == ()


def test_one_visitor_is_asked_at_a_time() -> None:
    asking = asker()
    assert asking.begin(1, "Ada", prompts=1, time_s=0.0)
    assert not asking.begin(2, "Ben", prompts=1, time_s=0.1)
    asking.stop()
    assert asking.begin(2, "Ben", prompts=1, time_s=0.2)
    assert (asking.track, asking.person) == (2, "Ben")


def test_who_goes_away_is_asked_nothing_any_more() -> None:
    asking = asker()
    asking.begin(1, "Ada", prompts=2, time_s=0.0)
    watched(asking, 0.0, from_s=0.0, for_s=0.5)
    asking.stop()
    assert sides(asking.take_prompts()) == [Side.LEFT, None]
    assert asking.track is None
    assert asking.look(1.0, 0.0, recognised=True) is None


def test_prompt_to_somebody_who_is_hidden_ends_by_itself() -> None:
    asking = asker()
    asking.begin(1, "Ada", prompts=1, time_s=0.0)
    watched(asking, 0.0, from_s=0.0, for_s=0.5)
    assert asking.tick(0.6 + WITHIN_S) is ChallengeState.TIMED_OUT
    assert sides(asking.take_prompts()) == [Side.LEFT, None]


def test_two_prompts_of_one_challenge_are_told_apart() -> None:
    asking = asker()
    asking.begin(1, "Ada", prompts=2, time_s=0.0)
    watched(asking, 0.0, from_s=0.0, for_s=0.5)
    watched(asking, 30.0, from_s=0.5, for_s=0.2)
    watched(asking, 0.0, from_s=0.7, for_s=0.5)
    assert watched(asking, 30.0, from_s=1.2, for_s=0.2) is ChallengeState.PASSED
    assert sides(asking.take_prompts()) == [Side.LEFT, None, Side.LEFT, None]


def test_door_that_cannot_ask_and_visit_that_was_asked_often_enough_are_not_asked() -> None:
    assert not asker(can_ask=False).may_ask(prompts=1, tries=0, time_s=0.0)
    assert asker().may_ask(prompts=2, tries=TRIES - 1, time_s=0.0)
    assert not asker().may_ask(prompts=1, tries=TRIES, time_s=0.0)


def test_pile_of_photos_does_not_keep_the_door_blinking() -> None:
    asking = asker()
    time_s, asked = 0.0, 0
    while asking.may_ask(prompts=2, tries=0, time_s=time_s):
        asking.begin(asked, "Ada", prompts=2, time_s=time_s)
        watched(asking, 0.0, from_s=time_s, for_s=0.5)
        watched(asking, -30.0, from_s=time_s + 0.5, for_s=0.1)
        asking.stop()
        time_s, asked = time_s + 1.0, asked + 1
        assert asked < 100
    assert asked <= PROMPTS_A_MINUTE
    assert not asking.may_ask(prompts=2, tries=0, time_s=time_s + 30.0)
    assert asking.may_ask(prompts=2, tries=0, time_s=time_s + 61.0)


def test_challenge_that_nobody_looks_at_ends() -> None:
    asking = asker()
    asking.begin(1, "Ada", prompts=1, time_s=0.0)
    assert asking.tick(0.3 + FRONTAL_WITHIN_S) is ChallengeState.TIMED_OUT
    assert asking.take_prompts() == ()

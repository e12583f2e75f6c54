"""Whom the door asks, what it tells of that, and when it stops."""

from __future__ import annotations

import itertools

from facedoor.visit.asking import (
    FIRST_REST_S,
    LONGEST_REST_S,
    MOST_FAILED,
    PROMPTS_A_MINUTE,
    TRIES,
    Asker,
)
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


def is_asked(asking: Asker, time_s: float, yaw_deg: float, prompts: int = 1) -> bool:
    """Whether a new visitor is asked, who turns so far within a second."""
    if not asking.may_ask(prompts, tries=0, time_s=time_s):
        return False
    asking.begin(1, "Ada", prompts, time_s)
    watched(asking, 0.0, from_s=time_s, for_s=0.6)
    watched(asking, yaw_deg, from_s=time_s + 0.6, for_s=0.3)
    asking.stop()
    return True


def test_visitors_who_pass_do_not_keep_the_door_blinking() -> None:
    asking = asker()
    assert [is_asked(asking, float(second), 30.0) for second in range(20)] == (
        [True] * PROMPTS_A_MINUTE + [False] * (20 - PROMPTS_A_MINUTE)
    )
    assert not is_asked(asking, 30.0, 30.0)
    assert is_asked(asking, 80.0, 30.0)


def test_pile_of_photos_is_asked_more_and_more_rarely() -> None:
    asking = asker()
    asked_s = [float(second) for second in range(3600) if is_asked(asking, float(second), -30.0)]
    apart_s = [later - sooner for sooner, later in itertools.pairwise(asked_s)]
    assert len(asked_s) <= MOST_FAILED + 11
    assert max(apart_s[: MOST_FAILED - 1]) < FIRST_REST_S <= min(apart_s[MOST_FAILED - 1 :])
    assert apart_s == sorted(apart_s)
    assert apart_s[-1] <= LONGEST_REST_S + 2


def test_who_leaves_when_the_prompt_comes_has_not_passed_either() -> None:
    asking = asker()
    for second in range(MOST_FAILED):
        assert is_asked(asking, float(second), 0.0)
    assert not is_asked(asking, MOST_FAILED + 1.0, 0.0)


def test_one_who_passes_ends_the_rests() -> None:
    asking = asker()
    for second in range(MOST_FAILED):
        is_asked(asking, float(second), -30.0)
    assert is_asked(asking, 100.0, 30.0)
    assert all(is_asked(asking, 200.0 + second, -30.0) for second in range(MOST_FAILED))


def test_challenge_that_nobody_looks_at_ends() -> None:
    asking = asker()
    asking.begin(1, "Ada", prompts=1, time_s=0.0)
    assert asking.tick(0.3 + FRONTAL_WITHIN_S) is ChallengeState.TIMED_OUT
    assert asking.take_prompts() == ()

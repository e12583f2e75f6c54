"""Who is being asked to turn the head: one visitor at a time, and not without end.

A prompt is seen by everybody at the door, so there is one at most. How often a visit is asked, and
how often the door asks in a minute, has a limit: else a pile of photos would keep it blinking.
Where nobody passes, time after time, it asks more and more rarely.

Times come in, prompts are taken out by whoever tells them. Only until when a prompt is valid, which
is for listeners, is by the wall clock.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from facedoor.visit.challenge import WITHIN_S, Challenge, ChallengeState, Draw
from facedoor.wire.prompts import Prompt

TRIES = 3
"""Challenges that one visit gets; after them it is refused without a prompt."""

PROMPTS_A_MINUTE = 12
"""So many the door shows: enough for a resident every ten seconds, each of them twice."""

MOST_FAILED = 6
"""Challenges in a row that nobody passes, at this door, before it rests: two visits' tries."""

FIRST_REST_S, LONGEST_REST_S = 30.0, 600.0
"""How long it asks nobody then, and at most: after each further challenge that is not passed it
rests for twice as long. A film of somebody who turns the head passes by luck, the sooner the more
often it may try, and a door without rules has no lockout."""

_MINUTE_S = 60.0


@dataclass(slots=True)
class _Asked:
    """Whom the door asks now."""

    track: int
    person: str | None
    visit: str | None
    challenge: Challenge
    begun_s: float
    seen_s: float
    told: Prompt | None = None
    was_told: bool = False


class Asker:
    """Asks visitors, if the door can. Belongs to the frame path."""

    def __init__(self, can_ask: bool, draw: Draw | None = None) -> None:
        self._can_ask = can_ask
        self._draw = draw
        self._asked: _Asked | None = None
        self._asked_s: deque[float] = deque()
        self._untold: list[Prompt] = []
        self._failed = 0
        self._rests_until_s = -math.inf

    @property
    def track(self) -> int | None:
        """The track of whoever is asked now."""
        return self._asked.track if self._asked else None

    @property
    def person(self) -> str | None:
        """As whom they were recognised."""
        return self._asked.person if self._asked else None

    def may_ask(self, prompts: int, tries: int, time_s: float) -> bool:
        """Whether a visit that had so many ``tries`` can be asked, now or when another is done."""
        while self._asked_s and time_s - self._asked_s[0] > _MINUTE_S:
            self._asked_s.popleft()
        is_within = len(self._asked_s) + prompts <= PROMPTS_A_MINUTE
        is_resting = time_s < self._rests_until_s
        return self._can_ask and tries < TRIES and is_within and not is_resting

    def begin(
        self, track: int, person: str | None, prompts: int, time_s: float, visit: str | None = None
    ) -> bool:
        """Ask the visitor of ``track``, unless somebody else is being asked."""
        if self._asked is not None:
            return False
        challenge = Challenge(prompts, time_s, self._draw)
        self._asked = _Asked(track, person, visit, challenge, time_s, time_s)
        return True

    def wants_recognition(self, yaw_deg: float) -> bool:
        """Whether it would help to recognise whoever is asked, at ``yaw_deg``."""
        return self._asked is not None and self._asked.challenge.wants_recognition(yaw_deg)

    def look(self, time_s: float, yaw_deg: float, recognised: bool) -> ChallengeState | None:
        """A look at whoever is asked, as :meth:`Challenge.look` takes it."""
        if self._asked is None:
            return None
        state = self._asked.challenge.look(time_s, yaw_deg, recognised)
        return self._went_on(self._asked, state, time_s)

    def tick(self, time_s: float) -> ChallengeState | None:
        """It is ``time_s``, and whoever is asked was not seen."""
        if self._asked is None:
            return None
        return self._went_on(self._asked, self._asked.challenge.tick(time_s), time_s)

    def lasted_ms(self, time_s: float) -> float:
        """How long whoever is asked has been."""
        return (time_s - self._asked.begun_s) * 1000 if self._asked else 0.0

    def stop(self) -> None:
        """Ask nobody any more, such as when they have gone."""
        if self._asked is not None:
            self._take_back(self._asked)
            self._count(self._asked)
            self._asked = None

    def take_prompts(self) -> tuple[Prompt, ...]:
        """What is to be told since the last time."""
        prompts, self._untold = tuple(self._untold), []
        return prompts

    def _went_on(self, asked: _Asked, state: ChallengeState, time_s: float) -> ChallengeState:
        side, asked.seen_s = asked.challenge.side, time_s
        if side is not (asked.told.side if asked.told else None):
            self._take_back(asked)
            if side is not None:
                asked.told = Prompt.asking(side, WITHIN_S, asked.track, asked.visit)
                asked.was_told = True
                self._untold.append(asked.told)
                self._asked_s.append(time_s)
        return state

    def _count(self, asked: _Asked) -> None:
        """Whoever was asked has passed, has failed, or has gone, which is no better."""
        if asked.challenge.state is ChallengeState.PASSED:
            self._failed = 0
        elif asked.was_told:
            self._failed += 1
            times = self._failed - MOST_FAILED
            if times >= 0:
                rest_s = min(FIRST_REST_S * 2.0 ** min(times, 16), LONGEST_REST_S)
                self._rests_until_s = asked.seen_s + rest_s

    def _take_back(self, asked: _Asked) -> None:
        if asked.told is not None:
            self._untold.append(asked.told.over)
            asked.told = None

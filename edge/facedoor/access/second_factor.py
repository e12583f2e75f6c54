"""What a recognised visitor still has to bring: a code or the button, and another person.

Pure: ``(waiting, event, now) -> (waiting, answer)``. The door waits for one second factor at a
time, that of whoever was recognised last, and in each group for one second person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from facedoor.access.rules import Factor, Way
from facedoor.reasons import Reason

FACTOR_WITHIN_S = 20.0
"""How long after the face the second factor may come: time to type, no time to leave."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Somebody was recognised, and may do something until ``until_s``."""

    person: str
    until_s: float


@dataclass(frozen=True, slots=True)
class Waiting:
    """For whose second factor the door waits, and, by group, who has come first of two."""

    factor_of: Expected | None = None
    first: Mapping[str, Expected] = field(default_factory=dict)

    def expects_factor_of(self, now_s: float) -> str | None:
        """The person whose second factor may come now."""
        expected = self.factor_of
        return expected.person if expected and now_s < expected.until_s else None


@dataclass(frozen=True, slots=True)
class Progress:
    """``reason`` is ``RECOGNISED`` when nothing is missing any more, else what is."""

    waiting: Waiting
    reason: Reason
    rule: str


def arrived(waiting: Waiting, person: str, ways: tuple[Way, ...], now_s: float) -> Progress:
    """``person`` was recognised, and has these ways in, at least one."""
    plain = tuple(way for way in ways if way.second_factor is None)
    asking = tuple(way for way in ways if way.second_factor is not None)
    if plain:
        progress = _through(waiting, person, plain, now_s)
        if progress.reason is Reason.RECOGNISED or not asking:
            return progress
        waiting = progress.waiting
    expected = Expected(person, now_s + FACTOR_WITHIN_S)
    rule = f"{asking[0].rule}, {asking[0].second_factor}"
    return Progress(replace(waiting, factor_of=expected), Reason.SECOND_FACTOR, rule)


def presented(
    waiting: Waiting, person: str, ways: tuple[Way, ...], code_is_right: bool | None, now_s: float
) -> Progress | None:
    """The expected ``person`` has typed a code, right or wrong, or pressed the button: ``None``.

    ``ways`` are those that they have now. ``None`` where that was not asked for.
    """
    factor = Factor.BUTTON if code_is_right is None else Factor.PIN
    meant = tuple(way for way in ways if way.second_factor is factor)
    if not meant:
        return None
    if code_is_right is False:
        return Progress(waiting, Reason.WRONG_CODE, meant[0].rule)
    return _through(replace(waiting, factor_of=None), person, meant, now_s)


def _through(waiting: Waiting, person: str, ways: tuple[Way, ...], now_s: float) -> Progress:
    """``person`` has all that one person can bring for ``ways``."""
    for way in ways:
        if way.two_persons_within_s is None:
            return Progress(_without(waiting, person), Reason.RECOGNISED, way.rule)
        first = waiting.first.get(way.group)
        if first is not None and first.person != person and now_s < first.until_s:
            return Progress(_without(waiting, person, first.person), Reason.RECOGNISED, way.rule)
    came = {
        way.group: Expected(person, now_s + way.two_persons_within_s)
        for way in ways
        if way.two_persons_within_s is not None
    }
    rule = f"{ways[0].rule}, two persons"
    return Progress(replace(waiting, first={**waiting.first, **came}), Reason.SECOND_PERSON, rule)


def _without(waiting: Waiting, *people: str) -> Waiting:
    """Nobody is waited for on account of ``people``, who are let in now."""
    expected = waiting.factor_of
    return Waiting(
        None if expected and expected.person in people else expected,
        {group: first for group, first in waiting.first.items() if first.person not in people},
    )

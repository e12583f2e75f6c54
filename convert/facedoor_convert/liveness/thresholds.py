"""Thresholds from measured visits, and what they are worth for people whom they were not set on.

So few visits say little about where errors begin, so both thresholds keep away from what was seen:

* ``deny_below`` is half of the least score that a living visitor had when the door could deny;
* ``open_from`` is half way to 1 from the highest score that an attack had when the door could open,
  and no less than the other.

Leave one person out: for each person, both are set on the visits of all others and tried on theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from facedoor.identity.liveness import LivenessPolicy
from facedoor_convert.liveness.outcomes import Counts, least_alive, most_alive, outcome_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from facedoor_convert.liveness.visits import Visit

MARGIN = 0.5


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One person's visits, at the thresholds that all others set."""

    person: int
    clips: tuple[str, ...]
    policy: LivenessPolicy
    live: Counts
    attacks: Counts


def chosen(visits: Sequence[Visit], subject: str) -> LivenessPolicy | None:
    """The thresholds that ``visits`` set for the networks named ``subject``; ``None`` where no
    visit of one of both kinds was judged long enough."""
    looks = {
        kind: [visit.looks[subject] for visit in visits if visit.clip.is_live == kind]
        for kind in (True, False)
    }
    live = [score for seen in looks[True] if (score := least_alive(seen)) is not None]
    attacks = [score for seen in looks[False] if (score := most_alive(seen)) is not None]
    if not live or not attacks:
        return None
    deny_below = MARGIN * min(live)
    open_from = max(attacks) + MARGIN * (1 - max(attacks))
    return LivenessPolicy(deny_below, max(deny_below, open_from))


def leave_one_out(
    visits: Sequence[Visit], people: Mapping[str, int], subject: str
) -> tuple[LeftOut, ...]:
    """Each person's visits at the thresholds of all others; people whose absence leaves nothing to
    set a threshold on are left out altogether."""
    found = []
    for person in sorted(set(people.values())):
        own = [visit for visit in visits if people[visit.clip.name] == person]
        others = [visit for visit in visits if people[visit.clip.name] != person]
        policy = chosen(others, subject)
        if policy is not None:
            clips = tuple(dict.fromkeys(visit.clip.name for visit in own))
            live, attacks = (_counts(own, subject, policy, kind) for kind in (True, False))
            found.append(LeftOut(person, clips, policy, live, attacks))
    return tuple(found)


def _counts(visits: Sequence[Visit], subject: str, policy: LivenessPolicy, is_live: bool) -> Counts:
    return Counts.of(
        outcome_of(visit.looks[subject], policy)
        for visit in visits
        if visit.clip.is_live == is_live
    )

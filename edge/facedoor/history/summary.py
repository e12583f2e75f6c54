"""How a door fares: how many visits ended in which way, and how long decisions take."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, tzinfo
from typing import Any, Literal, TypeAlias, get_args

from facedoor.history.visits import Outcome, Visit

By: TypeAlias = Literal["person", "reason", "hour", "day"]
"""Hour of the day, 0 to 23, and day of the calendar are those of the door's zone."""

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


def counts(visits: Iterable[Visit], by: By, zone: tzinfo | None) -> list[dict[str, Any]]:
    """How many visits ended in which way, for each person, reason, hour or day: a row for each,
    in the order of these, whoever is not known first, as ``null``."""
    key = _KEYS[by]
    ways: defaultdict[str | int | None, Counter[Outcome]] = defaultdict(Counter)
    for visit in visits:
        ways[key(visit, zone)][visit.outcome] += 1
    return [
        {by: of, **{outcome: ways[of][outcome] for outcome in OUTCOMES}}
        for of in sorted(ways, key=lambda of: (of is not None, of))
    ]


def latency_ms(visits: Iterable[Visit]) -> dict[str, dict[str, float]]:
    """Median and 95th percentile of each stage of the decisions, in milliseconds."""
    stages: defaultdict[str, list[float]] = defaultdict(list)
    for visit in visits:
        for attempt in visit.attempts:
            for stage, ms in attempt.decision.latency_ms.items():
                stages[stage].append(ms)
    return {
        stage: {f"p{percent}": _percentile(took_ms, percent) for percent in (50, 95)}
        for stage, took_ms in stages.items()
    }


def _percentile(values: Iterable[float], percent: int) -> float:
    """The least of ``values``, of which there are some, that so many percent do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def local(time: str, zone: tzinfo | None) -> datetime | None:
    """A time on the wall clock of ``zone``; ``None`` for one that no door of ours writes."""
    try:
        return datetime.fromisoformat(time).astimezone(zone)
    except (ValueError, OverflowError):
        return None


def _hour(visit: Visit, zone: tzinfo | None) -> int | None:
    began = local(visit.began, zone)
    return began.hour if began else None


def _day(visit: Visit, zone: tzinfo | None) -> str | None:
    began = local(visit.began, zone)
    return began.date().isoformat() if began else None


_KEYS: Mapping[By, Callable[[Visit, tzinfo | None], str | int | None]] = {
    "person": lambda visit, _: visit.person,
    "reason": lambda visit, _: visit.deciding.reason,
    "hour": _hour,
    "day": _day,
}

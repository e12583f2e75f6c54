"""Why the door did not know somebody: the visits that were theirs or may have been, in words.

For root and admins alone: distances tell something of a template, and whom a face came nearest to
is nobody else's business.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo
from typing import Any

from facedoor.history.sentences import line
from facedoor.history.visits import Visit, as_json
from facedoor.names import name_key

LOOK_BACK = timedelta(days=7)
"""Without a time: what was in the last days."""

AROUND = timedelta(minutes=30)
"""With a time: what began so long before or after it, whoever it was."""

MOST_VISITS = 10


def explained(
    visits: Iterable[Visit],
    person: str,
    at: datetime | None,
    zone: tzinfo | None,
    now: datetime,
) -> dict[str, Any]:
    """The visits that were the person's or, by whom the face came nearest to, may have been; with
    the time ``at`` which somebody asks for also those of whom nobody knows who it was.

    ``visits`` with distances, and ``sentences``, one for each; the last ones, in order.
    """
    own = [visit for visit in visits if _may_be(visit, name_key(person), at is not None)]
    nearest = own[::-1] if at is None else sorted(own, key=lambda visit: _apart_s(visit, at))
    own = sorted(nearest[:MOST_VISITS], key=lambda visit: visit.began)
    return {
        "visits": [as_json(visit, with_distances=True) for visit in own],
        "sentences": [line(visit, zone, now, with_distances=True) for visit in own],
    }


def _may_be(visit: Visit, key: str, is_anybody: bool) -> bool:
    if visit.person is not None:
        if name_key(visit.person) == key:
            return True
        if visit.person_by != "next_grant":  # which is a guess
            return False
    if visit.outcome != "refused":
        return False
    return is_anybody or (visit.nearest is not None and name_key(visit.nearest) == key)


def _apart_s(visit: Visit, at: datetime) -> float:
    try:
        return abs((datetime.fromisoformat(visit.began) - at).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return float("inf")

"""A stretch of the journal, read from its end backwards: what of it matters for visits.

A journal can have a million entries, and most questions are about the last days. So nothing here
walks along the whole of it.
"""

from __future__ import annotations

from facedoor.history.visits import Visits
from facedoor.storage.journal import Journal
from facedoor.wire.decisions import Decision
from facedoor.wire.entries import Entry
from facedoor.wire.events import DoorHappened

KINDS = (Decision.KIND, DoorHappened.KIND)
"""What visits are composed of: decisions, and what the door says about them later."""

MOST_ENTRIES = 5000
"""So many entries a command looks at: other commands wait for it, an unlock among them."""


def recent(journal: Journal, door: str, since: str, most: int | None = None) -> tuple[Visits, bool]:
    """The visits whose last decision was at ``since`` or later, RFC 3339 UTC, and whether that is
    all of them.

    It is not if there are more than ``most`` entries to look at. Those shortly before are among
    them, for what they say of the others. A clock that was wrong for a while hides nothing, unless
    that was for a thousand entries in a row.
    """
    entries: list[Entry] = []
    is_whole = True
    for batch in journal.back(kinds=KINDS):
        entries += batch
        if batch and all(entry.time < since for entry in batch):
            break
        if most is not None and len(entries) >= most:
            is_whole = False
            break
    return composed(entries, door), is_whole


def around(journal: Journal, door: str, since: str, until: str) -> Visits:
    """As :func:`recent`, up to ``until``; of a time that may be long ago."""
    entries: list[Entry] = []
    for batch in journal.back(journal.first_after(until) + 1, KINDS):
        entries += batch
        if (batch and all(entry.time < since for entry in batch)) or len(entries) >= MOST_ENTRIES:
            break
    return composed(entries, door)


def composed(entries: list[Entry], door: str) -> Visits:
    """The visits of these entries, the newest of which comes first."""
    visits = Visits(door)
    for entry in reversed(entries):
        visits.add(entry.event, entry.id)
    return visits

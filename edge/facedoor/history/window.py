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

NEARLY_LATER = 1000
"""So many entries after a time are looked at too: by their dates they may be from before it, where
a clock was put back."""


def between(
    journal: Journal, door: str, since: str, until: str | None = None, most: int | None = None
) -> tuple[Visits, bool]:
    """The visits whose last decision was between two times, RFC 3339 UTC, ``None``: up to now; and
    whether that is all of them, and not the last ones of about ``most`` entries.

    Those shortly before and after are among them, for what they say of the others. A clock that was
    wrong for a while hides nothing, unless that was for a thousand entries in a row.
    """
    entries: list[Entry] = []
    before = None if until is None else journal.first_after(until) + NEARLY_LATER
    is_whole = True
    for _, batch in journal.back(before, KINDS):
        entries += batch
        if batch and all(entry.time < since for entry in batch):
            break
        if most is not None and len(entries) >= most:
            is_whole = False
            break
    visits = Visits(door)
    for entry in reversed(entries):
        visits.add(entry.event, entry.id)
    return visits, is_whole

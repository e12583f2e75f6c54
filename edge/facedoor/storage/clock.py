"""Whether the clock can be right: a Pi has none that goes on without power.

A door that takes an old time for the present one would obey an old command, or open out of hours.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from facedoor.storage.journal import Journal

CLOCKS_DIFFER_S = 5.0
"""How far the sender's clock may be ahead, and how far the door's own may be set back."""

RELEASED_S = datetime(2026, 11, 24, tzinfo=UTC).timestamp()
"""The day of this release: a clock that shows an earlier one is not set."""

NEWEST_OF = 100
"""Entries among which the newest is looked for: a few may have been written under a wrong clock."""


def is_clock_set(now_s: float, newest_entry_s: float) -> bool:
    """Whether the time can be true: after this release, and after all that was written down."""
    return now_s >= RELEASED_S and now_s + CLOCKS_DIFFER_S >= newest_entry_s


def newest_entry_s(journal: Journal) -> float:
    """When the newest entry was written, in seconds since 1970. Raises :class:`StoreError`."""
    entries = journal.tail(NEWEST_OF)
    return max((datetime.fromisoformat(entry.time).timestamp() for entry in entries), default=0)

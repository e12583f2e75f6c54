"""The one form in which a time leaves a process."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> str:
    """The present time as RFC 3339, UTC, to the millisecond: ``2026-11-24T09:30:00.250Z``."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

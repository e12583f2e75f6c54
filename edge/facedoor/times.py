"""The one form in which a time leaves a process."""

from __future__ import annotations

from datetime import UTC, datetime

from facedoor.errors import UsageError


def utc_now() -> str:
    """The present time as RFC 3339, UTC, to the millisecond: ``2026-11-24T09:30:00.250Z``."""
    return utc_text(datetime.now(UTC))


def utc_text(time: datetime) -> str:
    """A time, of any zone, in the form of :func:`utc_now`; such texts sort as their times do."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_time(text: str) -> str:
    """A day or a time, in UTC unless it names its zone, in the form of :func:`utc_now`.

    Raises :class:`UsageError`.
    """
    try:
        time = datetime.fromisoformat(text)
        return utc_text(time if time.tzinfo else time.replace(tzinfo=UTC))
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"{text!r} is not a time: write a day, 2026-11-24, or 2026-11-24T09:30:00Z"
        ) from error

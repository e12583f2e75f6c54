"""A release by command or by the exit button: who asked for it, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from facedoor.reasons import Reason
from facedoor.times import utc_now


@dataclass(frozen=True, slots=True)
class Release:
    """Somebody asks that the door be released once.

    ``by`` names the key that signed, or where a plain request came from; ``reason`` is what they
    wrote; ``command`` is the command's id.
    """

    by: str
    reason: str
    command: str


@dataclass(frozen=True, slots=True)
class ReleaseDecision:
    """The answer to a release. ``time`` is RFC 3339 UTC; ``reason`` says why it was refused."""

    time: str
    release: Release
    granted: bool
    reason: Reason

    @classmethod
    def grant(cls, release: Release) -> ReleaseDecision:
        """A release that is allowed, unless the door finds a reason against it."""
        return cls(utc_now(), release, granted=True, reason=Reason.COMMANDED)

    def as_json(self) -> dict[str, object]:
        """What stands in the journal."""
        return {
            "time": self.time,
            "event": "release",
            "decision": "granted" if self.granted else "refused",
            "reason": self.reason.value,
            "by": self.release.by,
            "why": self.release.reason,
            "command": self.release.command,
        }


@dataclass(frozen=True, slots=True)
class ExitDecision:
    """The answer to a press of the exit button. ``time`` is RFC 3339 UTC."""

    time: str
    granted: bool
    reason: Reason

    @classmethod
    def grant(cls) -> ExitDecision:
        """Whoever is inside may go out, unless the door finds a reason against it."""
        return cls(utc_now(), granted=True, reason=Reason.EXIT_REQUESTED)

    def as_json(self) -> dict[str, object]:
        """What stands in the journal."""
        return {
            "time": self.time,
            "event": "exit",
            "decision": "granted" if self.granted else "refused",
            "reason": self.reason.value,
        }

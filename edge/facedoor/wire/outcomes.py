"""What became of a command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from facedoor.errors import ConfigError, UsageError
from facedoor.wire.refusals import Refusal, RefusedError


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command, or a sign of progress.

    ``reason`` is a code where it was refused. ``values`` are the further keys of the result. Of
    these only ``counts`` may stand in the journal, and the person whom it turned out to be
    ``about``: names stand there under ``person`` alone.
    """

    outcome: Literal["done", "refused", "failed", "progress"]
    message: str
    reason: str | None = None
    values: Mapping[str, object] = field(default_factory=dict)
    about: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def done(cls, message: str, **values: object) -> Outcome:
        return cls("done", message, values=values)

    @classmethod
    def refused(cls, reason: Refusal, message: str = "") -> Outcome:
        return cls("refused", message or reason.explanation, reason.value)

    @classmethod
    def of(cls, error: Exception) -> Outcome:
        """What an exception means: a refusal, or that something is broken."""
        if isinstance(error, RefusedError):
            return cls.refused(error.reason, str(error))
        if isinstance(error, UsageError | ConfigError):  # a name nobody has, one person too many
            return cls.refused(Refusal.NOT_POSSIBLE, str(error))
        return cls("failed", str(error) or type(error).__name__, "failed")

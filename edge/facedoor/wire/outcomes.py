"""What became of a command, and why it may have been refused."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from facedoor.errors import ConfigError, OvertakenError, UsageError
from facedoor.languages import N_


class Refusal(enum.StrEnum):
    """The reasons, as they stand in results and in the journal."""

    OVERSIZED = "oversized"
    RETAINED = "retained"
    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"
    REVOKED_KEY = "revoked_key"
    OTHER_DOOR = "other_door"
    CLOCK_NOT_SET = "clock_not_set"
    LIVES_TOO_LONG = "lives_too_long"
    FROM_THE_FUTURE = "from_the_future"
    EXPIRED = "expired"
    REPLAYED = "replayed"
    BEFORE_PUT_BACK = "before_put_back"
    STATE_FILE_CHANGED = "state_file_changed"
    WRONG_ROLE = "wrong_role"
    RATE_LIMITED = "rate_limited"
    BUSY = "busy"
    NO_FIT_PICTURE = "no_fit_picture"
    NOT_ALLOWED_NOW = "not_allowed_now"
    LOCKDOWN = "lockdown"
    NOT_POSSIBLE = "not_possible"
    OVERTAKEN = "overtaken"
    NO_PICTURE = "no_picture"
    UNKNOWN_VISIT = "unknown_visit"
    INVITATION_USED = "invitation_used"
    INVITATION_EXPIRED = "invitation_expired"
    INVITATION_VOID = "invitation_void"

    @property
    def explanation(self) -> str:
        """The reason in a sentence, with the next step."""
        return _EXPLANATIONS[self]


_EXPLANATIONS: Mapping[Refusal, str] = {
    Refusal.OVERSIZED: N_("the message is too large: send fewer or smaller pictures"),
    Refusal.RETAINED: N_(
        "the broker kept this command, and kept ones are never obeyed: retain off"
    ),
    Refusal.MALFORMED: N_("this is no command as docs/commands.md describes it"),
    Refusal.UNKNOWN_KEY: N_("the door does not know the key: add it there, with facedoor keys add"),
    Refusal.BAD_SIGNATURE: N_("the signature does not fit: sign with the key that kid names"),
    Refusal.REVOKED_KEY: N_("the key was revoked: use another one"),
    Refusal.OTHER_DOOR: N_(
        "the command is not for this door alone: name the identity in its status"
    ),
    Refusal.CLOCK_NOT_SET: N_(
        "the door does not know what time it is, so it cannot tell old from new: see facedoor "
        "clock, at the door"
    ),
    Refusal.LIVES_TOO_LONG: N_("the command would be valid for too long: let it expire sooner"),
    Refusal.FROM_THE_FUTURE: N_("the command is from the future: compare the clocks"),
    Refusal.EXPIRED: N_("the command came too late: send it again"),
    Refusal.REPLAYED: N_("a command of this id was here before: give each one an id of its own"),
    Refusal.BEFORE_PUT_BACK: N_(
        "a copy of the state file was put back after the command was signed, or a moment before, "
        "and it may have been used: wait ten seconds and send it again"
    ),
    Refusal.STATE_FILE_CHANGED: N_(
        "the door's state file was changed without its key, so no command is believed: see the "
        "door's problems"
    ),
    Refusal.WRONG_ROLE: N_("the key's role does not allow this: use a key that may"),
    Refusal.RATE_LIMITED: N_("too many commands: wait a few seconds"),
    Refusal.BUSY: N_("another enrolment is under way: wait for its end"),
    Refusal.NO_FIT_PICTURE: N_("none of the pictures was fit: see why for each, and take others"),
    Refusal.NOT_ALLOWED_NOW: N_("that is not allowed at this time"),
    Refusal.LOCKDOWN: N_("the door is locked down"),
    Refusal.NOT_POSSIBLE: N_("that is not possible"),
    Refusal.NO_PICTURE: N_(
        "no picture of that visit is kept: it may be too old, or none was wanted"
    ),
    Refusal.UNKNOWN_VISIT: N_("the journal has no such visit: it may be too old"),
    Refusal.OVERTAKEN: N_("what it was about has changed meanwhile: look, and ask again"),
    Refusal.INVITATION_USED: N_(
        "somebody has joined with this invitation already, and it is good for one: if that was "
        "not you, have the key revoked that joined, and ask for a new invitation"
    ),
    Refusal.INVITATION_EXPIRED: N_("the invitation is too old: ask for a new one"),
    Refusal.INVITATION_VOID: N_(
        "the invitation was taken back, or whoever gave it may not invite any more, or the door's "
        "state file was put back since: ask for a new one"
    ),
}


class RefusedError(Exception):
    """A command will not be carried out: ``reason``, and in words for whoever sent it."""

    def __init__(self, reason: Refusal, message: str = "") -> None:
        super().__init__(message or reason.explanation)
        self.reason = reason


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
        if isinstance(error, OvertakenError):
            return cls.refused(Refusal.OVERTAKEN, str(error))
        if isinstance(error, UsageError | ConfigError):  # a name nobody has, one person too many
            return cls.refused(Refusal.NOT_POSSIBLE, str(error))
        return cls("failed", str(error) or type(error).__name__, "failed")

"""What the server says of commands: a result for each, and in the journal how many were refused.

A flood gets few answers. It must neither fill the disk nor bury what matters, so refusals are
counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from facedoor.rate_limit import RateLimit
from facedoor.times import utc_now
from facedoor.wire import messages
from facedoor.wire.door_key import SIGNATURE_BYTES
from facedoor.wire.events import CommandsRefused
from facedoor.wire.messages import Received, Result
from facedoor.wire.outcomes import Outcome, Refusal
from facedoor.wire.topics import Topics, is_word

AT_ONCE, EACH_S = 20, 0.2
"""Answers to messages whose sender is not known, as many as are looked at."""

REFUSALS_EACH_S = 60.0
"""One entry in the journal for each kind of refusal at once, then no more than one in this time."""

UNVERIFIED = "unverified"
"""Stands for the id of a command that is not known; too short to be one."""

EXPIRY_S = 600.0
"""How long the broker may keep a result for somebody who is away."""

MAX_RESULT_BYTES = 1 << 20
"""As a command: a broker may not take more, and everything behind it would wait in vain."""

Reply: TypeAlias = Callable[[str, bytes, bytes | None, float | None], None]
"""Publishes a result, signed: topic, payload, correlation data, seconds until it expires."""


class Answers:
    """Publishes results. Belongs to one thread."""

    def __init__(self, topics: Topics, reply: Reply, steady_clock: Callable[[], float]) -> None:
        self._topics = topics
        self._reply = reply
        self._limit = RateLimit(AT_ONCE, EACH_S, steady_clock)

    def tell(self, command_id: str, cmd: str | None, outcome: Outcome, to: Received | None) -> None:
        """Say what became of a command whose signature was good."""
        topic = self._topics.result(command_id)
        asked = to.response_topic if to else None
        # Only among the door's own results: nobody makes the door speak elsewhere.
        own, _, last = (asked or "").rpartition("/")
        if own == topic.rpartition("/")[0] and is_word(last):
            topic = f"{own}/{last}"
        self._publish(topic, _result(command_id, outcome, cmd=cmd), to)

    def turn_away(self, outcome: Outcome, digest: str | None) -> None:
        """Say now and then that a message was refused; ``digest`` is its SHA-256, in hex."""
        if self._limit.allows():
            topic = self._topics.result(UNVERIFIED)
            self._publish(topic, _result(None, outcome, sha256=digest), None)

    def _publish(self, topic: str, result: Result, to: Received | None) -> None:
        payload = messages.encode(self._topics.door, result)
        if len(payload) + SIGNATURE_BYTES > MAX_RESULT_BYTES:
            short = Outcome("failed", "the answer is too large: ask for less", "failed")
            payload = messages.encode(self._topics.door, _result(result.command, short))
        self._reply(topic, payload, to.correlation if to else None, EXPIRY_S)


def _result(command_id: str | None, outcome: Outcome, **values: object) -> Result:
    return Result(
        command_id, outcome.outcome, outcome.reason, outcome.message, {**values, **outcome.values}
    )


@dataclass(slots=True)
class _Refusals:
    """Those of one kind: a reason, and the key whose signature was good, if one was."""

    limit: RateLimit
    uncounted: int = 0
    is_due: bool = False


class RefusalLog:
    """Counts refusals and writes them down. Belongs to one thread."""

    def __init__(
        self, append: Callable[[CommandsRefused], object], clock: Callable[[], float]
    ) -> None:
        """``append`` writes to the journal and may raise; ``clock`` does not jump."""
        self._append = append
        self._clock = clock
        self._kinds: dict[tuple[Refusal, str | None], _Refusals] = {}

    def note(self, reason: Refusal, key: str | None = None, count: int = 1) -> None:
        """So many commands were refused; :meth:`write` says so in the journal."""
        limit = RateLimit(1, REFUSALS_EACH_S, self._clock)
        self._kinds.setdefault((reason, key), _Refusals(limit)).uncounted += count

    def write(self, everything: bool = False) -> None:
        """Write down what was counted, where it is time for it or ``everything``."""
        for (reason, key), refusals in self._kinds.items():
            if not refusals.uncounted:
                continue
            refusals.is_due = refusals.is_due or everything or refusals.limit.allows()
            if refusals.is_due:
                self._append(CommandsRefused(utc_now(), reason.value, key, refusals.uncounted))
                refusals.uncounted, refusals.is_due = 0, False

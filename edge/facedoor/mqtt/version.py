"""Which version of MQTT to speak."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from paho.mqtt.enums import MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

Version = MQTTProtocolVersion

PATIENCE_S = (1.5, 24.0)
"""How long a broker may take for its first answer to v5. Some that know only 3.1.1 wait for the end
of what they take for a long message. Each further attempt with v5 waits four times as long, up to
the second of these: the broker may only be slow."""

SILENCES = 2
"""A broker that ends so many connections without an answer may not know their version."""

QUICK_S = 0.5
"""A broker that answers 3.1.1 so soon is not slow: it does not know v5."""

RETRY_S = (60.0, 3600.0)
"""How long to stay with 3.1.1 with a slow broker; doubled each time, up to the second. That is also
how long with one that is not slow."""


class VersionChoice:
    """Which version of MQTT to speak: v5, until a broker shows that it knows only 3.1.1.

    A client tells it of each connection, from any thread, and asks it now and then. What is taken
    for a sign of 3.1.1 may be a slow broker; so v5 is tried again, with each new connection and
    every now and then.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """``clock`` gives seconds, steadily."""
        self.version = Version.MQTTv5
        self.answer: ReasonCode | None = None
        """What the broker has said to the newest connection."""
        self._clock = clock
        self._asked_s = math.inf
        self._silences = 0
        self._has_worked = False
        self._has_ended = False
        self._is_slow = False
        self._patience_s = PATIENCE_S[0]
        self._retry_after_s = RETRY_S[0]
        self._retry_s = math.inf

    def asked(self) -> None:
        """A connection is open, and the broker has to answer."""
        self.answer = None
        self._has_ended = False
        self._asked_s = self._clock()

    def answered(self, reason: ReasonCode) -> None:
        """The broker lets the client in, or says why not."""
        self.answer = reason
        took_s, self._asked_s = self._clock() - self._asked_s, math.inf
        self._silences = 0
        if self.is_guess and took_s < QUICK_S:
            self._is_slow = False
            self._retry_s = self._clock() + RETRY_S[1]
        self._has_worked |= self.version is Version.MQTTv5 and not reason.is_failure

    def ended(self) -> None:
        """The connection is closed."""
        self._asked_s = math.inf
        self._has_ended = True
        self._silences += self.answer is None

    @property
    def is_refused(self) -> bool:
        """True if the broker does not let the client in."""
        return self.answer is not None and self.answer.is_failure

    @property
    def is_unknown(self) -> bool:
        """True if the broker has said that it does not know the version."""
        return self.answer is not None and self.answer == "Unsupported protocol version"

    @property
    def is_guess(self) -> bool:
        """True if 3.1.1 is spoken only because the broker is slow, and may know v5."""
        return self.version is Version.MQTTv311 and self._is_slow

    @property
    def must_change(self) -> bool:
        """True if the other version is to be tried."""
        is_silent = self._silences >= SILENCES
        if self.version is Version.MQTTv5:
            is_late = self._clock() - self._asked_s > self._patience_s
            return self.is_unknown or ((is_late or is_silent) and not self._has_worked)
        was_let_in = self.answer is not None and not self.answer.is_failure
        return is_silent or self._clock() >= self._retry_s or (self._has_ended and was_let_in)

    def change(self) -> None:
        """Go on with the other version."""
        if self.version is Version.MQTTv5:
            self.version = Version.MQTTv311
            if not self.is_unknown:
                self._is_slow = True
                self._retry_s = self._clock() + self._retry_after_s
                self._retry_after_s = min(2 * self._retry_after_s, RETRY_S[1])
                self._patience_s = min(4 * self._patience_s, PATIENCE_S[1])
        else:
            self.version = Version.MQTTv5
            self._is_slow = False
            self._retry_s = math.inf
        self.answer = None
        self._asked_s = math.inf
        self._silences = 0

"""What is wrong between the door and the broker, in sentences; each goes to the log once."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from facedoor.times import utc_now

if TYPE_CHECKING:
    from paho.mqtt.reasoncodes import ReasonCode

log = logging.getLogger(__name__)


class Troubles:
    """Kept by the network's thread and the sender's; read by anybody."""

    def __init__(self, broker: str) -> None:
        self._broker = broker
        self._connection: str | None = None
        self._lost_since: str | None = None
        self._forbidden: dict[str, str] = {}

    @property
    def worst(self) -> str | None:
        """Why there is no connection, else what the broker forbids; ``None`` if all is well."""
        return self._connection or next(iter([*self._forbidden.values()]), None)

    def connected(self) -> None:
        if self._connection:
            log.warning("connected to the broker %s again", self._broker)
        self._connection = self._lost_since = None

    def refused(self, reason: ReasonCode) -> None:
        """The broker does not let the door in."""
        self._report(
            f"the broker {self._broker} refuses the door ({reason}): "
            "check [mqtt] username and password_file"
        )

    def lost(self, why: object) -> None:
        """There is no connection, or it ended."""
        self._lost_since = self._lost_since or utc_now()
        self._report(
            f"the broker {self._broker} is unreachable since {self._lost_since} ({why}): events "
            "wait in the journal"
        )

    def forget_what_is_forbidden(self) -> None:
        """A new session begins: the broker's rules may be others."""
        self._forbidden.clear()

    def judge(self, topic: str, reason: ReasonCode, verb: str) -> bool:
        """Whether the broker lets the door do this with ``topic``; if not, that is a trouble."""
        if not reason.is_failure:
            self._forbidden.pop(topic, None)
            return True
        sentence = (
            f"the broker {self._broker} does not let the door {verb} {topic} ({reason}): "
            "check its ACL, see facedoor broker-config"
        )
        if self._forbidden.get(topic) != sentence:
            log.warning("%s", sentence)
        self._forbidden[topic] = sentence
        return False

    def _report(self, sentence: str) -> None:
        if sentence != self._connection:
            log.warning("%s", sentence)
        self._connection = sentence

"""A message on its way to the broker, and what says that it has arrived."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from paho.mqtt.client import Client
from paho.mqtt.reasoncodes import ReasonCode

from facedoor.mqtt.client import Outgoing

ECHO_S = 10.0
"""How long an acknowledged message may take to come back to the door."""


@dataclass(frozen=True, slots=True)
class Ack:
    """The broker's acknowledgement of a message."""

    client: Client
    number: int
    reason: ReasonCode


@dataclass(frozen=True, slots=True)
class Echo:
    """A message that the door has heard on a topic of its own."""

    topic: str
    payload: bytes


@dataclass(slots=True)
class UnderWay:
    """A message that waits for its acknowledgement, and maybe to be heard."""

    message: Outgoing
    client: Client
    number: int
    reason: ReasonCode | None = None
    """The broker's, once it has acknowledged the message, until when it is awaited then."""
    ends_s: float = math.inf
    is_heard: bool = False

    def take(self, news: Ack | Echo | None) -> None:
        if news == Echo(self.message.topic, self.message.payload):
            self.is_heard = True
        elif isinstance(news, Ack) and (news.client, news.number) == (self.client, self.number):
            self.reason = news.reason
            self.ends_s = time.monotonic() + ECHO_S

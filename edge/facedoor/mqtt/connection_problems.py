"""What is wrong between the door and the broker, on the door's board of problems."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paho.mqtt.reasoncodes import ReasonCode

    from facedoor.problems import Board


class ConnectionProblems:
    """Reported by the network's thread and the sender's."""

    def __init__(self, board: Board, broker: str) -> None:
        self._board = board
        self._broker = broker

    def connected(self) -> None:
        """A new session begins; the broker's rules may have changed with it."""
        for code in ("broker_unreachable", "broker_refuses", "topic_forbidden"):
            self._board.clear(code)

    def refused(self, reason: ReasonCode) -> None:
        """The broker does not let the door in."""
        self._board.clear("broker_unreachable")
        self._board.report(
            "broker_refuses",
            f"the broker {self._broker} refuses the door ({reason}): "
            "check [mqtt] username and password_file",
        )

    def lost(self, why: object) -> None:
        """There is no connection, or it ended."""
        self._board.clear("broker_refuses")
        self._board.report(
            "broker_unreachable",
            f"the broker {self._broker} is unreachable ({why}): events wait in the journal",
        )

    def judge(self, topic: str, reason: ReasonCode, verb: str) -> bool:
        """True if the broker lets the door do this with ``topic``; if not, that is a problem."""
        # Each result and each person has a topic of its own, under one rule of the broker.
        about = re.sub(r"(/result|/roster)/[^/]+$", r"\1/+", topic)
        sentence = None
        if reason.is_failure:
            sentence = (
                f"the broker {self._broker} does not let the door {verb} {about} ({reason}): "
                "check its ACL, see facedoor broker-config"
            )
        self._board.report("topic_forbidden", sentence, about=about)
        return sentence is None

"""What is wrong between the door and the broker, on the board of problems."""

from __future__ import annotations

import re
from contextlib import suppress

from paho.mqtt.reasoncodes import ReasonCode

from facedoor.config.options import MqttConfig
from facedoor.mqtt.trouble import Trouble, trouble
from facedoor.problems import Board

_WAIT = "events wait in the journal"
_LOST = "the door connects again by itself; if this stays, see the broker's log and the network"


class ConnectionProblems:
    """Reported by the network's thread and the sender's."""

    def __init__(self, board: Board, config: MqttConfig, client_id: str) -> None:
        self._board = board
        self._config = config
        self._broker = f"{config.host}:{config.port}"
        self._client_id = client_id
        self._unproven: set[str] = set()

    def unusable(self, error: OSError | None) -> None:
        """The settings cannot work, or ``None``: they can."""
        sentence = None if error is None else f"there is no MQTT ({error}); {_WAIT}"
        self._board.report("mqtt_unusable", sentence)

    def connected(self, *, is_guess: bool, tells_refusals: bool) -> None:
        """A new session begins; the broker's rules may have changed with it.

        ``is_guess``: with 3.1.1, since v5 was not answered; ``tells_refusals``: with v5.
        """
        self._board.clear("broker_unreachable")
        self._board.clear("broker_refuses")
        self._board.report(
            "mqtt_version",
            f"the broker {self._broker} has not answered MQTT v5 in time, so the door speaks 3.1.1 "
            "for a while, and takes an event for delivered only when it hears it itself: see "
            "whether the broker or the network is slow"
            if is_guess
            else None,
        )
        if tells_refusals:
            problems = self._board.problems
            self._unproven = {p.about for p in problems if p.code == "topic_forbidden"}

    def settled(self) -> None:
        """Everything has been tried in this session: what was not forbidden again is a thing of the
        past, or is found out when it is needed."""
        with suppress(KeyError):
            while True:
                self._board.report("topic_forbidden", None, about=self._unproven.pop())

    def refused(self, reason: ReasonCode) -> None:
        """The broker does not let the door in."""
        self._board.clear("broker_unreachable")
        self._board.report(
            "broker_refuses",
            f"the broker {self._broker} refuses the door ({reason}): "
            "check [mqtt] username and password_file",
        )

    def lost(self, why: object, *, was_in: bool = False) -> None:
        """There is no connection, or it ended; ``was_in``: after the broker had let the door in."""
        found = Trouble(str(why), _LOST) if was_in else trouble(why, self._config)
        self._board.clear("broker_refuses")
        self._board.report(
            "broker_unreachable",
            f"the broker {self._broker} is unreachable: {found.sentence}; {_WAIT}. To mend it: "
            f"{found.remedy}",
        )

    def taken(self) -> None:
        """Another client has taken the door's place at the broker."""
        self._board.report(
            "name_taken",
            f"another service speaks at the broker {self._broker} as this door "
            f"({self._client_id}), and one throws the other out: give each door a [door] name of "
            "its own, and look for a second service of this one. One of the two stays away from "
            f"the broker for minutes at a time; its {_WAIT}",
        )

    def not_taken(self) -> None:
        """That has not happened for a long time."""
        self._board.clear("name_taken")

    def unheard(self, topic: str) -> None:
        """With 3.1.1: the broker has acknowledged a message, and the door did not hear it."""
        about = f"publish on {topic}"
        self._unproven.discard(about)
        self._board.report(
            "topic_forbidden",
            f"the broker {self._broker} has acknowledged what the door said on {topic}, but with "
            "MQTT 3.1.1 it does so with what its ACL forbids too, and the door did not hear it, so "
            f"{_WAIT}: let the door say and hear that topic, see facedoor broker-config --acl",
            about=about,
        )

    def judge(self, topic: str, reason: ReasonCode, verb: str) -> bool:
        """True if the broker lets the door do this with ``topic``; if not, that is a problem."""
        # Each result and each person has a topic of its own, under one rule of the broker.
        about = f"{verb} " + re.sub(r"(/result|/roster)/[^/]+$", r"\1/+", topic)
        sentence = None
        if reason.is_failure:
            sentence = (
                f"the broker {self._broker} does not let the door {about} ({reason}): "
                "check its ACL, see facedoor broker-config"
            )
        self._unproven.discard(about)
        self._board.report("topic_forbidden", sentence, about=about)
        return sentence is None

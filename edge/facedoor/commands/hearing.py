"""What a sender of commands hears of one door, and what of it is believed: what the door signed.

Whoever may publish on the broker can say that a command was done, or that they are the door. Such
words are told of, and waited past: the door's own may still come.
"""

from __future__ import annotations

import hashlib
import json
import queue
import time
from collections.abc import Callable
from typing import Any

from facedoor.commands.known_doors import KnownDoor, KnownDoors
from facedoor.errors import BusError
from facedoor.languages import _
from facedoor.wire.door_key import ForgedError, introduced, verified
from facedoor.wire.messages import Received
from facedoor.wire.signing import Signed
from facedoor.wire.topics import Topics

Result = dict[str, Any]


class Hearing:
    """One conversation with one door. :meth:`put` is for the network's thread."""

    def __init__(
        self, topics: Topics, broker: str, known: KnownDoors, say: Callable[[str], None]
    ) -> None:
        """``broker`` is ``HOST:PORT``; ``say`` is given a sentence on what is not as usual.

        Raises :class:`UsageError` for known doors that cannot be read.
        """
        self._topics = topics
        self._broker = broker
        self._known = known
        self._say = say
        self._said: set[str] = set()
        self._heard: queue.SimpleQueue[Received] = queue.SimpleQueue()
        self._other = ""
        self._is_offline = False
        """By the last status that the door itself has signed."""
        self.door = known.find(topics.door, broker)
        """Who the door is, if that is known."""

    def put(self, message: Received) -> None:
        """Take a message that came."""
        self._heard.put(message)

    def meet(self, patience_s: float) -> KnownDoor:
        """Who the door is: as it is known, else as its status says, which is known from then on.

        Raises :class:`BusError` if there is no such status, :class:`UsageError` if it cannot be
        written down.
        """
        end_s = time.monotonic() + patience_s
        while self.door is None:
            message = self._next(end_s)
            if message is None:
                raise BusError(
                    _(
                        "the door {door} does not say who it is, on {status}: see that it is "
                        "online and of this version, or make it known, by the line that facedoor "
                        "keys shows at the door"
                    ).format(door=self._topics.door, status=self._topics.status)
                )
            try:
                identity = introduced(message.payload)
            except ForgedError:
                continue
            self.door = self._known.remember(self._topics.door, self._broker, identity)
            self._say(
                _(
                    "first contact with the door {door}: its identity is {id}, kept in {file}; see "
                    "that facedoor keys says the same at the door"
                ).format(door=self._topics.door, id=identity.id, file=self.door.file)
            )
            self._look_at(self.door, message.payload)
        return self.door

    def result(
        self, door: KnownDoor, signed: Signed, patience_s: float, told: Callable[[Result], None]
    ) -> Result:
        """What the ``door`` says in the end to a command that it was sent.

        As :meth:`facedoor.commands.sender.Sender.send`.
        """
        digest = hashlib.sha256(signed.message).hexdigest()
        end_s = time.monotonic() + patience_s
        while message := self._next(end_s):
            result = self._believed(door, message)
            if result.get("command") == signed.id:
                if result["outcome"] != "progress":
                    return result
                told(result)
                end_s = time.monotonic() + patience_s
            elif result.get("command") is None and result.get("sha256") == digest:
                return result
        raise BusError(self._other or self._no_answer(patience_s))

    def _next(self, end_s: float) -> Received | None:
        try:
            return self._heard.get(timeout=max(0.0, end_s - time.monotonic()))
        except queue.Empty:
            return None

    def _believed(self, door: KnownDoor, message: Received) -> Result:
        """The result in a message; empty if it is none that the ``door`` has signed."""
        if message.topic == self._topics.status:
            self._look_at(door, message.payload)
            return {}
        if message.retained:
            return {}
        try:
            result = json.loads(verified("result", message.payload, door.identity))
        except (ForgedError, ValueError, RecursionError):
            self._say_once(
                _(
                    "somebody answered in the place of the door {door}: not believed, since the "
                    "door has not signed it; waiting for its own answer"
                ).format(door=self._topics.door)
            )
            return {}
        return result if isinstance(result, dict) else {}

    def _look_at(self, known: KnownDoor, status: bytes) -> None:
        """Notice another door under the name of the one that is known, and when that is offline."""
        try:
            speaker = introduced(status)
            if speaker == known.identity:
                said = json.loads(verified("status", status, speaker))
                self._is_offline = said.get("status") == "offline"
        except (ForgedError, ValueError, RecursionError):
            return
        if speaker == known.identity:
            if self._is_offline:
                # An old status can be put back by somebody else: so it keeps no command from being
                # sent, nor its answer from being waited for.
                self._say_once(
                    _("{offline}; waiting whether it answers nevertheless").format(
                        offline=self._offline()
                    )
                )
            return
        self._other = _(
            "{door} is another door than before: it says that its identity is {id}, and in "
            "{file} it is {known_id}. Either somebody speaks in its place, or its state file "
            "was made anew: compare with facedoor keys at the door, and only then remove "
            "its line from {file}"
        ).format(door=self._topics.door, id=speaker.id, file=known.file, known_id=known.identity.id)
        self._say_once(f"WARNING: {self._other}")

    def _say_once(self, sentence: str) -> None:
        if sentence not in self._said:
            self._said.add(sentence)
            self._say(sentence)

    def _offline(self) -> str:
        return _(
            "the door {door} is offline, as it has said itself: see there that it has "
            "power and network, and with systemctl status facedoor and facedoor check that "
            "it runs"
        ).format(door=self._topics.door)

    def _no_answer(self, patience_s: float) -> str:
        if self._is_offline:
            return _("no answer within {patience_s:g} s: {offline}").format(
                patience_s=patience_s, offline=self._offline()
            )
        return _(
            "the door {door} did not answer within {patience_s:g} s: see whether it is "
            "online, on {status}"
        ).format(door=self._topics.door, patience_s=patience_s, status=self._topics.status)

"""What the door has said under a name that it had before is taken back from the broker.

It is retained there: a door of the old name would be shown for ever, with the names of its people
and in Home Assistant. A file beside the state file remembers under which names the door has spoken.
Another door may have the old name by now: taken back is only what this door has signed.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from facedoor.config.options import MqttConfig
from facedoor.errors import ConfigError
from facedoor.files import write_file
from facedoor.mqtt.client import Outgoing
from facedoor.mqtt.homeassistant import discovery_topic
from facedoor.problems import Board
from facedoor.wire.door_key import ForgedError, introduced
from facedoor.wire.messages import Handlers, Received
from facedoor.wire.roles import DoorIdentity
from facedoor.wire.topics import Topics

FILE = "names.json"

HEAR_S = 2.0
"""How long what the broker retains may take to come."""

log = logging.getLogger(__name__)

Send = Callable[[Outgoing], bool]


class FormerNames:
    """Belongs to the bus's thread, save for the handlers."""

    def __init__(
        self,
        file: Path,
        topics: Topics,
        identity: DoorIdentity,
        config: MqttConfig,
        board: Board,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read the names, and add the present one before anything is said under it.

        What stays at the broker, since its ACL forbids to take it back, is on the ``board``.
        """
        self._file = file
        self._present = topics.door
        self._identity = identity
        self._config = config
        self._board = board
        self._clock = clock
        self._names = self._read()
        """Each name, and whether it was told in an earlier run that it stays."""
        self._was_told = {name for name, told in self._names.items() if told}
        self._status: dict[str, bytes] = {}
        self._session = 0
        self._due_s = 0.0
        self._left = {name: Topics(name) for name in self._names if name != self._present}
        if self._names.get(self._present) is not False:
            self._names[self._present] = False
            self._write()

    @property
    def handlers(self) -> Handlers:
        """What to hear, for the bus."""
        return {topics.status: partial(self._hear, name) for name, topics in self._left.items()}

    def look(self, session: int, send: Send, *, tells_refusals: bool) -> None:
        """Take back what there is, once in each session, some time after it has begun.

        ``tells_refusals``: with MQTT v5 ``send`` is false for what the broker forbids.
        """
        if not self._left:
            return
        if session != self._session:
            self._session, self._due_s = session, self._clock() + HEAR_S
        if self._clock() < self._due_s:
            return
        self._due_s = float("inf")
        for name, topics in list(self._left.items()):
            if self._is_own(name):
                # The status last: by it the rest is known for this door's own.
                told = [topics.people, topics.picture, topics.state, topics.status]
                of_old = [discovery_topic(name), *told]
                is_gone = all(send(Outgoing(topic, b"", retain=True)) for topic in of_old)
                if tells_refusals:  # else what is heard in return tells, in the next session
                    self._conclude(name, is_gone=is_gone)
            elif name in self._status:
                self._forget(name)  # there is another door, or nothing any more
            elif tells_refusals:
                # Nothing is there, or this door may not hear it: then it may not speak there.
                may_speak = send(Outgoing(topics.result("former-name"), b""))
                self._conclude(name, is_gone=may_speak or name in self._was_told)

    def _is_own(self, name: str) -> bool:
        try:
            return introduced(self._status.get(name, b"")) == self._identity
        except ForgedError:
            return False

    def _hear(self, name: str, received: Received) -> None:
        self._status[name] = received.payload

    def _conclude(self, name: str, *, is_gone: bool) -> None:
        if is_gone:
            self._forget(name)
            return
        at = f"mosquitto_pub -h {self._config.host} -p {self._config.port} -r -n -t"
        self._board.report(
            "old_name_stays",
            f"the broker may still have what this door said as {name}, and its ACL lets the door "
            f"not take it back: do, as a user who may, {at} facedoor/{name}/status, the same with "
            f"state, people and picture, and with {discovery_topic(name)}; then restart facedoor",
            about=name,
        )
        self._names[name] = True
        self._write()

    def _forget(self, name: str) -> None:
        del self._left[name]
        del self._names[name]
        self._board.report("old_name_stays", None, about=name)
        self._write()

    def _read(self) -> dict[str, bool]:
        names: dict[str, bool] = {}
        try:
            said = json.loads(self._file.read_bytes())
            for name, told in said.items():
                Topics(name)
                names[name] = told is True
        except FileNotFoundError:
            pass
        except (OSError, ValueError, AttributeError, TypeError, ConfigError) as error:
            log.warning("the door's former names cannot be read from %s: %s", self._file, error)
        return names

    def _write(self) -> None:
        try:
            write_file(self._file, json.dumps(self._names).encode())
        except OSError as error:
            log.warning("the door's names cannot be written to %s: %s", self._file, error)

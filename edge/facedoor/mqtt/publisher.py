"""The door on MQTT: status, state and events, whether or not the broker is there.

Events are read from the journal, which remembers up to where they were acknowledged: they arrive in
order and at least once, however often the service or the broker is lost in between. Other rooms
:meth:`~MqttBus.tell` values, of which only the newest counts, and :meth:`~MqttBus.reply` to
commands; both wait in memory.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import MappingProxyType

from facedoor.config.options import MqttConfig
from facedoor.errors import StoreError
from facedoor.mqtt.client import Outgoing
from facedoor.mqtt.former_names import FormerNames
from facedoor.mqtt.link import Link, LinkClosedError
from facedoor.problems import Board, Problem
from facedoor.storage.journal import Journal
from facedoor.wire import messages
from facedoor.wire.door_key import DoorKey
from facedoor.wire.messages import Handlers
from facedoor.wire.mode import DoorStatus, Mode
from facedoor.wire.topics import Topics

LOOK_S = 1.0
"""How often to look for something new when nobody calls."""

DRAIN_S = 0.4
STOP_S = 0.5
"""How long :meth:`MqttBus.stop` waits for what is still unsent, and then for the farewell."""

VALUE_EXPIRY_S = 60.0
"""A value that is not retained is dropped after this; the next one is under way by then."""

RESULTS = 256
RESULT_BYTES = 16 << 20
"""So many results wait at most, and so much of them; then the oldest give way to the newest. One
with ten pictures of visits has half a megabyte."""

NOBODY: Handlers = MappingProxyType({})


class MqttBus:
    """Publishes what the door does, in a thread of its own."""

    def __init__(
        self,
        config: MqttConfig,
        door: str,
        key: DoorKey,
        open_journal: Callable[[], Journal],
        board: Board,
        handlers: Handlers = NOBODY,
        mode: Callable[[], Mode] = lambda: Mode.NORMAL,
        former_names: FormerNames | None = None,
        is_settled: Callable[[str], bool] = lambda _: True,
    ) -> None:
        """Prepare everything; nothing is connected yet.

        ``key`` is the door's own, which signs what it says. ``open_journal`` is called in the bus's
        own thread. The ``board`` is what the status tells of; the bus reports its own problems
        there too. ``handlers`` are given what comes in on the topics that they name; they must not
        block; those of ``former_names`` are among them. ``mode`` is the door's, for its state.
        ``is_settled`` says whether all that is told of a visit is there by now: its event waits.
        Raises :class:`ConfigError` for a door's name that cannot be in a topic; other settings that
        cannot work are a problem on the board.
        """
        self._topics = Topics(door)
        self._key = key
        self._former_names = former_names
        self._wake = threading.Event()
        self._link = Link(
            config, self._topics, handlers, board, wake=self._wake.set, last_will=self._offline
        )
        self._values = Values()
        self._results = Results()
        self._open_journal = open_journal
        self._journal: Journal | None = None
        self._epoch = ""
        self._acknowledged_id: int | None = None
        self._board = board
        self._mode = mode
        self._is_settled = is_settled
        self._status = DoorStatus.not_known()
        self._told: dict[str, object] = {}
        self._stopping = threading.Event()
        self._gone = threading.Event()
        self._thread = threading.Thread(target=self._run, name="facedoor-bus", daemon=True)

    @property
    def session(self) -> int | None:
        """Counts the connections; ``None`` while there is none."""
        return self._link.session if self._link.is_connected else None

    @property
    def connections(self) -> int:
        """Counts them, the present one included, also before the door says anything in it."""
        return self._link.session

    def start(self) -> None:
        """Start to connect, and to go on trying, in the background."""
        self._wake.set()
        self._thread.start()

    def wake(self) -> None:
        """Look now for new entries in the journal and changes on the board."""
        self._wake.set()

    def door_changed(self, status: DoorStatus) -> None:
        """Publish how the door stands."""
        self._status = status
        self._wake.set()

    def tell(
        self,
        topic: str,
        payload: bytes,
        retain: bool = True,
        visit: str | None = None,
        expiry_s: float = VALUE_EXPIRY_S,
    ) -> None:
        """Publish ``payload`` as the newest value of ``topic``; does not wait.

        A retained value is told again in each new session of the broker. One that is not retained
        is sent once, with QoS 0, and is given up if that is not possible within ``expiry_s``. With
        MQTT v5 ``visit`` names the visit that it is of.
        """
        self._values.put(topic, self._signed(topic, payload), retain, visit, expiry_s)
        self._wake.set()

    def reply(
        self, topic: str, payload: bytes, correlation: bytes | None, expiry_s: float | None
    ) -> None:
        """Publish a result, after earlier ones and before events; does not wait.

        ``correlation`` is what the command had, for MQTT v5. After ``expiry_s`` the result
        is dropped. If very many wait, the oldest is dropped.
        """
        self._results.put(topic, self._signed(topic, payload), correlation, expiry_s)
        self._wake.set()

    def publish(self, topic: str, payload: bytes, retain: bool) -> None:
        """Publish once, with QoS 1, after earlier results; does not wait.

        Unlike what is told, it is not told again in the next session. If very many wait, the oldest
        is given up.
        """
        self._results.put(topic, payload, None, None, retain)
        self._wake.set()

    def stop(self) -> None:
        """Send what there is still time for, say that the door is offline, and disconnect.

        Returns within a second in any case; what was not sent waits in the journal.
        """
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive() and not self._gone.wait(DRAIN_S):
            self._link.interrupt()
            self._gone.wait(STOP_S)

    def _run(self) -> None:
        with suppress(LinkClosedError):
            while not self._stopping.is_set():
                self._wake.wait(LOOK_S)
                self._wake.clear()
                self._link.mend()
                self._publish_all()
            self._publish_all()  # of what came while the last message was on its way
        topics = self._topics
        self._link.disconnect(
            farewell=[
                Outgoing(topics.state, self._state(self._status, self._mode()), retain=True),
                Outgoing(topics.status, self._offline(), retain=True),
            ]
        )
        self._gone.set()
        self._link.close()

    def _publish_all(self) -> None:
        try:
            while self._link.is_connected:
                if not self._publish_next():
                    self._link.settled()
                    self._take_back()
                    break
        except StoreError as error:
            self._board.report("events_wait", f"no event can be delivered: {error}")
        else:
            self._board.clear("events_wait")

    def _take_back(self) -> None:
        """What was said under another name."""
        if self._former_names is not None:
            self._former_names.look(
                self._link.session,
                self._link.try_to_send,
                tells_refusals=self._link.tells_refusals,
            )

    def _publish_next(self) -> bool:
        """Publish the most urgent of what has not been told yet; False if there is nothing."""
        topics = self._topics
        problems, session = self._board.problems, self._link.session
        lock = (self._status, self._mode())
        if self._told.get(topics.status) != (session, problems):
            self._link.send(Outgoing(topics.status, self._online(problems), retain=True))
            self._told[topics.status] = (session, problems)
        elif self._told.get(topics.state) != (session, lock):
            self._link.send(Outgoing(topics.state, self._state(*lock), retain=True))
            self._told[topics.state] = (session, lock)
        elif (result := self._results.take()) is not None:
            self._link.send(result)
        elif (value := self._values.next(session)) is not None:
            if value.retain:
                self._link.send(value)
            else:
                self._link.send_once(value)
            self._values.was_sent(value)
        else:
            return self._publish_event()
        return True

    def _publish_event(self) -> bool:
        if self._journal is None:
            journal = self._open_journal()
            self._epoch = journal.epoch()
            self._journal = journal
        # An event is marked before the next one is looked for. On a full disk that fails, and is
        # tried again; the event itself is not sent again for that.
        if self._acknowledged_id is not None:
            self._journal.mark_sent(self._acknowledged_id)
            self._acknowledged_id = None
        for entry in self._journal.unsent(limit=1):
            visit = entry.payload.get("visit")
            if isinstance(visit, str) and not self._is_settled(visit):
                return False  # whoever settles it wakes us
            topic = self._topics.event
            event = messages.event(self._topics.door, self._epoch, entry)
            if self._link.send(Outgoing(topic, self._signed(topic, event)), proven=True):
                self._acknowledged_id = entry.id
                return True
        return False

    def _online(self, problems: Sequence[Problem]) -> bytes:
        topics, identity = self._topics, self._key.identity
        status = messages.status(topics.door, identity, online=True, problems=problems)
        return self._signed(topics.status, status)

    def _offline(self) -> bytes:
        topics = self._topics
        status = messages.status(topics.door, self._key.identity, online=False)
        return self._signed(topics.status, status)

    def _state(self, status: DoorStatus, mode: Mode) -> bytes:
        state = messages.state(self._topics.door, status, mode)
        return self._signed(self._topics.state, state)

    def _signed(self, topic: str, payload: bytes) -> bytes:
        """``payload`` as the door says it: signed, if it is one of the door's own messages."""
        kind = self._topics.kind(topic)
        return payload if kind is None else self._key.sign(kind, payload)


class Values:
    """The newest value of each topic, until it is sent; retained ones again in each new session.

    Values may come from any thread; :meth:`next` and :meth:`was_sent` belong to the sender's.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._retained: dict[str, Outgoing] = {}
        self._unsent: dict[str, Outgoing] = {}
        self._session = 0

    def put(
        self,
        topic: str,
        payload: bytes,
        retain: bool,
        visit: str | None = None,
        expiry_s: float = VALUE_EXPIRY_S,
    ) -> None:
        ends_s = None if retain else self._clock() + expiry_s
        message = Outgoing(topic, payload, retain, ends_s=ends_s, visit=visit)
        with self._lock:
            self._unsent[topic] = message
            if retain:
                self._retained[topic] = message

    def next(self, session: int) -> Outgoing | None:
        """A value that still has to be sent in this session; the same until it :meth:`was_sent`."""
        with self._lock:
            if session != self._session:
                self._session = session
                self._unsent = self._retained | self._unsent
            now_s = self._clock()
            return next((m for m in self._unsent.values() if m.is_wanted(now_s)), None)

    def was_sent(self, message: Outgoing) -> None:
        """Unless a newer value has come meanwhile: that one still waits."""
        with self._lock:
            if self._unsent.get(message.topic) is message:
                del self._unsent[message.topic]


class Results:
    """What is sent once, in order, such as results of commands: at most :data:`RESULTS` of them, of
    :data:`RESULT_BYTES`, each until it expires."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: deque[Outgoing] = deque()
        self._bytes = 0

    def put(
        self,
        topic: str,
        payload: bytes,
        correlation: bytes | None,
        expiry_s: float | None,
        retain: bool = False,
    ) -> None:
        ends_s = None if expiry_s is None else self._clock() + expiry_s
        with self._lock:
            self._waiting.append(Outgoing(topic, payload, retain, correlation, ends_s))
            self._bytes += len(payload)
            while self._bytes > RESULT_BYTES or len(self._waiting) > RESULTS:
                self._bytes -= len(self._waiting.popleft().payload)

    def take(self) -> Outgoing | None:
        """The oldest that is still wanted; it does not wait here any longer."""
        with self._lock:
            while self._waiting:
                message = self._waiting.popleft()
                self._bytes -= len(message.payload)
                if message.is_wanted(self._clock()):
                    return message
        return None

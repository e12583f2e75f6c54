"""Events under load while the broker, the network or the door is lost again and again."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from broker import Broker, Listener, StartBus, wait_until
from facedoor.storage.journal import Journal
from facedoor.wire.events import OtherEvent

RESET = struct.pack("ii", 1, 0)
"""Lingering for no time: the connection ends in a reset, and what was on its way is lost."""


class Proxy:
    """Passes on what comes to :attr:`port`. Each connection lasts for so many bytes.

    ``lifetime`` is called for each connection and says how many bytes it may carry, in both
    directions together; ``None`` is no limit.
    """

    def __init__(self, target_port: int, lifetime: Callable[[], int | None]) -> None:
        self.cuts = 0
        self._target_port = target_port
        self._lifetime = lifetime
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._server.accept()
                self._join(near)

    def _join(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(("127.0.0.1", self._target_port))
        except OSError:
            near.close()
            return
        left = Allowance(self._lifetime())
        for source, sink in ((near, far), (far, near)):
            threading.Thread(target=self._pass_on, args=(source, sink, left), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, left: Allowance) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                allowed = left.take(len(data))
                sink.sendall(data[:allowed])
                if allowed < len(data):
                    self.cuts += 1
                    break
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                end.shutdown(socket.SHUT_RDWR)
            end.close()


class Allowance:
    """How many bytes a connection may still carry; both directions take from it."""

    def __init__(self, size: int | None) -> None:
        self._left = size
        self._lock = threading.Lock()

    def take(self, wanted: int) -> int:
        with self._lock:
            if self._left is None:
                return wanted
            allowed = min(wanted, self._left)
            self._left -= allowed
            return allowed


LOSSES = int(os.environ.get("FACEDOOR_LOSSES", "5"))
"""How often each is lost: ``make soak`` asks for more."""

BURST = 40
"""Events that wait when the connection is lost; it is lost in the middle of them."""


def append(journal: Journal, burst: int) -> None:
    for number in range(burst * BURST, (burst + 1) * BURST):
        journal.append(OtherEvent.of("system", {"number": number}))


def numbers(listener: Listener) -> list[int]:
    """The events in the order in which each was first heard, up to the last one."""
    heard = len(listener.events())
    for last in range((heard // BURST + 1) * BURST - 1, LOSSES * BURST, BURST):
        listener.wait_for("/event", number=last)
    return [event["number"] for event in listener.events()]


@pytest.fixture
def frail_network(broker: Broker, listener: Listener) -> Iterator[Proxy]:
    """A network that drops each connection after a random number of bytes, for some time."""
    lifetimes = np.random.default_rng(seed=13).integers(1, 20_000, LOSSES).tolist()
    proxy = Proxy(broker.port, lambda: lifetimes.pop() if lifetimes else None)
    yield proxy
    proxy.close()


def test_restarts_of_the_broker_lose_nothing_and_keep_the_order(
    broker: Broker, listener: Listener, journal: Journal, start_bus: StartBus
) -> None:
    bus = start_bus(broker.config)
    for burst in range(LOSSES):
        append(journal, burst)
        bus.wake()
        listener.wait_for("/event", number=burst * BURST + burst % BURST)
        broker.stop()
        broker.start()
    assert numbers(listener) == list(range(LOSSES * BURST))
    wait_until(lambda: not journal.unsent(1), "all is marked sent")


def test_cuts_of_the_network_lose_nothing_and_keep_the_order(
    frail_network: Proxy, broker: Broker, listener: Listener, journal: Journal, start_bus: StartBus
) -> None:
    for burst in range(LOSSES):
        append(journal, burst)
    start_bus(replace(broker.config, port=frail_network.port))
    assert numbers(listener) == list(range(LOSSES * BURST))
    assert frail_network.cuts >= LOSSES


def test_restarts_of_the_door_lose_nothing_and_keep_the_order(
    broker: Broker, listener: Listener, journal: Journal, start_bus: StartBus
) -> None:
    for burst in range(LOSSES):
        append(journal, burst)
        bus = start_bus(broker.config)
        listener.wait_for("/event", number=burst * BURST + burst % BURST)
        bus.stop()
    start_bus(broker.config)
    assert numbers(listener) == list(range(LOSSES * BURST))

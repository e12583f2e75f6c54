"""Events under load while the broker, the network or the door is lost again and again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from broker import Broker, Listener, StartBus, wait_until
from facedoor.storage.journal import Journal
from facedoor.wire.events import OtherEvent
from proxy import Proxy

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
    lifetimes = np.random.default_rng(seed=13).integers(1, 6000, LOSSES).tolist()
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

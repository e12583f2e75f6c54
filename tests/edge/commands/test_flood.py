"""Floods at a real broker, and a real server: signed commands come through, each is told."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from broker import DEADLINE_S, Broker, Listener, wait_until
from commands_kit import TOPIC
from facedoor.mqtt.publisher import MqttBus
from facedoor.storage.journal import Journal
from facedoor.wire.roles import Role
from facedoor.wire.signing import MAX_MESSAGE_BYTES
from front_door import FrontDoor
from vaults import DOOR_KEY, VAULT, open_store

LOCKDOWNS = 6


class Flood:
    """Junk of several kinds at the door, as many a second, until it is stopped."""

    def __init__(self, port: int, each_s: float, messages: list[bytes]) -> None:
        self.sent = 0
        self._stopping = threading.Event()
        self._each_s = each_s
        self._messages = itertools.cycle(messages)
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._stopping.wait(self._each_s):
            self._client.publish(TOPIC, next(self._messages), 0)
            self.sent += 1

    def has_sent(self, enough: float) -> bool:
        return self.sent > enough

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()
        self._client.loop_stop()


@pytest.fixture
def front(tmp_path: Path, listener: Listener, broker: Broker) -> Iterator[FrontDoor]:
    """A door at the broker, with all its threads."""
    front = FrontDoor(tmp_path)
    bus = MqttBus(
        broker.config,
        "front",
        DOOR_KEY,
        lambda: Journal(open_store(front.database), VAULT),
        front.board,
        {TOPIC: lambda came: front.server.receive(came)},
    )
    front.opened_again(bus).start()
    bus.start()
    listener.wait_for("/status", status="online")
    yield front
    front.server.stop()
    bus.stop()


@pytest.mark.parametrize("a_second", [50, 500])
def test_six_lockdowns_of_six_are_done_while_junk_floods_the_door(
    front: FrontDoor, listener: Listener, broker: Broker, a_second: int
) -> None:
    good = front.signed(Role.OPERATOR, "mode", {"mode": "lockdown"})
    flood = Flood(
        broker.port,
        1 / a_second,
        [b"x" * (MAX_MESSAGE_BYTES + 1), good]
        + 50
        * [b"\0noise\xff" * 20, good[:-8] + b"AAAAAAAA", b"." * 500, good.replace(b".", b".x", 1)],
    )
    try:
        for number in range(LOCKDOWNS):
            enough = flood.sent + a_second / 2
            wait_until(partial(flood.has_sent, enough), "there is junk")
            message = front.signed(Role.OPERATOR, "mode", {"mode": "lockdown"})
            listener.say(TOPIC, message)
            wanted = f"command-{number + 2:010}"
            told = listener.wait_for(f"/result/{wanted}", DEADLINE_S, command=wanted).content
            assert told["outcome"] == "done", told
    finally:
        flood.stop()
    assert front.problems() == []


def test_flood_of_one_key_keeps_no_other_key_out(
    front: FrontDoor, listener: Listener, broker: Broker
) -> None:
    messages = [front.signed(Role.VIEWER, "ping") for _ in range(400)]
    flood = Flood(broker.port, 1 / 500, messages)
    try:
        wait_until(lambda: flood.sent > 200, "there is a flood")
        message = front.signed(Role.OPERATOR, "mode", {"mode": "lockdown"})
        listener.say(TOPIC, message)
        told = listener.wait_for("/result/command-0000000401", DEADLINE_S).content
    finally:
        flood.stop()
    assert (told["outcome"], told["mode"]) == ("done", "lockdown")
    of_the_flood = [said for said in listener.heard_of("") if said.get("cmd") == "ping"]
    assert {said["reason"] for said in of_the_flood} == {None, "rate_limited"}

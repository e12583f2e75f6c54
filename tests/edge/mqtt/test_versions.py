"""The bus and brokers that do not know MQTT v5, or do not let the door do what it wants."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import amqtt.broker
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from broker import DEADLINE_S, Broker, Listener, StartBus, free_port, running, wait_until
from facedoor.config.options import MqttConfig
from facedoor.demo.recording import Message, listener
from facedoor.errors import BusError
from facedoor.mqtt import broker as mqtt_broker
from facedoor.mqtt.broker import embedded_broker
from facedoor.mqtt.link_problems import ConnectionProblems
from facedoor.problems import Board
from facedoor.storage.journal import Journal
from facedoor.wire.events import OtherEvent
from facedoor.wire.messages import Received
from facedoor.wire.topics import Topics

TOPICS = Topics("front")
CONNACK_311 = bytes((0x20, 2, 0, 0))


@pytest.fixture
def old_broker() -> Iterator[MqttConfig]:
    """A broker that refuses MQTT v5."""
    port = free_port()
    with embedded_broker(port):
        yield MqttConfig(host="127.0.0.1", port=port)


def test_broker_without_v5_gets_everything_over_3_1_1(
    old_broker: MqttConfig, journal: Journal, start_bus: StartBus, board: Board
) -> None:
    heard: queue.SimpleQueue[Message] = queue.SimpleQueue()
    for number in range(10):
        journal.append(OtherEvent.of("system", {"number": number}))
    with listener(old_broker.port, TOPICS.event, heard.put):
        start_bus(old_broker)
        numbers = [heard.get(timeout=DEADLINE_S).payload["number"] for _ in range(10)]
    assert numbers == list(range(10))
    assert not board.problems


def test_door_hears_commands_over_3_1_1_too(old_broker: MqttConfig, start_bus: StartBus) -> None:
    inbox: queue.SimpleQueue[Received] = queue.SimpleQueue()
    start_bus(old_broker, handlers={TOPICS.state: inbox.put})
    assert inbox.get(timeout=DEADLINE_S).topic == TOPICS.state


@pytest.fixture
def silent_broker() -> Iterator[MqttConfig]:
    """Something that hangs up on MQTT v5 without a word, and welcomes 3.1.1."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=answer, args=(server,), daemon=True).start()
        yield MqttConfig(host="127.0.0.1", port=server.getsockname()[1])
        server.shutdown(socket.SHUT_RDWR)


def answer(server: socket.socket) -> None:
    with contextlib.ExitStack() as connections, contextlib.suppress(OSError):
        while True:
            connection = connections.enter_context(server.accept()[0])
            version = connection.recv(1000).partition(b"MQTT")[2][:1]
            if version == b"\x04":
                connection.sendall(CONNACK_311)
            else:
                connection.close()


def test_broker_that_hangs_up_on_v5_is_tried_with_3_1_1(
    silent_broker: MqttConfig, start_bus: StartBus, board: Board
) -> None:
    start_bus(silent_broker)
    wait_until(lambda: board.problems, "the first attempts fail")
    wait_until(lambda: not board.problems, "3.1.1 has been tried")


@pytest.fixture
def strict_broker(tmp_path: Path) -> Iterator[Broker]:
    """A broker that lets nobody publish an event, until :func:`permit` is called."""
    (tmp_path / "acl").write_text(
        "topic read facedoor/#\ntopic write facedoor/+/status\ntopic write facedoor/+/state\n"
    )
    with running(tmp_path, "allow_anonymous true", f"acl_file {tmp_path / 'acl'}") as broker:
        yield broker


def test_event_that_the_broker_refuses_is_kept_until_it_is_taken(
    strict_broker: Broker, tmp_path: Path, journal: Journal, start_bus: StartBus, board: Board
) -> None:
    journal.append(OtherEvent.of("system", {"number": 1}))
    start_bus(strict_broker.config)
    with contextlib.closing(Listener(strict_broker.port)) as ear:
        while not (told := ear.wait_for("/status").content)["problem_details"]:
            pass
        (problem,) = told["problem_details"]
        assert (problem["code"], problem["about"]) == (
            "topic_forbidden",
            f"publish on {TOPICS.event}",
        )
        assert "ACL" in problem["sentence"]
        strict_broker.stop()
        strict_broker.start()
        while (again := ear.wait_for("/status", status="online").content)["id"] == told["id"]:
            pass
        assert again["problem_details"] == [problem], "a new connection alone mends nothing"
    assert journal.unsent(1)
    (tmp_path / "acl").write_text("topic readwrite facedoor/#\n")
    strict_broker.stop()
    strict_broker.start()
    with contextlib.closing(Listener(strict_broker.port)) as ear:
        ear.wait_for("/status", status="online", problems=[])
    wait_until(lambda: not journal.unsent(1), "the event is taken")
    wait_until(lambda: not board.problems, "the problem is over")


def test_topic_that_may_be_said_but_not_heard_stays_a_problem(board: Board) -> None:
    problems = ConnectionProblems(board, MqttConfig(host="broker"), "facedoor-front")
    forbidden = ReasonCode(PacketTypes.SUBACK, "Not authorized")
    problems.judge("facedoor/site/home/roster/+", forbidden, "hear")
    problems.judge("facedoor/site/home/roster/ada", ReasonCode(PacketTypes.PUBACK), "publish on")
    (problem,) = board.problems
    assert problem.about == "hear facedoor/site/home/roster/+"
    problems.judge(
        "facedoor/site/home/roster/+", ReasonCode(PacketTypes.SUBACK, "Granted QoS 1"), "hear"
    )
    assert not board.problems


def test_secrets_are_not_asked_for_again_when_the_version_changes(
    silent_broker: MqttConfig, tmp_path: Path, start_bus: StartBus, board: Board
) -> None:
    password = tmp_path / "password"
    password.touch(mode=0o600)
    config = dataclasses.replace(silent_broker, username="door", password_file=str(password))
    start_bus(config)
    password.unlink()
    wait_until(lambda: board.problems, "the first attempts fail")
    wait_until(lambda: not board.problems, "3.1.1 has been tried")


@dataclass
class OwnBroker:
    process: subprocess.Popen[str]
    port: int
    answer: dict[str, Any]


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[OwnBroker]:
    """``facedoor broker``, which listens."""
    port = free_port()
    config = tmp_path / "facedoor.toml"
    config.write_text(f"[mqtt]\nport = {port}\n")
    program = [sys.executable, "-m", "facedoor.cli.main"]
    command = [*program, "broker", "--json", "--config", str(config)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield OwnBroker(process, port, json.loads(process.stdout.readline()))
        process.kill()


def test_door_delivers_to_the_broker_of_its_own_machine(
    own_broker: OwnBroker, delivers: Callable[[MqttConfig], None]
) -> None:
    assert own_broker.answer == {"address": f"127.0.0.1:{own_broker.port}"}
    delivers(MqttConfig(host="127.0.0.1", port=own_broker.port))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_the_broker(own_broker: OwnBroker, number: signal.Signals) -> None:
    own_broker.process.send_signal(number)
    assert own_broker.process.wait(DEADLINE_S) == 0


def test_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(BusError, match="address already in use"), embedded_broker(port):
            pass


def test_broker_that_takes_too_long_to_begin_is_told_and_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begin = amqtt.broker.Broker.start

    async def begin_late(broker: amqtt.broker.Broker) -> None:
        await asyncio.sleep(0.3)
        await begin(broker)

    monkeypatch.setattr(amqtt.broker.Broker, "start", begin_late)
    monkeypatch.setattr(mqtt_broker, "START_S", 0.0)
    port = free_port()
    with pytest.raises(BusError, match="has not begun to listen"), embedded_broker(port):
        pass
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port)).close()


def test_nonsense_from_one_client_does_not_end_the_broker() -> None:
    port = free_port()
    with embedded_broker(port):
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"\xff" * 1000)
        with socket.create_connection(("127.0.0.1", port)):
            pass

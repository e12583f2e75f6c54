"""The broker that a machine can run for itself, as a process of its own."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from broker import DEADLINE_S, free_port
from facedoor.config.options import MqttConfig
from facedoor.errors import BusError
from facedoor.mqtt.broker import embedded_broker


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


def test_nonsense_from_one_client_does_not_end_the_broker() -> None:
    port = free_port()
    with embedded_broker(port):
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"\xff" * 1000)
        with socket.create_connection(("127.0.0.1", port)):
            pass

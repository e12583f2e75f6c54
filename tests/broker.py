"""A real broker for tests, with certificates if need be, and somebody who listens to it."""

from __future__ import annotations

import contextlib
import json
import queue
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from facedoor.certificates import (
    FOR_CLIENTS,
    FOR_SERVERS,
    Key,
    authority,
    certificate,
    common_name,
    key_pem,
    new_key,
    pem,
    read_key,
    utc,
)
from facedoor.config.options import MqttConfig
from facedoor.host_names import LOOPBACKS
from facedoor.mqtt.publisher import MqttBus

StartBus = Callable[..., MqttBus]
MOSQUITTO = "/usr/sbin/mosquitto"
DEADLINE_S = 60.0
_DAY = timedelta(days=1)


def wait_until(condition: Callable[[], object], what: str, within_s: float = DEADLINE_S) -> None:
    """Return as soon as ``condition`` holds; fail when it does not within the deadline."""
    end_s = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end_s, f"waited in vain until {what}"
        time.sleep(0.01)


def free_port(following: int = 0) -> int:
    """A port of this machine that nobody uses, nor those ``following`` it.

    It is below those that the kernel gives away itself, from 32768 on: whoever connects to anything
    before the server is up could get one of them.
    """
    while True:
        port = secrets.choice(range(20_000, 32_000))
        with contextlib.suppress(OSError), contextlib.ExitStack() as probes:
            for number in range(port, port + following + 1):
                probes.enter_context(socket.socket()).bind(("127.0.0.1", number))
            return port


class Broker:
    """mosquitto on a free port of this machine; it keeps sessions when it is stopped."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.port = free_port()
        self._file = folder / "mosquitto.conf"
        self._log = folder / "mosquitto.log"
        self._process: subprocess.Popen[bytes] | None = None
        data = folder / "broker"
        data.mkdir()
        self._file.write_text(
            "\n".join(
                (
                    f"listener {self.port} 127.0.0.1",
                    "user root",
                    "set_tcp_nodelay true",
                    "persistence true",
                    f"persistence_location {data}/",
                    f"log_dest file {self._log}",
                    *(options or ("allow_anonymous true",)),
                )
            )
        )

    @property
    def config(self) -> MqttConfig:
        return MqttConfig(host="127.0.0.1", port=self.port)

    def start(self) -> None:
        self._process = subprocess.Popen(
            [MOSQUITTO, "-c", str(self._file)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(self._answers, "the broker answers")

    def hang(self) -> None:
        """Keep all connections open, but answer nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def recover(self) -> None:
        """End :meth:`hang`."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self.recover()
            self._process.wait(DEADLINE_S)
            self._process = None

    @property
    def log(self) -> str:
        return self._log.read_text()

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
            return True
        return False


@contextlib.contextmanager
def running(folder: Path, *options: str) -> Iterator[Broker]:
    """A broker with these options that is stopped at the end."""
    broker = Broker(folder, *options)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


def passwords(folder: Path, users: Mapping[str, str]) -> tuple[str, ...]:
    """The options with which a broker wants these users' passwords, which lie in ``passwords``."""
    file = folder / "passwords"
    file.touch(mode=0o600)
    for user, password in users.items():
        subprocess.run(["/usr/bin/mosquitto_passwd", "-b", file, user, password], check=True)
    return "allow_anonymous false", f"password_file {file}"


def tls(folder: Path) -> tuple[str, ...]:
    """The options with which a broker speaks only TLS; its CA is ``ca.pem`` in ``folder``."""
    make_ca(folder)
    issue(folder, "broker")
    return f"certfile {folder}/broker.pem", f"keyfile {folder}/broker.key"


@dataclass(frozen=True)
class Message:
    """What was heard; ``content`` is empty for a payload that is not JSON, such as a picture."""

    topic: str
    payload: bytes
    content: dict[str, Any]
    retained: bool


def _content(payload: bytes) -> dict[str, Any]:
    with contextlib.suppress(ValueError):
        content = json.loads(payload)
        if isinstance(content, dict):
            return content
    return {}


class Listener:
    """Hears everything below ``facedoor/``, also what was said while the broker was away."""

    def __init__(self, port: int, client_id: str = "listener") -> None:
        self.heard: list[Message] = []
        self._new: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=False)
        self._client.on_connect = lambda client, *_: client.subscribe("facedoor/#", qos=1)
        self._client.on_subscribe = lambda *_: self._new.put(None)
        self._client.on_message = lambda _client, _userdata, message: self._new.put(
            Message(message.topic, message.payload, _content(message.payload), message.retain)
        )
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._new.get(timeout=DEADLINE_S)

    def wait_for(self, topic: str, within_s: float = DEADLINE_S, **content: object) -> Message:
        """The next message on ``.../topic`` with this content; whatever came before is skipped."""
        end_s = time.monotonic() + within_s
        while True:
            message = self._new.get(timeout=max(0.0, end_s - time.monotonic()))
            if message is None:
                continue
            self.heard.append(message)
            if message.topic.endswith(topic) and content.items() <= message.content.items():
                return message

    def say(self, topic: str, payload: bytes, retain: bool = False) -> None:
        """Publish something; the broker has it when this returns."""
        self._client.publish(topic, payload, 1, retain).wait_for_publish(DEADLINE_S)

    def events(self) -> list[dict[str, Any]]:
        """The events heard up to now, in the order in which each was heard for the first time."""
        return list({event["id"]: event for event in self.heard_of("/event")}.values())

    def heard_of(self, topic: str) -> list[dict[str, Any]]:
        """What was heard up to now on ``.../topic``, in order."""
        return [m.content for m in self.heard if m.topic.endswith(topic)]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A broker that is not started yet."""
    broker = Broker(tmp_path)
    yield broker
    broker.stop()


@pytest.fixture
def listener(broker: Broker) -> Iterator[Listener]:
    """Somebody who listens to the broker, which is started for it."""
    broker.start()
    listener = Listener(broker.port)
    yield listener
    listener.close()


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Broker]:
    """A broker that wants the password ``open sesame`` of the user ``door``."""
    with running(tmp_path, *passwords(tmp_path, {"door": "open sesame"})) as broker:
        yield broker


def make_ca(folder: Path, name: str = "ca") -> None:
    """A certificate authority: ``ca.pem`` and ``ca.key`` in ``folder``."""
    key = new_key()
    made = authority(key, common_name(name), utc() - _DAY, utc() + 365 * _DAY)
    _write(folder, name, key, made)


def issue(folder: Path, name: str, ca: str = "ca") -> None:
    """A certificate for ``name`` on this machine: ``<name>.pem`` and ``<name>.key``, mode 0600."""
    key = new_key()
    signer = x509.load_pem_x509_certificate((folder / f"{ca}.pem").read_bytes())
    made = certificate(
        key.public_key(),
        common_name(name),
        (signer, read_key(folder / f"{ca}.key")),
        utc() - _DAY,
        utc() + 365 * _DAY,
        x509.ExtendedKeyUsage([*FOR_SERVERS, *FOR_CLIENTS]),
        [LOOPBACKS[0]],
    )
    _write(folder, name, key, made)


def _write(folder: Path, name: str, key: Key, made: x509.Certificate) -> None:
    (folder / f"{name}.pem").write_bytes(pem(made))
    (folder / f"{name}.key").touch(mode=0o600)
    (folder / f"{name}.key").write_bytes(key_pem(key))

"""Doors that are not there: they say, sign and answer what doors do, as many as a test wants."""

from __future__ import annotations

import hashlib
import itertools
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from paho.mqtt.client import Client, MQTTMessage, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion

from broker import DEADLINE_S, wait_until
from dashboard_kit import BY_PROXY, Device, Page
from facedoor.config.options import MqttConfig
from facedoor.problems import Problem
from facedoor.times import utc_now, utc_text
from facedoor.wire import messages
from facedoor.wire.door_key import DoorKey
from facedoor.wire.messages import Received, Result, Telemetry
from facedoor.wire.mode import DoorName, DoorStatus, Mode
from facedoor.wire.outcomes import RefusedError
from facedoor.wire.roles import CommandKey, Role, fingerprint
from facedoor.wire.signing import SignedCommand, verify
from facedoor.wire.topics import Topics


@dataclass
class CrowdDoor:
    """A door that is not there: what it says, and which keys it knows."""

    name: str
    say_raw: Callable[[str, bytes, int, bool], Any]
    key: DoorKey = field(default_factory=DoorKey.new)
    epoch: str = field(default_factory=lambda: secrets.token_hex(4))
    number: int = 0
    keys: dict[str, CommandKey] = field(default_factory=dict)
    answers: dict[str, Callable[[dict[str, Any]], dict[str, Any] | list[dict[str, Any]]]] = field(
        default_factory=dict
    )
    """By command: what becomes of it, from its ``args`` to further keys of the result, or other
    ones for ``outcome``, ``reason`` and ``message``; of a list each is told, signs of progress
    first. Without one it is ``done``."""
    heard: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """The commands that were good, and their arguments."""
    clock_ahead_s: float = 0.0

    @property
    def identity(self) -> str:
        return self.key.identity.id

    @property
    def topics(self) -> Topics:
        return Topics(self.name)

    def knows(self, device: Device | Ed25519PrivateKey, role: Role, name: str = "phone") -> None:
        """The door knows the key of a device, from now on."""
        key = device if isinstance(device, Ed25519PrivateKey) else device.key
        public = key.public_key().public_bytes_raw()
        self.keys[fingerprint(public)] = CommandKey(
            fingerprint(public), name, role, public, utc_now()
        )

    def revoke(self, device: Device) -> None:
        self.keys[device.fingerprint] = replace(self.keys[device.fingerprint], revoked_at=utc_now())

    def now(self) -> str:
        """What the door's clock shows."""
        return utc_text(datetime.now(UTC) + timedelta(seconds=self.clock_ahead_s))

    def status(self, *problems: Problem, online: bool = True) -> None:
        said = messages.status(self.name, self.key.identity, online, problems)
        self._say("status", said, retain=True)

    def state(self, mode: Mode = Mode.NORMAL, **changes: Any) -> None:
        locked = DoorStatus(self.now(), True, False, DoorName.LOCKED, tampered=False)
        said = messages.state(self.name, replace(locked, **changes), mode)
        self._say("state", said, retain=True)

    def people(self, *names: str) -> None:
        said = messages.people(self.name, names, 1, publish_names=True)
        self._say("people", said, retain=True)

    def telemetry(self, **changes: Any) -> None:
        fares = Telemetry(12.5, 48.0, 180.5, 51.0, 9000.0, {}, ())
        said = messages.encode(self.name, replace(fares, **changes), time=self.now())
        self._say("telemetry", said, qos=0)

    def introduce(self) -> None:
        """Say all that a door says when it starts."""
        self.status()
        self.state()
        self.people()
        self.telemetry()

    def event(self, kind: str, payload: Mapping[str, Any]) -> Any:
        """Tell the next entry of the journal."""
        self.number += 1
        number = f"{self.name}-{self.epoch}-{self.number}"
        said = {"kind": kind, **payload}
        time = str(payload.get("time") or self.now())
        return self._say("event", messages.encode(self.name, said, number, time))

    def visit(self, person: str | None = None, **changes: Any) -> str:
        """Tell the decision on somebody who comes, a person or a stranger; the visit's id."""
        visit = f"{self.epoch}-{self.number + 1}"
        granted = person is not None
        self.event(
            "decision",
            {
                **_DECISION,
                "visit": visit,
                "person": person,
                "time": self.now(),
                "decision": "granted" if granted else "refused",
                "reason": "recognised" if granted else "unknown",
                "distance_band": "within" if granted else "far",
                "distance_ratio": 1.0 if granted else None,
                **changes,
            },
        )
        return visit

    def hear(self, payload: bytes) -> None:
        """Answer a command as a door does."""
        try:
            command = verify(Received("", payload, False), self.keys.get)
        except RefusedError as error:
            digest = hashlib.sha256(payload).hexdigest()
            result = Result(None, "refused", error.reason.value, str(error), {"sha256": digest})
            self._say("result/unverified", messages.encode(self.name, result))
            return
        if command.key.revoked_at is not None:
            self._answer(command, {"outcome": "refused", "reason": "revoked_key"})
            return
        args = dict(command.args) if isinstance(command.args, dict) else {}
        self.heard.append((str(command.cmd), args))
        answer = self.answers.get(str(command.cmd), lambda _: {})(args)
        if isinstance(answer, list):
            for sign in answer[:-1]:
                self._answer(command, sign)
            answer = answer[-1]
        if command.cmd == "ping":
            key = command.key
            known = {"role": key.role.value, "key": key.fingerprint, "key_name": key.name}
            more = {"version": "0.1.0", "mode": "normal", "keeps_pictures": "none", "pack": "none"}
            answer = {**more, **known, **answer}
        self._answer(command, answer)

    def _answer(self, command: SignedCommand, values: Mapping[str, Any]) -> None:
        said = {"outcome": "done", "reason": None, "message": "done", **values}
        outcome, reason, message = (said.pop(key) for key in ("outcome", "reason", "message"))
        values = {"cmd": command.cmd, **said}
        result = Result(command.id, outcome, reason, message, values)
        self._say(f"result/{command.id}", messages.encode(self.name, result, time=self.now()))

    def _say(self, word: str, message: bytes, qos: int = 1, retain: bool = False) -> Any:
        signed = self.key.sign(word.partition("/")[0], message)
        return self.say_raw(f"facedoor/{self.name}/{word}", signed, qos, retain)


_DECISION = {
    "frames": 3,
    "track": 1,
    "latency_ms": {"detect": 12.0, "embed": 31.5, "search": 0.4, "total": 420.0},
    "liveness": 0.91,
    "looks": {"recognised": 3},
    "view": {"brightness": 121.0, "sharpness": 88.0, "face_px": 182, "yaw_deg": -4.0},
}


class Crowd:
    """Any number of doors that are not there, on one connection to the broker."""

    def __init__(self, config: MqttConfig, *names: str) -> None:
        self._ready = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="crowd")
        self._client.max_queued_messages_set(0)
        if config.username:
            password = Path(config.password_file).read_text()
            self._client.username_pw_set(config.username, password)
        if config.ca_file:
            self._client.tls_set(config.ca_file)
        self._client.on_connect = lambda client, *_: client.subscribe("facedoor/+/command", 1)
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = self._hear
        self._client.connect(config.host, config.port)
        self._client.loop_start()
        assert self._ready.wait(DEADLINE_S)
        self.doors = {name: CrowdDoor(name, self._say) for name in names}
        for door in self.doors.values():
            door.introduce()

    def __getitem__(self, name: str) -> CrowdDoor:
        return self.doors[name]

    @property
    def pings(self) -> list[tuple[str, str]]:
        """Whom a device pings to sign in."""
        return [(door.name, door.identity) for door in self.doors.values()]

    def knows(self, device: Device | Ed25519PrivateKey, role: Role, name: str = "phone") -> None:
        for door in self.doors.values():
            door.knows(device, role, name)

    def fill(self, visits: int, people: Sequence[str] = ("Ada", "Grandma", "Bob")) -> None:
        """So many visits at all doors, over the last 20 days; the broker has them then."""
        began = datetime.now(UTC) - timedelta(days=20)
        told = None
        doors = list(self.doors.values())
        comes = itertools.cycle([*people, None])
        for number, person in zip(range(visits), comes, strict=False):
            time = utc_text(began + timedelta(days=20) * (number / visits))
            door = doors[number % len(doors)]
            if number % 10:
                door.visit(person, time=time, began=time)
            else:
                door.visit(None, time=time, began=time, reason="too_dark", looks={"too_dark": 4})
        if doors:
            told = doors[0].event("door", {"event": "bell", "time": utc_now()})
        if told is not None:
            told.wait_for_publish(DEADLINE_S * 5)

    def close(self) -> None:
        self._client.loop_stop()  # first: paho does not expect its thread to end meanwhile
        self._client.disconnect()

    def _say(self, topic: str, payload: bytes, qos: int, retain: bool) -> MQTTMessageInfo:
        return self._client.publish(topic, payload, qos, retain)

    def _hear(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        door = self.doors.get(message.topic.split("/")[1])
        if door is not None:
            door.hear(bytes(message.payload))


def signed_in(page: Page, crowd: Crowd, role: Role, number: int | None = None) -> Device:
    """A device that all doors of the crowd know in this role, signed in."""
    device = Device(page, number)
    crowd.knows(device, role)
    wait_until(lambda: are_there(page) >= len(crowd.doors), "all doors are heard")
    answer = device.sign_in(*crowd.pings)
    assert answer.json["signed_in"], answer.json
    return device


def are_there(page: Page) -> int:
    """How many doors are online, as the page sees it."""
    doors = Device(page).get("/api/state", **BY_PROXY).json["doors"]
    return sum(door["online"] for door in doors)

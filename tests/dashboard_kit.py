"""A dashboard for tests: broker, doors, the page's server over https, and devices that sign.

Doors are of two kinds. :class:`Crowd` says and answers what doors do, signed by keys of doors, for
as many doors and visits as a test wants, without a camera; :class:`door_kit.Door` is a real one.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import itertools
import json
import queue
import secrets
import shutil
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from paho.mqtt.client import Client, MQTTMessage, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion

from broker import DEADLINE_S, Broker, free_port, passwords, tls, wait_until
from door_kit import Door, Running
from facedoor import strict
from facedoor.config.options import MqttConfig
from facedoor.mqtt.broker import access
from facedoor.problems import Problem
from facedoor.times import utc_now, utc_text
from facedoor.wire import messages
from facedoor.wire.door_key import DoorKey
from facedoor.wire.messages import Received, Result, Telemetry
from facedoor.wire.mode import DoorName, DoorStatus, Mode
from facedoor.wire.outcomes import RefusedError
from facedoor.wire.roles import CommandKey, Role, fingerprint, public_key_text
from facedoor.wire.signing import SignedCommand, sign, verify
from facedoor.wire.topics import Topics

PROCESS = Path(__file__).with_name("dashboard_process.py")
PROXY_WORD = "0123456789abcdef" * 2
"""By which the page believes a reverse proxy."""
BY_PROXY = {"X-Facedoor-User": "kit", "X-Facedoor-Proxy-Secret": PROXY_WORD}
"""Headers with which somebody may see all doors, and sign nothing."""

STATIC = Path(__file__).parents[1] / "edge" / "facedoor" / "dashboard" / "static"


class Device:
    """A browser of somebody's, without a browser: a key, and requests to the page's server."""

    def __init__(self, page: Page, number: int | None = None) -> None:
        """With a ``number`` it has the same key each time."""
        seed = secrets.token_bytes(32) if number is None else bytes([number]) * 32
        self.key = Ed25519PrivateKey.from_private_bytes(seed)
        self.page = page
        self.cookie = ""

    @property
    def public_key(self) -> bytes:
        return self.key.public_key().public_bytes_raw()

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.public_key)

    def token(self, identity: str, cmd: str = "ping", **args: object) -> str:
        """A command for the door of that identity."""
        return sign(self.key, identity, cmd, args).message.decode()

    def sign_in(self, *doors: tuple[str, str], **changes: object) -> Response:
        """Sign in, with a ping for each of the ``doors``, a name and an identity; ``changes`` are
        made to what is said."""
        nonce = self.get("/api/nonce").json["nonce"]
        text = f"facedoor sign-in\n{self.page.origin}\n{nonce}"
        said: dict[str, object] = {
            "public_key": public_key_text(self.public_key),
            "nonce": nonce,
            "signature": base64.urlsafe_b64encode(self.key.sign(text.encode())).decode(),
            "pings": [{"door": name, "token": self.token(identity)} for name, identity in doors],
        }
        return self.post("/api/session", {**said, **changes})

    def get(self, path: str, **headers: str) -> Response:
        return self.ask("GET", path, None, **headers)

    def post(self, path: str, body: object, **headers: str) -> Response:
        given = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}
        return self.ask("POST", path, json.dumps(body).encode(), **{**given, **headers})

    def ask(self, method: str, path: str, body: bytes | None, **headers: str) -> Response:
        connection = self.page.connect()
        headers = {"Origin": self.page.origin, **headers}
        if self.cookie:
            headers["Cookie"] = self.cookie
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                self.cookie = value.partition(";")[0]
        said = Response(answer.status, dict(answer.getheaders()), answer.read())
        connection.close()
        return said

    def stream(self, after: int | None = None) -> Stream:
        """The stream of events, from the number ``after`` on."""
        return Stream(self, after)


@dataclass(frozen=True)
class Response:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Told:
    """One event of a stream."""

    event: str
    data: Any
    seq: int | None


class Stream:
    """Reads the stream in a thread of its own."""

    def __init__(self, device: Device, after: int | None = None) -> None:
        self.told: list[Told] = []
        self._new: queue.SimpleQueue[Told | None] = queue.SimpleQueue()
        self._connection = device.page.connect()
        headers = {"Cookie": device.cookie}
        if after is not None:
            headers["Last-Event-ID"] = str(after)
        self._connection.request("GET", "/api/stream", headers=headers)
        self._answer = self._connection.getresponse()
        self.status = self._answer.status
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def wait_for(self, event: str, within_s: float = DEADLINE_S, **content: object) -> Told:
        """The next event of that name with this content; whatever comes before is skipped."""
        end_s = time.monotonic() + within_s
        while (told := self._new.get(timeout=max(0.0, end_s - time.monotonic()))) is not None:
            if told.event == event and (not content or content.items() <= told.data.items()):
                return told
        raise AssertionError(f"the stream ended without {event} {content}")

    def wait_for_end(self) -> None:
        while self._new.get(timeout=DEADLINE_S) is not None:
            pass

    def close(self) -> None:
        with contextlib.suppress(OSError):
            if self._connection.sock is not None:
                self._connection.sock.close()

    def _read(self) -> None:
        event, seq = "", None
        with contextlib.suppress(OSError, ValueError, AttributeError, http.client.HTTPException):
            while line := self._answer.readline().decode():
                name, _, value = line.rstrip("\n").partition(": ")
                if name == "event":
                    event = value
                elif name == "id":
                    seq = int(value)
                elif name == "data":
                    told = Told(event, json.loads(value), seq)
                    self.told.append(told)
                    self._new.put(told)
                    event, seq = "", None
        self._new.put(None)


class Page:
    """The page's server, in a process of its own, at ``origin``."""

    def __init__(
        self,
        folder: Path,
        mqtt: Mapping[str, object],
        static: Path = STATIC,
        page: Mapping[str, object] | None = None,
    ) -> None:
        """``mqtt`` and ``page`` are options of ``[mqtt]`` and ``[dashboard]``."""
        folder.mkdir(exist_ok=True)
        self.folder, self._static = folder, static
        self.port = free_port()
        self.origin = f"https://localhost:{self.port}"
        secret = folder / "proxy-secret"
        secret.write_text(PROXY_WORD)
        secret.chmod(0o600)
        self._config = folder / "dashboard.toml"
        own = {
            "listen": "127.0.0.1",
            "port": self.port,
            "url": self.origin,
            "directory": str(folder / "state"),
            "username": "",
            "proxy_secret_file": str(secret),
            **(page or {}),
        }
        lines = [
            f"[{name}]\n" + _toml(given) for name, given in (("mqtt", mqtt), ("dashboard", own))
        ]
        self._config.write_text("\n".join(lines))
        self.process: subprocess.Popen[str] | None = None

    @property
    def authority(self) -> Path:
        """The CA of the page's certificate, for who is to trust it."""
        return self.folder / "state" / "certificates" / "ca.pem"

    @property
    def store(self) -> Path:
        return self.folder / "state" / "dashboard.db"

    def start(self) -> None:
        """Returns when it answers."""
        with (self.folder / "stderr.txt").open("a") as errors:
            self.process = subprocess.Popen(
                [sys.executable, PROCESS, self._config, self._static],
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n", self.errors

    def kill(self) -> None:
        """As a loss of power does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    @property
    def errors(self) -> str:
        return (self.folder / "stderr.txt").read_text()

    @property
    def memory_mb(self) -> float:
        """What the process has in memory."""
        assert self.process is not None
        text = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        (kilobytes,) = [line.split()[1] for line in text.splitlines() if line.startswith("Rss:")]
        return int(kilobytes) * 1024 / 1e6

    def connect(self, context: ssl.SSLContext | None = None) -> http.client.HTTPSConnection:
        if context is None:
            context = ssl.create_default_context(cafile=str(self.authority))
        return http.client.HTTPSConnection(
            "localhost", self.port, timeout=DEADLINE_S, context=context
        )

    def _end(self, number: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(DEADLINE_S)
            self.process = None


def _toml(options: Mapping[str, object]) -> str:
    return "".join(f"{key} = {json.dumps(value)}\n" for key, value in options.items())


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
        self._client.disconnect()
        self._client.loop_stop()

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
    wait_until(lambda: _are_there(page) >= len(crowd.doors), "all doors are heard")
    answer = device.sign_in(*crowd.pings)
    assert answer.json["signed_in"], answer.json
    return device


def _are_there(page: Page) -> int:
    """How many doors are online, as the page sees it."""
    doors = Device(page).get("/api/state", **BY_PROXY).json["doors"]
    return sum(door["online"] for door in doors)


class SecureBroker:
    """mosquitto as `facedoor broker-config` sets it up: TLS, passwords, and its ACL.

    Beside the printed users there is ``crowd``, who may say anything, for doors that are not there.
    """

    def __init__(self, folder: Path, *doors: str) -> None:
        self.folder = folder
        users = [*(f"door-{name}" for name in doors), "console", "home-assistant", "crowd"]
        for user in users:
            file = folder / f"{user}.password"
            file.write_text(f"open {user}")
            file.chmod(0o600)
        acl = folder / "acl"
        printed = access(doors, None)
        acl.write_text(f"{printed}\nuser crowd\ntopic readwrite facedoor/#\n")
        acl.chmod(0o600)
        known = passwords(folder, {user: f"open {user}" for user in users})
        self.broker = Broker(folder, *known, f"acl_file {acl}", *tls(folder))

    def options_of(self, user: str) -> dict[str, object]:
        """Those of ``[mqtt]`` for a user."""
        return {
            "host": "127.0.0.1",
            "port": self.broker.port,
            "ca_file": str(self.folder / "ca.pem"),
            "username": user,
            "password_file": str(self.folder / f"{user}.password"),
        }

    def config_of(self, user: str) -> MqttConfig:
        return strict.read(MqttConfig, self.options_of(user))

    def page(self, static: Path = STATIC, **options: object) -> Page:
        """The page's server at this broker, not started yet; ``options`` are of ``[dashboard]``."""
        own = self.options_of("console")
        page = {"username": own.pop("username"), "password_file": own.pop("password_file")}
        return Page(self.folder / "page", own, static, {**page, **options})


def real_door(site: SecureBroker, name: str, photos: Path, state: Path | None = None) -> Door:
    """A door that is one of the site's, with a simulated relay; ``state`` is copied if given."""
    folder = site.folder / name
    folder.mkdir()
    door = Door(folder, photos)
    door.configure("door", name=name)
    door.configure("mqtt", **site.options_of(f"door-{name}"))
    if state is None:
        door.trust_clock()
    else:
        shutil.copytree(state, door.state)
    return door


@dataclass
class LiveSite:
    """A secured broker, the real door ``front``, doors that are not there, and the page."""

    broker: SecureBroker
    front: Door
    running: Running
    """The service of ``front``."""
    crowd: Crowd
    page: Page

    @property
    def pings(self) -> list[tuple[str, str]]:
        """Whom a device pings to sign in."""
        return [("front", self.identity), *self.crowd.pings]

    @property
    def identity(self) -> str:
        """That of the real door."""
        known = self.front.ask("keys", "--json").objects
        (door,) = [said["door"] for said in known if "door" in said]
        return str(door["identity"])

    def wait_for_doors(self) -> None:
        """Until the page has heard them all."""
        wait_until(lambda: _are_there(self.page) > len(self.crowd.doors), "all doors are heard")

    def device(self, role: Role, name: str) -> Device:
        """A device of that name that all doors know, signed in."""
        device = Device(self.page)
        text = public_key_text(device.public_key)
        added = self.front.ask("keys", "add", name, "--role", role.value, text)
        assert added.exit_code == 0, added
        self.crowd.knows(device, role, name)
        self.wait_for_doors()
        answer = device.sign_in(*self.pings)
        assert answer.json["signed_in"], answer.json
        return device


@contextlib.contextmanager
def live_site(
    folder: Path,
    photos: Path,
    inhabited: Path,
    camera: str | None = None,
    static: Path = STATIC,
    storage: Mapping[str, object] | None = None,
) -> Iterator[LiveSite]:
    """The real door ``front``, where Jerry comes again and again, the invented ``back``, a page.

    ``camera`` is a SPEC in place of Jerry's, ``storage`` options of the door's ``[storage]``.
    It takes some seconds: share it.
    """
    site = SecureBroker(folder, "front", "back")
    with contextlib.ExitStack() as ending:
        site.broker.start()
        ending.callback(site.broker.stop)
        front = real_door(site, "front", photos, inhabited)
        front.configure("storage", **(storage or {}))
        running = front.run(camera or front.walk_up("Jerry", ""))
        ending.callback(running.stop)
        crowd = Crowd(site.config_of("crowd"), "back")
        ending.callback(crowd.close)
        page = site.page(static)
        page.start()
        ending.callback(page.stop)
        yield LiveSite(site, front, running, crowd, page)

"""A dashboard for tests: the page's server over https, and devices that sign, without a browser.

The doors for it are those of :mod:`crowd`, which are not there, and :class:`door_kit.Door`, a real
one; :mod:`live_site` has both kinds.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import queue
import secrets
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from broker import DEADLINE_S, free_port
from facedoor.wire.roles import fingerprint, public_key_text
from facedoor.wire.signing import sign

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
        self._clock: list[Path] = []

    def is_ahead(self, seconds: float) -> None:
        """Its wall clock is so far ahead from now on; to be said first before it starts."""
        self._clock = [self.folder / "ahead_s"]
        draft = self.folder / "ahead_s.new"
        draft.write_text(str(seconds))
        draft.replace(*self._clock)

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
                [sys.executable, PROCESS, self._config, self._static, *self._clock],
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

"""What a phone does with doors, as docs/commands.md and docs/mqtt.md say it: a reader of its own.

Nothing of facedoor is used here, only what any language has libraries for: Ed25519, X25519, HKDF,
AES-GCM, JSON and MQTT. If this works, whoever has read those pages can write a client.
"""

from __future__ import annotations

import base64
import hashlib
import json
import queue
import secrets
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

LIFETIME_S = 30
DEADLINE_S = 60.0

Send = Callable[[str, bytes], bytes]
"""Brings a token to the door of that name, and back what the door says to it in the end."""


def encoded(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def thumbprint(public_key: bytes) -> str:
    """RFC 7638, of an Ed25519 key."""
    said = f'{{"crv":"Ed25519","kty":"OKP","x":"{encoded(public_key)}"}}'
    return encoded(hashlib.sha256(said.encode()).digest())


def raw(key: Ed25519PrivateKey | X25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def token(
    key: Ed25519PrivateKey,
    door_key: bytes,
    cmd: str,
    args: Mapping[str, object],
    ahead_s: float = 0,
) -> tuple[str, bytes]:
    """A command for the door with that public key, and its id; the clock is so much ahead."""
    now_s, command_id = time.time() + ahead_s, encoded(secrets.token_bytes(16))
    header = {"alg": "EdDSA", "kid": thumbprint(raw(key))}
    claims = {
        "aud": thumbprint(door_key),
        "iat": now_s,
        "exp": now_s + LIFETIME_S,
        "jti": command_id,
        "cmd": cmd,
        "args": args,
    }
    signed = ".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
    return command_id, f"{signed}.{encoded(key.sign(signed.encode()))}".encode()


def verified(message: bytes, door_key: bytes) -> dict[str, Any]:
    """What the door with that public key says in a result. Raises for whatever it did not sign."""
    before, _, after = message.rpartition(b', "signature": "')
    payload = before + b"}"
    header, _, signature = after.removesuffix(b'"}').decode().partition("..")
    assert json.loads(decoded(header)) == {
        "alg": "EdDSA",
        "kid": thumbprint(door_key),
        "typ": "facedoor-result",
    }
    signed = f"{header}.{encoded(payload)}".encode()
    Ed25519PublicKey.from_public_bytes(door_key).verify(decoded(signature), signed)
    said: dict[str, Any] = json.loads(payload)
    return said


@dataclass
class Phone:
    """A device: a key of its own, and the doors that it has joined, by name with public key."""

    send: Send
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    doors: dict[str, bytes] = field(default_factory=dict)
    clock_ahead_s: float = 0.0

    @property
    def fingerprint(self) -> str:
        return thumbprint(raw(self.key))

    def join(self, link: str) -> dict[str, dict[str, Any]]:
        """Use an invitation: what each door says. Its doors are known from now on."""
        parts = parse_qsl(urlsplit(link).fragment, strict_parsing=True)
        (seed,) = [value for name, value in parts if name == "k"]
        invited = Ed25519PrivateKey.from_private_bytes(decoded(seed))
        said = {}
        for name, value in parts:
            if name == "d":
                door, _, door_key = value.partition(".")
                self.doors[door] = decoded(door_key)
                said[door] = self.ask(door, "join", key=encoded(raw(self.key)), by=invited)
        return said

    def ask(
        self, door: str, cmd: str, by: Ed25519PrivateKey | None = None, **args: object
    ) -> dict[str, Any]:
        """What the door says to a command, with the device's key or another."""
        door_key = self.doors[door]
        command_id, signed = token(by or self.key, door_key, cmd, args, self.clock_ahead_s)
        said = verified(self.send(door, signed), door_key)
        if said["command"] is None:
            assert said["sha256"] == hashlib.sha256(signed).hexdigest()
        else:
            assert said["command"] == command_id
        return said

    def invite(
        self, door: str, name: str, role: str, url: str, lasts_s: float = 3600
    ) -> tuple[dict[str, Any], str]:
        """Invite another device: what the door says, and the link."""
        invited, ends_s = Ed25519PrivateKey.generate(), round(time.time() + lasts_s)
        expires = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ends_s))
        said = self.ask(
            door, "invite", key=encoded(raw(invited)), name=name, role=role, expires=expires
        )
        door_key = encoded(self.doors[door])
        seed = encoded(invited.private_bytes_raw())
        return said, f"{url}/join#k={seed}&d={door}.{door_key}&r={role}&n={name}&e={ends_s}"

    def sign_in(self, origin: str, nonce: str) -> dict[str, Any]:
        """What the page's server is told to believe that the key is here."""
        said = f"facedoor sign-in\n{origin}\n{nonce}".encode()
        return {
            "public_key": encoded(raw(self.key)),
            "nonce": nonce,
            "signature": encoded(self.key.sign(said)),
            "pings": [
                {"door": door, "token": token(self.key, door_key, "ping", {})[1].decode()}
                for door, door_key in self.doors.items()
            ],
        }

    def pictures(self, door: str, *visits: str) -> dict[str, bytes | str]:
        """By visit: the JPEG that the door has kept, or the reason why there is none."""
        to = X25519PrivateKey.generate()
        said = self.ask(door, "picture", visits=list(visits), to=encoded(raw(to)))
        return {
            one["visit"]: one["reason"] if "reason" in one else _opened(to, one)
            for one in said["pictures"]
        }


def _opened(to: X25519PrivateKey, picture: Mapping[str, str]) -> bytes:
    ephemeral = decoded(picture["ephemeral"])
    shared = to.exchange(X25519PublicKey.from_public_bytes(ephemeral))
    key = HKDF(SHA256(), 32, ephemeral + raw(to), b"facedoor picture 1").derive(shared)
    sealed = decoded(picture["sealed"])
    return AESGCM(key).decrypt(decoded(picture["nonce"]), sealed, picture["visit"].encode())


class Post:
    """Carries tokens to doors through a broker, as a user of it."""

    def __init__(
        self, port: int, user: str = "", password: str = "", ca_file: str = "", *, doors: list[str]
    ) -> None:
        self._heard: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()
        ready: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._client = Client(CallbackAPIVersion.VERSION2)
        if user:
            self._client.username_pw_set(user, password)
        if ca_file:
            self._client.tls_set(ca_file)
        self._client.on_socket_open = lambda _1, _2, opened: opened.setsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
        )
        self._client.on_subscribe = lambda *_: ready.put(None)
        self._client.on_message = lambda _1, _2, message: self._heard.put(
            (message.topic, bytes(message.payload))
        )
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._client.subscribe([(f"facedoor/{door}/result/+", 1) for door in doors])
        ready.get(timeout=DEADLINE_S)

    def __call__(self, door: str, signed: bytes) -> bytes:
        claims = json.loads(decoded(signed.split(b".")[1].decode()))
        own = f"facedoor/{door}/result/{claims['jti']}"
        nobodys = f"facedoor/{door}/result/unverified"
        self._client.publish(f"facedoor/{door}/command", signed, qos=1)
        end_s = time.monotonic() + DEADLINE_S
        while True:
            topic, message = self._heard.get(timeout=max(0.0, end_s - time.monotonic()))
            said = json.loads(message)
            if topic == own and said["outcome"] != "progress":
                return message
            if topic == nobodys and said.get("sha256") == hashlib.sha256(signed).hexdigest():
                return message

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

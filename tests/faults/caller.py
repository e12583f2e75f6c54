"""Somebody who asks every now and then, by signed commands, that the door be released."""

from __future__ import annotations

import random
import threading

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from facedoor.wire.signing import sign
from facedoor.wire.topics import Topics

PAUSE_S = (0.2, 0.8)


class Caller:
    """Calls at random moments until it is stopped; does not care for the answers."""

    def __init__(self, port: int, door: str, chance: random.Random) -> None:
        self._door = door
        self._chance = chance
        self._key = Ed25519PrivateKey.generate()
        self._enough = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._thread = threading.Thread(target=self._call, daemon=True)
        self._thread.start()

    @property
    def public_key(self) -> bytes:
        return self._key.public_key().public_bytes_raw()

    def stop(self) -> None:
        self._enough.set()
        self._thread.join()
        self._client.disconnect()
        self._client.loop_stop()

    def _call(self) -> None:
        while not self._enough.wait(self._chance.uniform(*PAUSE_S)):
            if self._client.is_connected():
                order = sign(self._key, self._door, "unlock", {"reason": "a call"})
                self._client.publish(Topics(self._door).command, order.message, qos=1)

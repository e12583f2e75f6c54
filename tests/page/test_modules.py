"""The page's own tests, by node, and that both sides of a signature mean the same."""

from __future__ import annotations

import json
import time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from facedoor.times import utc_now
from facedoor.wire import messages
from facedoor.wire.door_key import DoorKey
from facedoor.wire.messages import Received
from facedoor.wire.roles import CommandKey, Role, fingerprint, public_key_text
from facedoor.wire.signing import verify
from page_kit import exported, node


def test_the_modules_of_the_page() -> None:
    assert "fail 0" in node("--test", "test/*.test.ts")


SIGNED = (
    "await m.keyOfSeed(Uint8Array.from({seed})).then((key) => "
    "m.signedCommand(key, 'identity', 'unlock', {{ reason: 'päckchen' }}, {{ from_s: {now}, "
    "until_s: {now} + 30 }}))"
)


def test_the_door_obeys_what_the_page_has_signed() -> None:
    private = Ed25519PrivateKey.generate()
    seed, public = private.private_bytes_raw(), private.public_key().public_bytes_raw()
    now_s = round(time.time())
    expression = SIGNED.format(seed=json.dumps(list(seed)), now=now_s)
    token = exported("src/device/signing.ts", expression)
    key = CommandKey(fingerprint(public), "phone", Role.OPERATOR, public, utc_now())
    received = Received("facedoor/front/command", token["text"].encode(), retained=False)
    command = verify(received, {key.fingerprint: key}.get)
    assert (command.cmd, command.args, command.door) == (
        "unlock",
        {"reason": "päckchen"},
        "identity",
    )
    assert (command.id, command.issued_s, command.expires_s) == (token["id"], now_s, now_s + 30)


def test_the_page_believes_what_the_door_has_signed() -> None:
    door = DoorKey.new()
    told = messages.encode("front", messages.Result("id", "done", None, 'so "ä" it is', {}))
    signed = door.sign("result", told).decode()
    public = public_key_text(door.identity.public_key)
    believed = f"await m.verified('result', {json.dumps(signed)}, '{public}')"
    assert exported("src/device/signing.ts", believed) == json.loads(told)
    forged = json.dumps(signed.replace('"done"', '"gone"'))
    assert (
        exported("src/device/signing.ts", f"await m.verified('result', {forged}, '{public}')")
        is None
    )

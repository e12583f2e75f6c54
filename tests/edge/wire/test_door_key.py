"""What a door says is believed only if the door has said it."""

from __future__ import annotations

import base64
import contextlib
import json
import random

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from accidents import damaged
from commands_kit import HOSTILE
from facedoor.wire import messages
from facedoor.wire.door_key import MAX_SIGNED_BYTES, DoorKey, ForgedError, introduced, verified
from facedoor.wire.roles import DoorIdentity
from vaults import DOOR_KEY

OTHER = DoorKey.from_bytes(bytes([7]) * 32)
DOOR = DOOR_KEY.identity
STATUS = messages.status("front", DOOR, online=True)
DONE = messages.encode("front", messages.Result("17", "done", None, "the mode is lockdown"))
SIGNED = DOOR_KEY.sign("result", DONE)


def test_message_that_is_signed_reads_as_before() -> None:
    assert messages.read("facedoor/front/result/17", SIGNED) == messages.read(
        "facedoor/front/result/17", DONE
    )
    assert json.loads(SIGNED).keys() - json.loads(DONE).keys() == {"signature"}
    assert len(SIGNED) - len(DONE) < 320


def test_only_what_was_signed_is_returned() -> None:
    assert verified("result", SIGNED, DOOR) == DONE
    assert DOOR_KEY.sign("result", DONE) == SIGNED


def test_signature_of_another_door_is_refused() -> None:
    with pytest.raises(ForgedError, match=DOOR.id):
        verified("result", OTHER.sign("result", DONE), DOOR)
    # The header says that it is this door's.
    foreign = json.loads(OTHER.sign("result", DONE))["signature"].rpartition(".")[2]
    own = json.loads(SIGNED)["signature"].rpartition(".")[2]
    with pytest.raises(ForgedError, match="not that of the door"):
        verified("result", SIGNED.replace(own.encode(), foreign.encode()), DOOR)


def test_message_of_one_kind_is_none_of_another() -> None:
    with pytest.raises(ForgedError, match="no status"):
        verified("status", SIGNED, DOOR)


def test_what_is_not_signed_is_refused() -> None:
    for payload in (
        DONE,
        b"",
        b"}",
        b'"}',
        b', "signature": "a..b"}',
        DONE[:-1] + b', "signature": ""}',
        DONE[:-1] + b', "signature": "e30..' + b"A" * 85 + b'"}',
        SIGNED + b" ",
        b"x" * (MAX_SIGNED_BYTES + 1),
    ):
        with pytest.raises(ForgedError):
            verified("result", payload, DOOR)


@given(st.randoms(use_true_random=False))
def test_not_one_byte_can_be_changed(chance: random.Random) -> None:
    changed = damaged(SIGNED, chance, HOSTILE)
    if changed == SIGNED:
        return
    try:
        assert verified("result", changed, DOOR) == DONE
    except ForgedError:
        return
    # The last letter of a signature has two bits that mean nothing.
    assert changed[:-3] == SIGNED[:-3]


@given(st.binary(max_size=400), st.sampled_from([b"", SIGNED, DOOR_KEY.sign("status", STATUS)]))
def test_noise_is_forged_and_nothing_worse(noise: bytes, before: bytes) -> None:
    for payload in (noise, before[:200] + noise + before[200:], before + noise):
        for look in (introduced, lambda payload: verified("result", payload, DOOR)):
            with contextlib.suppress(ForgedError):
                look(payload)


def test_keys_beside_the_signed_ones_are_not_believed() -> None:
    """Somebody wraps a true message in another: only the bytes that were signed are read."""
    forged = SIGNED[:-1] + b', "outcome": "done", "signature": "a"}'
    with pytest.raises(ForgedError):
        verified("result", forged, DOOR)


def test_status_introduces_its_door_and_no_other() -> None:
    assert introduced(DOOR_KEY.sign("status", STATUS)) == DOOR
    for payload in (STATUS, OTHER.sign("status", STATUS), DOOR_KEY.sign("result", STATUS), SIGNED):
        with pytest.raises(ForgedError):
            introduced(payload)
    for key in ("", "A", 7, None, "A" * 43, "A" * 100_000, "\x1b"):
        said = json.dumps({**json.loads(STATUS), "public_key": key}).encode()
        with pytest.raises(ForgedError):
            introduced(DOOR_KEY.sign("status", said))
    long = messages.status("front", DOOR, online=True)[:-1] + b', "x": "' + b"x" * (1 << 15) + b'"}'
    nested = b'{"public_key": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    for said in (nested, long):
        with pytest.raises(ForgedError):
            introduced(DOOR_KEY.sign("status", said))


def test_signature_is_that_of_any_library() -> None:
    """As docs/mqtt.md tells readers in other languages."""
    head, _, tail = SIGNED.rpartition(b', "signature": "')
    message, (header, signature) = head + b"}", tail[:-2].split(b"..")
    payload = base64.urlsafe_b64encode(message).rstrip(b"=")
    whole = header + b"." + payload + b"." + signature
    public_key = Ed25519PublicKey.from_public_bytes(DOOR.public_key)
    read = jwt.PyJWS().decode_complete(whole, public_key, algorithms=["EdDSA"])
    assert read["payload"] == message
    assert read["header"] == {"alg": "EdDSA", "kid": DOOR.id, "typ": "facedoor-result"}


def test_key_survives_the_way_to_bytes_and_back() -> None:
    assert DoorKey.from_bytes(DOOR_KEY.to_bytes()).identity == DOOR
    assert DoorKey.new().identity != DoorKey.new().identity
    assert DoorIdentity(DOOR.public_key).id == DOOR.id

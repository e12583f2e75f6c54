"""What has to be true of a message before the door reads a command in it."""

from __future__ import annotations

import base64
import json
import stat
import time
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

import commands_kit
from commands_kit import NOW_S, claims, known, part, private_key, public, received, token
from facedoor.clock import DoorTime, Evidence
from facedoor.errors import UsageError
from facedoor.wire import signing
from facedoor.wire.outcomes import Refusal, RefusedError
from facedoor.wire.roles import CommandKey, fingerprint
from facedoor.wire.signing import MAX_MESSAGE_BYTES, SignedCommand, require_current, verify

FRONT = frozenset(["front"])
NOW = DoorTime(NOW_S, Evidence.ROOT)
KEYS = {known(private_key()).fingerprint: known(private_key())}


def accepted(payload: bytes, retained: bool = False) -> SignedCommand:
    """The command in a message that arrives at the door ``front`` at :data:`NOW_S`."""
    command = verify(received(payload, retained), KEYS.get)
    require_current(command, FRONT, NOW)
    return command


def refusal(payload: bytes, retained: bool = False) -> str:
    with pytest.raises(RefusedError) as refused:
        accepted(payload, retained)
    return refused.value.reason.value


def test_signed_command_is_accepted() -> None:
    command = accepted(token(claims(cmd="unlock", args={"reason": "parcel"})))
    assert (command.id, command.cmd) == (commands_kit.COMMAND_ID, "unlock")
    assert (command.args, command.key.name) == ({"reason": "parcel"}, "phone")
    assert (command.issued_s, command.expires_s) == (NOW_S, NOW_S + 30)


def test_command_of_an_ordinary_library_is_accepted() -> None:
    kid = fingerprint(public(private_key()))
    made = jwt.encode(claims(), private_key(), algorithm="EdDSA", headers={"kid": kid})
    assert accepted(made.encode()).cmd == "ping"


def test_retained_command_is_refused_whatever_it_says() -> None:
    assert refusal(token(claims()), retained=True) == "retained"
    assert refusal(b"anything", retained=True) == "retained"


def test_oversized_message_is_refused_before_it_is_looked_at() -> None:
    assert refusal(b"x" * (MAX_MESSAGE_BYTES + 1)) == "oversized"
    room = {"images": ["x" * (700 << 10)]}
    assert accepted(token(claims(args=room))).args == room


def test_key_that_is_not_known_and_signature_of_another_key_are_refused() -> None:
    assert refusal(token(claims(), private_key(2))) == "unknown_key"
    header = {"alg": "EdDSA", "kid": fingerprint(public(private_key(1)))}
    assert refusal(token(claims(), private_key(2), header)) == "bad_signature"


def test_header_that_is_not_plain_is_refused() -> None:
    for changes in [
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "ES256"},
        {"alg": None},
        {"kid": None},
        {"kid": 7},
        {"kid": ["a"]},
        {"crit": ["b64"], "b64": False},
        {"jwk": {"kty": "OKP"}},
        {"zip": "DEF"},
    ]:
        header = {"alg": "EdDSA", "kid": fingerprint(public(private_key()))} | changes
        header = {name: value for name, value in header.items() if value is not None}
        assert refusal(token(claims(), header=header)) == "malformed", changes


def test_public_key_is_no_shared_secret() -> None:
    # The old trick: a message under HS256, whose key is the public key, which everybody knows.
    form = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    pem = private_key().public_key().public_bytes(*form)
    for secret in (pem, public(private_key()), base64.b64encode(public(private_key()))):
        header = {"alg": "HS256", "kid": fingerprint(public(private_key()))}
        signed = part(json.dumps(header).encode()) + b"." + part(json.dumps(claims()).encode())
        assert refusal(signed + b"." + part(secret)) == "malformed"


def test_unsigned_command_is_refused() -> None:
    whole = token(claims())
    head, payload, _ = whole.split(b".")
    assert refusal(head + b"." + payload + b".") == "bad_signature"
    assert refusal(head + b"." + payload) == "malformed"
    assert refusal(json.dumps(claims()).encode()) == "malformed"


def test_noise_is_refused_also_if_it_is_signed() -> None:
    for payload in (b"", b".", b"..", b"...", b"\xff" * 9, b"{" * 400 + b".a.b"):
        assert refusal(payload) == "malformed", payload
    for content in (b"", b"nothing", b"[1]", b'"x"', b"[" * 100_000, b"\xff"):
        assert refusal(token(content)) == "malformed", content


def test_claims_of_another_form_are_refused() -> None:
    for changes in [
        {"jti": None},
        {"jti": 7},
        {"jti": "short"},
        {"jti": "x" * 65},
        {"jti": "0123456789abcde/"},
        {"jti": "0123456789abcdef#"},
        {"aud": None},
        {"aud": ["front"]},
        {"iat": None},
        {"iat": "now"},
        {"iat": True},
        {"exp": None},
        {"exp": float("nan")},
        {"exp": float("inf")},
        {"exp": -1},
        {"exp": 10**400},
        {"nbf": NOW_S},
    ]:
        assert refusal(token(claims(**changes))) == "malformed", changes


def test_command_for_another_door_or_time_is_refused() -> None:
    for changes, reason in [
        ({"aud": "back"}, "other_door"),
        ({"exp": NOW_S}, "expired"),
        ({"iat": NOW_S - 100, "exp": NOW_S - 70}, "expired"),
        ({"iat": NOW_S + 6, "exp": NOW_S + 30}, "from_the_future"),
        ({"exp": NOW_S + signing.LONGEST_LIFE_S + 1}, "lives_too_long"),
        ({"exp": NOW_S - 1, "iat": NOW_S}, "lives_too_long"),
    ]:
        assert refusal(token(claims(**changes))) == reason, changes


def test_command_of_a_revoked_key_is_refused() -> None:
    def find(_: str) -> CommandKey:
        return known(private_key(), revoked=True)

    command = verify(received(token(claims())), find)
    with pytest.raises(RefusedError) as refused:
        require_current(command, FRONT, NOW)
    assert refused.value.reason is Refusal.REVOKED_KEY


def test_door_that_does_not_know_the_time_refuses() -> None:
    command = verify(received(token(claims())), KEYS.get)
    with pytest.raises(RefusedError) as refused:
        require_current(command, FRONT, DoorTime(NOW_S, None))
    assert refused.value.reason is Refusal.CLOCK_NOT_SET


@given(st.data())
def test_no_changed_byte_is_accepted(data: st.DataObject) -> None:
    whole = bytearray(token(claims()))
    at = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != whole[at]))
    whole[at] = byte
    try:
        command = accepted(bytes(whole))
    except RefusedError:
        return
    # Base64 has bits to spare at the end of a part: what is signed was not changed by that.
    assert command == accepted(token(claims()))


@given(st.binary(max_size=300))
def test_any_bytes_are_accepted_or_refused(payload: bytes) -> None:
    assert refusal(payload)


def test_signed_command_is_accepted_by_the_door_it_names() -> None:
    signed = signing.sign(private_key(), "front", "unlock", {"reason": "parcel"})
    command = signing.verify(received(signed.message), lambda _: known(private_key()))
    signing.require_current(command, FRONT, DoorTime(time.time(), Evidence.ROOT))
    assert (command.id, command.cmd, command.args) == (signed.id, "unlock", {"reason": "parcel"})
    assert command.expires_s - command.issued_s == pytest.approx(signing.LIFETIME_S)


def test_each_command_has_an_id_of_its_own() -> None:
    assert len({signing.sign(private_key(), "front", "ping", {}).id for _ in range(100)}) == 100


def test_key_file_is_private_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "phone.pem"
    signing.write_private_key(path, private_key())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert signing.read_private_key(path).private_bytes_raw() == private_key().private_bytes_raw()


def test_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "phone.pem"
    path.write_text("something else")
    with pytest.raises(UsageError, match="exists"):
        signing.write_private_key(path, private_key())
    assert path.read_text() == "something else"


def test_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "phone.pem"
    signing.write_private_key(path, private_key())
    path.chmod(0o640)
    with pytest.raises(UsageError, match="chmod 600"):
        signing.read_private_key(path)


def test_what_is_no_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "phone.pem"
    with pytest.raises(UsageError, match="cannot read"):
        signing.read_private_key(path)
    path.write_text("no key")
    path.chmod(0o600)
    with pytest.raises(UsageError, match="no private key"):
        signing.read_private_key(path)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    other = X25519PrivateKey.generate()
    path.write_bytes(other.private_bytes(*form, serialization.NoEncryption()))
    with pytest.raises(UsageError, match="no Ed25519 key"):
        signing.read_private_key(path)

"""The sender's side: what it signs the door accepts, and its key is kept private."""

from __future__ import annotations

import stat
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from commands_kit import known, private_key, received
from facedoor.errors import UsageError
from facedoor.wire import signing


def test_signed_command_is_accepted_by_the_door_it_names() -> None:
    signed = signing.sign(private_key(), "front", "unlock", {"reason": "parcel"})
    command = signing.verify(received(signed.message), lambda _: known(private_key()))
    signing.require_current(command, "front", time.time(), 0)
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
    path.write_bytes(
        X25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    with pytest.raises(UsageError, match="no Ed25519 key"):
        signing.read_private_key(path)

"""Settings that can never work are found before anything is connected."""

from __future__ import annotations

import dataclasses
import os
import socket
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from broker import Broker, issue, make_ca, wait_until
from facedoor.certificates import read_key
from facedoor.config.options import MqttConfig
from facedoor.errors import BusError
from facedoor.mqtt.client import Clients, opened
from facedoor.mqtt.version import Version
from facedoor.wire.topics import Topics

CONFIG = MqttConfig(host="broker.example", username="door")


@pytest.fixture
def certificate(tmp_path: Path) -> dict[str, str]:
    """The settings for a certificate of the door's own."""
    make_ca(tmp_path)
    issue(tmp_path, "door")
    files = {"ca_file": "ca.pem", "cert_file": "door.pem", "key_file": "door.key"}
    return {option: str(tmp_path / file) for option, file in files.items()}


def build(**changes: str) -> str | None:
    """The password of a client with these settings."""
    clients = Clients(dataclasses.replace(CONFIG, **changes), Topics("front"))
    return clients.make(Version.MQTTv5, b"offline").password


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text("s3cret \n")
    path.chmod(0o600)
    return path


def test_password_is_the_file_without_its_line_end(password_file: Path) -> None:
    assert build(password_file=str(password_file)) == "s3cret "


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_password_file_that_others_can_use_is_refused(password_file: Path, mode: int) -> None:
    password_file.chmod(mode)
    with pytest.raises(BusError, match="run chmod 600"):
        build(password_file=str(password_file))


def test_password_that_systemd_hands_over_is_taken_though_it_looks_as_if_a_group_could_read_it(
    password_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    password_file.chmod(0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(password_file.parent))
    assert build(password_file=str(password_file)) == "s3cret "


def test_setting_that_cannot_work_is_named(password_file: Path) -> None:
    file, nowhere = str(password_file), str(password_file.with_name("nowhere"))
    for changes, says in (
        ({"password_file": nowhere}, r"password_file .*/nowhere"),
        ({"username": "", "password_file": file}, "username"),
        ({"ca_file": nowhere}, r"ca_file .*/nowhere"),
        ({"ca_file": file}, "PEM"),
        ({"host": "x" * 70}, r"\[mqtt\] host"),
    ):
        with pytest.raises(BusError, match=says):
            build(**changes)


def test_password_that_is_no_text_is_refused(password_file: Path) -> None:
    password_file.write_bytes(b"\xff\xfe")
    with pytest.raises(BusError, match="UTF-8"):
        build(password_file=str(password_file))


def test_password_comes_from_systemd_if_no_file_is_configured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert build() is None
    (tmp_path / "mqtt-password").write_text("\n")  # as the unit has it where there is none
    assert build() is None
    (tmp_path / "mqtt-password").write_text("from systemd")
    assert build() == "from systemd"


def test_certificate_is_taken_with_its_key_and_no_other(certificate: dict[str, str]) -> None:
    build(**certificate)
    with pytest.raises(BusError, match="its private key"):
        build(**certificate | {"key_file": str(Path(certificate["ca_file"]).with_suffix(".key"))})


def test_private_key_that_others_can_read_is_refused(certificate: dict[str, str]) -> None:
    Path(certificate["key_file"]).chmod(0o644)
    with pytest.raises(BusError, match="run chmod 600"):
        build(**certificate)


def test_private_key_comes_from_systemd_if_no_file_is_configured(
    certificate: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = Path(certificate.pop("key_file"))
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    with pytest.raises(BusError, match="credential mqtt-key"):
        build(**certificate)
    key.rename(tmp_path / "mqtt-key")
    build(**certificate)


def test_certificate_without_a_file_is_refused(certificate: dict[str, str]) -> None:
    for missing in ("ca_file", "cert_file"):
        with pytest.raises(BusError, match=missing):
            build(**{option: file for option, file in certificate.items() if option != missing})


def test_encrypted_key_is_refused_and_no_password_asked_for(certificate: dict[str, str]) -> None:
    file = Path(certificate["key_file"])
    form, encrypted = (Encoding.PEM, PrivateFormat.PKCS8), BestAvailableEncryption(b"x")
    file.write_bytes(read_key(file).private_bytes(*form, encrypted))
    with pytest.raises(BusError, match="not encrypted"):
        build(**certificate)


def test_small_messages_leave_at_once(broker: Broker) -> None:
    broker.start()
    told: list[None] = []
    client = Clients(broker.config, Topics("front")).make(Version.MQTTv5, b"offline")
    client.on_socket_open = opened(lambda: told.append(None))
    client.connect("127.0.0.1", broker.port)
    connection = client.socket()
    assert connection is not None
    with socket.socket(fileno=os.dup(connection.fileno())) as same:
        assert same.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
    client.disconnect()
    wait_until(lambda: told, "it was told that the socket is open")

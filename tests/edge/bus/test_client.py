"""Settings that can never work are found before anything is connected."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from facedoor.bus.client import Clients, Version
from facedoor.bus.topics import Topics
from facedoor.config import MqttConfig
from facedoor.errors import BusError

CONFIG = MqttConfig(host="broker.example", username="door")


def build(**changes: str) -> str | None:
    """The password of a client with these settings."""
    clients = Clients(dataclasses.replace(CONFIG, **changes), Topics("front"))
    return clients.make(Version.MQTTv5).password


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


def test_missing_password_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BusError, match=r"password_file .*/nowhere"):
        build(password_file=str(tmp_path / "nowhere"))


def test_password_that_is_no_text_is_refused(password_file: Path) -> None:
    password_file.write_bytes(b"\xff\xfe")
    with pytest.raises(BusError, match="UTF-8"):
        build(password_file=str(password_file))


def test_password_comes_from_systemd_if_no_file_is_configured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert build() is None
    (tmp_path / "mqtt-password").write_text("from systemd")
    assert build() == "from systemd"


def test_password_without_a_user_name_is_refused(password_file: Path) -> None:
    with pytest.raises(BusError, match="username"):
        build(username="", password_file=str(password_file))


def test_missing_ca_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BusError, match=r"ca_file .*/nowhere"):
        build(ca_file=str(tmp_path / "nowhere"))


def test_ca_file_that_is_no_certificate_is_refused(password_file: Path) -> None:
    with pytest.raises(BusError, match="PEM"):
        build(ca_file=str(password_file))


def test_host_that_is_no_name_is_refused() -> None:
    with pytest.raises(BusError, match=r"\[mqtt\] host"):
        build(host="x" * 70)

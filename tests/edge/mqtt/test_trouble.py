"""Why there is no connection: board, log and ``facedoor check`` say it, and what mends it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509

from broker import Broker, StartBus, free_port, issue, make_ca, running, wait_until
from facedoor.certificates import certificate, pem, read_key
from facedoor.config.options import Config, MqttConfig
from facedoor.host_names import LOOPBACKS
from facedoor.problems import Board
from machine_kit import Machine

TODAY = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)

Said = Callable[[MqttConfig], list[str]]


@pytest.fixture
def said(
    start_bus: StartBus,
    board: Board,
    machine: Machine,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> Said:
    """A function that returns what the board, the log and ``facedoor check`` say of settings."""

    monkeypatch.setenv("PATH", "/usr/bin:/bin")

    def say(config: MqttConfig) -> list[str]:
        start_bus(config)
        wait_until(lambda: board.problems, "it is noticed")
        (finding,) = machine.problems("mqtt", Config(mqtt=config))
        return [
            board.problems[0].sentence,
            caplog.messages[0],
            f"{finding.message}: {finding.remedy}",
        ]

    return say


def between(folder: Path, begin: datetime.datetime, end: datetime.datetime, name: str) -> None:
    """Date the certificate ``name`` anew, by its CA."""
    old, ca = (
        x509.load_pem_x509_certificate((folder / f"{each}.pem").read_bytes())
        for each in (name, "ca")
    )
    issuer = ca, read_key(folder / "ca.key")
    key = read_key(folder / f"{name}.key").public_key()
    purposes = old.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    new = certificate(key, old.subject, issuer, begin, end, purposes, [LOOPBACKS[0]])
    (folder / f"{name}.pem").write_bytes(pem(new))


@contextmanager
def broker_with(
    folder: Path, begin: datetime.datetime, end: datetime.datetime, *options: str
) -> Iterator[MqttConfig]:
    """The settings for a broker with TLS, whose certificate is valid between these times."""
    make_ca(folder)
    issue(folder, "broker")
    between(folder, begin, end, "broker")
    tls = (f"certfile {folder}/broker.pem", f"keyfile {folder}/broker.key")
    with running(folder, "allow_anonymous true", *tls, *options) as broker:
        yield replace(broker.config, ca_file=str(folder / "ca.pem"))


def test_host_without_an_address(said: Said) -> None:
    for text in said(MqttConfig(host="broker.invalid")):
        assert "broker.invalid" in text
        assert "getent hosts broker.invalid" in text
        assert "systemctl status" not in text


def test_host_that_is_written_as_a_url(said: Said) -> None:
    for text in said(MqttConfig(host="mqtt://192.0.2.1:1884")):
        assert "[mqtt] host is 'mqtt://192.0.2.1:1884'" in text
        assert 'write host = "192.0.2.1", and beside it port = 1884' in text


@pytest.mark.parametrize(
    ("host", "remedy"),
    [
        ("mqtts://broker", 'host = "broker", and beside it ca_file'),
        ("wss://broker:8885/mqtt", 'port = 8885, transport = "websockets", ca_file'),
        ("broker:1884", 'host = "broker", and beside it port = 1884'),
    ],
)
def test_what_else_a_url_says_has_a_setting_of_its_own(said: Said, host: str, remedy: str) -> None:
    for text in said(MqttConfig(host=host)):
        assert remedy in text


def test_port_at_which_nobody_listens(said: Said) -> None:
    for text in said(MqttConfig(host="127.0.0.1", port=free_port())):
        assert "Connection refused" in text
        assert "systemctl status mosquitto" in text


def test_certificate_that_is_over(said: Said, tmp_path: Path) -> None:
    with broker_with(tmp_path, TODAY - 10 * DAY, TODAY - DAY) as config:
        for text in said(config):
            assert "has expired, by this machine's clock" in text
            assert f"{TODAY:%Y-%m}" in text
            assert "timedatectl" in text
            assert "renew" in text
            assert "port" not in text


def test_certificate_that_is_not_valid_yet(said: Said, tmp_path: Path) -> None:
    with broker_with(tmp_path, TODAY + 10 * DAY, TODAY + 20 * DAY) as config:
        for text in said(config):
            assert "not valid yet, by this machine's clock" in text
            assert "sudo timedatectl set-ntp true" in text


def test_certificate_for_another_name(said: Said, tmp_path: Path) -> None:
    with broker_with(tmp_path, TODAY - DAY, TODAY + DAY) as config:
        for text in said(replace(config, host="localhost")):
            assert "is for another name" in text
            assert "localhost" in text
            assert "[mqtt] host has to be a name in it" in text


def test_own_certificate_that_is_over(said: Said, tmp_path: Path) -> None:
    make_ca(tmp_path)
    issue(tmp_path, "door")
    between(tmp_path, TODAY - 10 * DAY, TODAY - DAY, "door")
    asks = (f"cafile {tmp_path}/ca.pem", "require_certificate true")
    issue(tmp_path, "broker")
    tls = (f"certfile {tmp_path}/broker.pem", f"keyfile {tmp_path}/broker.key")
    with running(tmp_path, "allow_anonymous true", *tls, *asks) as broker:
        config = replace(
            broker.config,
            ca_file=str(tmp_path / "ca.pem"),
            cert_file=str(tmp_path / "door.pem"),
            key_file=str(tmp_path / "door.key"),
        )
        for text in said(config):
            assert f"[mqtt] cert_file {tmp_path}/door.pem is valid from" in text
            assert "renew the certificate" in text


def test_certificate_that_the_broker_wants_and_the_door_has_not(said: Said, tmp_path: Path) -> None:
    make_ca(tmp_path, "clients")
    asks = (f"cafile {tmp_path}/clients.pem", "require_certificate true")
    with broker_with(tmp_path, TODAY - DAY, TODAY + DAY, *asks) as config:
        for text in said(config):
            assert "it may want a certificate of the door's own, [mqtt] cert_file" in text


def test_port_with_tls_that_is_spoken_to_plainly(said: Said, tmp_path: Path) -> None:
    with broker_with(tmp_path, TODAY - DAY, TODAY + DAY) as config:
        for text in said(replace(config, ca_file="")):
            assert "wants ca_file" in text


def test_port_without_tls_that_is_spoken_to_with_it(
    said: Said, broker: Broker, tmp_path: Path
) -> None:
    broker.start()
    make_ca(tmp_path)
    for text in said(replace(broker.config, ca_file=str(tmp_path / "ca.pem"))):
        assert "TLS" in text
        assert "[mqtt] port has to be the one with TLS" in text


def test_trouble_that_stays_is_told_once(
    said: Said, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with broker_with(tmp_path, TODAY - 10 * DAY, TODAY - DAY) as config:
        said(config)
        wait_until(
            lambda: (
                (tmp_path / "mosquitto.log").read_text().count("expired") >= 3
                or (tmp_path / "mosquitto.log").read_text().count("alert") >= 3
            ),
            "it was tried again",
        )
    assert len(caplog.messages) == 1

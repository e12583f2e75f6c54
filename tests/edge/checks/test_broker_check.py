from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from broker import Broker, free_port, make_ca, running, tls
from facedoor.checks.broker import (
    examine_broker,
    is_this_machine,
    judge_openness,
    listens_to_the_network,
    near_their_end,
)
from facedoor.checks.installation import Finding
from facedoor.config.options import Config, MqttConfig
from facedoor.host_names import HostNames
from facedoor.mqtt.broker_certificates import make_certificates
from facedoor.mqtt.probe import ProbeAnswer, probe
from machine_kit import Machine


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The certificate of a CA."""
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    make_ca(tmp_path)
    return tmp_path / "ca.pem"


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Broker]:
    """A broker with TLS; ``other.pem`` is not its CA."""
    make_ca(tmp_path, "other")
    with running(tmp_path, "allow_anonymous true", *tls(tmp_path)) as broker:
        yield broker


def named(broker: Broker, folder: Path, password: str) -> MqttConfig:
    file = folder / "password"
    file.touch(mode=0o600)
    file.write_text(password)
    return dataclasses.replace(broker.config, username="door", password_file=str(file))


def found(machine: Machine, mqtt: MqttConfig) -> list[Finding]:
    return list(examine_broker(machine.installation(Config(mqtt=mqtt))))


def test_door_with_the_password_is_fine(guarded: Broker, machine: Machine, tmp_path: Path) -> None:
    (finding,) = found(machine, named(guarded, tmp_path, "open sesame"))
    assert finding.ok, finding


def test_wrong_password_is_told(guarded: Broker, machine: Machine, tmp_path: Path) -> None:
    (finding,) = found(machine, named(guarded, tmp_path, "wrong"))
    assert not finding.ok
    assert "refuses the door" in finding.message
    assert "password_file" in finding.remedy


def test_password_of_the_unit_is_used(guarded: Broker, machine: Machine, tmp_path: Path) -> None:
    machine.write("etc/facedoor/credentials/mqtt-password", "open sesame").chmod(0o600)
    mqtt = dataclasses.replace(guarded.config, username="door")
    assert not machine.problems("mqtt", Config(mqtt=mqtt))


def test_nobody_there_is_told(machine: Machine) -> None:
    (finding,) = found(machine, MqttConfig(host="127.0.0.1", port=free_port()))
    assert "no broker answers" in finding.message
    assert "systemctl status mosquitto" in finding.remedy


def test_broker_of_another_ca_is_told(secure: Broker, machine: Machine, tmp_path: Path) -> None:
    config = dataclasses.replace(secure.config, ca_file=str(tmp_path / "other.pem"))
    (finding,) = found(machine, config)
    assert "not one of the CA" in finding.message
    assert "ca_file" in finding.remedy
    right = dataclasses.replace(secure.config, ca_file=str(tmp_path / "ca.pem"))
    assert probe(right, "front").answer is ProbeAnswer.WELCOME


def test_speaking_tls_to_a_broker_without_is_told(
    broker: Broker, machine: Machine, certificate: Path
) -> None:
    broker.start()
    (finding,) = found(machine, dataclasses.replace(broker.config, ca_file=str(certificate)))
    assert "TLS" in finding.message
    assert "port has to be the one with TLS" in finding.remedy


def test_speaking_plainly_to_a_broker_with_tls_is_told(secure: Broker, machine: Machine) -> None:
    (finding,) = found(machine, secure.config)
    assert "does not speak MQTT as configured" in finding.message


def test_open_broker_is_a_problem_where_it_may_open_the_door_or_the_network_sees_it(
    broker: Broker, machine: Machine
) -> None:
    broker.start()
    (finding,) = found(machine, broker.config)
    assert finding.ok
    (finding,) = found(machine, dataclasses.replace(broker.config, home_assistant_control=True))
    assert "home_assistant_control" in finding.message
    assert "allow_anonymous false" in finding.remedy
    _listening(machine, broker.port)
    (finding,) = found(machine, broker.config)
    assert "lets anybody on the network in" in finding.message
    assert "allow_anonymous false" in finding.remedy


def test_way_through_the_network_needs_tls() -> None:
    far = MqttConfig(host="broker", username="door")
    kept_out = {"lets_strangers_in": False, "is_near": False, "is_private": False}
    (finding,) = judge_openness(far, **kept_out)
    assert "there is no TLS" in finding.message
    assert "ca_file" in finding.remedy
    assert not list(judge_openness(dataclasses.replace(far, ca_file="ca.pem"), **kept_out))


def test_password_that_the_broker_does_not_ask_for_is_a_problem(
    broker: Broker, machine: Machine, tmp_path: Path
) -> None:
    broker.start()
    _listening(machine, broker.port)
    (finding,) = found(machine, named(broker, tmp_path, "for nothing"))
    assert "without a password" in finding.message


def test_listening_sockets_are_found_by_their_address(machine: Machine) -> None:
    _listening(machine, 1883)
    assert listens_to_the_network(1883, machine.root)
    assert not listens_to_the_network(1884, machine.root)
    assert not listens_to_the_network(8883, machine.root)


def test_only_loopback_is_this_machine() -> None:
    assert not is_this_machine("192.0.2.1")
    for host in ("localhost", "127.0.0.1", "::1"):
        assert is_this_machine(host), host


def _listening(machine: Machine, port: int) -> None:
    """As the kernel lists it: everywhere at ``port``, and at 8883 for this machine alone."""
    rows = [f"00000000:{port:04X} 00000000:0000 0A", f"0100007F:{8883:04X} 00000000:0000 0A"]
    numbered = "\n".join(f"   {n}: {row} 0:0" for n, row in enumerate(rows))
    machine.write("proc/net/tcp", f"  sl  local_address rem_address   st\n{numbered}\n")


def test_certificate_that_ends_soon_is_told_before_the_door_falls_silent(tmp_path: Path) -> None:
    *_, door = make_certificates(tmp_path, HostNames(("broker.lan",), ()), ["door-front"])
    files = {name: str(tmp_path / f"{name}.pem") for name in ("ca", "door-front")}
    mqtt = MqttConfig(host="broker.lan", ca_file=files["ca"], cert_file=files["door-front"])
    assert not list(near_their_end(mqtt, door.ends - timedelta(days=61)))
    (finding,) = near_their_end(mqtt, door.ends - timedelta(days=59))
    assert f"cert_file {files['door-front']} is good until" in finding.message
    collection = tmp_path / "collection.pem"
    collection.write_bytes(b"".join(Path(file).read_bytes() for file in files.values()))
    mqtt = dataclasses.replace(mqtt, cert_file="", ca_file=str(collection))
    assert not list(near_their_end(mqtt, door.ends))

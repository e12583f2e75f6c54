from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from broker import Broker, StartBus, make_ca, passwords, running, tls, wait_until
from facedoor.config.options import MqttConfig
from facedoor.problems import Board


@pytest.fixture
def guarded_broker(tmp_path: Path) -> Iterator[Broker]:
    """A broker that wants TLS and the password ``open sesame`` of the user ``door``."""
    users = {"door": "open sesame"}
    with running(tmp_path, *tls(tmp_path), *passwords(tmp_path, users)) as broker:
        yield broker


def guarded_config(broker: Broker, folder: Path, password: str) -> MqttConfig:
    file = folder / "password"
    file.touch(mode=0o600)
    file.write_text(password)
    return dataclasses.replace(
        broker.config, username="door", password_file=str(file), ca_file=str(folder / "ca.pem")
    )


def test_right_password_and_ca_let_the_door_in(
    guarded_broker: Broker, tmp_path: Path, delivers: Callable[[MqttConfig], None]
) -> None:
    delivers(guarded_config(guarded_broker, tmp_path, "open sesame\n"))


def test_wrong_password_is_told_once(
    guarded_broker: Broker,
    tmp_path: Path,
    start_bus: StartBus,
    caplog: pytest.LogCaptureFixture,
    board: Board,
) -> None:
    start_bus(guarded_config(guarded_broker, tmp_path, "wrong"))
    wait_until(lambda: board.problems, "the refusal is noticed")
    assert "username and password_file" in board.problems[0].sentence
    wait_until(lambda: guarded_broker.log.count("not authorised") >= 2, "the bus has tried again")
    assert len(caplog.messages) == 1


def test_broker_of_another_ca_is_not_trusted(
    guarded_broker: Broker, tmp_path: Path, start_bus: StartBus, board: Board
) -> None:
    config = guarded_config(guarded_broker, tmp_path, "open sesame")
    make_ca(tmp_path, "other")
    start_bus(dataclasses.replace(config, ca_file=str(tmp_path / "other.pem")))
    wait_until(lambda: board.problems, "the certificate is refused")
    assert "not one of the CA in [mqtt] ca_file" in board.problems[0].sentence

"""Settings that cannot work are a problem of the door, and not its end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from broker import Broker, Listener, StartBus, wait_until
from facedoor.mqtt import link
from facedoor.problems import Board


def test_mqtt_begins_as_soon_as_its_settings_can_work(
    broker: Broker,
    listener: Listener,
    start_bus: StartBus,
    board: Board,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(link, "SETTINGS_S", 0.1)
    password = tmp_path / "password"
    start_bus(replace(broker.config, username="door", password_file=str(password)))
    wait_until(lambda: board.problems, "it is missed")
    (problem,) = board.problems
    assert problem.code == "mqtt_unusable"
    assert str(password) in problem.sentence
    password.touch(mode=0o600)
    listener.wait_for("/status", status="online", problems=[])
    assert not board.problems

from __future__ import annotations

import pytest

from door_kit import Door
from facedoor.camera.recorded import Pacing
from machine_kit import Machine
from setup_kit import Steps


@pytest.fixture(autouse=True)
def recordings_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames have times of their own, and nobody here waits for them to come."""
    monkeypatch.setattr(Pacing, "wait_until", lambda *_: None)


@pytest.fixture
def steps(empty_door: Door, machine: Machine) -> Steps:
    return Steps(empty_door, machine)

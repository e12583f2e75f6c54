"""Who hears what happened at the door, and who hears it a second time."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from broker import wait_until
from doorway import grant, refusal
from facedoor.config.options import CameraConfig, DoorConfig
from facedoor.frames import Frame
from facedoor.hardware.lock import Fittings
from facedoor.problems import Board
from facedoor.service.mounting import Mounting
from facedoor.service.observer import Audience, Summary
from facedoor.service.supervision import Supervisor
from facedoor.visit.report import FrameReport
from facedoor.wire.decisions import Decision
from facedoor.wire.events import Event


@dataclass
class Watcher:
    events: list[Event] = field(default_factory=list)

    def watching(self, _frame: Frame, _report: FrameReport, /) -> None:
        pass

    def happened(self, event: Event, /) -> None:
        self.events.append(event)

    def ended(self, summary: Summary) -> None:
        pass


def test_what_a_frame_shows_reaches_the_lamp(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SETTLE_S", "STEADY_S"):
        monkeypatch.setattr(f"facedoor.door.night_light.{name}", 0.0)
    board, night = Board(), np.full((120, 160, 3), 9, np.uint8)
    with closing(Fittings(DoorConfig(relay="simulated", lamp_pin=12), board)) as fittings:
        audience = Audience((), Supervisor(board, {}), Mounting(board, CameraConfig()))
        audience.fittings = fittings
        assert fittings.lamp_is_on is False
        audience.watching(Frame(night, night, 0.0, 0), FrameReport(moved=True))
        wait_until(lambda: fittings.lamp_is_on, "the lamp is on")


def test_what_a_visit_was_told_before_reaches_the_frame_path_alone() -> None:
    board, watcher = Board(), Watcher()
    answers: list[Decision] = []
    with closing(Fittings(DoorConfig(relay="simulated"), board)) as fittings:
        audience = Audience((watcher,), Supervisor(board, {}), Mounting(board, CameraConfig()))
        audience.fittings, audience.answered = fittings, answers.append
        told = [refusal(1), grant(2)]
        again = [replace(decision, granted=False, again=True) for decision in told]
        for decision in told + again:
            audience.happened(decision)
    assert watcher.events == told
    assert answers == told + again
    assert (audience.summary.granted, audience.summary.refused) == (1, 1)

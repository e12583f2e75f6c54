"""What ``facedoor run`` prints: a line for each thing that happened, for people or for programs."""

from __future__ import annotations

import json
from typing import TextIO

from facedoor.door.doorkeeper import DoorEvent, RelayChanged
from facedoor.frame_path import Report
from facedoor.frames import Decision, Frame
from facedoor.service import Summary


class JsonLines:
    """One JSON object a line: decisions, relay changes, and the summary at the end."""

    def __init__(self, output: TextIO) -> None:
        self._output = output

    def watching(self, _frame: Frame, _report: Report) -> None:
        """Frames are not reported one by one."""

    def happened(self, event: DoorEvent) -> None:
        if isinstance(event, RelayChanged):
            self._print({"time": event.time, "relay": "on" if event.on else "off"})
        else:
            self._print(event.as_json())

    def ended(self, summary: Summary) -> None:
        self._print(
            {
                "summary": {
                    "frames": summary.frames,
                    "dropped": summary.dropped,
                    "granted": summary.granted,
                    "refused": summary.refused,
                }
            }
        )

    def _print(self, values: dict[str, object]) -> None:
        print(json.dumps(values, ensure_ascii=False), file=self._output, flush=True)


class PlainLines:
    """A sentence a line; says what a visitor should do when the view of them changes."""

    def __init__(self, output: TextIO) -> None:
        self._output = output
        self._told: dict[int, str] = {}

    def watching(self, _frame: Frame, report: Report) -> None:
        """Tell of each face once, and again when what keeps it from being judged changes."""
        told: dict[int, str] = {}
        for view in report.faces:
            told[view.track] = view.refusal.guidance if view.refusal else ""
            if view.decision is None and told[view.track] != self._told.get(view.track, ""):
                self._print(f"visitor {view.track}: {told[view.track] or 'good'}")
        self._told = told

    def happened(self, event: DoorEvent) -> None:
        self._print(_sentence(event))

    def ended(self, summary: Summary) -> None:
        self._print(
            f"{summary.frames} frames, {summary.granted} granted, {summary.refused} refused"
        )

    def _print(self, text: str) -> None:
        print(text, file=self._output, flush=True)


def _sentence(event: DoorEvent) -> str:
    if isinstance(event, RelayChanged):
        return f"{event.time} relay {'on' if event.on else 'off'}"
    return f"{event.time} {decision_sentence(event)}"


def decision_sentence(decision: Decision) -> str:
    """Who came, what was decided, and by what evidence."""
    who = decision.person or "somebody"
    verdict = "granted" if decision.granted else "refused"
    text = f"visitor {decision.track}: {verdict}, {who}, {decision.reason.guidance}"
    if decision.frames:
        text += (
            f" (distance {decision.distance:.3f}, limit {decision.threshold:.3f}, "
            f"{decision.frames} frames)"
        )
    return text

"""Did everything happen that had to, and nothing else?"""

from __future__ import annotations

from dataclasses import dataclass

from facedoor.demo.recording import Recording
from facedoor.demo.scenario import VISITS
from facedoor.wire.events import Decision


@dataclass(frozen=True, slots=True)
class Outcome:
    """One visit, as it should have gone and as it went."""

    title: str
    expected: str
    happened: str
    distance: float | None
    pulses: int
    events: int
    ok: bool


def judge(recording: Recording) -> list[Outcome]:
    """One outcome for each visit of the scenario."""
    outcomes = []
    for number, visit in enumerate(VISITS):
        decisions = [d for t, d in recording.decisions if recording.visit_at(t) == number]
        pulses = sum(on for t, on in recording.relay if recording.visit_at(t) == number)
        events = [
            message.payload
            for message in recording.messages
            if message.topic.endswith("/event")
            and message.payload.get("track") in {decision.track for decision in decisions}
        ]
        expected = _expectation(visit.resident, visit.photo is not None)
        happened = ", ".join(map(_said, decisions)) or "no decision"
        should_pulse = 1 if visit.resident else 0
        outcomes.append(
            Outcome(
                visit.title,
                expected,
                happened,
                decisions[0].distance if decisions else None,
                pulses,
                len(events),
                ok=happened == expected
                and pulses == should_pulse
                and len(events) == len(decisions),
            )
        )
    return outcomes


def strays(recording: Recording) -> list[str]:
    """What must not be: anything outside the visits, a relay left on, a message nobody sent."""
    found = []
    if [t for t, _ in recording.decisions if recording.visit_at(t) is None]:
        found.append("a decision before anybody came")
    if [t for t, _ in recording.relay if recording.visit_at(t) is None]:
        found.append("the relay moved before anybody came")
    levels = [on for _, on in recording.relay]
    if levels != [True, False] * (len(levels) // 2):
        found.append("the relay did not go on and off in turn")
    events = [m for m in recording.messages if m.topic.endswith("/event")]
    if len(events) != len(recording.decisions):
        found.append(f"{len(events)} events on MQTT for {len(recording.decisions)} decisions")
    statuses = [m.payload.get("status") for m in recording.messages if m.topic.endswith("/status")]
    if statuses[:1] != ["online"] or statuses[-1:] != ["offline"]:
        found.append("the door did not say on MQTT that it was online, and offline in the end")
    return found


def _expectation(resident: str | None, somebody_comes: bool) -> str:
    if resident:
        return f"granted, {resident}"
    return "refused" if somebody_comes else "no decision"


def _said(decision: Decision) -> str:
    return f"granted, {decision.person}" if decision.granted else "refused"

"""The visits of the demonstration, what has to happen at each, and whether it did."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from facedoor.camera.script import As, PointsPx
from facedoor.config import file as config_file
from facedoor.config.options import Config
from facedoor.config.template import template
from facedoor.demo.recording import Recording
from facedoor.reasons import Reason
from facedoor.wire.decisions import Decision

RESIDENTS = {"Jerry": "jerry_seinfeld", "Mindy": "mindy_kaling"}
"""Who is enrolled, from all the pictures of which folder of ``train/``."""

STAY_S = 4.4
EMPTY_S = 2.0
GAP_S = 1.0


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit, and the truth about it: ``resident`` is who the door has to open for, ``refused``
    why it must not. Neither: nobody comes."""

    title: str
    photo: tuple[str, int] | None = None
    """A folder of ``val/`` and which of its pictures, by name; nobody is enrolled from those."""
    shown_as: As = "head"
    resident: str | None = None
    refused: Reason | None = None

    @property
    def expectation(self) -> str:
        """What has to happen, in the words of :func:`_said`."""
        if self.resident:
            return f"granted, {self.resident}"
        return _refused(self.refused) if self.refused else "no decision"


JERRY = "jerry_seinfeld", 0
VISITS = (
    Visit("Jerry", JERRY, resident="Jerry"),
    Visit("a stranger", ("elton_john", 0), refused=Reason.UNKNOWN),
    Visit("an empty hallway"),
    Visit("Jerry's photo on a phone", JERRY, shown_as="phone", refused=Reason.NOT_LIVE),
)
NEAR_PX: dict[As, float] = {"head": 460, "phone": 220}
"""How wide the photo is in the end: a phone that is held up is all in view."""


def enrolment_photos(photos: Path) -> dict[str, list[Path]]:
    """The pictures that each resident is enrolled from."""
    return {
        name: sorted((photos / "train" / folder).glob("*.jpg"))
        for name, folder in RESIDENTS.items()
    }


def photo_of(visit: Visit, photos: Path) -> Path | None:
    """The picture that the visit shows."""
    if visit.photo is None:
        return None
    folder, number = visit.photo
    return sorted((photos / "val" / folder).glob("*.jpg"))[number].resolve()


def write_script(
    path: Path, shown: dict[Visit, Path], landmarks: Callable[[Path], PointsPx]
) -> None:
    """Write the script of the simulated walk-up.

    ``shown`` has the picture of each visit in which somebody comes, ``landmarks`` says where the
    face is in it.
    """
    lines = ["seed = 7", "width_px = 1280", "height_px = 720", "fps = 15", f"gap_s = {GAP_S}"]
    for visit in VISITS:
        lines += ["", "[[visitor]]", f"name = {json.dumps(visit.title)}"]
        if photo := shown.get(visit):
            lines += [f"photos = [{json.dumps(str(photo))}]", f'as = "{visit.shown_as}"']
            lines += [f"landmarks = [{json.dumps(landmarks(photo))}]"]
        lines += [f"stay_s = {STAY_S if photo else EMPTY_S}"]
        lines += ["from_px = 130", f"to_px = {NEAR_PX[visit.shown_as]}"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_config(path: Path, script: Path, state: Path, pack: Path) -> Config:
    """Write the configuration that the demonstration runs with, to try the commands with later."""
    path.write_text(
        template(
            {
                ("door", "name"): "demo",
                ("door", "relay"): "simulated",
                ("door", "pulse_s"): 2.0,
                ("camera", "source"): f"sim:{script.resolve()}",
                ("camera", "width_px"): 1280,
                ("camera", "height_px"): 720,
                ("storage", "directory"): str(state.resolve()),
                ("models", "pack"): str(pack.resolve()),
            }
        ),
        encoding="utf-8",
    )
    return config_file.load(path)


@dataclass(frozen=True, slots=True)
class VisitOutcome:
    """One visit: what was expected and what happened."""

    title: str
    expected: str
    happened: str
    distance: str
    """As the table and the picture state it, like ``liveness``; empty where nothing was decided."""
    nearest: str | None
    """Whom the visitor was nearest to."""
    liveness: str
    pulses: int
    events: int
    ok: bool


def judge(recording: Recording) -> list[VisitOutcome]:
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
        happened = ", ".join(map(_said, decisions)) or "no decision"
        should_pulse = 1 if visit.resident else 0
        outcomes.append(
            VisitOutcome(
                visit.title,
                visit.expectation,
                happened,
                *_measured(decisions[0] if decisions else None),
                pulses,
                len(events),
                ok=happened == visit.expectation
                and pulses == should_pulse
                and len(events) == len(decisions),
            )
        )
    return outcomes


def strays(recording: Recording) -> list[str]:
    """What must not happen: anything outside the visits, a relay left on, a message nobody sent."""
    found = []
    if [t for t, _ in recording.decisions if recording.visit_at(t) is None]:
        found.append("a decision before anybody came")
    if [t for t, _ in recording.relay if recording.visit_at(t) is None]:
        found.append("the relay moved before anybody came")
    levels = [on for _, on in recording.relay]
    if levels != [True, False] * (len(levels) // 2):
        found.append("the relay did not go on and off in turn")
    heard = [m.payload for m in recording.messages if m.topic.endswith("/event")]
    visits = sum(said.get("kind") == Decision.KIND for said in heard)
    if visits != len(recording.decisions):
        found.append(f"{visits} events on MQTT for {len(recording.decisions)} decisions")
    statuses = [m.payload.get("status") for m in recording.messages if m.topic.endswith("/status")]
    if statuses[:1] != ["online"] or statuses[-1:] != ["offline"]:
        found.append("the door did not say on MQTT that it was online, and offline in the end")
    return found


def _measured(decision: Decision | None) -> tuple[str, str | None, str]:
    """What the decision rests on: how far from whom, and how much alive."""
    if decision is None:
        return "", None, ""
    liveness = "" if decision.liveness is None else f"{decision.liveness:.2f}"
    return f"{decision.distance:.3f}", decision.person or decision.nearest, liveness


def _said(decision: Decision) -> str:
    return f"granted, {decision.person}" if decision.granted else _refused(decision.reason)


def _refused(reason: Reason) -> str:
    return f"refused, {reason.replace('_', ' ')}"

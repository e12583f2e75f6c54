"""Events in words, as a console and a log tell them to people."""

from __future__ import annotations

import json

from facedoor.printable import counted
from facedoor.wire import bands
from facedoor.wire.bands import Band
from facedoor.wire.decisions import (
    Decision,
    ExitDecision,
    Judgement,
    ReleaseDecision,
    Withdrawn,
)
from facedoor.wire.events import DoorHappened, Event, Happening, RelayChanged

_NEWS = {
    Happening.OPENED: "the door was opened",
    Happening.CLOSED: "the door was closed",
    Happening.HELD_OPEN: "WARNING: the door is held open",
    Happening.HELD_OPEN_LONG: "ALARM: the door is still open",
    Happening.FORCED: "ALARM: the door was opened without a release",
    Happening.JAMMED: "ALARM: the bolt did not do as it was told",
    Happening.TAMPERED: "ALARM: somebody tampers with the door",
    Happening.TAMPER_OVER: "the tamper switch is quiet again",
    Happening.BELL: "the bell rings",
}

_NEARNESS = {
    Band.WITHIN: "within the limit",
    Band.NEAR: "just beyond the limit",
    Band.FAR: "far beyond the limit",
}


def sentence(event: Event) -> str:
    """What happened, without its time: who came or asked, what was decided, by what evidence."""
    match event:
        case RelayChanged():
            return f"relay {'on' if event.on else 'off'}"
        case DoorHappened():
            return _NEWS[event.happening]
        case ReleaseDecision():
            return f"release by {event.by}: {_verdict(event)}, {event.reason.guidance}"
        case ExitDecision():
            return f"exit button: {_verdict(event)}, {event.reason.guidance}"
        case Withdrawn():
            return f"entry {event.entry} is taken back, nothing moved: {event.reason.guidance}"
        case Decision():
            who = event.person or "somebody"
            band = bands.told(event.as_json())["distance_band"]
            evidence = f" ({_NEARNESS[band]}, {counted(event.frames, 'frame')})" if band else ""
            return (
                f"visitor {event.track}: {_verdict(event)}, {who}, {event.reason.guidance}"
                f"{evidence}"
            )
    return json.dumps(event.as_json(), ensure_ascii=False)


def _verdict(event: Judgement) -> str:
    return "granted" if event.granted else "refused"

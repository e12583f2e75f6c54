"""Events in words, as a console and a log tell them to people."""

from __future__ import annotations

import json

from facedoor.languages import N_, _, ngettext
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
    Happening.OPENED: N_("the door was opened"),
    Happening.CLOSED: N_("the door was closed"),
    Happening.HELD_OPEN: N_("WARNING: the door is held open"),
    Happening.HELD_OPEN_LONG: N_("ALARM: the door is still open"),
    Happening.FORCED: N_("ALARM: the door was opened without a release"),
    Happening.JAMMED: N_("ALARM: the bolt did not do as it was told"),
    Happening.TAMPERED: N_("ALARM: somebody tampers with the door"),
    Happening.TAMPER_OVER: N_("the tamper switch is quiet again"),
    Happening.BELL: N_("the bell rings"),
}

_NEARNESS = {
    Band.WITHIN: N_("within the limit"),
    Band.NEAR: N_("just beyond the limit"),
    Band.FAR: N_("far beyond the limit"),
}


def sentence(event: Event) -> str:
    """What happened, without its time: who came or asked, what was decided, by what evidence."""
    match event:
        case RelayChanged():
            return _("relay on") if event.on else _("relay off")
        case DoorHappened():
            return _(_NEWS[event.happening])
        case ReleaseDecision():
            return _("release by {by}: {verdict}, {reason}").format(
                by=event.by, verdict=_verdict(event), reason=event.reason.guidance
            )
        case ExitDecision():
            return _("exit button: {verdict}, {reason}").format(
                verdict=_verdict(event), reason=event.reason.guidance
            )
        case Withdrawn():
            return _("entry {entry} is taken back, nothing moved: {reason}").format(
                entry=event.entry, reason=event.reason.guidance
            )
        case Decision():
            said = _("{verdict}, {who}, {reason}").format(
                verdict=_verdict(event),
                who=event.person or _("somebody"),
                reason=event.reason.guidance,
            )
            band = bands.told(event.as_json())["distance_band"]
            if not band:
                return said
            frames = ngettext("{count} frame", "{count} frames", event.frames)
            return f"{said} ({_(_NEARNESS[band])}, {frames.format(count=event.frames)})"
    return json.dumps(event.as_json(), ensure_ascii=False)


def _verdict(event: Judgement) -> str:
    return _("granted") if event.granted else _("refused")

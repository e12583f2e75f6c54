"""What the running service shows of itself, in the language of whoever watches."""

from __future__ import annotations

from contextlib import suppress

from facedoor.history.entries import in_words
from facedoor.languages import N_, _
from facedoor.wire.entries import Entry
from facedoor.wire.live import LiveFace, LiveNews
from facedoor.wire.mode import DoorName, DoorStatus, Mode
from facedoor.wire.prompts import Side

_STATES = {
    DoorName.OPEN: N_("open"),
    DoorName.HELD_OPEN: N_("held open"),
    DoorName.FORCED: N_("forced open"),
    DoorName.LOCKING: N_("locking"),
    DoorName.JAMMED: N_("jammed"),
    DoorName.UNKNOWN: N_("not known"),
    DoorName.LOCKDOWN: N_("lockdown"),
    DoorName.STOPPED: N_("stopped"),
}
"""Beside being locked or released."""

_MODES = {Mode.FACE_OFF: N_("commands only"), Mode.LOCKDOWN: N_("lockdown")}


def of_news(news: LiveNews) -> str:
    """What happened: from the event, and where there is none as the service says it, in English."""
    if news.kind:
        return in_words(Entry(0, news.kind, news.time, dict(news.event)), None)
    with suppress(ValueError):
        return Side(str(news.event.get("side"))).request
    return news.text


def of_door(status: DoorStatus) -> list[str]:
    """How it stands, in words of which each says something else."""
    words = [_("locked") if status.is_locked else _("RELEASED")]
    words += [_(_STATES[status.name])] if status.name in _STATES else []
    words += [_(_MODES[status.mode])] if status.mode in _MODES else []
    return list(dict.fromkeys(words))


def of_face(face: LiveFace) -> str:
    """Who it is, or what they should do, which is a text that the catalogue has."""
    if face.granted:
        return _("granted, {person}").format(person=face.text)
    text = _(face.text)
    return text if face.granted is None else _("refused, {reason}").format(reason=text)

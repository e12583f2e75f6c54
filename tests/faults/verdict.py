"""The judge: what the relay did, held against what the journal and the processes say.

Pure functions; no door is needed to test them, and no clock is compared with another one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from facedoor.wire.entries import Entry
from pin_recorder import Change


@dataclass(frozen=True)
class Pulse:
    """The relay was energised from ``on_s`` until ``off_s``, on the machine's steady clock.

    ``process`` is the one that energised it. ``newest_entry`` was the journal's newest entry just
    before. ``off_s`` is infinite where the relay is on to this day.
    """

    process: int
    on_s: float
    off_s: float
    newest_entry: int


def pulses_of(changes: Iterable[Change], pin: int) -> list[Pulse]:
    """The pulses of the relay on ``pin``, which is energised by a high level.

    A process that dies leaves the level as it was. A pin that is made an input drives no relay.
    """
    pulses: list[Pulse] = []
    newest_entry, is_on = 0, False
    for change in changes:
        if change.pin != pin:
            continue
        name, _, value = change.what.partition("=")
        if name == "journal":
            newest_entry = int(value)
        elif name == "high" and not is_on:
            is_on = True
            pulses.append(Pulse(change.process, change.time_s, math.inf, newest_entry))
        elif name in {"low", "input"} and is_on:
            is_on = False
            pulses[-1] = replace(pulses[-1], off_s=change.time_s)
    return pulses


ALLOWANCE_S = 1.0
"""How much later than due a busy machine may let the door switch its relay off."""


@dataclass(frozen=True)
class Life:
    """A process of the door, on the machine's steady clock.

    It had ended at ``ended_s``, by itself if ``orderly``; at ``safe_s`` what has to run after the
    end of the service had run. While it was ``frozen``, between two times, it could do nothing.
    """

    process: int
    ended_s: float
    orderly: bool
    safe_s: float
    frozen: tuple[tuple[float, float], ...] = ()

    def ran_s(self, from_s: float, to_s: float) -> float:
        """How much of a span of time the process lived and was not frozen."""
        to_s = min(to_s, self.ended_s)
        lost_s = sum(max(0.0, min(to_s, end) - max(from_s, start)) for start, end in self.frozen)
        return max(0.0, to_s - from_s - lost_s)


_Judged: TypeAlias = tuple[int, Pulse, Life]
"""A pulse, its number, and the life of the process that it comes from."""


def opens(entry: Entry) -> bool:
    """Whether the entry lets somebody in: a decision about a face, a release, an exit request."""
    return entry.payload.get("decision") == "granted"


def grants_of(entries: Sequence[Entry]) -> list[int]:
    """The numbers of the entries that let somebody in, without those that were taken back."""
    taken_back = {e.payload["entry"] for e in entries if e.payload.get("event") == "withdrawn"}
    return [entry.id for entry in entries if opens(entry) and entry.id not in taken_back]


def decisions_without_alarm(entries: Sequence[Entry], forced: str) -> list[str]:
    """A decision about somebody who is ``forced`` to come, and its alarm, stand side by side."""
    decided = [
        entry.id
        for entry in entries
        if entry.kind == "decision" and entry.payload.get("person") == forced
    ]
    alarms = [entry.id - 1 for entry in entries if entry.payload.get("event") == "duress"]
    if decided == alarms:
        return []
    return [f"decisions without alarm or the reverse: {sorted({*decided} ^ {*alarms})}"]


def violations(
    pulses: Sequence[Pulse], lives: Sequence[Life], entries: Sequence[Entry], pulse_s: float
) -> list[str]:
    """What the door must never do and did, a sentence each."""
    life_of = {life.process: life for life in lives}
    judged = [(n, p, life_of[p.process]) for n, p in enumerate(pulses, 1) if p.process in life_of]
    strangers = {pulse.process for pulse in pulses} - life_of.keys()
    return [
        *(f"process {number}, which is not the service, opened" for number in sorted(strangers)),
        *_without_entry(pulses, lives, entries),
        *_too_long(judged, pulse_s),
        *_after_the_end(judged),
    ]


def undelivered(heard: Sequence[int], entries: Sequence[Entry], up_to: int) -> list[str]:
    """What is wrong with the events that were heard, their ids in the order of first hearing.

    All entries up to the id ``up_to`` should have arrived.
    """
    wrong = []
    if list(heard) != sorted(heard):
        wrong.append(f"events came out of order: {list(heard)}")
    if lost := sorted({entry.id for entry in entries if entry.id <= up_to} - set(heard)):
        wrong.append(f"events were lost: {lost}")
    return wrong


JPEG = b"\xff\xd8", b"\xff\xd9"
"""How one begins and ends."""


def untrue_pictures(
    heard: Iterable[Mapping[str, Any]],
    entries: Iterable[Entry],
    pictures: Mapping[str, bytes | None],
) -> list[str]:
    """What is wrong with the pictures of visits, each a file, or ``None`` where it does not open.

    Each is whole, and of a visit that was decided; and no event has told of one that is not there.
    """
    decided = {entry.payload.get("visit") for entry in entries if entry.kind == "decision"}
    told = {str(event["visit"]) for event in heard if event.get("picture")}
    begin, end = JPEG
    return [
        *(f"a picture of {visit}, which was not decided" for visit in {*pictures} - decided),
        *(f"{visit} was told to have a picture, and has none" for visit in told - {*pictures}),
        *(
            f"the picture of {visit} is broken"
            for visit, jpeg in pictures.items()
            if jpeg is None or not (jpeg.startswith(begin) and jpeg.endswith(end))
        ),
    ]


def _without_entry(
    pulses: Sequence[Pulse], lives: Sequence[Life], entries: Sequence[Entry]
) -> list[str]:
    """Each pulse has a grant of its own, on the disk before it began, newer than the last pulse.

    The other way round a grant may be without its pulse only where the process ended in between.
    """
    wrong = []
    grants = grants_of(entries)
    last = 0
    for number, pulse in enumerate(pulses, 1):
        written = [grant for grant in grants if last < grant <= pulse.newest_entry]
        if written:
            grants.remove(written[-1])
        else:
            wrong.append(
                f"pulse {number} began without a grant in the journal, of which the entries "
                f"{last + 1} to {pulse.newest_entry} were new"
            )
        last = pulse.newest_entry
    if len(grants) > len(lives):
        wrong.append(f"grants without a pulse: {grants}")
    return wrong


def _too_long(judged: Sequence[_Judged], pulse_s: float) -> list[str]:
    wrong = []
    for number, pulse, life in judged:
        lasted_s = life.ran_s(pulse.on_s, pulse.off_s)
        if lasted_s > pulse_s + ALLOWANCE_S:
            wrong.append(f"pulse {number} lasted {lasted_s:.3f} s instead of {pulse_s:g} s")
    return wrong


def _after_the_end(judged: Sequence[_Judged]) -> list[str]:
    wrong = []
    for number, pulse, life in judged:
        if pulse.off_s > life.safe_s:
            wrong.append(f"pulse {number} was still on after the service and what runs after it")
        elif life.orderly and pulse.off_s > life.ended_s:
            wrong.append(f"pulse {number} was still on when the service had ended by itself")
    return wrong

"""What LED and buzzer say: a pattern for each answer to a visitor and each state of the door.

A pattern is written in dots and dashes: ``.`` is short, ``-`` is long, a blank is a pause. An
answer is played once; a state is repeated for as long as it lasts, while no answer is played. A
prompt goes before both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from facedoor.reasons import Reason
from facedoor.wire.mode import DoorName
from facedoor.wire.prompts import Side

SHORT_S = 0.12
LONG_S = 0.6
PAUSE_S = 0.6
GAP_S = 0.18
"""After each short and each long one."""

REPEAT_AFTER_S = 1.2
"""The silence between two rounds of a state's pattern."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """What the LED and the buzzer do, at the same time."""

    led: str = ""
    buzzer: str = ""


@dataclass(frozen=True, slots=True)
class Beat:
    """LED and buzzer are on or off for ``lasts_s``; during a prompt the LED of its side is lit."""

    led: bool
    buzzer: bool
    lasts_s: float
    side: Side | None = None


SILENT = Pattern()
_NOT_YOU = Pattern("...", "...")

ANSWERS: Mapping[Reason, Pattern] = {
    Reason.RECOGNISED: Pattern("-", "."),
    Reason.COMMANDED: Pattern("-", "."),
    Reason.EXIT_REQUESTED: Pattern("-"),
    Reason.UNKNOWN: _NOT_YOU,
    Reason.AMBIGUOUS: _NOT_YOU,
    Reason.NOT_LIVE: _NOT_YOU,
    Reason.LIVENESS_UNSURE: _NOT_YOU,
    Reason.CHALLENGE_FAILED: _NOT_YOU,
    Reason.CHALLENGE_TIMEOUT: _NOT_YOU,
    Reason.NOT_ALLOWED_NOW: Pattern("--", "--"),
    Reason.LOCKDOWN: Pattern("--", "--"),
    Reason.NOT_VALID: Pattern("--", "--"),
    Reason.CLOCK_NOT_SET: Pattern("-.-", "-.-"),
    Reason.LOCKED_OUT: Pattern("---", "---"),
    Reason.SECOND_PERSON: Pattern(".-", "."),
    Reason.SECOND_FACTOR: Pattern(".-", "."),
    Reason.WRONG_CODE: Pattern("....", "...."),
    Reason.DOOR_BUSY: SILENT,
    Reason.DEGRADED: Pattern(".....", "....."),
}
"""What is not here is about a view that could not be judged: :data:`LOOK_AGAIN`."""

LOOK_AGAIN = Pattern("..")

PROMPTS: Mapping[Side, Pattern] = {
    Side.LEFT: Pattern("-.", "."),
    Side.RIGHT: Pattern("-..", ".."),
}
"""The visitor's own sides: one short for the left, two for the right."""

STATES: Mapping[DoorName, Pattern] = {
    DoorName.LOCKED: SILENT,
    DoorName.RELEASING: Pattern("-"),
    DoorName.OPEN: SILENT,
    DoorName.HELD_OPEN: Pattern(".", "."),
    DoorName.FORCED: Pattern("......", "------"),
    DoorName.LOCKING: SILENT,
    DoorName.JAMMED: Pattern(".-", ".-"),
    DoorName.UNKNOWN: Pattern(". ."),
    DoorName.LOCKDOWN: Pattern("- -"),
    DoorName.STOPPED: SILENT,
}


def pattern_for(reason: Reason) -> Pattern:
    """What tells a visitor ``reason``."""
    return ANSWERS.get(reason, LOOK_AGAIN)


def beats(pattern: Pattern) -> list[Beat]:
    """The pattern in time."""
    led, buzzer = _edges(pattern.led), _edges(pattern.buzzer)
    ends_s = sorted({end_s for _, end_s in led + buzzer})
    found, begin_s = [], 0.0
    for end_s in ends_s:
        middle_s = (begin_s + end_s) / 2
        found.append(Beat(_at(led, middle_s), _at(buzzer, middle_s), end_s - begin_s))
        begin_s = end_s
    return found


def prompt_beats(side: Side, lasts_s: float) -> list[Beat]:
    """What asks a visitor to turn to ``side``, for ``lasts_s``.

    The LED of that side is lit all the time, the LED that there is one of repeats its pattern, and
    the buzzer sounds once.
    """
    pattern = PROMPTS[side]
    found, left_s = [], lasts_s
    while left_s > 0:
        pause = Beat(led=False, buzzer=False, lasts_s=PAUSE_S)
        for beat in (*beats(pattern), pause):
            found.append(replace(beat, lasts_s=min(beat.lasts_s, left_s), side=side))
            left_s -= beat.lasts_s
            if left_s <= 0:
                break
        pattern = Pattern(pattern.led)
    return found


def _edges(text: str) -> list[tuple[bool, float]]:
    """Each level, on or off, and until when it lasts."""
    lengths_s = {".": SHORT_S, "-": LONG_S, " ": PAUSE_S}
    edges, end_s = [], 0.0
    for sign in text:
        end_s += lengths_s[sign]
        edges.append((sign != " ", end_s))
        end_s += GAP_S
        edges.append((False, end_s))
    return edges


def _at(edges: list[tuple[bool, float]], time_s: float) -> bool:
    return next((on for on, end_s in edges if time_s < end_s), False)

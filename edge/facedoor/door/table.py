"""The door's machine and its signals as tables, for people: ``python -m facedoor.door.table``.

Nothing here is written by hand: each cell is what the machine did when it was asked.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from facedoor.door import signals
from facedoor.door.machine import Transition, step
from facedoor.door.states import (
    Action,
    Answer,
    Closed,
    DoorInput,
    DoorState,
    Jammed,
    Locked,
    Locking,
    LockKind,
    Open,
    Profile,
    Releasing,
    Stopped,
    Unlocked,
    Unlocking,
    Unseen,
    name_of,
)
from facedoor.reasons import Reason
from facedoor.wire.events import Happening
from facedoor.wire.mode import Mode

BEGIN, END = "<!-- table: {} -->\n", "<!-- /table -->"

_NOW_S = 100.0
_STRIKE = Profile(has_contact=True)
_MOTOR = Profile(LockKind.MOTOR, has_contact=True)
_UNTIL_S = (_NOW_S - 1.0, _NOW_S + 1.0)

_ANY_DOOR = {
    "locked": DoorState(Locked(), Closed()),
    "releasing, closed": DoorState(Releasing(*_UNTIL_S, DoorInput.GRANT), Closed()),
    "releasing, opened": DoorState(
        Releasing(*_UNTIL_S, DoorInput.GRANT, opened=True), Open(_NOW_S - 1.0)
    ),
    "open": DoorState(Locked(), Open(_NOW_S - 1.0)),
    "held_open": DoorState(Locked(), Open(_NOW_S - 40.0, alarms=1)),
    "forced": DoorState(Locked(), Open(_NOW_S - 1.0, forced=True)),
    "unknown": DoorState(Locked(), Unseen()),
    "stopped": DoorState(Stopped(), Closed()),
}
_MOTOR_DOOR = {
    "locked": DoorState(Locked(), Closed(), bolt_is_out=True),
    "releasing, bolt goes in": DoorState(
        Unlocking(*_UNTIL_S, DoorInput.GRANT), Closed(), bolt_is_out=True
    ),
    "releasing, bolt is in": DoorState(
        Releasing(*_UNTIL_S, DoorInput.GRANT), Closed(), bolt_is_out=False
    ),
    "open": DoorState(Unlocked(), Open(_NOW_S - 1.0), bolt_is_out=False),
    "locking": DoorState(Locking(*_UNTIL_S), Closed(), bolt_is_out=False),
    "jammed": DoorState(Jammed(), Closed(), bolt_is_out=False),
}
_LATE = "its time is over"
_HERE = {
    DoorInput.GRANT: "grant",
    DoorInput.RELEASE: "command",
    DoorInput.EXIT: "exit",
    DoorInput.OPENED: "door opens",
    DoorInput.CLOSED: "door closes",
    DoorInput.STOP: "stop",
}
_BOLT_HERE = {DoorInput.BOLT_OUT: "bolt is out", DoorInput.BOLT_IN: "bolt is not out"}
_ACTIONS = {Action.RELEASE: "released", Action.SECURE: "secured", Action.REST: "at rest"}


def tables() -> dict[str, str]:
    """Each table in Markdown, by the name that the documentation marks it with."""
    return {
        "states": _states(_ANY_DOOR, _HERE, _STRIKE),
        "motor": _states(_MOTOR_DOOR, _HERE | _BOLT_HERE, _MOTOR),
        "modes": _modes(),
        "answers": _answers(),
        "prompts": _prompts(),
        "signals": _signals(),
    }


def written_into(text: str) -> str:
    """``text`` with every marked table as it is today."""
    for name, table in tables().items():
        before, begin, rest = text.partition(BEGIN.format(name))
        _, end, after = rest.partition(END)
        text = before + begin + table + end + after if end else text
    return text


def _states(states: dict[str, DoorState], inputs: dict[DoorInput, str], profile: Profile) -> str:
    rows = []
    for name, state in states.items():
        cells = [_cell(state, given, _NOW_S, profile) for given in inputs]
        rows.append([name, *cells, _cell(state, DoorInput.TICK, _NOW_S + 60.0, profile)])
    return _markdown(["state", *inputs.values(), _LATE], rows)


def _cell(state: DoorState, given: DoorInput, now_s: float, profile: Profile) -> str:
    """What ``given`` does, in a few words: the new state, the lock, what is told, the refusal."""
    taken = step(state, given, now_s, profile)
    words = []
    before, after = name_of(state, Mode.NORMAL), name_of(taken.state, Mode.NORMAL)
    if after != before:
        words.append(f"**{after}**")
    if taken.actions and taken.state.lock != state.lock:
        words.append(_ACTIONS[taken.actions[-1]])
    words += [f"`{_told(happening)}`" for happening in taken.happenings]
    if taken.answer not in {None, Answer.RELEASED}:
        words.append(f"refused: {taken.answer.name.lower()}" if taken.answer else "")
    return ", ".join(words)


def _told(happening: Happening) -> str:
    name, *more = happening.value
    return f"{name} {more[1]}" if more and isinstance(more[1], str) else str(name)


def _modes() -> str:
    header = ["mode", "grant", "command", "exit", "ends a release by"]
    return _markdown(header, [_mode(mode) for mode in Mode])


def _mode(mode: Mode) -> list[str]:
    def taken(lock: Locked | Releasing, given: DoorInput) -> Transition:
        return step(DoorState(lock, Closed()), given, _NOW_S, _STRIKE, mode)

    requests = (DoorInput.GRANT, DoorInput.RELEASE, DoorInput.EXIT)
    answers = [taken(Locked(), request).answer for request in requests]
    ends = [
        _HERE[request]
        for request in requests
        if taken(Releasing(*_UNTIL_S, request), DoorInput.TICK).actions
    ]
    words = ["released" if answer is Answer.RELEASED else "refused" for answer in answers]
    return [f"`{mode}`", *words, ", ".join(ends)]


def _answers() -> str:
    rows = [
        [f"`{reason}`", *_played(signals.pattern_for(reason)), reason.guidance] for reason in Reason
    ]
    return _markdown(["reason", "LED", "buzzer", "means"], rows)


def _prompts() -> str:
    rows = [
        [side.request, f"the {side} one is lit", *_played(pattern)]
        for side, pattern in signals.PROMPTS.items()
    ]
    return _markdown(["asks", "two LEDs", "LED, again and again", "buzzer, once"], rows)


def _signals() -> str:
    rows = [[f"`{name}`", *_played(pattern)] for name, pattern in signals.STATES.items()]
    return _markdown(["state", "LED", "buzzer"], rows)


def _played(pattern: signals.Pattern) -> tuple[str, ...]:
    return tuple(f"`{text}`" if text else "" for text in (pattern.led, pattern.buzzer))


def _markdown(header: list[str], rows: Iterable[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        path = Path(argument)
        path.write_text(written_into(path.read_text(encoding="utf-8")), encoding="utf-8")
    if not sys.argv[1:]:
        print("\n".join(tables().values()), end="")

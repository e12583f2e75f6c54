"""From the levels that a pin had to pulses of the relay."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

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

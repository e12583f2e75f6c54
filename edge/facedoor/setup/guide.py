"""The order of the steps: each can be done, skipped, repeated, and continued another day."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from facedoor.config.options import Config
from facedoor.errors import FacedoorError
from facedoor.setup.configuration import Configuration
from facedoor.setup.talk import Talk, chosen


@dataclass(frozen=True, slots=True)
class Bench:
    """What every step works with."""

    talk: Talk
    configuration: Configuration
    root: Path = Path("/")
    """The folder of the machine's own folders."""
    sleep: Callable[[float], None] = field(default=time.sleep)

    @property
    def settings(self) -> Config:
        """What the configuration says now."""
        return self.configuration.settings()


@dataclass(frozen=True, slots=True)
class SetupStep:
    """One step. What was done is seen in the door itself, so no progress is stored."""

    title: str
    reached: Callable[[Bench], str]
    """What earlier runs have done, in words; empty if nothing."""
    do: Callable[[Bench], None]
    """Raises :class:`FacedoorError` when it cannot be done; then it can be tried again."""


def walk(bench: Bench, steps: Sequence[SetupStep]) -> None:
    """Go through the steps, until the last one or until the person ends it.

    What is done already is offered to be skipped. Raises :class:`LeftError`.
    """
    talk = bench.talk
    number = 0
    while number < len(steps):
        step = steps[number]
        talk.say(f"\n-- {number + 1} of {len(steps)}: {step.title}")
        reached = _reached(step, bench)
        if reached:
            talk.say(f"   so far: {reached}")
        answer = chosen(
            talk,
            "what now",
            (("d", "do it"), ("s", "skip it"), ("b", "one step back"), ("q", "end here")),
            "s" if reached else "d",
        )
        if answer == "q":
            return
        if answer == "d" and not _done(step, bench):
            continue
        number = max(0, number - 1) if answer == "b" else number + 1


def _reached(step: SetupStep, bench: Bench) -> str:
    try:
        return step.reached(bench)
    except FacedoorError as error:
        bench.talk.say(f"   {error}")
        return ""


def _done(step: SetupStep, bench: Bench) -> bool:
    try:
        step.do(bench)
    except FacedoorError as error:
        bench.talk.say(f"That did not work: {error}.")
        return False
    return True

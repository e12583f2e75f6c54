"""The dialogue of setup with the person at the terminal, lines in, lines and pictures out; and the
order of the steps: each can be done, skipped, repeated, and continued another day."""

from __future__ import annotations

import os
import select
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TextIO

from facedoor.config.options import Config
from facedoor.errors import FacedoorError
from facedoor.printable import printable, printable_lines
from facedoor.setup.configuration import Configuration

_YES, _NO = {"y", "yes"}, {"n", "no"}


class LeftError(Exception):
    """The person has closed the input: there will be no more answers."""


class Talk(Protocol):
    """Somebody to ask. Every question raises :class:`LeftError` when nobody answers any more."""

    @property
    def is_terminal(self) -> bool:
        """True if pictures can be drawn."""

    def say(self, text: str = "") -> None:
        """Show a text; what a terminal would obey in it is escaped."""

    def write(self, text: str) -> None:
        """Send ``text`` as it is, with its control sequences, to a terminal."""

    def ask(self, question: str, default: str = "") -> str:
        """The answer without blanks around it; ``default`` for an empty one."""

    def ask_secret(self, question: str) -> str:
        """The answer, which is not shown while it is typed."""

    def has_pressed_enter(self) -> bool:
        """True if Enter was pressed since the last answer; does not wait, takes the line."""

    def size(self) -> tuple[int, int]:
        """Columns and rows."""


class Terminal:
    """A person before a terminal, or a program at the other end of two streams."""

    def __init__(self, answers: TextIO, output: TextIO) -> None:
        self._answers = answers
        self._output = output

    @property
    def is_terminal(self) -> bool:
        return self._output.isatty() and self._answers.isatty()

    def say(self, text: str = "") -> None:
        self.write(f"{printable_lines(text)}\n")

    def write(self, text: str) -> None:
        self._output.write(text)
        self._output.flush()

    def ask(self, question: str, default: str = "") -> str:
        self.write(printable(f"{question}{f' [{default}]' if default else ''}: "))
        return self._line().strip() or default

    def ask_secret(self, question: str) -> str:
        self.write(printable(f"{question}: "))
        with _without_echo(self._answers):
            answer = self._line()
        self.say()
        return answer.rstrip("\r\n")

    def has_pressed_enter(self) -> bool:
        ready, _, _ = select.select([self._answers], [], [], 0)
        if ready:
            self._line()
        return bool(ready)

    def size(self) -> tuple[int, int]:
        try:
            size = os.get_terminal_size(self._output.fileno())
        except OSError:
            return 80, 24
        return size.columns, size.lines

    def _line(self) -> str:
        line = self._answers.readline()
        if not line:
            raise LeftError
        return line


def confirmed(talk: Talk, question: str, default: bool) -> bool:
    """Ask until the answer is yes or no."""
    while True:
        answer = talk.ask(f"{question} (y/n)", "y" if default else "n").lower()
        if answer in _YES | _NO:
            return answer in _YES
        talk.say("Answer y or n.")


def chosen(talk: Talk, question: str, choices: Sequence[tuple[str, str]], default: str) -> str:
    """Ask until the answer is one of the letters of ``choices``, each with what it means."""
    for letter, meaning in choices:
        talk.say(f"  {letter}  {meaning}")
    letters = [letter for letter, _ in choices]
    while (answer := talk.ask(question, default).lower()) not in letters:
        talk.say(f"Answer {', '.join(letters)}.")
    return answer


@contextmanager
def _without_echo(stream: TextIO) -> Iterator[None]:
    if not stream.isatty():
        yield
        return
    descriptor = stream.fileno()
    before = termios.tcgetattr(descriptor)
    silent = termios.tcgetattr(descriptor)
    silent[3] &= ~termios.ECHO
    termios.tcsetattr(descriptor, termios.TCSADRAIN, silent)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


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

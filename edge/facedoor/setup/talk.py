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
from facedoor.languages import _
from facedoor.printable import printable, printable_lines, wrapped
from facedoor.setup.configuration import Configuration

_YES, _NO = {"y", "yes", "j", "ja"}, {"n", "no", "nein"}
"""In the languages in which setup asks."""

_ANSWER = 6
"""Columns."""


class LeftError(Exception):
    """The person has closed the input: there will be no more answers."""


class Talk(Protocol):
    """Somebody to ask. Every question raises :class:`LeftError` when nobody answers any more."""

    @property
    def is_terminal(self) -> bool:
        """True if pictures can be drawn."""

    def say(self, text: str = "") -> None:
        """Show a text, in lines that fit; what a terminal would obey in it is escaped."""

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
        width = self.size()[0] if self.is_terminal else None
        lines = [wrapped(line, width, _indent(line)) for line in printable_lines(text).split("\n")]
        self.write("".join(f"{line}\n" for line in lines))

    def write(self, text: str) -> None:
        self._output.write(text)
        self._output.flush()

    def ask(self, question: str, default: str = "") -> str:
        self._ask(f"{question} [{default}]" if default else question)
        return self._line().strip() or default

    def ask_secret(self, question: str) -> str:
        self._ask(question)
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

    def _ask(self, question: str) -> None:
        """With room for a short answer behind it."""
        width = self.size()[0] - _ANSWER if self.is_terminal else None
        self.write(f"{wrapped(printable(f'{question}:'), width, '')} ")

    def _line(self) -> str:
        line = self._answers.readline()
        if not line:
            raise LeftError
        return line


def _indent(line: str) -> str:
    """What goes before the lines that a longer one is broken into: they begin where it does."""
    return " " * (len(line) - len(line.lstrip(" ")))


def confirmed(talk: Talk, question: str, default: bool) -> bool:
    """Ask until the answer is yes or no."""
    while True:
        asked = _("{question} (y/n)").format(question=question)
        answer = talk.ask(asked, _("y") if default else "n").lower()
        if answer in _YES | _NO:
            return answer in _YES
        talk.say(_("Answer y or n."))


def chosen(talk: Talk, question: str, choices: Sequence[tuple[str, str]], default: str) -> str:
    """Ask until the answer is one of the letters of ``choices``, each with what it means.

    They are the same in every language but for "y", which is the reader's own letter for yes.
    """
    shown = {letter: _("y") if letter == "y" else letter for letter, __ in choices}
    for letter, meaning in choices:
        talk.say(f"  {shown[letter]}  {meaning}")
    meant = {letter: letter for letter in shown} | {own: letter for letter, own in shown.items()}
    while (answer := talk.ask(question, shown[default]).lower()) not in meant:
        talk.say(_("Answer {letters}.").format(letters=", ".join(shown.values())))
    return meant[answer]


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
    """Marked by :func:`N_`."""
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
        head = _("{number} of {count}: {title}")
        title = head.format(number=number + 1, count=len(steps), title=_(step.title))
        talk.say(f"\n-- {title}")
        reached = _reached(step, bench)
        if reached:
            talk.say(_("   so far: {reached}").format(reached=reached))
        choices = (
            ("d", _("do it")),
            ("s", _("skip it")),
            ("b", _("one step back")),
            ("q", _("end here")),
        )
        answer = chosen(talk, _("what now"), choices, "s" if reached else "d")
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
        bench.talk.say(_("That did not work: {error}.").format(error=error))
        return False
    return True

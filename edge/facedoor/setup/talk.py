"""The dialogue of setup with the person at the terminal: lines in, lines and pictures out."""

from __future__ import annotations

import os
import select
import termios
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, TextIO

_YES, _NO = {"y", "yes"}, {"n", "no"}


class LeftError(Exception):
    """The person has closed the input: there will be no more answers."""


class Talk(Protocol):
    """Somebody to ask. Every question raises :class:`LeftError` when nobody answers any more."""

    @property
    def is_terminal(self) -> bool:
        """True if pictures can be drawn."""

    def say(self, text: str = "") -> None:
        """Show a line."""

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
        self.write(f"{text}\n")

    def write(self, text: str) -> None:
        self._output.write(text)
        self._output.flush()

    def ask(self, question: str, default: str = "") -> str:
        self.write(f"{question}{f' [{default}]' if default else ''}: ")
        return self._line().strip() or default

    def ask_secret(self, question: str) -> str:
        self.write(f"{question}: ")
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

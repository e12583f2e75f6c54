"""Somebody who answers setup's questions from a list, and remembers all that was said."""

from __future__ import annotations

from dataclasses import dataclass, field

from facedoor.setup.talk import LeftError


@dataclass
class ScriptedTalk:
    """``answers`` are a part of the question and the answer to it, in order.

    Questions that they do not name get an empty answer: the default. Without an answer left, the
    person has gone.
    """

    answers: list[tuple[str, str]]
    said: list[str] = field(default_factory=list)
    is_terminal: bool = False

    @property
    def text(self) -> str:
        return "\n".join(self.said)

    def say(self, text: str = "") -> None:
        self.said.append(text)

    def write(self, text: str) -> None:
        self.said.append(text)

    def ask(self, question: str, default: str = "") -> str:
        self.said.append(f"{question} [{default}]")
        if not self.answers:
            raise LeftError
        if self.answers[0][0] in question:
            return self.answers.pop(0)[1] or default
        return default

    def ask_secret(self, question: str) -> str:
        return self.ask(question)

    def has_pressed_enter(self) -> bool:
        return False

    def size(self) -> tuple[int, int]:
        return 80, 24

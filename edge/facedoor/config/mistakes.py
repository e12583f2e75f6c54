"""What is wrong with a configuration: every mistake, with its lines, in one error."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from facedoor.errors import ConfigError
from facedoor.languages import _, ngettext

_MOST = 20
"""So many mistakes are told: with more it is another kind of file."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong: ``lines`` count from 1, the first of them is where to look.

    ``sections`` are all that it may concern; empty: that is not known.
    """

    lines: tuple[int, ...]
    sentence: str
    sections: frozenset[str] = frozenset()

    def told(self, path: Path) -> str:
        """On one line, with the place in the file ``path``."""
        numbers = sorted(set(self.lines))
        if not numbers:
            return f"{path}: {self.sentence}"
        if len(numbers) == 1:
            return _("{path}, line {number}: {sentence}").format(
                path=path, number=numbers[0], sentence=self.sentence
            )
        first = ", ".join(map(str, numbers[:-1]))
        return _("{path}, lines {first} and {last}: {sentence}").format(
            path=path, first=first, last=numbers[-1], sentence=self.sentence
        )


class MistakesError(ConfigError):
    """All that is wrong with the file ``path``, in the order of its lines."""

    def __init__(self, path: Path, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes, key=lambda mistake: mistake.lines[:1]))
        told = [mistake.told(path) for mistake in self.mistakes[:_MOST]]
        if more := len(self.mistakes) - len(told):
            told.append(
                ngettext(
                    "{path}: there is {count} more: mend these first",
                    "{path}: there are {count} more: mend these first",
                    more,
                ).format(path=path, count=more)
            )
        self._told = tuple(told)
        super().__init__("\n".join(told))

    @property
    def sentences(self) -> tuple[str, ...]:
        return self._told

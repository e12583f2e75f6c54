"""The arguments of a command, as JSON has them, taken out one by one and checked."""

from __future__ import annotations

from facedoor.errors import UsageError
from facedoor.names import clean_name
from facedoor.wire.refusals import Refusal, RefusedError


class Arguments:
    """The arguments of a command, which are taken out one by one."""

    def __init__(self, args: object) -> None:
        if not isinstance(args, dict):
            raise malformed("args has to be an object")
        self._left = dict(args)

    def __contains__(self, name: str) -> bool:
        return name in self._left

    def take(self, name: str) -> object:
        """Each of these raises :class:`RefusedError` for what is missing or wrong."""
        if name not in self._left:
            raise malformed(f"args has no {name}")
        return self._left.pop(name)

    def text(self, name: str, most_characters: int) -> str:
        value = self.take(name)
        if not isinstance(value, str) or len(value) > most_characters or not value.isprintable():
            raise malformed(f"{name} has to be printable text, {most_characters} characters long")
        return value

    def person(self, name: str) -> str:
        value = self.take(name)
        if not isinstance(value, str):
            raise malformed(f"{name} has to be text")
        try:
            return clean_name(value)
        except UsageError as error:
            raise malformed(str(error)) from error

    def whole_number(self, name: str, most: int) -> int:
        value = self.take(name)
        if type(value) is not int or not 1 <= value <= most:
            raise malformed(f"{name} has to be a whole number from 1 to {most}")
        return value

    def require_nothing_else(self) -> None:
        for name in self._left:
            raise malformed(f"args has {name[:40]!r}, which this command does not know")


def malformed(message: str) -> RefusedError:
    """The refusal of a command that is not as described."""
    return RefusedError(Refusal.MALFORMED, message)

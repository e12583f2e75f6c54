"""Signed commands, forwarded, and the doors' answers, each to whoever sent the command.

An answer names the command by its id. One to a key that the door does not know is told to nobody by
name: there the SHA-256 of what was sent says whose it is. Belongs to one event loop.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from facedoor.dashboard.news import Answer
from facedoor.dashboard.tokens import Token
from facedoor.errors import UsageError

WAIT_S = 120.0
"""How long an answer is waited for, or the next word of one that goes on."""

MOST_WAITING = 2_000

Heard = Callable[[Answer], None]


@dataclass(slots=True)
class _Waiting:
    sha256: str
    heard: Heard
    ends_s: float


class Commands:
    """What was sent to doors and not answered yet."""

    def __init__(
        self,
        forward: Callable[[str, str, bytes], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``forward`` is :meth:`facedoor.dashboard.link.Link.forward`."""
        self._forward = forward
        self._clock = clock
        self._waiting: dict[tuple[str, str], _Waiting] = {}

    def send(self, door: str, token: Token, heard: Heard) -> None:
        """Forward a command; ``heard`` is given each answer of the door.

        Raises :class:`BusError` without a connection to the broker, :class:`UsageError` for a
        command that is on its way already, so that no one hears the answer to another's.
        """
        self._forget()
        if (door, token.id) in self._waiting:
            raise UsageError("this command was sent already: wait for the door's answer")
        if len(self._waiting) >= MOST_WAITING:
            raise UsageError("too many commands are waiting for answers: try again in a minute")
        self._forward(door, token.id, token.text)
        self._waiting[door, token.id] = _Waiting(token.sha256, heard, self._clock() + WAIT_S)

    def answered(self, answer: Answer) -> None:
        """A door has said what became of a command."""
        found = self._found(answer)
        if found is None:
            return
        waiting = self._waiting[found]
        if answer.said.get("outcome") == "progress":
            waiting.ends_s = self._clock() + WAIT_S
        else:
            del self._waiting[found]
        waiting.heard(answer)

    async def ask(self, door: str, token: Token, patience_s: float) -> Answer | None:
        """Forward a command and wait for the last word; ``None``: there was none in time.

        Raises as :meth:`send`.
        """
        last: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

        def heard(answer: Answer) -> None:
            if answer.said.get("outcome") != "progress" and not last.done():
                last.set_result(answer)

        self.send(door, token, heard)
        try:
            return await asyncio.wait_for(last, patience_s)
        except TimeoutError:
            return None
        finally:
            self._waiting.pop((door, token.id), None)

    def _found(self, answer: Answer) -> tuple[str, str] | None:
        command = answer.said.get("command")
        if isinstance(command, str):
            key = (answer.door, command)
            return key if key in self._waiting else None
        digest = answer.said.get("sha256")
        for key, waiting in self._waiting.items():
            if key[0] == answer.door and waiting.sha256 == digest:
                return key
        return None

    def _forget(self) -> None:
        now_s = self._clock()
        for key in [key for key, waiting in self._waiting.items() if waiting.ends_s <= now_s]:
            del self._waiting[key]

"""Connections of browsers: where there are too many, whoever keeps the server waiting goes first.

Anybody in the local network can open connections and say nothing, or a letter at a time. They take
no place from those who ask something: the one that is waited for the longest is closed for the next
that comes. A connection is waited for until its request is there as a whole, and while nobody takes
what it is answered.
"""

from __future__ import annotations

from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


class Connection(H11Protocol):
    """One connection; the limit is the server's ``limit_concurrency``."""

    _waits_s = 0.0
    """Since when it is waited for, by the event loop's clock."""

    @property
    def is_waited_for(self) -> bool:
        """Whether it is for the other side to go on."""
        return self.conn.their_state in {h11.IDLE, h11.SEND_BODY} or self.flow.write_paused

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._waits_s = self.loop.time()
        if self.limit_concurrency is not None and len(self.connections) >= self.limit_concurrency:
            waited_for = [one for one in self._others() if one.is_waited_for]
            if waited_for:
                min(waited_for, key=lambda one: one._waits_s).transport.abort()

    def on_response_complete(self) -> None:
        self._waits_s = self.loop.time()
        super().on_response_complete()

    def _others(self) -> list[Connection]:
        every: set[Any] = self.connections
        return [one for one in every if isinstance(one, Connection) and one is not self]

"""Somebody who watches the door from its own machine the whole time, and is slow at random."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
from pathlib import Path

from facedoor.wire import live

CHUNK_BYTES = 4096
STARES, STARES_S = 0.02, 1.5
"""How often, and for how long at most, nothing is read: the service must not wait for it."""


class Spectator:
    """Looks at the socket in the runtime directory, whenever there is one, until it is stopped."""

    def __init__(self, runtime: Path, chance: random.Random) -> None:
        self.seen_bytes = 0
        self._path = runtime / live.SOCKET
        self._chance = chance
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._enough.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._enough.wait(0.1):
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(0.5)
                connection.connect(str(self._path))
                self._look(connection)

    def _look(self, connection: socket.socket) -> None:
        while not self._enough.is_set():
            try:
                read = connection.recv(CHUNK_BYTES)
            except TimeoutError:
                continue
            if not read:
                return
            self.seen_bytes += len(read)
            if self._chance.random() < STARES:
                self._enough.wait(self._chance.uniform(0, STARES_S))

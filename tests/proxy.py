"""A network between two parties, which the test can cut."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable

RESET = struct.pack("ii", 1, 0)
"""Lingering for no time: the connection ends in a reset, and what was on its way is lost."""


class Proxy:
    """Passes on what comes to :attr:`port`. Each connection lasts for so many bytes.

    ``lifetime`` is called for each connection and says how many bytes it may carry, in both
    directions together; ``None`` is no limit.
    """

    def __init__(self, target_port: int, lifetime: Callable[[], int | None]) -> None:
        self.cuts = 0
        self._target_port = target_port
        self._lifetime = lifetime
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._server.accept()
                self._join(near)

    def _join(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(("127.0.0.1", self._target_port))
        except OSError:
            near.close()
            return
        left = Allowance(self._lifetime())
        for source, sink in ((near, far), (far, near)):
            threading.Thread(target=self._pass_on, args=(source, sink, left), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, left: Allowance) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                allowed = left.take(len(data))
                sink.sendall(data[:allowed])
                if allowed < len(data):
                    self.cuts += 1
                    break
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                end.shutdown(socket.SHUT_RDWR)
            end.close()


class Allowance:
    """How many bytes a connection may still carry; both directions take from it."""

    def __init__(self, size: int | None) -> None:
        self._left = size
        self._lock = threading.Lock()

    def take(self, wanted: int) -> int:
        with self._lock:
            if self._left is None:
                return wanted
            allowed = min(wanted, self._left)
            self._left -= allowed
            return allowed

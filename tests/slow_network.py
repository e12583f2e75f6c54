"""A network between a client and a broker: it holds things up, and loses connections half."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest


class SlowNetwork:
    """Passes on what is said at :attr:`port` to another port of this machine, and back.

    What the broker answers first in a connection comes after ``delay_s``. When the broker ends a
    connection, the client hears of it; the other way the broker hears of nothing.
    """

    def __init__(self, broker_port: int) -> None:
        self.delay_s = 0.0
        self._broker_port = broker_port
        self._sockets: list[tuple[socket.socket, socket.socket]] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def lose_clients(self) -> None:
        """The clients' connections end; at the broker they stay open, and it hears of nothing."""
        for client, _ in self._sockets:
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for pair in self._sockets:
            for end in pair:
                end.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client = self._server.accept()[0]
                try:
                    broker = socket.create_connection(("127.0.0.1", self._broker_port))
                except ConnectionRefusedError:
                    client.close()
                    continue
                self._sockets.append((client, broker))
                for way in (_listen, self._answer):
                    threading.Thread(target=way, args=(client, broker), daemon=True).start()

    def _answer(self, client: socket.socket, broker: socket.socket) -> None:
        delay_s = self.delay_s
        with contextlib.suppress(OSError):
            while data := broker.recv(65536):
                time.sleep(delay_s)
                delay_s = 0.0
                client.sendall(data)
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)


def _listen(client: socket.socket, broker: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := client.recv(65536):
            broker.sendall(data)


@pytest.fixture
def slow_networks() -> Iterator[list[SlowNetwork]]:
    """Those put in here are closed in the end."""
    networks: list[SlowNetwork] = []
    yield networks
    for network in networks:
        network.close()

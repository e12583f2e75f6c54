"""A broker in this process, for a machine that serves itself: a demo, or one door and its screen.

It listens on the loopback address only and asks nobody for a password. It keeps nothing when it
ends: the door tells what is retained again, and events that nobody took wait in the journal. For
anybody on another machine there is mosquitto: ``facedoor broker-config``.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import threading
from collections.abc import Iterator

from facedoor.errors import BusError

HOST = "127.0.0.1"
START_S = 10.0
STOP_S = 2.0
"""How long the broker may take to listen, and to say goodbye to its clients."""


@contextlib.contextmanager
def embedded_broker(port: int) -> Iterator[None]:
    """Run a broker on ``port``, which may be used as soon as the block begins.

    Raises :class:`BusError` if the port is taken or amqtt, the extra ``broker``, is not installed.
    """
    try:
        from amqtt.broker import Broker
    except ImportError as error:
        raise BusError(
            f"there is no broker to embed ({error}): pip install 'facedoor[broker]'"
        ) from error
    for name in ("amqtt", "transitions"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters is raised, not logged
    outcome: queue.SimpleQueue[Exception | None] = queue.SimpleQueue()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        broker = Broker(
            {
                "listeners": {"default": {"type": "tcp", "bind": f"{HOST}:{port}"}},
                "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {}},
            }
        )
        try:
            await broker.start()
        except Exception as error:
            outcome.put(error)
            return
        outcome.put(None)
        await stop.wait()
        await broker.shutdown()

    thread = threading.Thread(
        target=loop.run_until_complete, args=(serve(),), name="facedoor-broker", daemon=True
    )
    thread.start()
    failure = outcome.get(timeout=START_S)
    if failure is not None:
        raise BusError(
            f"no broker can listen at {HOST}:{port} ({failure.__cause__ or failure}): "
            "choose another [mqtt] port, or end what listens there"
        ) from failure
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(STOP_S)

"""Many doors of one site on one mosquitto: how long until all have a person, and what it costs.

    python -m benchmarks.site [DOORS ...]

Each door is the real client: link, roster and state file of its own, without camera and models. All
of them share the cores of one machine with the broker, so a site of real doors is faster where it
is not the network that is slow. Figures go to build/site.json.
"""

from __future__ import annotations

import argparse
import json
import logging
import multiprocessing
import resource
import shutil
import socket
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from facedoor.config.options import MqttConfig
from facedoor.errors import FacedoorError
from facedoor.identity.gallery import Gallery
from facedoor.mqtt.publisher import MqttBus
from facedoor.problems import Board
from facedoor.site.roster_book import RosterBook
from facedoor.site.site import Site
from facedoor.site.sync import SiteRoster
from facedoor.storage.journal import Journal
from facedoor.storage.store import open_store
from facedoor.storage.vault import Vault
from facedoor.wire.door_key import DoorKey
from facedoor.wire.topics import Topics

if TYPE_CHECKING:
    from facedoor.frames import Vector

COUNTS = (10, 50, 100, 250, 500)
PROCESSES = 4
ROUNDS = 3
TEMPLATES, DIMENSIONS = 5, 128
PATIENCE_S = 120.0
QUIET_S = 2.5
"""The broker counts once a second; so long after the last message everything is counted."""

MODEL = "a" * 64
OUTPUT = Path("build/site.json")
FILES_EACH = 32

_VAULT = Vault(bytes(32))
_SITE = Site("benchmark", Vault(bytes(range(32))))


@dataclass(frozen=True, slots=True)
class Figures:
    """What a site of so many ``doors`` takes: the median round of several, times in seconds.

    ``half_s`` and ``all_s`` are from the enrolment at one door to its being in the gallery of half
    of the others, and of all; ``removed_s`` the same for a removal at all. ``messages`` and
    ``bytes`` are what the broker sent for the enrolment, with acknowledgements. ``current_s`` is
    from the start of the first door until each had heard everything.
    """

    doors: int
    current_s: float
    half_s: float
    all_s: float
    removed_s: float
    messages: int
    bytes: int


class _Book(RosterBook):
    """Notes when something was taken over."""

    taken_s = 0.0

    def take(self, records: Any) -> Any:
        skipped = super().take(records)
        self.taken_s = time.monotonic()
        return skipped


class _Door:
    """One door without camera and relay."""

    def __init__(self, path: Path, port: int) -> None:
        self.name = path.stem
        self.book: _Book | None = None
        self._path = path
        board = Board()
        self.roster = SiteRoster(_SITE, Topics(self.name), self._open, board)
        self.bus = MqttBus(
            MqttConfig(host="127.0.0.1", port=port),
            self.name,
            DoorKey.new(),
            lambda: Journal(open_store(path, _VAULT), _VAULT),
            board,
            self.roster.handlers,
        )
        self.roster.start(self.bus)
        self.bus.start()

    def _open(self) -> tuple[RosterBook, Gallery]:
        db = open_store(self._path, _VAULT)
        gallery = Gallery(db, _VAULT)
        self.book = _Book(db, gallery, Journal(db, _VAULT), _SITE, self.name)
        return self.book, gallery

    def stop(self) -> None:
        self.roster.stop()
        self.bus.stop()


def measure(doors: int) -> Figures:
    """Start a broker and so many doors, and let one of them enrol and remove somebody."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        template = folder / "template.db"
        open_store(template, _VAULT).close()
        for number in range(doors):
            shutil.copy(template, folder / f"door-{number}.db")
        with running_broker(folder) as port, _workers(folder, port, doors) as (first, *others):
            workers = [first, *others]
            begun_s = time.monotonic()
            current_s = max(_answers(workers, "current")) - begun_s
            counter = _Counter(port)
            rounds = [_round(folder, workers, counter, number) for number in range(ROUNDS)]
        median = [statistics.median(values) for values in zip(*rounds, strict=True)]
        half_s, all_s, removed_s, messages, size = median
        return Figures(doors, current_s, half_s, all_s, removed_s, int(messages), int(size))


def _round(
    folder: Path, workers: list[Connection], counter: _Counter, number: int
) -> tuple[float, float, float, float, float]:
    messages, size = counter.settled()
    db = open_store(folder / "door-0.db", _VAULT)
    gallery = Gallery(db, _VAULT)
    begun_s = time.monotonic()
    gallery.add(f"Person {number}", _face(number), MODEL)
    taken = sorted(t - begun_s for t in _answers(workers, begun_s))
    after_messages, after_size = counter.settled()
    removed_at_s = time.monotonic()
    gallery.remove(f"Person {number}")
    removed_s = max(_answers(workers, removed_at_s)) - removed_at_s
    db.close()
    half_s = taken[len(taken) // 2]
    return half_s, taken[-1], removed_s, after_messages - messages, after_size - size


def _face(number: int) -> Vector:
    vectors = np.random.default_rng(number).normal(size=(TEMPLATES, DIMENSIONS))
    unit: Vector = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


def _answers(workers: list[Connection], question: object) -> list[float]:
    """When each door was current, or has taken something over since the time that is asked."""
    for worker in workers:
        worker.send(question)
    times: list[float] = []
    for worker in workers:
        if not worker.poll(PATIENCE_S):
            raise FacedoorError(f"a process of doors did not answer within {PATIENCE_S:.0f} s")
        times += worker.recv()
    return times


def _serve(orders: Connection, folder: Path, port: int, numbers: range) -> None:
    """A process with some of the doors."""
    _allow_files(FILES_EACH * len(numbers))
    threading.stack_size(256 * 1024)
    logging.getLogger("facedoor").setLevel(logging.ERROR)
    doors = [_Door(folder / f"door-{number}.db", port) for number in numbers]
    with suppress(EOFError):
        while True:
            question = orders.recv()
            orders.send(_when_current(doors) if question == "current" else _when(doors, question))
    for door in doors:
        door.stop()


def _when_current(doors: list[_Door]) -> list[float]:
    end_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < end_s:
        for door in doors:
            door.roster.compares_with(2**31)
        if not any(door.roster.refuses for door in doors):
            return [time.monotonic()]
        time.sleep(0.02)
    return []


def _when(doors: list[_Door], since_s: float) -> list[float]:
    """When each door, but the one that says it, took it over."""
    books = [door.book for door in doors if door.name != "door-0" and door.book]
    end_s = time.monotonic() + PATIENCE_S
    while any(book.taken_s < since_s for book in books) and time.monotonic() < end_s:
        time.sleep(0.02)
    return [book.taken_s for book in books]


class _Counter:
    """What the broker says that it has sent, without what it sends to us."""

    def __init__(self, port: int) -> None:
        self._values: dict[str, int] = {}
        self._own_messages = self._own_bytes = 0
        client = Client(CallbackAPIVersion.VERSION2)
        client.on_message = self._came
        client.connect("127.0.0.1", port)
        client.subscribe([("$SYS/broker/messages/sent", 0), ("$SYS/broker/bytes/sent", 0)])
        client.loop_start()

    def _came(self, _client: object, _data: object, message: Any) -> None:
        self._values[message.topic.split("/")[2]] = int(message.payload)
        self._own_messages += 1
        self._own_bytes += len(message.topic) + len(message.payload) + 4

    def settled(self) -> tuple[int, int]:
        """Messages and bytes, when what is under way has been counted."""
        time.sleep(QUIET_S)
        return (
            self._values["messages"] - self._own_messages,
            self._values["bytes"] - self._own_bytes,
        )


@contextmanager
def running_broker(folder: Path) -> Iterator[int]:
    """mosquitto on a port of this machine, with its files in ``folder``."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    config = folder / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nsys_interval 1\n")
    command = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    broker = subprocess.Popen(  # noqa: S603 # a program of this machine, a file of ours
        [command, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield port
    finally:
        broker.terminate()
        broker.wait()


@contextmanager
def _workers(folder: Path, port: int, doors: int) -> Iterator[list[Connection]]:
    context = multiprocessing.get_context("spawn")
    started, lines = [], []
    for number in range(PROCESSES):
        own, theirs = context.Pipe()
        numbers = range(number * doors // PROCESSES, (number + 1) * doors // PROCESSES)
        process = context.Process(target=_serve, args=(theirs, folder, port, numbers))
        process.start()
        theirs.close()
        started.append(process)
        lines.append(own)
    try:
        yield lines
    finally:
        for line in lines:
            line.close()
        for process in started:
            process.join(PATIENCE_S)


def _allow_files(files: int) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(files, 1024), most), most))


def main() -> None:
    parser = argparse.ArgumentParser(description="Many doors of one site on one broker.")
    parser.add_argument("doors", type=int, nargs="*", default=COUNTS, metavar="DOORS")
    rows = []
    print("doors  current s   half s    all s  removed s  messages    bytes  bytes per door")
    for doors in parser.parse_args().doors:
        row = measure(doors)
        rows.append(asdict(row))
        print(
            f"{row.doors:5} {row.current_s:10.2f} {row.half_s:8.2f} {row.all_s:8.2f}"
            f" {row.removed_s:10.2f} {row.messages:9} {row.bytes:8} {row.bytes / row.doors:15.0f}",
            flush=True,
        )
        OUTPUT.parent.mkdir(exist_ok=True)
        OUTPUT.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()

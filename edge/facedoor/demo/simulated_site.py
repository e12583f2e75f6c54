"""A site on this machine: a broker, the simulated doors and the page, each a process of its own."""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import socket

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from facedoor.camera.pictures import read_picture
from facedoor.camera.script import PointsPx
from facedoor.commands.invitation_link import invitation_link
from facedoor.commands.inviting import invite
from facedoor.config.options import Config
from facedoor.demo import two_doors
from facedoor.demo.made_up import BY, fill
from facedoor.demo.recording import Message, free_port, listener
from facedoor.demo.two_doors import DOORS
from facedoor.errors import DashboardError
from facedoor.mqtt.broker import HOST, embedded_broker
from facedoor.storage.door_key import read_door_key
from facedoor.storage.journal import Journal
from facedoor.storage.key_file import open_state
from facedoor.vision import pack as packs
from facedoor.vision.reader import FaceReader
from facedoor.wire.roles import Role

PORT = 8443
BEGIN_S, STOP_S = 60.0, 10.0
"""How long a process may take to begin and to end."""

_LOOK_S = 0.1
_LIFE_S = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Site:
    """What was started."""

    url: str
    doors: tuple[Config, ...]
    processes: tuple[subprocess.Popen[bytes], ...]
    log: Path

    def invitation(self, name: str, role: Role) -> str:
        """A link by which one device joins all doors, within a day."""
        private = Ed25519PrivateKey.generate()
        public = private.public_key().public_bytes_raw()
        known, now_s = [], time.time()
        for settings in self.doors:
            with open_state(settings) as (db, vault):
                journal = Journal(db, vault)
                given = invite(journal, name, role, public, now_s + _LIFE_S, BY, None, now_s)
                known.append((settings.door.name, read_door_key(db, vault).identity))
        return invitation_link(self.url, private, known, given)

    def wait(self) -> None:
        """Until one of the processes has ended. Raises :class:`DashboardError` then."""
        while True:
            for process in self.processes:
                if process.poll() is not None:
                    raise DashboardError(f"{_named(process)} has ended: see {self.log}")
            time.sleep(_LOOK_S)


@contextmanager
def simulated_site(
    pack: Path, photos: Path, output: Path, told: Callable[[str], None] = lambda _: None
) -> Iterator[Site]:
    """Make the site anew in ``output``, run it, and end it in the end.

    ``told`` hears a line for each step. Raises :class:`FacedoorError`.
    """
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    broker = HOST, free_port()
    port = PORT if _is_free(PORT) else free_port()
    configs = [two_doors.write_door(output, door, pack, broker) for door in DOORS]
    landmarks = _Landmarks(pack)
    for door in DOORS:
        two_doors.write_script(output / f"{door.name}.script.toml", door, photos, landmarks)
    doors = tuple(map(two_doors.load, configs))
    for settings in doors:
        fill(settings, photos, told)
    page = two_doors.write_page(output, broker, port)
    log = output / "log.txt"
    # The broker lets clients go that speak MQTT v5, and asyncio tells of each with a traceback.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    with ExitStack() as stack:
        stack.enter_context(embedded_broker(broker[1]))
        out = stack.enter_context(log.open("wb"))
        processes: list[subprocess.Popen[bytes]] = []
        stack.callback(_end, processes)

        def start(*words: str | Path) -> None:
            command = [sys.executable, "-m", "facedoor.cli.main", *map(str, words)]
            processes.append(
                subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)  # noqa: S603 - all of it is our own
            )

        told("the page and the doors start; this takes a few seconds")
        # The page first, so that it hears the past that the doors have to tell.
        start("dashboard", "--config", page)
        _await_port(port, processes[0], log)
        for config in configs:
            start("run", "--config", config)
        _await_doors(broker[1], [door.name for door in DOORS], log)
        yield Site(f"https://localhost:{port}", doors, tuple(processes), log)


class _Landmarks:
    """Where the face is in a photo, so that a head can be made of it; each is looked at once."""

    def __init__(self, pack: Path) -> None:
        self._reader = FaceReader.of(packs.load(pack), 1)
        self._known: dict[Path, PointsPx] = {}

    def __call__(self, photo: Path) -> PointsPx:
        if photo not in self._known:
            face = self._reader.detector.find(read_picture(photo))[0]
            eye, other, nose, mouth = (
                (round(float(x), 1), round(float(y), 1)) for x, y in face.landmarks[:4]
            )
            self._known[photo] = eye, other, nose, mouth
        return self._known[photo]


def _is_free(port: int) -> bool:
    with socket() as probe:
        return probe.connect_ex((HOST, port)) != 0


def _await_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return once somebody answers at ``port``. Raises :class:`DashboardError`."""
    ends_s = time.monotonic() + BEGIN_S
    while _is_free(port):
        if process.poll() is not None or time.monotonic() > ends_s:
            raise DashboardError(f"{_named(process)} does not begin: see {log}")
        time.sleep(_LOOK_S)


def _await_doors(port: int, names: list[str], log: Path) -> None:
    """Return once all doors have said that they are there. Raises :class:`DashboardError`."""
    online: set[str] = set()

    def heard(message: Message) -> None:
        if message.payload.get("status") == "online":
            online.add(message.topic.split("/")[1])

    ends_s = time.monotonic() + BEGIN_S
    with listener(port, "facedoor/+/status", heard):
        while not online.issuperset(names):
            if time.monotonic() > ends_s:
                missing = " and ".join(sorted(set(names) - online))
                raise DashboardError(f"the door {missing} does not begin: see {log}")
            time.sleep(_LOOK_S)


def _named(process: subprocess.Popen[bytes]) -> str:
    words = list(map(str, process.args)) if isinstance(process.args, list) else []
    return f"the process {' '.join(words[3:4])} {Path(words[-1]).stem}"


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    """The doors before the page, so that it hears that they go; whoever hangs is killed."""
    for process in reversed(processes):
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

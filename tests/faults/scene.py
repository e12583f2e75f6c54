"""The scene of a run: a door that opens often and keeps pictures, its broker, a caller, somebody
who watches, and all that was seen."""

from __future__ import annotations

import contextlib
import math
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from broker import Broker, Listener, wait_until
from door_kit import RESIDENTS, Door, Running
from facedoor.access.rule_book import RuleBook
from facedoor.access.rules import Permission
from facedoor.commands.keys import CommandKeys
from facedoor.config import file as config_file
from facedoor.errors import StoreError
from facedoor.storage.audit import verify
from facedoor.storage.journal import Journal
from facedoor.storage.key_file import load_vault
from facedoor.storage.pictures import Pictures
from facedoor.storage.store import open_store
from facedoor.storage.vault import Vault
from facedoor.wire.entries import Entry
from facedoor.wire.roles import Role
from facedoor.wire.signing import sign
from facedoor.wire.topics import Topics
from faults.spectator import Spectator
from faults.verdict import (
    Life,
    Pulse,
    decisions_without_alarm,
    pulses_of,
    undelivered,
    untrue_pictures,
    violations,
)
from pin_recorder import PinRecord

PAUSE_S = (0.2, 0.8)


class Caller:
    """Calls at random moments until it is stopped; does not care for the answers."""

    def __init__(self, port: int, door: str, chance: random.Random) -> None:
        self._door = door
        self._chance = chance
        self._key = Ed25519PrivateKey.generate()
        self._enough = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._thread = threading.Thread(target=self._call, daemon=True)
        self._thread.start()

    @property
    def public_key(self) -> bytes:
        return self._key.public_key().public_bytes_raw()

    def stop(self) -> None:
        self._enough.set()
        self._thread.join()
        self._client.disconnect()
        self._client.loop_stop()

    def _call(self) -> None:
        while not self._enough.wait(self._chance.uniform(*PAUSE_S)):
            if self._client.is_connected():
                order = sign(self._key, self._door, "unlock", {"reason": "a call"})
                self._client.publish(Topics(self._door).command, order.message, qos=1)


PIN = 17
PULSE_S = 0.4
FORCED = "Jerry"
"""One of the residents comes under duress, each time."""

PATIENCE_S = 120.0
"""After this a door hangs, however busy the machine is with other things."""

WATCH_S = 1.2
"""A fault strikes within this after the door has opened for the first time."""

INSIDE = Path(__file__).parent / "inside"
FAKES = Path(__file__).parents[1] / "edge" / "camera"
FACEDOOR = ("-m", "facedoor.cli.main")

_HALLWAY = """
width_px = 640
height_px = 480
fps = 10
gap_s = 0.2
"""
_VISITOR = """
[[visitor]]
name = "{name}"
photos = ["{photo}"]
stay_s = 0.7
from_px = 190
to_px = 260
"""


class Scene:
    """One door in a folder of its own, which can be started again and again."""

    def __init__(
        self,
        folder: Path,
        photos: Path,
        inhabited: Path,
        chance: random.Random,
        program: tuple[str, ...] = FACEDOOR,
    ) -> None:
        """``inhabited`` is a state folder in which the residents are enrolled; ``program`` is what
        Python runs as the door."""
        self.door = Door(folder, photos)
        self.broker = Broker(folder)
        self.broker.start()
        self.listener = Listener(self.broker.port)
        self.script = folder / "visitors.toml"
        self.unplugged = folder / "unplugged"
        self.lives: list[Life] = []
        self.struck_s = math.nan
        """When the fault began."""
        self.surprises: list[str] = []
        """Ends of the process that were not as they should have been."""
        self.chance = chance
        self._caller = Caller(self.broker.port, "test", random.Random(chance.random()))  # noqa: S311
        self._inhabited = inhabited
        self._program = program
        self._record = PinRecord(folder)
        self._runtime = folder / "runtime"
        self._runtime.mkdir()
        self._pipe = folder / "sabotage"
        os.mkfifo(self._pipe)
        self._running: Running | None = None
        self._frozen: list[tuple[float, float]] = []
        self._lasting = contextlib.ExitStack()
        self._spectator = Spectator(self._runtime, random.Random(chance.random()))  # noqa: S311
        self.write_script()
        self.door.configure("storage", keep_pictures="all")
        self.door.configure("door", relay="gpio", pin=PIN, pulse_s=PULSE_S)
        self.door.configure("camera", source=f"sim:{self.script}", width_px=640, height_px=480)
        self.door.configure("recognition", frames=2)
        self.door.configure("mqtt", host="127.0.0.1", port=self.broker.port)

    def write_script(self) -> None:
        """Let the camera be there: the residents come, one after another, again and again."""
        visitors = (_VISITOR.format(name=n, photo=self.door.photo(n)) for n in RESIDENTS)
        self.script.write_text(_HALLWAY + "".join(visitors))

    def let_last(self, thing: contextlib.AbstractContextManager[None]) -> None:
        """Enter it now, and leave it when the scene is closed."""
        self._lasting.enter_context(thing)

    def furnish(self) -> None:
        """Let people live behind the door, and let it obey the caller."""
        shutil.copytree(self._inhabited, self.door.state, dirs_exist_ok=True)
        with self._state() as (db, vault):
            CommandKeys(db).add("caller", Role.OPERATOR, self._caller.public_key)
            RuleBook(db, vault).allow(FORCED, lambda _: Permission(duress=True), "command line")

    def begin(self, **environment: str) -> None:
        """Start the door for the first time, see it open, and watch it until some moment."""
        if not self.door.database.exists():
            self.furnish()
        self.start(**environment)
        time.sleep(self.chance.uniform(0, WATCH_S))
        self.struck_s = time.monotonic()

    def start(self, **environment: str) -> None:
        """Start the door, and return once it has opened."""
        self._frozen.clear()
        self._running = Running(
            self._command("run"),
            subprocess.DEVNULL,
            self.door.folder / f"errors{len(self.lives)}.txt",
            self._environment | {"SABOTAGE": str(self._pipe)} | environment,
        )
        self.wait_for_pulse()
        assert not self.has_ended, self._running.errors

    @property
    def process(self) -> int:
        assert self._running is not None
        return self._running.process.pid

    @property
    def has_ended(self) -> bool:
        assert self._running is not None
        return self._running.process.poll() is not None

    @property
    def pulses(self) -> list[Pulse]:
        return pulses_of(self._record.changes, PIN)

    def wait_for_pulse(self) -> None:
        """Return when the door has opened once more, or its process has ended."""
        before = len(self.pulses)
        wait_until(
            lambda: len(self.pulses) > before or self.has_ended, "the door opens", PATIENCE_S
        )

    def send(self, number: signal.Signals) -> None:
        os.kill(self.process, number)

    def freeze(self, seconds: float, awaken: signal.Signals = signal.SIGCONT) -> None:
        """Let the process do nothing for so long; ``awaken`` is what it wakes up to."""
        from_s = time.monotonic()
        self.send(signal.SIGSTOP)
        time.sleep(seconds)
        self._frozen.append((from_s, time.monotonic()))
        self.send(awaken)
        self.send(signal.SIGCONT)

    def sabotage(self, word: str) -> None:
        self._pipe.write_text(word)

    def wait_for_end(self, within_s: float = PATIENCE_S) -> None:
        assert self._running is not None
        self._running.process.wait(within_s)

    def end(self, expected: int | None = None) -> None:
        """Wait until the door has ended, then do what systemd does after that.

        ``expected`` is its exit code, if that is certain.
        """
        assert self._running is not None
        exit_code = self._running.process.wait(PATIENCE_S)
        ended_s = time.monotonic()
        if expected not in {None, exit_code}:
            self.surprises.append(f"the door ended with {exit_code} instead of {expected}")
        relay_off = self._command("relay-off")
        subprocess.run(relay_off, env=self._environment, capture_output=True, check=True)
        frozen = tuple(self._frozen)
        self.lives.append(Life(self.process, ended_s, exit_code >= 0, time.monotonic(), frozen))

    def entries(self) -> list[Entry]:
        with self._state() as (db, vault):
            return list(Journal(db, vault).since())

    def pictures(self) -> dict[str, bytes | None]:
        """The file of each picture that is kept, by its visit; ``None``: it does not open."""
        kept: dict[str, bytes | None] = {}
        with self._state() as (db, vault):
            for (visit,) in db.execute("SELECT visit FROM picture").fetchall():
                kept[visit] = None
                with contextlib.suppress(StoreError):
                    kept[visit] = Pictures(db, vault).get(visit)
        return kept

    @property
    def seen_bytes(self) -> int:
        """How much the door has shown whoever watches it."""
        return self._spectator.seen_bytes

    def hear_up_to(self, entry: int) -> None:
        """Wait until the event of this id, and so all before it, has been heard."""
        if entry:
            with self._state() as (db, vault):
                epoch = Journal(db, vault).epoch()
            self.listener.wait_for("/event", id=f"test-{epoch}-{entry}")

    def violations(self, delivered: int) -> list[str]:
        """All that is wrong; events up to the id ``delivered`` should have been heard."""
        entries = self.entries()
        heard = [int(event["id"].rpartition("-")[2]) for event in self.listener.events()]
        wrong = self.surprises + violations(self.pulses, self.lives, entries, PULSE_S)
        wrong += decisions_without_alarm(entries, FORCED)
        wrong += undelivered(heard, entries, delivered)
        wrong += untrue_pictures(self.listener.events(), entries, self.pictures())
        with self._state() as (db, vault):
            (sound,) = db.execute("PRAGMA integrity_check").fetchone()
            if sound != "ok":
                wrong.append(f"the state file is damaged: {sound}")
            if problem := verify(db, vault).problem:
                wrong.append(f"the journal does not verify: {problem}")
        return wrong

    def close(self) -> None:
        if self._running is not None and not self.has_ended:
            self._running.process.kill()
            self._running.process.wait()
        self._caller.stop()
        self._spectator.stop()
        self.listener.close()
        self.broker.stop()
        self._lasting.close()

    @property
    def _environment(self) -> dict[str, str]:
        recorder = self._record.environment
        return {
            **os.environ,
            **recorder,
            "PYTHONPATH": os.pathsep.join((str(INSIDE), str(FAKES), recorder["PYTHONPATH"])),
            "GPIOZERO_MOCK_PIN_CLASS": "witness",
            "WITNESS_JOURNAL": str(self.door.database),
            "RUNTIME_DIRECTORY": str(self._runtime),
            "VISITORS": str(self.script),
            "UNPLUGGED": str(self.unplugged),
        }

    def _command(self, name: str) -> list[str]:
        return [sys.executable, *self._program, name, "--config", str(self.door.config)]

    @contextlib.contextmanager
    def _state(self) -> Iterator[tuple[sqlite3.Connection, Vault]]:
        vault = load_vault(config_file.load(self.door.config))
        with contextlib.closing(open_store(self.door.database, vault)) as db:
            yield db, vault

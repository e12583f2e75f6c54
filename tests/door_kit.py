"""A small door for tests: its configuration, who lives behind it, its command line."""

from __future__ import annotations

import contextlib
import io
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from facedoor.cli import main as cli
from facedoor.config import file as config_file
from facedoor.storage.journal import Journal
from facedoor.storage.key_file import load_vault
from facedoor.storage.store import open_store
from timepieces import trust_this_machine

PACK = Path(__file__).parents[1] / "build" / "pack"
RESIDENTS = {"Jerry": "jerry_seinfeld", "Mindy": "mindy_kaling"}
UNFIT = {
    "httpftqncomymusicLxZeltonjohnjpg",
    "httpsdfrpwlycscloudfrontnetdeltonjohnjpg",
    "httpssmediacacheakpinimgcomxfcfcbaeaeddabbjpg",
    "httpssmediacacheakpinimgcomxfecfecaefaadfebejpg",
    "httpcdncdnjustjaredcomwpcontentuploadsheadlineseltonjohnstillstandingbrooklynnewyearsjpg",
}
"""Photos of Elton John that no enrolment takes: too small, looking up, dark glasses, two people."""
RIGHTS = "-dac_override,-dac_read_search"
HEEDING_RIGHTS = ("setpriv", f"--bounding-set={RIGHTS}", f"--inh-caps={RIGHTS}")
"""A wrapper in which even root heeds the rights of files, as every other user has to."""
if os.geteuid() != 0:
    HEEDING_RIGHTS = ()
DEADLINE_S = 60.0
"""After this a process hangs. Nothing takes nearly as long, even on a busy machine."""


@dataclass(frozen=True)
class Answer:
    """What a command said and how it ended."""

    exit_code: int
    out: str
    error: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        """What `--json` printed: one object a line."""
        return [json.loads(line, parse_constant=_refuse) for line in self.out.splitlines()]

    @property
    def json(self) -> dict[str, Any]:
        (only,) = self.objects
        return only

    @property
    def sentence(self) -> str:
        """The one sentence about what went wrong; nothing of it may look like a traceback."""
        assert "Traceback" not in self.error
        (only,) = [line for line in self.error.splitlines() if line.startswith("facedoor: ")]
        assert "unexpected" not in only
        return only.removeprefix("facedoor: ")

    def assert_fails(self, exit_code: int, says: str) -> None:
        """It ended with this code, one sentence with these words, and nothing on its output."""
        assert (self.exit_code, self.out, says in self.sentence) == (exit_code, "", True), self

    @property
    def relay(self) -> list[str]:
        """Every change of the relay that was told of."""
        return [line["relay"] for line in self.objects if "relay" in line]

    @property
    def decisions(self) -> list[dict[str, Any]]:
        return [line for line in self.objects if "decision" in line]


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def ended(*command: object, within_s: float = DEADLINE_S, **environment: str) -> Answer:
    """How a program ended in a process of its own, and what it said."""
    done = subprocess.run(
        [str(part) for part in command],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=within_s,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


@dataclass
class Door:
    """A door with a simulated relay in a folder of its own."""

    folder: Path
    photos: Path
    options: dict[str, dict[str, object]] = field(default_factory=dict)
    program: tuple[str, ...] = ("-m", "facedoor.cli.main")
    """What Python runs as the door, in a process of its own."""

    def __post_init__(self) -> None:
        self.configure("door", name="test", relay="simulated", pulse_s=0.3)
        self.configure("storage", directory="state")
        self.configure("models", pack=str(PACK))
        # Photos come to these doors, and few of them are large enough to look alive.
        self.configure("liveness", mode="off")

    def configure(self, section: str, **options: object) -> None:
        """Set options of a section and write the configuration."""
        self.options.setdefault(section, {}).update(options)
        lines = []
        for name, values in self.options.items():
            lines.append(f"[{name}]")
            # A JSON string, number or boolean is a TOML one too.
            lines += [f"{key} = {json.dumps(value)}" for key, value in values.items()]
        self.config.write_text("\n".join(lines) + "\n")

    @property
    def config(self) -> Path:
        return self.folder / "door.toml"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def database(self) -> Path:
        return self.state / "facedoor.db"

    def trust_clock(self) -> None:
        """Let the door take this machine's clock for right, whoever sets it or does not."""
        trust_this_machine(self.config)

    def be_made(self) -> None:
        """Have a state file, and a key, and nothing in it."""
        with self.journal():
            pass

    @contextlib.contextmanager
    def journal(self) -> Iterator[Journal]:
        """What the door wrote down."""
        vault = load_vault(config_file.load(self.config))
        with contextlib.closing(open_store(self.database, vault)) as db:
            yield Journal(db, vault)

    def photo(self, person: str, number: int = 0, of: str = "val") -> Path:
        """A photo; nobody is enrolled from those in `val`. Those that an enrolment would refuse
        come last."""
        folder = self.photos / of / RESIDENTS.get(person, person)
        photos = sorted(folder.glob("*.jpg"), key=lambda path: (path.stem in UNFIT, path))
        return photos[number]

    def walk_up(self, *people: str, stay_s: float = 2.0, width_px: int = 640) -> str:
        """A camera SPEC: these people come, one after another; a blank name is nobody.

        Its pictures are small: to draw large ones takes as long as to look at them.
        """
        lines = [f"width_px = {width_px}", f"height_px = {width_px * 9 // 16}"]
        lines += ["fps = 15", "gap_s = 0.3"]
        for person in people:
            lines += ["[[visitor]]", f'name = "{person}"', f"stay_s = {stay_s}"]
            lines += [f"from_px = {width_px * 0.1}", f"to_px = {width_px * 0.36}"]
            if person:
                lines.append(f"photos = [{json.dumps(str(self.photo(person)))}]")
        script = self.folder / f"{'-'.join(people)}.script.toml"
        script.write_text("\n".join(lines))
        return f"sim:{script}"

    def ask(self, *arguments: object) -> Answer:
        """Run a command in this process."""
        out, error = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
            try:
                exit_code = cli.main([*map(str, arguments), "--config", str(self.config)])
            except SystemExit as leaving:
                exit_code = int(leaving.code or 0)
        return Answer(exit_code, out.getvalue(), error.getvalue())

    def facedoor(
        self,
        *arguments: object,
        wrapper: tuple[str, ...] = (),
        within_s: float = DEADLINE_S,
        **environment: str,
    ) -> Answer:
        """Run a command in a process of its own, through ``wrapper`` if there is one."""
        return ended(*wrapper, *self._command(*arguments), within_s=within_s, **environment)

    def run(self, camera: str, stdout: int = subprocess.PIPE, **environment: str) -> Running:
        """Start the service, with `--json`."""
        command = self._command("run", "--json", "--camera", camera)
        return Running(command, stdout, self.folder / "stderr.txt", {**os.environ, **environment})

    def _command(self, *arguments: object) -> list[str]:
        command = [sys.executable, *self.program, *map(str, arguments)]
        return [*command, "--config", str(self.config)]


class Running:
    """A service that runs in a process of its own; its lines are read while it does."""

    def __init__(
        self, command: list[str], stdout: int, stderr: Path, environment: dict[str, str]
    ) -> None:
        self.lines: list[str] = []
        self._stderr = stderr
        self._new: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        with stderr.open("w") as errors:
            self.process = subprocess.Popen(
                command, stdout=stdout, stderr=errors, text=True, env=environment
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def errors(self) -> str:
        return self._stderr.read_text()

    def wait_for(self, **content: object) -> dict[str, Any]:
        """The next line with this content; whatever comes before is skipped."""
        end_s = time.monotonic() + DEADLINE_S
        while (line := self._new.get(timeout=max(0.0, end_s - time.monotonic()))) is not None:
            said: dict[str, Any] = json.loads(line)
            if content.items() <= said.items():
                return said
        raise AssertionError(f"the service ended without {content}: {self.errors}")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> Answer:
        """Send a signal, if the service still runs, and wait for its end."""
        self.process.send_signal(number)
        return self.end()

    def end(self) -> Answer:
        """Wait for the service to end by itself."""
        exit_code = self.process.wait(DEADLINE_S)
        self._reader.join(DEADLINE_S)
        return Answer(exit_code, "\n".join(self.lines), self.errors)

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.lines.append(line.rstrip("\n"))
            self._new.put(line)
        self._new.put(None)


@pytest.fixture(scope="session")
def inhabited(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder in which both residents are enrolled, four pictures each. Copy it."""
    door = Door(tmp_path_factory.mktemp("inhabited"), photos)
    for name in RESIDENTS:
        pictures = [door.photo(name, number, of="train") for number in (0, 1, 4, 5)]
        answer = door.ask("enroll", name, "--image", *pictures)
        assert answer.exit_code == 0, answer
    door.trust_clock()
    return door.state


@pytest.fixture
def empty_door(photos: Path, tmp_path: Path) -> Door:
    """A door behind which nobody lives yet."""
    return Door(tmp_path, photos)


@pytest.fixture
def door(empty_door: Door, inhabited: Path) -> Door:
    """A door behind which Jerry and Mindy live."""
    shutil.copytree(inhabited, empty_door.state)
    return empty_door

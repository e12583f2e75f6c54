"""A made-up machine for tests: folders, devices, programs, and somebody who answers setup."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory

from facedoor.checks import Finding, examine
from facedoor.checks.installation import UNIT, Installation
from facedoor.config.file import as_in_the_unit
from facedoor.config.options import Config
from facedoor.setup.talk import LeftError

RUNNING = {
    "LoadState": "loaded",
    "ActiveState": "active",
    "SubState": "running",
    "UnitFileState": "enabled",
    "Result": "success",
}


@dataclass(frozen=True)
class Machine:
    """Below ``root`` is what a real machine has below ``/``; only the programs made here exist."""

    root: Path
    programs: Path

    def program(self, name: str, output: str, exit_code: int = 0) -> None:
        """A program that always prints the same."""
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n/bin/cat <<'END'\n{output}\nEND\nexit {exit_code}\n")
        path.chmod(0o755)

    def systemd(self, **unit: str) -> None:
        """systemd runs, and has a facedoor.service with these properties."""
        self.write("run/systemd/system/.keep", "")
        values = {**RUNNING, **unit}
        self.program("systemctl", "\n".join(f"{key}={value}" for key, value in values.items()))

    def device(self, name: str, mode: int = 0o660) -> Path:
        """A device, which is really a file, of this user and group."""
        path = self.write(f"dev/{name}", "")
        path.chmod(mode)
        return path

    def process(self, pid: int, name: str, *devices: str, unit: str = UNIT) -> None:
        """A process of a unit that has devices open."""
        self.write(f"proc/{pid}/comm", f"{name}\n")
        self.write(f"proc/{pid}/cgroup", f"0::/system.slice/{unit}\n")
        for number, device in enumerate(devices):
            link = self.root / f"proc/{pid}/fd/{number}"
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(device)

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def installation(self, settings: Config) -> Installation:
        return Installation.of(settings, self.root / "etc/facedoor/facedoor.toml", self.root)

    def problems(self, subject: str, settings: Config) -> list[Finding]:
        """What `facedoor check` finds wrong about one subject."""
        config_file = self.root / "etc/facedoor/facedoor.toml"
        with as_in_the_unit(config_file):
            found = examine(settings, config_file, self.root)
        return [finding for finding in found if finding.subject == subject and not finding.ok]


class Systemd:
    """A systemctl that remembers what it was told, and whether the unit is active."""

    def __init__(self, machine: Machine, active: bool) -> None:
        self._log = machine.root / "systemctl.log"
        flag = machine.root / "active"
        if active:
            flag.touch()
        machine.write("run/systemd/system/.keep", "")
        script = machine.programs / "systemctl"
        script.write_text(
            "#!/bin/sh\n"
            f'echo "$@" >> {self._log}\n'
            f'case "$1" in start|enable) : > {flag};; stop) /bin/rm {flag};; esac\n'
            f"if [ -e {flag} ]; then A=active; else A=inactive; fi\n"
            'echo "LoadState=loaded"; echo "ActiveState=$A"; echo "UnitFileState=enabled"\n'
        )
        script.chmod(0o755)

    @property
    def told(self) -> list[str]:
        """What was to be done, without the questions."""
        lines = self._log.read_text().splitlines()
        return [line for line in lines if not line.startswith("show")]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine without devices, on which systemd does not run."""
    made = Machine(tmp_path / "root", tmp_path / "programs")
    made.root.mkdir()
    made.programs.mkdir()
    monkeypatch.setenv("PATH", str(made.programs))
    monkeypatch.delenv("GPIOZERO_PIN_FACTORY", raising=False)
    monkeypatch.setattr("facedoor.clock.is_kernel_synchronised", lambda: None)
    return made


@pytest.fixture
def pins(monkeypatch: pytest.MonkeyPatch) -> Iterator[MockFactory]:
    """The pins of a simulated Pi."""
    factory = MockFactory()
    monkeypatch.setattr(Device, "pin_factory", factory)
    yield factory
    factory.reset()


@dataclass
class ScriptedTalk:
    """``answers`` are a part of the question and the answer to it, in order.

    Questions that they do not name get an empty answer: the default. Without an answer left, the
    person has gone.
    """

    answers: list[tuple[str, str]]
    said: list[str] = field(default_factory=list)
    is_terminal: bool = False

    @property
    def text(self) -> str:
        return "\n".join(self.said)

    def say(self, text: str = "") -> None:
        self.said.append(text)

    def write(self, text: str) -> None:
        self.said.append(text)

    def ask(self, question: str, default: str = "") -> str:
        self.said.append(f"{question} [{default}]")
        if not self.answers:
            raise LeftError
        if self.answers[0][0] in question:
            return self.answers.pop(0)[1] or default
        return default

    def ask_secret(self, question: str) -> str:
        return self.ask(question)

    def has_pressed_enter(self) -> bool:
        return False

    def size(self) -> tuple[int, int]:
        return 80, 24

"""`facedoor setup` in a real terminal, from an empty door to one that opens."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping

import pytest

from broker import Broker
from door_kit import DEADLINE_S, HEEDING_RIGHTS, PACK, Door
from facedoor.config import file as config_file
from machine_kit import Machine

DONE, NEGATIVE, WRONG_USE = 0, 1, 2
COMMENT = "# what the installer wrote\n"


@pytest.fixture
def door(empty_door: Door, machine: Machine) -> Door:
    """A new door, whose configuration says little, on a machine with nothing attached."""
    empty_door.config.write_text(
        f"{COMMENT}[storage]\ndirectory = 'state'\n[models]\npack = '{PACK}'\n"
    )
    empty_door.config.chmod(0o644)
    return empty_door


class TerminalSession:
    """Runs `facedoor setup` in a pseudo-terminal: reads what it shows, types into it."""

    def __init__(self, door: Door, environment: Mapping[str, str]) -> None:
        self.shown = ""
        self._looked_up_to = 0
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "facedoor.cli.main", "setup", "--config", door.config],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            # It is ignored where the tests are started in the background, and that is inherited.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            env={**os.environ, **environment},
        )
        os.close(slave)

    def wait_for(self, text: str) -> None:
        """Return once ``text`` was shown, after what was waited for before."""
        end_s = time.monotonic() + DEADLINE_S
        while (found := self.shown.find(text, self._looked_up_to)) < 0:
            ready, _, _ = select.select([self._master], [], [], max(0.0, end_s - time.monotonic()))
            assert ready, f"waited in vain for {text!r}: {self.shown[-2000:]}"
            assert self._read(), f"it ended without {text!r}: {self.shown[-2000:]}"
        self._looked_up_to = found + len(text)

    def type(self, line: str = "") -> None:
        """Type a line and press Enter."""
        os.write(self._master, f"{line}\n".encode())

    def answer(self, question: str, line: str = "") -> None:
        self.wait_for(question)
        self.type(line)

    def end(self) -> int:
        """Read all that is still shown, and return the exit code."""
        while self._read():
            pass
        return self.process.wait(DEADLINE_S)

    def _read(self) -> bool:
        try:
            data = os.read(self._master, 65536)
        except OSError:  # as Linux tells the end of a terminal
            return False
        self.shown += data.decode(errors="replace").replace("\r\n", "\n")
        return bool(data)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._master)


def setup(door: Door, **environment: str) -> contextlib.closing[TerminalSession]:
    return contextlib.closing(TerminalSession(door, environment))


def test_door_is_set_up_from_nothing(door: Door, broker: Broker) -> None:
    broker.start()
    door.trust_clock()
    key = door.folder / "admin.key"
    with setup(door, COLORTERM="truecolor") as terminal:
        terminal.answer("what now")
        terminal.answer("which camera", door.walk_up("Jerry", stay_s=5.0))
        terminal.wait_for("▀")
        terminal.answer("good: this face can be recognised")
        terminal.answer("is this the right view")
        terminal.answer("what now", "s")
        terminal.answer("what now")
        terminal.answer("BCM number", "none")
        terminal.answer("may it open now", "y")
        terminal.answer("what did the lock do", "o")
        terminal.answer("what now")
        terminal.answer("name, one word", "back")
        terminal.answer("what now")
        terminal.answer("broker's name", "127.0.0.1")
        terminal.answer("CA for TLS")
        terminal.answer("port", str(broker.port))
        terminal.answer("user name at the broker")
        terminal.wait_for("lets the door in")
        terminal.wait_for("so far: the console of a simulated door")
        terminal.answer("what now [s]")
        terminal.answer("what now")
        terminal.answer("keep pictures", "u")
        terminal.answer("what now")
        terminal.answer("whose key is it", "Ada")
        terminal.answer("private half", str(key))
        terminal.wait_for("the network that knows faces")
        terminal.answer("what now", "s")
        terminal.answer("what now")
        terminal.answer("the person's name", "Jerry")
        terminal.answer("Enter: go on")
        terminal.wait_for("templates.")
        terminal.wait_for("-- facedoor check")
        assert terminal.end() == DONE, terminal.shown
    assert key.exists()
    assert door.config.read_text().startswith(COMMENT)
    assert (door.folder / "door.toml.bak").exists()
    assert config_file.load(door.config).storage.keep_pictures == "unknown"
    assert "PROBLEM" not in terminal.shown
    answer = door.facedoor("run", "--once", "--json", "--camera", door.walk_up("Jerry"))
    assert answer.relay == ["on", "off"]


def test_setup_goes_on_where_it_was_ended(door: Door) -> None:
    with setup(door) as terminal:
        for _ in range(3):
            terminal.answer("what now", "s")
        terminal.answer("what now", "d")
        terminal.answer("name, one word", "back")
        terminal.wait_for("what now")
        terminal.type("\x04")  # Ctrl-D
        assert terminal.end() == NEGATIVE
    assert "To go on: facedoor setup" in terminal.shown
    with setup(door) as terminal:
        for _ in range(3):
            terminal.answer("what now", "s")
        terminal.wait_for("so far: back")
        terminal.answer("what now [s]", "q")
        terminal.wait_for("-- facedoor check")
        terminal.end()


def test_ctrl_c_leaves_the_terminal_as_it_was(door: Door) -> None:
    with setup(door) as terminal:
        terminal.answer("what now")
        terminal.answer("which camera", door.walk_up("Jerry", stay_s=30.0))
        terminal.wait_for("\x1b[?25l")
        terminal.wait_for("▀")
        terminal.process.send_signal(signal.SIGINT)
        terminal.wait_for("\x1b[?25h")
        assert terminal.end() == NEGATIVE
    assert "Traceback" not in terminal.shown


def test_user_who_cannot_change_the_configuration_is_told_at_once(empty_door: Door) -> None:
    empty_door.folder.chmod(0o500)
    answer = empty_door.facedoor("setup", wrapper=HEEDING_RIGHTS)
    empty_door.folder.chmod(0o700)
    answer.assert_fails(WRONG_USE, "sudo facedoor setup")

"""`facedoor setup` in a real terminal, from an empty door to one that opens."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from broker import Broker
from door_kit import DEADLINE_S, HEEDING_RIGHTS, PACK, Door
from facedoor.config import file as config_file
from machine_kit import Machine

DONE, NEGATIVE, WRONG_USE = 0, 1, 2
ROWS, COLUMNS = 24, 80
CONTROL = re.compile(r"\x1b\[\?1049h.*?\x1b\[\?1049l|\x1b\[[\d;?]*[a-zA-Z]", re.S)
"""What is on the terminal's second screen, and colours."""
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
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
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


def stands_there(door: Door) -> str:
    """A camera before which somebody stands, near enough from the first moment."""
    source = door.walk_up("Jerry", stay_s=5.0)
    script = Path(source.removeprefix("sim:"))
    script.write_text(script.read_text().replace("from_px = 64.0", "from_px = 200.0"))
    return source


def assert_fits(shown: str, path: str) -> None:
    """No line is longer than the terminal is wide, but for a ``path`` that nobody can break, and
    what belongs to a question is on the screen when it is asked."""
    text = CONTROL.sub("", shown)
    assert [line for line in text.split("\n") if len(line) > COLUMNS and path not in line] == []
    *asked, _check = re.split(r"(?<=: )\S*\n", text)
    assert max(before.count("\n") for before in asked) < ROWS


def test_door_is_set_up_from_nothing(door: Door, broker: Broker) -> None:
    broker.start()
    door.trust_clock()
    key = door.folder / "admin.key"
    with setup(door, COLORTERM="truecolor") as terminal:
        terminal.answer("what now")
        terminal.answer("which camera", stands_there(door))
        terminal.wait_for("▀")
        terminal.answer("good: this face can be recognised")
        terminal.answer("is this the right view")
        terminal.answer("what now", "s")
        terminal.answer("what now")
        terminal.answer("BCM number", "none")
        terminal.answer("what now")
        terminal.answer("name, one word", "back")
        terminal.answer("what now")
        terminal.answer("which broker", "o")
        terminal.answer("broker's name", "127.0.0.1")
        terminal.answer("CA for TLS")
        terminal.answer("port", str(broker.port))
        terminal.answer("user name at the broker")
        terminal.wait_for("lets the door in")
        terminal.wait_for("so far: the console of a simulated door")
        terminal.answer("what now [s]")
        terminal.wait_for("a lamp for the night")
        terminal.answer("what now", "s")
        terminal.answer("what now")
        terminal.answer("keep pictures", "u")
        terminal.answer("how many days", "3")
        terminal.answer("what now")
        terminal.answer("whose key is it", "Ada")
        terminal.answer("private half", str(key))
        for step in ("the dashboard", "the first phone", "the network that knows faces"):
            terminal.wait_for(step)
            terminal.answer("what now", "s")
        terminal.answer("what now")
        terminal.answer("the person's name", "Jerry")
        terminal.answer("Enter to go on")
        terminal.wait_for("templates.")
        terminal.answer("what now")
        terminal.answer("Enter, then walk up")
        terminal.wait_for("[x] alive")
        terminal.wait_for("The door would open for Jerry.")
        terminal.answer("Once more")
        terminal.wait_for("-- facedoor check")
        assert terminal.end() == DONE, terminal.shown
    assert key.exists()
    assert door.config.read_text().startswith(COMMENT)
    assert (door.folder / "door.toml.bak").exists()
    storage = config_file.load(door.config).storage
    assert (storage.keep_pictures, storage.picture_days) == ("unknown", 3)
    assert "PROBLEM" not in terminal.shown
    assert "THE DOOR" not in terminal.shown
    assert_fits(terminal.shown, str(door.folder))


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

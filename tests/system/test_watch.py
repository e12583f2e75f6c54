"""`facedoor watch` beside a real service, in processes of their own."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import closing
from fcntl import ioctl
from pathlib import Path

import pytest

from broker import wait_until
from door_kit import DEADLINE_S, HEEDING_RIGHTS, Door, Running, ended
from facedoor.setup.preview import ENTER, HOME, LEAVE
from facedoor.wire.live import SOCKET


class Terminal:
    """A terminal of 80 x 24 in which a command runs."""

    def __init__(self, command: list[str], **environment: str) -> None:
        self.said = ""
        self._master, slave = pty.openpty()
        ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        # Ctrl-C ends what runs in a terminal, also where whoever runs the tests ignores it.
        heeding = ("env", "--default-signal=INT", *command)
        self.process = subprocess.Popen(
            heeding, stdin=slave, stdout=slave, stderr=slave, env={**os.environ, **environment}
        )
        os.close(slave)

    def shows(self, text: str) -> None:
        """Read on until ``text`` stands there."""
        wait_until(lambda: text in self._read(), f"the terminal shows {text}")

    def screens(self) -> list[list[str]]:
        """What was drawn, as lines without colours."""
        plain = re.sub(r"\x1b\[[\d;]*[mK]", "", self.said)
        return [screen.replace("\r", "").split("\n") for screen in plain.split(HOME)[1:-1]]

    def close(self) -> None:
        self.process.kill()
        self.process.wait(DEADLINE_S)
        os.close(self._master)

    def _read(self) -> str:
        with contextlib.suppress(OSError):  # the other end is closed
            if select.select([self._master], [], [], 0.05)[0]:
                self.said += os.read(self._master, 1 << 20).decode(errors="replace")
        return self.said


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    """The service's runtime directory, as systemd makes it."""
    folder = tmp_path / "run"
    folder.mkdir(mode=0o710)
    return folder


@pytest.fixture
def service(door: Door, runtime: Path) -> Iterator[Running]:
    """A service to which Jerry comes over and over."""
    service = door.run(door.walk_up("Jerry", ""), RUNTIME_DIRECTORY=str(runtime))
    yield service
    service.stop()


def command(*options: str) -> list[str]:
    return [sys.executable, "-m", "facedoor.cli.main", "watch", *options]


def test_running_door_is_seen_live_and_whoever_hangs_or_dies_changes_nothing(
    service: Running, runtime: Path
) -> None:
    there = {"RUNTIME_DIRECTORY": str(runtime)}
    wait_until((runtime / SOCKET).exists, "the socket is there")
    with contextlib.ExitStack() as stack:
        program, stuck = (
            subprocess.Popen(command("--json"), stdout=subprocess.PIPE, env={**os.environ, **there})
            for _ in range(2)
        )
        for process in (program, stuck):
            stack.callback(process.kill)
        coloured, plain = (
            stack.enter_context(closing(Terminal(command(), TERM="xterm", **colours, **there)))
            for colours in ({"COLORTERM": "truecolor"}, {"NO_COLOR": "1"})
        )
        stuck.send_signal(signal.SIGSTOP)
        service.wait_for(decision="granted", person="Jerry")
        assert program.stdout is not None
        seen = faces = 0
        for line in program.stdout:
            said = json.loads(line)
            seen += "frame" in said
            faces += bool(said.get("frame", {}).get("faces"))
            if said.get("news", {}).get("event", {}).get("decision") == "granted":
                break
        assert seen
        assert faces
        assert b'distance"' not in line
        for terminal in (coloured, plain):
            terminal.shows("Jerry came in")
            terminal.shows("test  RELEASED")
            terminal.shows(" ms")
        assert "▀" in coloured.said
        assert "▀" not in plain.said
        assert "\x1b[38" not in plain.said
        for screen in coloured.screens() + plain.screens():
            assert len(screen) <= 24
            assert max(map(len, screen)) <= 80
        program.kill()
        service.wait_for(relay="off")
        service.wait_for(decision="granted", person="Jerry")
        coloured.process.send_signal(signal.SIGINT)
        coloured.shows(LEAVE)
        assert coloured.process.wait(DEADLINE_S) == 0
        assert ENTER in coloured.said
        stuck.kill()
        service.stop()
        plain.shows("the door's service has ended")
        assert plain.process.wait(DEADLINE_S) == 1


def test_where_none_runs_and_where_the_user_may_not_it_says_what_to_do(
    tmp_path: Path, runtime: Path
) -> None:
    there = {"RUNTIME_DIRECTORY": str(runtime)}
    ended(*command(), **there).assert_fails(3, "sudo systemctl start facedoor")
    ended(*command(), RUNTIME_DIRECTORY=str(tmp_path / "none")).assert_fails(3, "no service runs")
    runtime.chmod(0)
    answer = ended(*HEEDING_RIGHTS, *command(), **there)
    answer.assert_fails(3, "run it with sudo, or join the group facedoor")

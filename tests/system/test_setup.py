"""`facedoor setup` in a real terminal, from an empty door to one that opens."""

from __future__ import annotations

import signal

import pytest

from broker import Broker
from door_kit import HEEDING_RIGHTS, Door
from machine_kit import Machine
from terminal import TerminalSession

DONE, NEGATIVE, WRONG_USE = 0, 1, 2
COMMENT = "# what the installer wrote\n"


@pytest.fixture
def door(empty_door: Door, machine: Machine) -> Door:
    """A new door, whose configuration says little, on a machine with nothing attached."""
    empty_door.config.write_text(
        f"{COMMENT}[storage]\ndirectory = 'state'\n[models]\npack = '{_pack(empty_door)}'\n"
    )
    empty_door.config.chmod(0o644)
    return empty_door


def _pack(door: Door) -> object:
    return door.options["models"]["pack"]


def setup(door: Door, **environment: str) -> TerminalSession:
    return TerminalSession("setup", "--config", door.config, environment=environment)


def test_door_is_set_up_from_nothing(door: Door, broker: Broker) -> None:
    broker.start()
    key = door.folder / "admin.key"
    with setup(door, COLORTERM="truecolor") as terminal:
        terminal.answer("what now")
        terminal.answer("which camera", door.walk_up("Jerry", stay_s=5.0))
        terminal.wait_for("▀")
        terminal.answer("good: this face can be recognised")
        terminal.answer("is this the right view")
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
        terminal.answer("what now")
        terminal.answer("whose key is it", "Ada")
        terminal.answer("private half", str(key))
        terminal.answer("what now")
        terminal.answer("the person's name", "Jerry")
        terminal.answer("Enter: go on")
        terminal.wait_for("templates.")
        terminal.wait_for("-- facedoor check")
        assert terminal.end() == DONE, terminal.shown
    assert key.exists()
    assert door.config.read_text().startswith(COMMENT)
    assert (door.folder / "door.toml.bak").exists()
    assert "PROBLEM" not in terminal.shown
    answer = door.facedoor("run", "--once", "--json", "--camera", door.walk_up("Jerry"))
    assert answer.relay == ["on", "off"]


def test_setup_goes_on_where_it_was_ended(door: Door) -> None:
    with setup(door) as terminal:
        terminal.answer("what now", "s")
        terminal.answer("what now", "s")
        terminal.answer("what now", "d")
        terminal.answer("name, one word", "back")
        terminal.wait_for("what now")
        terminal.type("\x04")  # Ctrl-D
        assert terminal.end() == NEGATIVE
    assert "To go on: facedoor setup" in terminal.shown
    with setup(door) as terminal:
        for _ in range(2):
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


def test_user_who_cannot_change_the_configuration_is_told_at_once(
    empty_door: Door,
) -> None:
    empty_door.folder.chmod(0o500)
    answer = empty_door.facedoor("setup", wrapper=HEEDING_RIGHTS)
    empty_door.folder.chmod(0o700)
    assert answer.exit_code == WRONG_USE
    assert "sudo facedoor setup" in answer.sentence

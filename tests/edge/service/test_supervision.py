"""What systemd hears of the door, at a real socket."""

from __future__ import annotations

import contextlib
import os
import socket
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from door_kit import DEADLINE_S, Door
from facedoor.problems import Board, Severity
from facedoor.reasons import Reason
from facedoor.service.supervision import STUCK_AFTER_S, Supervisor
from facedoor.wire.decisions import Decision, ReleaseDecision

WATCHDOG_S = 10
SIGN_S = WATCHDOG_S / 4


@dataclass
class Manager:
    """Stands in for systemd: the socket, the environment of the service, and the time."""

    address: str
    now_s: float = 100.0
    environment: dict[str, str] = field(default_factory=dict)
    board: Board = field(default_factory=Board)

    def __post_init__(self) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind(self.address.replace("@", "\0"))
        self.environment |= {
            "NOTIFY_SOCKET": self.address,
            "WATCHDOG_USEC": str(WATCHDOG_S * 1_000_000),
            "WATCHDOG_PID": str(os.getpid()),
        }

    def supervisor(self) -> Supervisor:
        return Supervisor(self.board, self.environment, clock=lambda: self.now_s)

    def told(self) -> list[dict[str, str]]:
        """The messages since the last call, each by its keys."""
        messages = []
        while True:
            try:
                text = self.socket.recv(4096).decode()
            except BlockingIOError:
                return messages
            messages.append(dict(line.split("=", 1) for line in text.splitlines()))


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Manager]:
    address = str(tmp_path / "notify") if request.param == "path" else f"@{uuid.uuid4()}"
    made = Manager(address)
    yield made
    made.socket.close()


def test_the_door_is_ready_when_a_first_frame_was_judged(manager: Manager) -> None:
    supervisor = manager.supervisor()
    supervisor.opening_camera()
    (opening,) = manager.told()
    assert opening == {"EXTEND_TIMEOUT_USEC": "60000000", "STATUS": "opening the camera"}
    supervisor.judged(0.0)
    (ready,) = manager.told()
    assert (ready["READY"], ready["WATCHDOG"]) == ("1", "1")


def test_a_door_that_hangs_from_the_start_is_never_ready(manager: Manager) -> None:
    supervisor = manager.supervisor()
    supervisor.judged(STUCK_AFTER_S + 1)
    manager.now_s += SIGN_S
    supervisor.judged(STUCK_AFTER_S + 1 + SIGN_S)
    assert [message.keys() for message in manager.told()] == [{"STATUS"}] * 2


def test_frames_feed_the_watchdog_four_times_in_each_interval(manager: Manager) -> None:
    supervisor = manager.supervisor()
    for _ in range(WATCHDOG_S * 8):  # 8 frames a second
        supervisor.judged(0.0)
        manager.now_s += 1 / 8
    told = manager.told()
    assert [message.get("READY") for message in told] == ["1", None, None, None]
    assert [message["WATCHDOG"] for message in told] == ["1"] * 4
    assert told[-1]["STATUS"].startswith("8.0 frames/s, ")


def test_without_frames_the_watchdog_starves(manager: Manager) -> None:
    supervisor = manager.supervisor()
    supervisor.judged(0.0)
    manager.told()
    manager.now_s += WATCHDOG_S
    supervisor.happened(ReleaseDecision.grant("an admin", "", "1"))
    supervisor.opening_camera()
    assert manager.told() == []


def test_a_pause_of_a_recorded_source_does_not_starve_the_watchdog(manager: Manager) -> None:
    supervisor = manager.supervisor()
    supervisor.judged(0.0)
    manager.told()
    manager.now_s += SIGN_S
    supervisor.waiting(0.0)
    assert [message["WATCHDOG"] for message in manager.told()] == ["1"]


def test_a_doorkeeper_that_hangs_starves_the_watchdog_until_it_goes_on(manager: Manager) -> None:
    supervisor = manager.supervisor()
    supervisor.judged(0.0)
    manager.told()
    for stuck_for_s in (STUCK_AFTER_S + 1, STUCK_AFTER_S + 1 + SIGN_S, 0.0):
        manager.now_s += SIGN_S
        supervisor.judged(stuck_for_s)
    first, second, third = manager.told()
    assert first.keys() == second.keys() == {"STATUS"}
    assert first["STATUS"].startswith("problems: 1, worst door_hangs; ")
    assert third["WATCHDOG"] == "1"
    assert manager.board.problems == ()


def test_the_status_counts_the_problems_and_names_no_sentence_of_theirs(manager: Manager) -> None:
    manager.board.report("keypad_unreadable", "plug it in, Jerry")
    manager.board.report("journal_unwritable", "no room for Jerry", Severity.ERROR)
    manager.supervisor().judged(0.0)
    (message,) = manager.told()
    assert message["STATUS"].startswith("problems: 2, worst journal_unwritable; ")
    assert "Jerry" not in str(message)


def test_the_status_tells_of_the_last_decision_without_the_name(manager: Manager) -> None:
    supervisor = manager.supervisor()
    decision = Decision("2026-11-24T09:30:00Z", True, Reason.RECOGNISED, "Jerry", 0.5, 0.7, 3, 1)
    supervisor.happened(decision)
    supervisor.judged(0.0)
    (message,) = manager.told()
    assert message["STATUS"].endswith("last decision: granted (recognised) at 2026-11-24T09:30:00Z")
    assert "Jerry" not in str(message)


@pytest.mark.parametrize("changed", [{"WATCHDOG_PID": "1"}, {"WATCHDOG_USEC": "soon"}])
def test_watchdog_of_somebody_else_is_not_fed(manager: Manager, changed: dict[str, str]) -> None:
    manager.environment |= changed
    manager.supervisor().judged(0.0)
    (message,) = manager.told()
    assert message.keys() == {"READY", "STATUS"}


def test_readiness_is_told_again_while_systemd_does_not_listen(manager: Manager) -> None:
    supervisor = manager.supervisor()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        other.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                other.sendto(b"STATUS=full", manager.socket.getsockname())
    supervisor.judged(0.0)
    manager.told()
    supervisor.judged(0.0)
    assert [message["READY"] for message in manager.told()] == ["1"]


def test_the_end_is_told(manager: Manager) -> None:
    manager.supervisor().stopping()
    assert [message["STOPPING"] for message in manager.told()] == ["1"]


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": "relative"}])
def test_without_systemd_nothing_is_told_and_nothing_breaks(environment: dict[str, str]) -> None:
    board = Board()
    supervisor = Supervisor(board, environment)
    supervisor.opening_camera()
    supervisor.judged(0.0)
    supervisor.waiting(STUCK_AFTER_S + 1)
    assert [problem.code for problem in board.problems] == ["door_hangs"]
    supervisor.stopping()


def test_a_door_tells_systemd_from_its_start_to_its_end(door: Door, tmp_path: Path) -> None:
    manager = Manager(str(tmp_path / "notify"))
    manager.socket.settimeout(DEADLINE_S)
    service = door.run(door.walk_up("Jerry"), NOTIFY_SOCKET=manager.address)
    assert b"EXTEND_TIMEOUT_USEC" in manager.socket.recv(4096)
    assert manager.socket.recv(4096).startswith(b"READY=1\n")
    service.wait_for(decision="granted")
    assert service.stop().exit_code == 0
    manager.socket.setblocking(False)
    # A frame that was being judged may still be told of, on a busy machine.
    assert [message["STOPPING"] for message in manager.told() if "STOPPING" in message] == ["1"]
    manager.socket.close()

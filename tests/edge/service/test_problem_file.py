from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from facedoor.config.options import Config
from facedoor.problems import Board, Severity
from facedoor.service.supervision import PROBLEMS, ProblemFile, shown_in
from machine_kit import Machine

DYING = """
import os, signal
from facedoor.problems import Board
from facedoor.service.supervision import ProblemFile
board = Board()
board.report("keypad_unreadable", "no keypad")
ProblemFile(board).look()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_another_process_sees_what_is_on_the_board_while_the_service_runs(tmp_path: Path) -> None:
    board = Board()
    shown = ProblemFile(board, {"RUNTIME_DIRECTORY": str(tmp_path)})
    assert shown_in(tmp_path) is None
    shown.look()
    assert shown_in(tmp_path) == ()
    board.report("topic_forbidden", "may not", about="event")
    board.report("journal_unwritable", "no room", Severity.ERROR)
    shown.look()
    assert shown_in(tmp_path) == board.problems
    assert (tmp_path / PROBLEMS).stat().st_mode & 0o077 == 0
    shown.close()
    shown.close()
    assert shown_in(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_the_file_of_a_service_that_was_killed_is_not_believed(tmp_path: Path) -> None:
    environment = {"RUNTIME_DIRECTORY": str(tmp_path)}
    subprocess.run([sys.executable, "-c", DYING], env=environment, check=False)
    assert "keypad_unreadable" in (tmp_path / PROBLEMS).read_text()
    assert shown_in(tmp_path) is None


def test_what_could_not_be_written_is_written_at_the_next_look(tmp_path: Path) -> None:
    shown = ProblemFile(Board(), {"RUNTIME_DIRECTORY": str(tmp_path / "later")})
    shown.look()
    (tmp_path / "later").mkdir()
    shown.look()
    assert shown_in(tmp_path / "later") == ()
    shown.close()


def test_what_no_service_of_this_version_wrote_is_found_and_ends_no_check(machine: Machine) -> None:
    runtime = machine.root / "run" / "facedoor"
    runtime.mkdir(parents=True)
    shown = ProblemFile(Board(), {"RUNTIME_DIRECTORY": str(runtime)})
    shown.look()
    for text in ("", "5", "[1]", '[{"code": "x", "severity": "new"}]', "[" * 100_000):
        (runtime / PROBLEMS).write_text(text)
        (found,) = machine.problems("problems", Config())
        assert "restart facedoor" in found.message
    shown.close()


def test_without_systemd_nothing_is_written_and_nobody_sees_anything(tmp_path: Path) -> None:
    shown = ProblemFile(Board(), {})
    shown.look()
    shown.close()
    assert shown_in(tmp_path / "none") is None


def test_check_tells_each_problem_with_code_sentence_and_since(machine: Machine) -> None:
    runtime = machine.root / "run" / "facedoor"
    runtime.mkdir(parents=True)
    board = Board()
    board.report("keypad_unreadable", "the keypad is gone: plug it in", Severity.ERROR)
    shown = ProblemFile(board, {"RUNTIME_DIRECTORY": str(runtime)})
    shown.look()
    (found,) = machine.problems("problems", Config())
    since = board.problems[0].since
    assert found.message == (
        f"Keypad does not answer (keypad_unreadable) since {since}: the keypad is gone: plug it in"
    )
    assert found.remedy
    shown.close()
    assert machine.problems("problems", Config()) == []

"""The board of problems: what is put up stays until it is taken down, and is told once."""

from __future__ import annotations

import ast
import logging
import re
from pathlib import Path

import pytest

import facedoor
from facedoor.problems import Board, Severity

REPOSITORY = Path(__file__).parents[2]


def test_a_board_holds_every_problem_errors_first() -> None:
    board = Board()
    board.report("broker_unreachable", "no broker")
    board.report("journal_unwritable", "no decision can be written", Severity.ERROR)
    board.report("keypad_unreadable", "no keypad")
    assert [problem.code for problem in board.problems] == [
        "journal_unwritable",
        "broker_unreachable",
        "keypad_unreadable",
    ]


def test_a_problem_that_has_passed_disappears() -> None:
    board = Board()
    board.report("disk_full", "the disk is full")
    board.report("disk_full", None)
    assert board.problems == ()


def test_problems_of_one_code_are_told_apart_and_cleared_together() -> None:
    board = Board()
    board.report("topic_forbidden", "may not say event", about="event")
    board.report("topic_forbidden", "may not say state", about="state")
    board.report("topic_forbidden", None, about="event")
    assert [problem.about for problem in board.problems] == ["state"]
    board.report("topic_forbidden", "may not say event", about="event")
    board.clear("topic_forbidden")
    assert board.problems == ()


def test_other_words_for_a_problem_keep_its_beginning() -> None:
    board = Board()
    board.report("disk_full", "5 MB are left")
    since = board.problems[0].since
    board.report("disk_full", "4 MB are left", Severity.ERROR)
    (problem,) = board.problems
    assert (problem.since, problem.sentence) == (since, "4 MB are left")
    assert problem.severity is Severity.ERROR


def test_a_change_is_told_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    told: list[int] = []
    board = Board()
    board.changed = lambda: told.append(len(board.problems))
    with caplog.at_level(logging.WARNING):
        board.report("disk_full", "the disk is full")
        board.report("disk_full", "the disk is full")
        board.report("disk_full", None)
        board.report("disk_full", None)
    assert told == [1, 0]
    assert [record.message for record in caplog.records] == [
        "the disk is full",
        "no longer: the disk is full",
    ]


def reported() -> set[tuple[str, str]]:
    """Code, which has to be a literal, and severity of every report to a board."""
    calls = [
        node
        for file in Path(facedoor.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("board.report")
    ]
    severities = {"Severity.ERROR": "error", "severity": "both"}
    return {
        (ast.literal_eval(call.args[0]), severities.get(ast.unparse(call.args[-1]), "warning"))
        for call in calls
    }


def test_the_table_of_the_documentation_has_every_code_that_is_reported_and_no_other() -> None:
    text = (REPOSITORY / "docs" / "check.md").read_text()
    table = text[text.index("## Problems") : text.index("## facedoor check")]
    documented = re.findall(r"(?m)^\| `(\w+)` \| (error|warning|both) \| .+ \| .+ \|$", table)
    assert sorted(documented) == sorted(reported())

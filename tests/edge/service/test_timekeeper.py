"""The timekeeper: it keeps what is known of the time, and says what waits for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from facedoor.clock import DoorClock, Known
from facedoor.commands.used import UsedCommands
from facedoor.problems import Board, Severity
from facedoor.service.timekeeper import Timekeeper
from facedoor.storage.clock_record import keep_clock, recall_clock
from facedoor.storage.store import transaction
from timepieces import Timepiece
from vaults import VAULT, open_store


class Watched:
    """A timekeeper, its state file and its board."""

    def __init__(self, folder: Path) -> None:
        self.piece = Timepiece(folder / "machine")
        self.db = open_store(folder / "facedoor.db")
        self.starts()

    def starts(self) -> None:
        self.board = Board()
        self.clock = DoorClock(self.piece.machine())
        self.keeper = Timekeeper(self.db, VAULT, self.clock, self.board)
        self.keeper.look()

    @property
    def problems(self) -> dict[str, str]:
        return {problem.code: problem.sentence for problem in self.board.problems}


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def test_unknown_time_is_a_problem_until_it_is_proven(watched: Watched) -> None:
    (problem,) = watched.board.problems
    assert (problem.code, problem.severity) == ("clock_not_set", Severity.WARNING)
    assert "obeys no signed command, erases nothing of the journal; connect" in problem.sentence
    watched.keeper.look(somebody_keeps_to_times=True)
    (problem,) = watched.board.problems
    assert problem.severity is Severity.ERROR
    assert "lets nobody in who is bound to schedules or dates" in problem.sentence
    watched.piece.mark()
    watched.keeper.look(somebody_keeps_to_times=True)
    assert watched.problems == {}


def test_problem_is_the_same_while_time_goes_on(watched: Watched) -> None:
    """Else it would be told, and logged, again and again."""
    told = []
    watched.board.changed = lambda: told.append(watched.problems)
    for _ in range(100):
        watched.piece.passes(61)
        watched.keeper.look()
    assert told == []


def test_proof_outlives_the_service_but_not_the_system(watched: Watched) -> None:
    watched.piece.is_synchronised = True
    watched.keeper.look()
    watched.piece.is_synchronised = False
    watched.starts()
    assert watched.problems == {}
    watched.piece.boot = "second"
    watched.starts()
    assert [*watched.problems] == ["clock_not_set"]


def test_word_of_root_in_another_process_is_heard_at_the_next_look(watched: Watched) -> None:
    with_root = DoorClock(watched.piece.machine())
    keep_clock(watched.db, VAULT, with_root.trusted_by_root(recall_clock(watched.db, VAULT)))
    watched.keeper.look()
    assert watched.problems == {}


def test_looking_writes_only_what_is_new(watched: Watched) -> None:
    watched.piece.is_synchronised = True
    keep_clock(watched.db, VAULT, Known(time_s=watched.piece.wall_s))
    watched.keeper.look()
    statements: list[str] = []
    watched.db.set_trace_callback(statements.append)
    for _ in range(100):
        watched.piece.passes(0.5)
        watched.keeper.look()
    assert not [each for each in statements if each.startswith(("INSERT", "COMMIT"))]


def test_state_file_that_fails_takes_no_proof_and_gives_none(watched: Watched) -> None:
    watched.db.execute("PRAGMA query_only = 1")
    watched.keeper.look()
    assert not watched.clock.reading().is_proven
    watched.piece.is_synchronised = True
    watched.keeper.look()
    assert watched.clock.reading().is_proven
    watched.db.execute("PRAGMA query_only = 0")
    watched.keeper.look()
    assert recall_clock(watched.db, VAULT).proof is not None
    with transaction(watched.db, "damage the record"):
        watched.db.execute("UPDATE clock SET sealed = x'00'")
    watched.piece.is_synchronised = False
    watched.keeper.look()
    assert watched.clock.reading().is_proven


def test_commands_obeyed_at_a_later_time_are_a_problem_while_that_is_to_come(
    watched: Watched,
) -> None:
    later_s = watched.piece.wall_s + 1e6
    assert UsedCommands(watched.db).take("0123456789abcdef", later_s, later_s + 30, later_s)
    watched.piece.is_synchronised = True
    watched.keeper.look()
    assert "sudo facedoor clock repair" in watched.problems["clock_was_ahead"]
    watched.piece.passes(1e6)
    watched.keeper.look()
    assert watched.problems == {}

"""Each command works once, whatever the clock and the power supply do."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from commands_kit import NOW_S
from facedoor.commands.accept import UsedCommands
from vaults import open_store


def test_id_is_taken_once(database: Path) -> None:
    with closing(open_store(database)) as db:
        used = UsedCommands(db)
        assert used.take("a", NOW_S + 30, NOW_S)
        assert not used.take("a", NOW_S + 30, NOW_S)
        assert used.take("b", NOW_S + 30, NOW_S)


def test_id_is_remembered_over_a_restart(database: Path) -> None:
    with closing(open_store(database)) as db:
        assert UsedCommands(db).take("a", NOW_S + 30, NOW_S)
    with closing(open_store(database)) as db:
        assert not UsedCommands(db).take("a", NOW_S + 30, NOW_S + 1)


def test_expired_ids_are_forgotten(database: Path) -> None:
    with closing(open_store(database)) as db:
        for number in range(100):
            assert UsedCommands(db).take(f"{number}", NOW_S + number + 30, NOW_S + number)
        assert db.execute("SELECT count(*) FROM used_command").fetchone()[0] <= 32


# What was signed has one id and one time of expiry: here the one names the other.
expiry_s = st.integers(0, 20)
takings = st.lists(st.tuples(expiry_s, st.integers(-50, 50)), max_size=30)


@settings(max_examples=50)
@given(takings)
def test_no_command_is_taken_twice_however_clocks_go(sequence: list[tuple[int, int]]) -> None:
    taken: list[int] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(open_store(Path(folder) / "facedoor.db")) as db,
    ):
        for expires_s, now_s in sequence:
            if UsedCommands(db).take(str(expires_s), NOW_S + expires_s, NOW_S + now_s):
                taken.append(expires_s)
    assert len(taken) == len(set(taken))

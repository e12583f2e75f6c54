from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands_kit import NOW_S, private_key, public
from facedoor.commands.keys import CommandKeys
from facedoor.commands.used import UsedCommands
from facedoor.errors import UsageError
from facedoor.storage.store import transaction
from facedoor.wire.roles import Role, fingerprint, public_key_from_text, public_key_text
from vaults import open_store


@pytest.fixture
def keys(db: sqlite3.Connection) -> CommandKeys:
    return CommandKeys(db)


def test_public_key_survives_being_copied_and_its_fingerprint_is_of_rfc_8037() -> None:
    public_key = public_key_from_text("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
    assert fingerprint(public_key) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    assert public_key_from_text(public_key_text(public(private_key()))) == public(private_key())


def test_added_key_is_found_by_its_fingerprint(keys: CommandKeys) -> None:
    added = keys.add("phone", Role.ENROLLER, public(private_key()))
    assert keys.find(added.fingerprint) == added
    assert keys.all() == [added]
    assert keys.find("somebody else's") is None


def test_revoked_key_is_kept_and_cannot_come_back(keys: CommandKeys) -> None:
    added = keys.add("phone", Role.ADMIN, public(private_key()))
    assert keys.revoke("phone") == keys.find(added.fingerprint)
    assert keys.find(added.fingerprint).revoked_at is not None
    with pytest.raises(UsageError, match="here already"):
        keys.add("phone again", Role.ADMIN, public(private_key()))


def test_name_is_free_again_once_its_key_is_revoked(keys: CommandKeys) -> None:
    first = keys.add("phone", Role.ADMIN, public(private_key(1)))
    with pytest.raises(UsageError, match="there is a key phone already"):
        keys.add("phone", Role.ADMIN, public(private_key(2)))
    keys.revoke(first.fingerprint)
    keys.add("phone", Role.VIEWER, public(private_key(2)))
    assert [key.revoked_at is None for key in keys.all()] == [False, True]


def test_key_that_is_not_there_cannot_be_revoked(keys: CommandKeys) -> None:
    with pytest.raises(UsageError, match="facedoor keys list"):
        keys.revoke("phone")


@pytest.mark.parametrize("name", ["", "x" * 65, "two\nlines"])
def test_bad_name_is_refused(keys: CommandKeys, name: str) -> None:
    with pytest.raises(UsageError, match="a key's name"):
        keys.add(name, Role.ADMIN, public(private_key()))


@pytest.mark.parametrize("text", ["?" * 43, "", "ab", "A" * 44])
def test_what_is_no_public_key_is_refused(keys: CommandKeys, text: str) -> None:
    with pytest.raises(UsageError, match="public key"):
        keys.add("phone", Role.ADMIN, public_key_from_text(text))


def test_id_is_taken_once(database: Path) -> None:
    with closing(open_store(database)) as db:
        used = UsedCommands(db)
        assert used.take("a", NOW_S, NOW_S + 30, NOW_S)
        assert not used.take("a", NOW_S, NOW_S + 30, NOW_S)
        assert used.take("b", NOW_S, NOW_S + 30, NOW_S)


def test_id_is_remembered_over_a_restart(database: Path) -> None:
    with closing(open_store(database)) as db:
        assert UsedCommands(db).take("a", NOW_S, NOW_S + 30, NOW_S)
    with closing(open_store(database)) as db:
        assert not UsedCommands(db).take("a", NOW_S, NOW_S + 30, NOW_S + 1)


def test_expired_ids_are_forgotten(database: Path) -> None:
    with closing(open_store(database)) as db:
        for number in range(100):
            assert UsedCommands(db).take(
                f"{number}", NOW_S + number, NOW_S + number + 30, NOW_S + number
            )
        assert db.execute("SELECT count(*) FROM used_command").fetchone()[0] <= 32


# What was signed has one id and one time at which it was made: here the one names the other.
made_s = st.integers(0, 20)
takings = st.lists(st.tuples(made_s, st.integers(-50, 50)), max_size=30)


@given(takings)
def test_no_command_is_taken_twice_however_clocks_go(sequence: list[tuple[int, int]]) -> None:
    taken: list[int] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(open_store(Path(folder) / "facedoor.db")) as db,
    ):
        for made_s, now_s in sequence:
            if takes(db, made_s, NOW_S + now_s, lasts_s=1.0):
                taken.append(made_s)
    assert len(taken) == len(set(taken))


@given(
    st.lists(
        st.tuples(st.integers(0, 20), st.booleans(), st.booleans(), st.integers(-5, 25)),
        max_size=30,
    )
)
def test_no_command_is_taken_twice_when_root_has_repaired_the_clock(
    sequence: list[tuple[int, bool, bool, int]],
) -> None:
    """True time only goes on; the door's is right or years ahead, and root repairs it when it is
    right. Senders are up to 5 s ahead."""
    taken: list[int] = []
    now_s = 0
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(open_store(Path(folder) / "facedoor.db")) as db,
    ):
        for passes_s, is_ahead, is_repaired, age_s in sequence:
            now_s += passes_s
            if is_repaired and not is_ahead:
                UsedCommands(db).begin_again(NOW_S + now_s)
            made_s = now_s - age_s
            if is_ahead:
                takes(db, 10**8 + now_s, NOW_S + now_s + 1e8)
            elif takes(db, made_s, NOW_S + now_s):
                taken.append(made_s)
    assert len(taken) == len(set(taken))


def takes(db: sqlite3.Connection, made_s: int, now_s: float, lasts_s: float = 30.0) -> bool:
    made = NOW_S + made_s
    return UsedCommands(db).take(str(made_s), made, made + lasts_s, now_s)


def test_door_whose_clock_was_ahead_knows_it_until_root_repairs_it(database: Path) -> None:
    with closing(open_store(database)) as db:
        used = UsedCommands(db)
        assert used.take("later", NOW_S + 1e8, NOW_S + 1e8 + 30, NOW_S + 1e8)
        assert used.was_ahead(NOW_S)
        assert not used.take("now", NOW_S, NOW_S + 30, NOW_S)
        used.begin_again(NOW_S)
        assert not used.was_ahead(NOW_S)
        assert not used.take("now", NOW_S, NOW_S + 30, NOW_S)  # it may have been taken before
        assert used.take("new", NOW_S + 10, NOW_S + 40, NOW_S + 10)


def test_copy_that_was_found_while_the_clock_was_ahead_ends_no_commands_for_good(
    database: Path,
) -> None:
    with closing(open_store(database)) as db:
        with transaction(db, "put a copy back"):
            db.execute("UPDATE epoch SET not_before_s = 0")
        used = UsedCommands(db)
        assert used.good_from_s(NOW_S + 1e8) > NOW_S + 1e8
        assert used.was_ahead(NOW_S)
        used.begin_again(NOW_S)
        assert not used.was_ahead(NOW_S)
        assert NOW_S < used.good_from_s(NOW_S) < NOW_S + 10

"""The ledger: whatever is changed without the key, or put back as it once was, is noticed, and
whatever is written with the key is not."""

from __future__ import annotations

import dataclasses
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accidents import EXAMPLES
from circle import at
from facedoor.access.lockout import Lockout, end_lockout, keep_lockout
from facedoor.access.rule_book import RuleBook
from facedoor.clock import Known
from facedoor.commands.inviting import invite, join, take_back
from facedoor.commands.keys import CommandKeys
from facedoor.commands.used import UsedCommands
from facedoor.door.mode_switch import ModeSwitch
from facedoor.errors import FacedoorError, StoreError
from facedoor.identity.gallery import Gallery
from facedoor.site.roster_book import RosterBook
from facedoor.site.site import Site
from facedoor.storage import chain, ledger
from facedoor.storage.audit import verify
from facedoor.storage.backup import backup
from facedoor.storage.clock_record import keep_clock
from facedoor.storage.epoch import reserve_visits
from facedoor.storage.journal import Journal
from facedoor.storage.ledger import TamperedError
from facedoor.storage.pictures import Pictures, VisitPicture
from facedoor.storage.store import transaction, trusting
from facedoor.storage.vault import Vault
from facedoor.wire.events import OtherEvent
from facedoor.wire.mode import Mode
from facedoor.wire.roles import Role
from vaults import VAULT, list_mentions, open_store, without_the_key

MODEL = "a" * 64
SITE = Site("home", Vault(bytes(32)))


def live(db: sqlite3.Connection, number: int) -> None:
    """Whatever a door does, one thing of each kind, and something else for each number."""
    gallery, book, keys = Gallery(db, VAULT), RuleBook(db, VAULT), CommandKeys(db)
    journal = Journal(db, VAULT)
    name, other = f"Ada {number % 3}", f"Bob {number % 2}"
    for act in (
        lambda: gallery.add(name, at(number), MODEL),
        lambda: gallery.add_all(other, {MODEL: at(90 + number)}, pictures=[bytes(100)]),
        lambda: book.set_rules(f'time_zone = "UTC"\n[groups.staff]\n# {number}\n', "command line"),
        lambda: book.allow(
            other, lambda known: dataclasses.replace(known, groups=("staff",)), "command line"
        ),
        lambda: keys.add(f"key {number}", Role.ENROLLER, bytes(31) + bytes([number])),
        lambda: keys.revoke(f"key {number - 1}"),
        lambda: offer(journal, number),
        lambda: UsedCommands(db).take(f"command {number}", 990.0, 2000.0 + number, 1000.0 + number),
        lambda: turn(db, list(Mode)[number % 3]),
        lambda: journal.append(OtherEvent.of("decision", {"person": name, "number": number})),
        lambda: journal.append(OtherEvent.of("decision", {"person": other})),
        lambda: journal.append(
            OtherEvent.of("decision", {"visit": f"3f9a1c07-{number}", "nearest": other})
        ),
        lambda: Pictures(db, VAULT).keep(
            VisitPicture(f"3f9a1c07-{number}", bytes(100), 1.0), most_mb=3e-4
        ),
        lambda: journal.mark_sent(number),
        lambda: reserve_visits(db, 3),
        lambda: keep_clock(db, VAULT, Known(time_s=float(number))),
        lambda: lock_out(db, number),
        lambda: RosterBook(db, gallery, journal, SITE, "front").note_changes(),
        lambda: gallery.rename(name, f"Eve {number}"),
        lambda: gallery.remove(other if number % 2 else f"Eve {number - 1}"),
        lambda: remove_first_entry(db),
    ):
        with suppress(FacedoorError):
            act()


def offer(journal: Journal, number: int) -> None:
    """An invitation, which is used, taken back, or there until it is forgotten."""
    key, now_s = bytes([number]) * 32, 2e6 * number
    given = Role.VIEWER, key, now_s + 60, "command line", None, now_s
    invitation = invite(journal, f"phone {number}", *given)
    if number % 3 == 1:
        join(journal, invitation.fingerprint, bytes([200]) + key[1:], now_s)
    if number % 3 == 2:
        take_back(journal, invitation.fingerprint, "command line", now_s)


def turn(db: sqlite3.Connection, mode: Mode) -> None:
    with ModeSwitch().turning(db, mode):
        pass


def lock_out(db: sqlite3.Connection, number: int) -> None:
    lockout = Lockout(number, 30.0, 30.0)
    with transaction(db, "lock out"):
        for person in (None, *db.execute("SELECT max(id) FROM person").fetchone()):
            keep_lockout(db, lockout, "boot", person)
    if number % 2:
        end_lockout(db, lockout, "boot")


def remove_first_entry(db: sqlite3.Connection) -> None:
    number, mac = db.execute("SELECT id, mac FROM journal ORDER BY id LIMIT 1").fetchone()
    with transaction(db, "remove the first entry"):
        chain.bridge(db, VAULT, number, number, mac)


@pytest.fixture
def lived(db: sqlite3.Connection) -> sqlite3.Connection:
    """A file with something in every table."""
    for number in range(4):
        live(db, number)
    Gallery(db, VAULT).add("Ada", at(0, 10), MODEL)  # not noted in the roster yet
    list_mentions(db)
    return db


def tables(db: sqlite3.Connection) -> list[str]:
    return [*ledger.covered(db), "journal", "ledger"]


def test_every_table_is_covered_or_has_a_reason_not_to_be(lived: sqlite3.Connection) -> None:
    rows = lived.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*'"
    ).fetchall()
    assert {name for (name,) in rows} == {*ledger.covered(lived), *ledger.OPEN}
    for table in tables(lived):
        assert lived.execute(f"SELECT count(*) FROM {table}").fetchone()[0], table


@settings(max_examples=EXAMPLES // 4)
@given(st.lists(st.integers(0, 9), max_size=6))
def test_whatever_a_door_does_it_stays_intact(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("state")
    with closing(open_store(folder / "facedoor.db")) as db:
        for number in numbers:
            live(db, number)
            assert verify(db, VAULT).problem is None
        backup(db, folder / "copy.db")
    for name in ("facedoor.db", "copy.db"):
        with closing(open_store(folder / name)) as db:
            live(db, 10)
            assert verify(db, VAULT).problem is None


def test_any_row_that_is_changed_added_or_taken_away_is_noticed(
    lived: sqlite3.Connection,
) -> None:
    noticed = 0
    for table in tables(lived):
        with without_the_key(lived) as thief:
            attacks, before = attacks_on(thief, table), contents(thief, [table])
        for statement, values in attacks:
            with without_the_key(lived) as thief:
                put_back(thief, before)
                try:
                    thief.execute(statement, values)
                except sqlite3.IntegrityError:  # not possible without breaking the file
                    continue
            assert not verify(lived, VAULT).intact, (statement, values)
            noticed += 1
        with without_the_key(lived) as thief:
            put_back(thief, before)
        assert verify(lived, VAULT).intact, table
    assert noticed > 200


def attacks_on(db: sqlite3.Connection, table: str) -> list[tuple[str, tuple[object, ...]]]:
    """Rows deleted, doubled under another number, and each of their columns changed: all rows, or
    of many the first, the last and one between, unless ``FACEDOOR_EXAMPLES`` asks for more."""
    columns = [
        (name, kind) for _, name, kind, *_ in db.execute(f"PRAGMA table_info({table})").fetchall()
    ]
    found: list[tuple[str, tuple[object, ...]]] = []
    rows = db.execute(f"SELECT rowid, * FROM {table}").fetchall()
    if len(rows) > 3 and EXAMPLES < 100:
        rows = [rows[0], rows[len(rows) // 2], rows[-1]]
    for rowid, *row in rows:
        found.append((f"DELETE FROM {table} WHERE rowid = ?", (rowid,)))
        for (name, kind), value in zip(columns, row, strict=True):
            update = f"UPDATE {table} SET {name} = ? WHERE rowid = ?"
            other = different(value, kind)
            found.append((update, (other, rowid)))
            doubled = [
                other if one == name else old for (one, _), old in zip(columns, row, strict=True)
            ]
            marks = ", ".join("?" * len(row))
            found.append((f"INSERT INTO {table} VALUES ({marks})", tuple(doubled)))
    return found


def different(value: object, kind: str) -> object:
    match value:
        case int() | float():
            return value + 1000
        case bytes():
            return value[:-1] + bytes([value[-1] ^ 1])
        case str():
            return value + "x"
    return {"TEXT": "x", "BLOB": b"x"}.get(kind, 1)


def contents(db: sqlite3.Connection, names: list[str]) -> dict[str, list[tuple[object, ...]]]:
    return {name: db.execute(f"SELECT rowid, * FROM {name}").fetchall() for name in names}


def put_back(db: sqlite3.Connection, before: dict[str, list[tuple[object, ...]]]) -> None:
    for name, rows in before.items():
        db.execute(f"DELETE FROM {name}")
        columns = [row[1] for row in db.execute(f"PRAGMA table_info({name})")]
        for row in rows:
            marks = ", ".join("?" * len(row))
            db.execute(f"INSERT INTO {name} (_rowid_, {', '.join(columns)}) VALUES ({marks})", row)


def test_any_part_that_is_put_back_as_it_was_is_noticed(lived: sqlite3.Connection) -> None:
    names = tables(lived)
    with without_the_key(lived) as thief:
        old = contents(thief, names)
    for number in range(4, 7):
        live(lived, number)
    with without_the_key(lived) as thief:
        now = contents(thief, names)
    # Each table alone, and everything but one; the head of the journal always with its end.
    parts = [[name] for name in names]
    parts += [[name for name in names if name != left_out] for left_out in names]
    for part in parts:
        differ = {name for name in names if old[name] != now[name]}
        if differ <= set(part) or not differ & set(part):
            continue  # the whole of the older or of the newer file
        with without_the_key(lived) as thief:
            put_back(thief, {name: old[name] for name in part})
        assert not verify(lived, VAULT).intact, part
        with without_the_key(lived) as thief:
            put_back(thief, now)
        assert verify(lived, VAULT).intact


def test_no_old_ledger_fits_what_has_been_written_since(db: sqlite3.Connection) -> None:
    ledgers = set()
    for number in range(3):
        with without_the_key(db) as thief:
            trace: list[tuple[object, ...]] = thief.execute("SELECT * FROM ledger").fetchall()
        ledgers.update(trace)
        live(db, number)
    for old in ledgers:
        with without_the_key(db) as thief:
            thief.execute("REPLACE INTO ledger VALUES (?, ?)", old)
        assert not verify(db, VAULT).intact


def test_foreign_change_is_never_taken_over(lived: sqlite3.Connection) -> None:
    CommandKeys(lived).add("boss", Role.ADMIN, bytes([9]) * 32)
    with without_the_key(lived) as thief:
        thief.execute("UPDATE command_key SET revoked_at = NULL")
    for number in range(5, 8):
        live(lived, number)
    assert verify(lived, VAULT).problem == "something without the key has changed command_key"
    assert verify(lived, VAULT).wrong_id is None


def ranks(db: sqlite3.Connection) -> object:
    return RosterBook(db, Gallery(db, VAULT), Journal(db, VAULT), SITE, "front").ranks()


@pytest.mark.parametrize(
    ("attack", "use"),
    [
        ("UPDATE command_key SET role = 'admin'", lambda db: CommandKeys(db).all()),
        ("DELETE FROM command_key", lambda db: CommandKeys(db).find("")),
        ("DELETE FROM used_command", lambda db: UsedCommands(db).take("new", 0.0, 9e3, 1.0)),
        (
            "UPDATE command_clock SET latest_s = 0",
            lambda db: UsedCommands(db).take("n", 0.0, 9e3, 1.0),
        ),
        ("DELETE FROM rules", lambda db: RuleBook(db, VAULT).rulings()),
        ("DELETE FROM permission", lambda db: RuleBook(db, VAULT).rulings()),
        ("DELETE FROM template WHERE id = 1", lambda db: Gallery(db, VAULT).templates(MODEL)),
        ("DELETE FROM person", lambda db: Gallery(db, VAULT).people()),
        ("DELETE FROM person", lambda db: Gallery(db, VAULT).add("Eve", at(0), MODEL)),
        ("UPDATE door_mode SET mode = 'normal'", lambda db: ModeSwitch().restore(db)),
        ("UPDATE outbox SET sent_up_to = 9999", lambda db: Journal(db, VAULT).unsent(1)),
        ("DELETE FROM roster", lambda db: ranks(db)),
    ],
)
def test_what_was_changed_is_not_used(
    lived: sqlite3.Connection, attack: str, use: Callable[[sqlite3.Connection], object]
) -> None:
    turn(lived, Mode.LOCKDOWN)
    with suppress(FacedoorError):
        use(lived)  # so that it was looked at before
    with without_the_key(lived) as thief:
        assert thief.execute(attack).rowcount
    with pytest.raises(TamperedError, match="restore it from a backup, or move it away"):
        use(lived)


def test_mark_of_the_layout_is_looked_at_before_anything_is_written(
    lived: sqlite3.Connection, database: Path
) -> None:
    journal = Journal(lived, VAULT)
    with without_the_key(lived) as thief:
        thief.execute(
            "CREATE TRIGGER evil AFTER INSERT ON journal BEGIN"
            " UPDATE command_key SET role = 'admin', revoked_at = NULL; END"
        )
    keys = lived.execute("SELECT * FROM command_key").fetchall()
    with pytest.raises(TamperedError, match="in sqlite_schema"):
        journal.append(OtherEvent.of("system", {}))
    for read_only in (True, False):
        with pytest.raises(TamperedError, match="in sqlite_schema"):
            open_store(database, read_only)
    assert lived.execute("SELECT * FROM command_key").fetchall() == keys


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE gallery SET revision = 9",
        "DELETE FROM command_key",
        "REPLACE INTO lockout VALUES (1, 0, '', 0.0, 0.0)",
    ],
)
def test_nobody_can_forget_the_ledger(lived: sqlite3.Connection, statement: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match=re.escape("outside of transaction()")):
        lived.execute(statement)
    assert verify(lived, VAULT).intact


def test_change_inside_a_block_that_only_reads_is_not_lost_unnoticed(
    lived: sqlite3.Connection,
) -> None:
    def forget() -> None:
        with trusting(lived, "read", "person"):
            Journal(lived, VAULT).append(OtherEvent.of("system", {}))

    before = len(Journal(lived, VAULT).tail(99))
    with pytest.raises(RuntimeError, match="inside a block that only reads"):
        forget()
    Journal(lived, VAULT).append(OtherEvent.of("system", {}))
    assert len(Journal(lived, VAULT).tail(99)) == before + 1


def test_what_fails_inside_a_transaction_that_goes_on_is_not_counted(
    lived: sqlite3.Connection,
) -> None:
    with transaction(lived, "try"):
        lived.execute("UPDATE gallery SET revision = revision + 1")
        with suppress(sqlite3.IntegrityError):
            lived.execute("UPDATE person SET name_index = x'00'")  # the second one fails
        lived.execute("SAVEPOINT part")
        lived.execute("DELETE FROM rules")
        lived.execute("ROLLBACK TO part")
    assert verify(lived, VAULT).intact


def test_append_reads_nothing_of_what_the_ledger_covers(lived: sqlite3.Connection) -> None:
    statements: list[str] = []
    lived.set_trace_callback(statements.append)
    Journal(lived, VAULT).append(OtherEvent.of("system", {}))
    lived.set_trace_callback(None)
    assert not re.search("person|template|command_key|permission", " ".join(statements))


def test_damaged_ledger_is_said(lived: sqlite3.Connection, database: Path) -> None:
    with without_the_key(lived) as thief:
        thief.execute("UPDATE ledger SET sealed = x'00'")
    with pytest.raises(StoreError, match="was changed without its key, in ledger"):
        turn(lived, Mode.NORMAL)
    assert not verify(lived, VAULT).intact


def test_removed_person_does_not_come_back(lived: sqlite3.Connection, tmp_path: Path) -> None:
    lived.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(tmp_path / "facedoor.db", tmp_path / "old.db")
    Gallery(lived, VAULT).remove("Ada")
    with without_the_key(lived) as thief:
        thief.execute("ATTACH ? AS old", (str(tmp_path / "old.db"),))
        for table in ("person", "template", "known_name"):
            thief.execute(f"DELETE FROM {table}")
            thief.execute(f"INSERT INTO {table} SELECT * FROM old.{table}")
    with pytest.raises(TamperedError, match="in person, template"):
        Gallery(lived, VAULT).templates(MODEL)
    assert not verify(lived, VAULT).intact


def test_what_was_changed_is_not_taken_over_when_the_layout_is_brought_up_to_date(
    tmp_path: Path,
) -> None:
    path = tmp_path / "facedoor.db"
    shutil.copy(Path(__file__).parent / "fixtures" / "store_v7.db", path)
    before = path.read_bytes()
    for change, part in (
        ("UPDATE gallery SET revision = 1", "gallery"),
        ("CREATE TRIGGER theirs AFTER INSERT ON person BEGIN SELECT 1; END", "sqlite_schema"),
    ):
        path.write_bytes(before)
        with closing(sqlite3.connect(path, isolation_level=None)) as thief:
            thief.execute(change)
        with pytest.raises(TamperedError, match=f"changed without its key, in {part}"):
            open_store(path)
    path.write_bytes(before)
    assert verify(open_store(path), VAULT).intact

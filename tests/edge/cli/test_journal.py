from __future__ import annotations

from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from circle import at
from door_kit import Door
from facedoor.cli import tables
from facedoor.identity.gallery import Gallery
from facedoor.storage.key_file import read_key
from facedoor.storage.store import open_store
from facedoor.storage.vault import Vault
from facedoor.wire.events import OtherEvent
from vaults import without_the_key

DONE, NEGATIVE, WRONG_USE, BROKEN = 0, 1, 2, 3


@pytest.fixture
def door(tmp_path: Path) -> Door:
    """A door that has three entries in its journal; no pack is needed."""
    door = Door(tmp_path, photos=tmp_path)
    with door.journal() as journal:
        for person in ("Ada", None, "Émile"):
            said = {"person": person, "decision": "refused"}
            journal.append(OtherEvent.of("decision", said))
    return door


def tamper(door: Door) -> None:
    with without_the_key(door.database) as thief:
        thief.execute("UPDATE journal SET payload = replace(payload, 'refused', 'granted')")


def test_intact_journal_is_verified(door: Door) -> None:
    answer = door.ask("journal", "verify", "--json")
    assert answer.exit_code == DONE
    counted = {"entries": 3, "removed": 0}
    assert answer.json == {"intact": True, **counted, "wrong_id": None, "problem": None}
    assert "the journal is intact: 3 entries" in door.ask("journal", "verify").out


def test_changed_journal_is_a_negative_answer_that_names_the_entry(door: Door) -> None:
    tamper(door)
    answer = door.ask("journal", "verify", "--json")
    assert answer.exit_code == NEGATIVE
    assert (answer.json["intact"], answer.json["wrong_id"]) == (False, 1)
    assert "entry 1 is not what was written there" in door.ask("journal", "verify").out


def test_export_is_one_object_a_line(door: Door) -> None:
    entries = door.ask("journal", "export").objects
    assert [entry["id"] for entry in entries] == [1, 2, 3]
    assert all(entry.keys() == {"id", "kind", "time", "payload"} for entry in entries)
    assert [entry["payload"]["person"] for entry in entries] == ["Ada", None, "Émile"]


def test_export_begins_at_a_time(door: Door) -> None:
    times = [entry["time"] for entry in door.ask("journal", "export").objects]
    assert len(door.ask("journal", "export", "--since", times[0]).objects) == 3
    assert door.ask("journal", "export", "--since", "2999-01-01").objects == []
    assert door.ask("journal", "export", "--since", "noon").exit_code == WRONG_USE


def test_journal_is_told_from_its_end_in_local_time(door: Door) -> None:
    door.ask("keys", "make", "phone", "--role", "admin")
    at = f"{datetime.now():%a %H:%M}"
    lines = door.ask("journal").out.splitlines()
    assert lines[-1] == f"{at}  command line added the key phone as admin"
    assert len(lines) == 4
    last = door.ask("journal", "list", "--limit", "1").out.splitlines()
    assert last == [lines[-1], "only the newest 1: --limit N shows more"]
    asked = door.ask("journal", "--json", "--since", "1 hour ago").json["entries"]
    assert asked == door.ask("journal", "export").objects
    assert door.ask("journal", "--since", "2999-01-01").out == "nothing has happened\n"
    door.ask("journal", "--limit", "0").assert_fails(WRONG_USE, "--limit is 0")


def test_in_a_terminal_it_is_a_table_that_keeps_to_its_width_and_cuts_no_word(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "the tablet that hangs beside the door in the hall"
    door.ask("keys", "make", name, "--role", "admin")
    plain = door.ask("journal").out.splitlines()[-1]
    for width in (20, 40, 80, 200):
        monkeypatch.setattr(tables, "columns", lambda *_, width=width: width)
        lines = door.ask("journal", "list", "--limit", "1").out.splitlines()
        assert max(map(len, lines)) <= width
        assert set(plain.split()) <= set(" ".join(lines).split())
        assert (lines[0] == "entry  when       what") is (width > 20)


def test_backup_is_told_where_it_is_and_that_the_key_is_not_in_it(door: Door) -> None:
    copy = door.folder / "copy.db"
    assert door.ask("backup", copy, "--json").json == {"file": str(copy)}
    assert "the key, which is not in it" in door.ask("backup", copy).out
    assert door.ask("backup", door.database).exit_code == WRONG_USE
    assert door.ask("backup", door.folder / "nowhere" / "copy.db").exit_code == BROKEN


def test_key_is_changed_and_everything_still_opens(door: Door) -> None:
    key = door.state / "facedoor.key"
    before = key.read_text()
    assert door.ask("people", "rekey", "--json").json == {"key_file": str(key)}
    assert key.read_text() != before
    assert door.ask("journal", "verify").exit_code == DONE
    new = door.folder / "new.key"
    assert "make it the credential facedoor-key" in door.ask("people", "rekey", "--to", new).out
    assert "put the right key back" in door.ask("people").sentence
    new.replace(key)
    assert door.ask("journal", "verify").exit_code == DONE


def test_command_says_that_others_still_read_what_it_has_erased(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    vault = Vault(read_key(door.state / "facedoor.key"))
    with closing(open_store(door.database, vault)) as reader:
        Gallery(reader, vault).add("Mindy", at(0), "a")
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM person").fetchall()
        assert door.ask("people", "remove", "Mindy").exit_code == DONE
        assert "is held by another program: try again when that has finished" in caplog.text
        door.ask("people", "rekey").assert_fails(BROKEN, "not everything is sealed with it alone")
    assert door.ask("people").exit_code == DONE


def test_lost_key_is_told(door: Door) -> None:
    (door.state / "facedoor.key").unlink()
    door.ask("people").assert_fails(BROKEN, "put it back there")

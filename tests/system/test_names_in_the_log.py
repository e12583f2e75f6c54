"""Nobody's name reaches the system's log, where it could not be erased, whatever fails."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from broker import Broker
from door_kit import DEADLINE_S, Door

NAME, OTHER, NOBODY = "Zebulon", "Quillon", "Nemo"
NOT_WRITTEN = "CREATE TRIGGER fails BEFORE {} BEGIN SELECT raise(ABORT, 'no'); END"


def test_no_name_is_in_the_log_or_among_the_problems_whatever_fails(
    empty_door: Door, broker: Broker, tmp_path: Path
) -> None:
    broker.start()
    door, key = empty_door, tmp_path / "admin.pem"
    door.configure("mqtt", host="127.0.0.1", port=broker.port)
    door.configure("site", name="home", key_file="site.key")
    assert door.facedoor("site-key").exit_code == 0
    pictures = [door.photo("Jerry", number, of="train") for number in (0, 1, 4, 5)]
    assert door.facedoor("enroll", NAME, "--image", *pictures).exit_code == 0
    door.facedoor("keys", "make", "admin", "--role", "admin", "--output", key)
    running = door.run(door.walk_up("Jerry"))
    running.wait_for(decision="granted", person=NAME)
    photo = door.photo("elton_john", of="train")
    with closing(sqlite3.connect(door.database, isolation_level=None)) as db:
        for change, command, outcome in [
            ("INSERT ON person", ("enroll", OTHER, "--image", photo), "failed"),
            ("INSERT ON template", ("enroll", NAME, "--image", *pictures[:1]), "refused"),
            ("UPDATE ON person", ("rename", NAME, OTHER), "failed"),
            ("INSERT ON permission", ("allow", NAME, "--until", "2027-12-31"), "failed"),
            ("UPDATE ON mention", ("remove", NAME), "failed"),
            ("DELETE ON person", ("remove", NAME), "failed"),
            ("INSERT ON mention", ("rename", NAME, OTHER), "failed"),
            ("INSERT ON lockout", ("remove", NOBODY), "refused"),
            ("INSERT ON lockout", ("rename", NOBODY, NAME), "refused"),
            ("INSERT ON lockout", ("allow", NOBODY, "--until", "2027-12-31"), "refused"),
        ]:
            db.execute(NOT_WRITTEN.format(change))
            sent = door.facedoor("send", *command, "--key", key, "--json")
            assert sent.json["outcome"] == outcome, (change, sent)
            db.execute("DROP TRIGGER fails")
        # Nothing that names anybody can be written any more: what waits is lost in the end.
        db.execute(NOT_WRITTEN.format("INSERT ON mention"))
        end_s = time.monotonic() + DEADLINE_S
        while "no decision can be written" not in running.errors:
            assert time.monotonic() < end_s, running.errors
            time.sleep(0.1)
        problems = [path.read_text() for path in door.folder.rglob("problems.json")]
        errors = running.stop().error
    assert "could not be written to the journal" in errors
    assert "command" in errors
    for text in (errors, *problems):
        for name in (NAME, OTHER, NOBODY):
            assert name.casefold() not in text.casefold(), text

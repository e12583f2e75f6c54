"""The real service's log, where nothing can be erased, names nobody, whatever fails."""

from __future__ import annotations

import resource
import time
from pathlib import Path

from broker import Broker
from door_kit import DEADLINE_S, Door

NAME, OTHER = "Zebulon", "Quillon"

ROOM_BYTES = 1 << 15
"""For each file: less than the state file, more than what is logged."""


def test_no_name_is_in_the_log_or_among_the_problems_when_nothing_can_be_written(
    empty_door: Door, broker: Broker, tmp_path: Path
) -> None:
    broker.start()
    door, key = empty_door, tmp_path / "admin.pem"
    door.configure("mqtt", host="127.0.0.1", port=broker.port)
    door.configure("site", name="home", key_file="site.key")
    assert door.ask("site-key").exit_code == 0
    pictures = [door.photo("Jerry", number, of="train") for number in (0, 1, 4, 5)]
    assert door.ask("enroll", NAME, "--image", *pictures).exit_code == 0
    door.ask("keys", "make", "admin", "--role", "admin", "--output", key)
    door.trust_clock()
    running = door.run(door.walk_up("Jerry"))
    running.wait_for(decision="granted", person=NAME)

    def send(*command: object) -> tuple[str, str | None]:
        sent = door.ask("send", *command, "--key", key, "--json").json
        return sent["outcome"], sent["reason"]

    for nobody in (("remove", "Nemo"), ("rename", "Nemo", OTHER)):
        assert send(*nobody) == ("refused", "not_possible")
    # As on a full disk, but for the log: what the service writes soon has no room any more.
    room = (ROOM_BYTES, resource.RLIM_INFINITY)
    resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE, room)
    while send("mode", "normal") == ("done", None):
        pass
    for command in (
        ("enroll", OTHER, "--image", door.photo("elton_john", of="train")),
        ("rename", NAME, OTHER),
        ("allow", NAME, "--until", "2027-12-31"),
        ("remove", NAME),
    ):
        assert send(*command) == ("failed", "failed")
    end_s = time.monotonic() + DEADLINE_S
    while "no decision can be written" not in running.errors:
        assert time.monotonic() < end_s, running.errors
        time.sleep(0.1)
    running.wait_for(decision="refused", person=NAME)
    problems = [path.read_text() for path in door.folder.rglob("problems.json")]
    errors = running.stop().error
    assert "an event could not be written to the journal" in errors
    assert "commands cannot be handled" in errors
    for text in (errors, *problems):
        for name in (NAME, OTHER, "Nemo"):
            assert name.casefold() not in text.casefold(), text

"""The bus against a real broker: what arrives, in which order, and what happens without one."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from broker import Broker, Listener, StartBus, wait_until
from doorway import grant, status
from facedoor.errors import StoreError
from facedoor.mqtt.publisher import MqttBus
from facedoor.problems import Board, Severity
from facedoor.storage.backup import backup
from facedoor.storage.journal import Journal
from facedoor.wire import messages
from facedoor.wire.door_key import introduced, verified
from facedoor.wire.prompts import Prompt, Side
from facedoor.wire.topics import MESSAGES, Topics
from vaults import DOOR_KEY, VAULT, lose, open_store

CHANGED = "2026-11-24T09:30:01.000Z"
TOPICS = Topics("front")
SOON_S = 10.0
"""Long before whatever a bus could wait for; it takes under a second."""

PROGRAM = """
import sys, time
from pathlib import Path
from facedoor.mqtt.publisher import MqttBus
from facedoor.config.options import MqttConfig
from facedoor.problems import Board
from facedoor.storage.journal import Journal
from facedoor.storage.store import open_store
from facedoor.storage.vault import Vault
from facedoor.wire.door_key import DoorKey

config = MqttConfig(host="127.0.0.1", port=int(sys.argv[1]))
vault = Vault(bytes(range(32)))

def open_journal():
    return Journal(open_store(Path(sys.argv[2]), vault), vault)

MqttBus(config, "front", DoorKey.new(), open_journal, Board()).start()
time.sleep(60)
"""


@contextmanager
def service_that_gets_killed(broker: Broker, database: Path) -> Iterator[None]:
    """A bus in a process of its own, which is killed at the end of the block."""
    arguments = [sys.executable, "-c", PROGRAM, str(broker.port), str(database)]
    with subprocess.Popen(arguments) as process:
        try:
            yield
        finally:
            process.kill()


@pytest.fixture
def bus(listener: Listener, broker: Broker, start_bus: StartBus) -> MqttBus:
    """A bus that connects to the broker as somebody listens."""
    return start_bus(broker.config)


def append(journal: Journal, *tracks: int) -> None:
    for track in tracks:
        journal.append(grant(track))


def tracks(listener: Listener) -> list[int]:
    return [event["track"] for event in listener.events() if event["kind"] == "decision"]


def test_status_and_state_are_retained(bus: MqttBus, broker: Broker, listener: Listener) -> None:
    listener.wait_for("/state", lock="locked")
    with closing(Listener(broker.port, client_id="late")) as late:
        assert late.wait_for("/status", status="online", problems=[]).retained
        assert late.wait_for("/state", lock="locked").retained


def test_status_tells_every_problem_of_the_board_whenever_it_changes(
    bus: MqttBus, listener: Listener, board: Board
) -> None:
    listener.wait_for("/status", status="online", problems=[])
    board.report("disk_full", "the disk is full")
    listener.wait_for("/status", status="online", problems=["the disk is full"])
    board.report("no_face", "the door opens for no face", Severity.ERROR, about="camera")
    both = ["the door opens for no face", "the disk is full"]
    details = listener.wait_for("/status", problems=both).content["problem_details"]
    assert details == [dataclasses.asdict(problem) for problem in board.problems]
    assert details[0].keys() == {"code", "severity", "sentence", "since", "about", "figures"}
    board.clear("disk_full")
    board.clear("no_face")
    listener.wait_for("/status", status="online", problems=[], problem_details=[])


def test_change_of_the_relay_is_published_at_once(bus: MqttBus, listener: Listener) -> None:
    bus.door_changed(status(on=True, time=CHANGED))
    listener.wait_for("/state", lock="released", since=CHANGED)
    bus.door_changed(status(on=False, time=CHANGED))
    listener.wait_for("/state", lock="locked")


def test_events_arrive_in_order_and_are_marked_sent(
    broker: Broker, listener: Listener, journal: Journal, start_bus: StartBus
) -> None:
    append(journal, *range(50))
    bus = start_bus(broker.config)
    listener.wait_for("/event", track=49)
    append(journal, 50)
    bus.wake()
    listener.wait_for("/event", track=50)
    assert tracks(listener) == list(range(51))
    wait_until(lambda: not journal.unsent(1), "all is marked sent")


def test_acknowledged_event_is_not_repeated_by_the_next_run(
    broker: Broker, listener: Listener, journal: Journal, start_bus: StartBus
) -> None:
    append(journal, 1)
    bus = start_bus(broker.config)
    wait_until(lambda: not journal.unsent(1), "the event is marked sent")
    bus.stop()
    append(journal, 2)
    start_bus(broker.config)
    listener.wait_for("/event", track=2)
    assert [event["track"] for event in listener.heard_of("/event")] == [1, 2]


def test_broker_that_is_absent_at_the_start_gets_everything_later(
    broker: Broker, listener: Listener, journal: Journal, start_bus: StartBus, board: Board
) -> None:
    broker.stop()
    start_bus(broker.config)
    append(journal, 1, 2, 3)
    wait_until(lambda: board.problems, "the broker is missed")
    assert "is unreachable" in board.problems[0].sentence
    assert "Connection refused" in board.problems[0].sentence
    broker.start()
    listener.wait_for("/event", track=3)
    assert tracks(listener) == [1, 2, 3]
    wait_until(lambda: not board.problems, "the problem is over")


def test_broker_that_restarts_in_the_middle_misses_nothing(
    broker: Broker, listener: Listener, journal: Journal, start_bus: StartBus
) -> None:
    append(journal, *range(500))
    start_bus(broker.config)
    listener.wait_for("/event", track=20)
    broker.stop()
    append(journal, 500)
    broker.start()
    listener.wait_for("/event", track=500)
    assert tracks(listener) == list(range(501))


def test_new_connection_is_told_it_all(bus: MqttBus, broker: Broker, listener: Listener) -> None:
    first_status = listener.wait_for("/status", status="online").content["id"]
    first_state = listener.wait_for("/state").content["id"]
    broker.stop()
    broker.start()
    while listener.wait_for("/status", status="online").content["id"] == first_status:
        pass
    while listener.wait_for("/state").content["id"] == first_state:
        pass


def test_killed_service_is_told_offline(broker: Broker, listener: Listener, database: Path) -> None:
    with service_that_gets_killed(broker, database):
        listener.wait_for("/status", status="online")
    will = listener.wait_for("/status", status="offline")
    with closing(Listener(broker.port, client_id="late")) as late:
        assert late.wait_for("/status", status="offline").retained
    assert introduced(will.payload).id == will.content["identity"]


def test_everything_that_a_door_says_is_signed(
    bus: MqttBus, listener: Listener, journal: Journal, board: Board
) -> None:
    append(journal, 1)
    board.report("disk_full", "the disk is full")
    bus.tell(TOPICS.telemetry, b'{"fps": 15.0}', retain=False)
    bus.tell(TOPICS.people, b'{"count": 1}')
    prompt = Prompt.asking(Side.LEFT, 3.0, track=1, visit=None)
    bus.tell(TOPICS.prompt, messages.encode("front", prompt), retain=False, expiry_s=3.0)
    bus.reply(TOPICS.result("17"), b'{"outcome": "done"}', None, None)
    listener.wait_for("/event", track=1)
    bus.stop()
    listener.wait_for("/status", status="offline")
    kinds = {message.topic.split("/")[2] for message in listener.heard}
    assert kinds == MESSAGES
    for message in listener.heard:
        kind = message.topic.split("/")[2]
        said = json.loads(verified(kind, message.payload, DOOR_KEY.identity))
        assert said.items() <= message.content.items()


def test_picture_and_description_are_as_they_were(bus: MqttBus, listener: Listener) -> None:
    """Home Assistant takes no keys that it does not know."""
    bus.tell(TOPICS.image, b"\xff\xd8\xff", retain=False)
    assert listener.wait_for("/image").payload == b"\xff\xd8\xff"
    for topic in ("homeassistant/device/facedoor-front/config", "facedoor/site/home/roster/a1"):
        assert TOPICS.kind(topic) is None


def test_service_that_is_killed_in_the_middle_loses_no_event(
    broker: Broker, listener: Listener, journal: Journal, database: Path, start_bus: StartBus
) -> None:
    append(journal, *range(300))
    with service_that_gets_killed(broker, database):
        listener.wait_for("/event", track=20)
    start_bus(broker.config)
    listener.wait_for("/event", track=299)
    assert tracks(listener) == list(range(300))


def test_broken_journal_is_reported_and_read_once_it_works(
    broker: Broker, listener: Listener, database: Path, start_bus: StartBus, board: Board
) -> None:
    database.mkdir()
    bus = start_bus(broker.config)
    wait_until(lambda: board.problems, "the broken journal is noticed")
    database.rmdir()
    append(Journal(open_store(database), VAULT), 1)
    bus.wake()
    listener.wait_for("/event", track=1)
    wait_until(lambda: not board.problems, "the problem is over")


def test_event_that_cannot_be_marked_is_not_sent_again_and_again(
    broker: Broker, listener: Listener, journal: Journal, database: Path, board: Board
) -> None:
    class FullDisk(Journal):
        failures = 5

        def mark_sent(self, entry_id: int) -> None:
            self.failures -= 1
            if self.failures > 0:
                bus.wake()
                raise StoreError("the disk is full")
            super().mark_sent(entry_id)

    append(journal, 1, 2)

    def open_journal() -> Journal:
        return FullDisk(open_store(database), VAULT)

    bus = MqttBus(broker.config, "front", DOOR_KEY, open_journal, board)
    bus.start()
    listener.wait_for("/event", track=2)
    bus.stop()
    assert [event["track"] for event in listener.heard_of("/event")] == [1, 2]


def test_events_go_on_when_the_connection_to_the_state_file_was_lost(
    broker: Broker, listener: Listener, journal: Journal, database: Path, board: Board
) -> None:
    class Fragile(Journal):
        def mark_sent(self, entry_id: int) -> None:
            if entry_id == 1:
                lose(self._db)
            super().mark_sent(entry_id)

    append(journal, 1, 2)
    bus = MqttBus(
        broker.config, "front", DOOR_KEY, lambda: Fragile(open_store(database), VAULT), board
    )
    bus.start()
    listener.wait_for("/event", track=2)
    bus.stop()
    assert [event["track"] for event in listener.heard_of("/event")] == [1, 2]


def test_stop_says_offline_and_locked_and_is_no_problem(
    bus: MqttBus, listener: Listener, board: Board
) -> None:
    listener.wait_for("/status", status="online")
    bus.stop()
    listener.wait_for("/status", status="offline")
    assert listener.heard_of("/state")[-1]["lock"] == "locked"
    time.sleep(0.2)  # ample for the network's thread to end
    assert not board.problems


def test_stop_without_a_broker_is_quick(broker: Broker, start_bus: StartBus, board: Board) -> None:
    bus = start_bus(broker.config)
    wait_until(lambda: board.problems, "the broker is missed")
    start_s = time.monotonic()
    bus.stop()
    assert time.monotonic() - start_s < SOON_S


def test_event_that_was_not_acknowledged_is_not_marked_and_does_not_delay_stop(
    bus: MqttBus, broker: Broker, listener: Listener, journal: Journal
) -> None:
    listener.wait_for("/state")
    broker.hang()
    append(journal, 1)
    bus.wake()
    time.sleep(0.2)  # ample for a bus that would not wait
    start_s = time.monotonic()
    bus.stop()
    assert time.monotonic() - start_s < SOON_S
    assert [entry.payload["track"] for entry in journal.unsent(10)] == [1]
    broker.recover()
    listener.wait_for("/status", status="offline")


def test_event_ids_are_given_once_also_after_a_backup_is_restored(
    broker: Broker, listener: Listener, start_bus: StartBus, database: Path
) -> None:
    with closing(open_store(database)) as db:
        append(Journal(db, VAULT), 1)
        backup(db, database.with_name("copy.db"))
        append(Journal(db, VAULT), 2)
    bus = start_bus(broker.config)
    listener.wait_for("/event", track=2)
    bus.stop()
    for file in database.parent.glob(f"{database.name}*"):
        file.unlink()
    database.with_name("copy.db").rename(database)
    with closing(open_store(database)) as db:
        append(Journal(db, VAULT), 3)
    start_bus(broker.config)
    listener.wait_for("/event", track=3)
    # Who ignores an id that was there before has lost nothing; what the copy knew comes once more.
    assert tracks(listener) == [1, 2, 1, 3]

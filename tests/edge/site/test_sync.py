from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from broker import Broker, Listener, wait_until
from circle import at
from facedoor.config.options import MqttConfig
from facedoor.errors import StoreError
from facedoor.site import missing, sync
from facedoor.site.roster import Record, seal
from facedoor.site.roster_book import RosterBook
from facedoor.site.site import Site
from facedoor.storage.vault import Vault
from facedoor.wire.messages import Received
from facedoor.wire.state_events import RecordsSkipped
from facedoor.wire.topics import roster
from site_kit import MODEL, NESTED, SITE, BookDoor, BusDoor, sealed

StartDoor = Callable[..., BusDoor]
Pair = tuple[BusDoor, BusDoor]


@pytest.fixture
def start_door(tmp_path: Path, broker: Broker) -> Iterator[StartDoor]:
    """A function that starts a door of the site; its state file stays when it is stopped."""
    started: list[BusDoor] = []

    def start(name: str, site: Site = SITE) -> BusDoor:
        door = BusDoor(tmp_path, name, broker.config, site)
        door.start()
        started.append(door)
        return door

    yield start
    for door in started:
        door.stop()


@pytest.fixture
def pair(listener: Listener, start_door: StartDoor) -> Pair:
    """The doors ``front``, at which Anna was enrolled, and ``back``, which opens for her."""
    front, back = start_door("front"), start_door("back")
    front.gallery.add("Anna", at(0, 10), MODEL)
    wait_until(lambda: back.opens_for("Anna"), "the other door opens")
    return front, back


def test_person_enrolled_at_one_door_opens_the_other(pair: Pair) -> None:
    front, back = pair
    assert back.people() == front.people()


def test_door_that_was_away_refuses_whom_it_missed(pair: Pair, start_door: StartDoor) -> None:
    front, back = pair
    back.stop()
    front.gallery.remove("Anna")
    wait_until(lambda: front.is_told, "the removal is at the broker")
    back = start_door("back")
    opened = []
    wait_until(lambda: opened.append(back.opens_for("Anna")) or not back.roster.refuses, "it knows")
    assert not any(opened)
    assert back.people() == {}


def test_door_without_a_broker_refuses_and_says_so(start_door: StartDoor) -> None:
    back = start_door("back")
    back.gallery.add("Anna", at(0), MODEL)
    assert not back.opens_for("Anna")
    back.wait_for_problem("home since it started, so it opens for no face")


def test_door_that_starts_does_not_complain_before_it_can_have_heard_its_site(
    start_door: StartDoor,
    broker: Broker,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(sync, "FIRST_TOKEN_S", 60.0)
    broker.start()
    front = start_door("front")
    wait_until(lambda: front.opens_for("Anna") or not front.roster.refuses, "it has heard all")
    assert "knows nothing of its site" not in caplog.text


def test_door_that_may_goes_on_with_what_it_knew_and_says_so(start_door: StartDoor) -> None:
    back = start_door("back", dataclasses.replace(SITE, opens_when_stale=True))
    back.gallery.add("Anna", at(0), MODEL)
    assert back.opens_for("Anna")
    back.wait_for_problem("goes on with the people it knew")


def test_removal_without_a_broker_reaches_the_others_later(pair: Pair, broker: Broker) -> None:
    front, back = pair
    broker.stop()
    back.gallery.remove("Anna")
    broker.start()
    wait_until(lambda: not front.people(), "the removal arrives")


def test_door_is_current_once_it_knows_everybody(broker: Broker, start_door: StartDoor) -> None:
    broker.start()
    front = start_door("front")
    for number in range(300):
        front.gallery.add(f"Person {number}", at(number), MODEL)
    wait_until(lambda: front.is_told, "all are at the broker")
    back = start_door("back")
    wait_until(lambda: back.opens_for("Person 7"), "it is current")
    assert len(back.people()) == 300


def wait_for_payload(listener: Listener, topic: str, payload: bytes) -> None:
    while listener.wait_for(topic).payload != payload:
        pass


def test_record_that_somebody_replays_is_refused_and_put_right(
    pair: Pair, listener: Listener, start_door: StartDoor
) -> None:
    front, back = pair
    old = seal(SITE, front.says()[0])
    front.gallery.remove("Anna")
    wait_until(lambda: not back.people() and front.is_told, "she is removed")
    topic = roster("home", SITE.person("Anna"))
    back.bus.publish(topic, old, retain=True)
    wait_for_payload(listener, topic, old)
    # The removal is said again.
    listener.wait_for(topic)
    assert front.people() == back.people() == {}
    late = start_door("late")
    wait_until(lambda: late.opens_for("Anna") or not late.roster.refuses, "a new door is current")
    assert late.people() == {}


def test_what_another_key_sealed_changes_nothing(broker: Broker, start_door: StartDoor) -> None:
    broker.start()
    front = start_door("front")
    stranger = start_door("stranger", Site("home", Vault(bytes(32))))
    stranger.gallery.add("Eve", at(0), MODEL)

    def is_said() -> bool:
        front.opens_for("Eve")
        return "cannot be read" in str(front.board.problems)

    wait_until(is_said, "it is said")
    assert front.people() == {}


def test_bad_record_takes_none_of_the_others_and_is_said_and_written_down_once(
    listener: Listener, start_door: StartDoor
) -> None:
    front = start_door("front")
    front.gallery.add("Anna", at(0), MODEL)
    wait_until(lambda: front.is_told, "she is at the broker")
    for name in ("Bob", "Eve"):
        person = SITE.person(name)
        for said in (NESTED, {"v": [[]]}):
            listener.say(roster("home", person), sealed(person, said), retain=True)
    wait_until(lambda: "of 2 people of the site home" in str(front.board.problems), "it is said")
    back = start_door("back")
    wait_until(lambda: back.opens_for("Anna"), "the other door opens")
    wait_until(lambda: "of 2 people of the site home" in str(back.board.problems), "it is said")
    (problem,) = [p for p in back.board.problems if p.code == "roster_unreadable"]
    assert problem.about == "content"
    assert not {"Bob", "Eve"} & set(problem.sentence.split())
    back.gallery.add("Bob", at(90), MODEL)
    wait_until(lambda: front.opens_for("Bob"), "a good record takes the place of a bad one")
    wait_until(lambda: "of 1 people" in str(front.board.problems), "that is said too")
    (skipped,) = [e.event for e in front.journal.tail(99) if isinstance(e.event, RecordsSkipped)]
    assert (skipped.records, skipped.people in {1, 2}) == ("roster", True)


def test_door_says_in_the_end_what_the_door_that_knew_it_first_cannot(
    listener: Listener, start_door: StartDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(missing, "HELP_AFTER_S", (0.0, 0.1))
    front, back = start_door("front"), start_door("back")
    front.gallery.add("Anna", at(0), MODEL)
    wait_until(lambda: back.opens_for("Anna"), "the other door opens")
    front.stop()
    topic = roster("home", SITE.person("Anna"))
    back.bus.publish(topic, b"", retain=True)
    wait_for_payload(listener, topic, b"")
    # She is said again, by the only door that is left.
    listener.wait_for(topic)
    late = start_door("late")
    wait_until(lambda: late.opens_for("Anna"), "a new door opens")


def test_broker_that_lost_everything_is_told_again(
    broker: Broker, start_door: StartDoor, tmp_path: Path
) -> None:
    broker.start()
    front = start_door("front")
    front.gallery.add("Anna", at(0), MODEL)
    wait_until(lambda: front.is_told, "she is at the broker")
    broker.stop()
    for file in (tmp_path / "broker").iterdir():
        file.unlink()
    broker.start()
    back = start_door("back")
    wait_until(lambda: back.opens_for("Anna"), "the other door opens")


def test_door_whose_state_file_fails_tries_again_with_no_more_than_it_takes_over_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "BATCH", 2)
    monkeypatch.setattr(sync, "LOOK_S", 0.01)
    tried: list[str] = []

    def fail(_book: RosterBook, records: list[Record]) -> None:
        tried.extend(record.person for record in records)
        raise StoreError("the disk is full")

    monkeypatch.setattr(RosterBook, "take", fail)
    door, other = BusDoor(tmp_path, "front", MqttConfig(host="nowhere")), BookDoor(tmp_path, "back")
    for turn, name in enumerate("ABCDE"):
        other.gallery.add(name, at(turn), MODEL)
    for record in other.news():
        topic = roster(SITE.name, record.person)
        door.roster.handlers[roster(SITE.name, "+")](Received(topic, seal(SITE, record), True))
    door.roster.start(door.bus)
    wait_until(lambda: len(tried) > 12, "it has tried again and again")
    door.roster.stop()
    assert len(set(tried)) == 2

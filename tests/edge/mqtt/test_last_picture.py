"""The picture of the last visit at the broker: there as long as it is kept, and then no longer."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from broker import Broker, Listener, StartBus, wait_until
from circle import at
from doorway import grant, refusal
from facedoor.config.options import Config, DoorConfig, MqttConfig, StorageConfig
from facedoor.identity.gallery import Gallery
from facedoor.mqtt.last_picture import FILE, LastPicture, Tell
from facedoor.storage.journal import Journal
from facedoor.storage.pictures import Pictures, VisitPicture
from vaults import VAULT, open_store

TOPIC = "facedoor/front/picture"


class Door:
    """A state file with pictures of visits, and what its service tells a broker that is there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._db: sqlite3.Connection = open_store(folder / "facedoor.db")
        self._journal = Journal(self._db, VAULT)
        self.pictures = Pictures(self._db, VAULT)
        self.told: list[tuple[bytes, str | None]] = []

    def starts(
        self, keep: str = "all", is_published: bool = True, tell: Tell | None = None
    ) -> Callable[[], None]:
        """A start of the service; returns what it does again and again."""
        settings = Config(
            DoorConfig(name="front"),
            mqtt=MqttConfig(publish_image=is_published),
            storage=StorageConfig(str(self._folder), keep_pictures=keep),  # type: ignore[arg-type]
        )
        database = self._folder / "facedoor.db"
        return LastPicture(
            settings, tell or self._tell, lambda: Pictures(open_store(database), VAULT)
        ).look

    def visited(self, visit: str, person: str | None = None, score: float = 1.0) -> None:
        decision = grant(1) if person else refusal(1)
        self._journal.append(dataclasses.replace(decision, person=person, visit=visit))
        assert self.pictures.keep(VisitPicture(visit, jpeg(visit, score), score), 50)

    def enrolled(self, name: str) -> Gallery:
        gallery = Gallery(self._db, VAULT)
        gallery.add(name, at(30), "a" * 64)
        return gallery

    def said(self) -> list[tuple[bytes, str | None]]:
        """What was told since the last time."""
        said, self.told = self.told, []
        return said

    def _tell(
        self, topic: str, payload: bytes, retain: bool = True, visit: str | None = None
    ) -> None:
        assert (topic, retain) == (TOPIC, True)
        self.told.append((payload, visit))


def jpeg(visit: str, score: float = 1.0) -> bytes:
    return f"picture of {visit}, {score}".encode()


NOTHING = (b"", None)


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(tmp_path)


def test_newest_picture_is_told_once_and_again_when_it_is_replaced_by_a_better_one(
    door: Door,
) -> None:
    look = door.starts()
    look()
    assert door.said() == []
    door.visited("v1")
    door.visited("v2")
    for _ in range(2):
        look()
    assert door.said() == [(jpeg("v2"), "v2")]
    door.visited("v2", score=2.0)
    look()
    assert door.said() == [(jpeg("v2", 2.0), "v2")]


def test_picture_that_is_erased_is_forgotten_and_no_older_one_takes_its_place(door: Door) -> None:
    look = door.starts()
    for visit in ("v1", "v2"):
        door.visited(visit)
        look()
    door.said()
    door.pictures.erase(["v2"])
    for _ in range(2):
        look()
    assert door.said() == [NOTHING]
    door.visited("v3")
    look()
    assert door.said() == [(jpeg("v3"), "v3")]


def test_picture_goes_with_its_person(door: Door) -> None:
    gallery, look = door.enrolled("Ada"), door.starts()
    door.visited("v1", person="Ada")
    look()
    assert door.said() == [(jpeg("v1"), "v1")]
    gallery.remove("Ada")
    look()
    assert door.said() == [NOTHING]


@pytest.mark.parametrize(("keep", "is_published"), [("none", True), ("all", False)])
def test_picture_is_forgotten_when_either_setting_is_switched_off_and_only_if_there_was_one(
    door: Door, tmp_path: Path, keep: str, is_published: bool
) -> None:
    door.visited("v1")
    door.starts(keep, is_published)()
    assert door.said() == []
    assert not (tmp_path / FILE).exists()
    door.starts()()
    door.said()
    for _ in range(2):
        door.starts(keep, is_published)()
        assert door.said() == [NOTHING], "at each start: the broker may have been away"


def test_next_start_tells_what_is_kept_or_that_it_was_erased_meanwhile(door: Door) -> None:
    door.visited("v1")
    door.starts()()
    door.said()
    door.starts()()
    assert door.said() == [(jpeg("v1"), "v1")]
    door.pictures.erase(["v1"])
    door.starts()()
    assert door.said() == [NOTHING]


def test_nothing_is_told_that_the_next_start_could_not_take_back(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    door.visited("v1")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("facedoor.mqtt.last_picture.write_file", full)
    look = door.starts()
    look()
    assert door.said() == []
    monkeypatch.undo()
    look()
    assert door.said() == [(jpeg("v1"), "v1")]


def test_broker_keeps_the_picture_while_it_is_kept_and_no_longer(
    door: Door, broker: Broker, start_bus: StartBus
) -> None:
    broker.start()
    bus = start_bus(broker.config)
    look = door.starts(tell=bus.tell)
    door.visited("v1")
    look()

    def retained() -> bytes | None:
        with closing(Listener(broker.port, "who comes later")) as later:
            later.say("facedoor/the/end", b"{}")
            while not (message := later.wait_for("")).topic.endswith("/end"):
                if message.topic == TOPIC and message.retained:
                    return message.payload
        return None

    wait_until(lambda: retained() == jpeg("v1"), "the broker has it")
    broker.stop()
    door.pictures.erase(["v1"])
    look()
    broker.start()
    wait_until(lambda: retained() is None, "the broker has forgotten it")

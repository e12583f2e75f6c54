"""A site of several doors for tests: each has a state file of its own, all share one key."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from broker import wait_until
from facedoor.config.options import MqttConfig
from facedoor.identity.gallery import Gallery
from facedoor.mqtt.publisher import MqttBus
from facedoor.problems import Board
from facedoor.site.roster import Rank, Record, open_record
from facedoor.site.roster_book import RosterBook
from facedoor.site.site import Site
from facedoor.site.sync import SiteRoster
from facedoor.storage.journal import Journal
from facedoor.storage.vault import Vault
from facedoor.wire.door_key import DoorKey
from facedoor.wire.messages import Received
from facedoor.wire.topics import Topics
from vaults import VAULT, open_store

NESTED = b'{"a":' * 40_000
"""JSON that is deeper than anybody reads."""

SITE = Site("home", Vault(bytes(range(32, 64))))
MODEL = "a" * 64


class BookDoor:
    """A door without a network: what it says is handed on by hand."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.db = open_store(folder / f"{name}.db")
        self.gallery = Gallery(self.db, VAULT)
        self.journal = Journal(self.db, VAULT)
        self.book = RosterBook(self.db, self.gallery, self.journal, SITE, name)

    def news(self) -> list[Record]:
        """What the door has to say of what was changed at it."""
        before = self.book.ranks()
        self.book.note_changes()
        return [record for record in self.says() if record.rank != before.get(record.person)]

    def says(self) -> list[Record]:
        return [record for person in self.book.ranks() if (record := self.book.record(person))]

    def people(self) -> dict[str, tuple[bytes, ...]]:
        """Names, and the templates of each."""
        templates = self.gallery.templates(MODEL)
        return {
            name: tuple(vector.tobytes() for vector in templates.of(name))
            for name in templates.names
        }


class BusDoor(BookDoor):
    """A door on the network, as :mod:`facedoor.service.remote` joins it, without a camera."""

    def __init__(
        self,
        folder: Path,
        name: str,
        broker: MqttConfig,
        site: Site = SITE,
    ) -> None:
        super().__init__(folder, name)
        self._path = folder / f"{name}.db"
        self.board = Board()
        self._heard: dict[str, Rank] = {}
        self.roster = SiteRoster(site, Topics(name), self._open_book, self.board)
        self.bus = MqttBus(
            broker,
            name,
            DoorKey.new(),
            lambda: Journal(open_store(self._path), VAULT),
            self.board,
            dict.fromkeys(self.roster.handlers, self._hear),
        )
        self._site = site

    def _open_book(self) -> tuple[RosterBook, Gallery]:
        db = open_store(self._path)
        gallery = Gallery(db, VAULT)
        return RosterBook(db, gallery, Journal(db, VAULT), self._site, self.name), gallery

    def _hear(self, received: Received) -> None:
        """As the bus hands a message over, and noting what the broker has."""
        person = received.topic.rpartition("/")[2]
        with suppress(ValueError):
            self._heard[person] = open_record(self._site, person, received.payload).rank
        next(iter(self.roster.handlers.values()))(received)

    def start(self) -> None:
        self.roster.start(self.bus)
        self.bus.start()

    @property
    def is_told(self) -> bool:
        """Whether the broker has everything that was changed up to now."""
        is_noted = self.db.execute("SELECT count(*) FROM roster_change").fetchone() == (0,)
        ranks = self.book.ranks()
        return is_noted and all(self._heard.get(person) == ranks[person] for person in ranks)

    def wait_for_problem(self, words: str) -> None:
        """Return when these words stand on the door's board of problems."""
        wait_until(lambda: words in str(self.board.problems), f"the board says {words}")

    def opens_for(self, name: str) -> bool:
        """What a frame of that person would come to; the index is renewed first, as a door does."""
        revision = self.gallery.revision()
        known = self.people()
        self.roster.compares_with(revision)
        return name in known and not self.roster.refuses

    def stop(self) -> None:
        self.roster.stop()
        self.bus.stop()


def sealed(person: str, said: object) -> bytes:
    """What whoever has the site's key may say of a person: JSON, or any bytes."""
    data = said if isinstance(said, bytes) else json.dumps(said).encode()
    return SITE.vault.seal(data, f"person {person} of site {SITE.name}")

"""A site of several doors for tests: each has a state file of its own, all share one key."""

from __future__ import annotations

from pathlib import Path

from facedoor.identity.gallery import Gallery
from facedoor.identity.roster import Record
from facedoor.identity.roster_book import RosterBook
from facedoor.journal import Journal
from facedoor.site import Site
from facedoor.vault import Vault
from vaults import VAULT, open_store

SITE = Site("home", Vault(bytes(range(32, 64))))
MODEL = "a" * 64


class BookDoor:
    """A door without a network: what it says is handed on by hand."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.db = open_store(folder / f"{name}.db")
        self.gallery = Gallery(self.db, VAULT)
        self.journal = Journal(self.db, VAULT)
        self.book = RosterBook(self.db, self.gallery, SITE, name)

    def news(self) -> list[Record]:
        """What the door has to say of what was changed at it."""
        records = [self.book.record(person) for person in self.book.note_changes()]
        return [record for record in records if record]

    def says(self) -> list[Record]:
        """Everything that the door knows."""
        return [record for person in self.book.ranks() if (record := self.book.record(person))]

    def people(self) -> dict[str, tuple[bytes, ...]]:
        """Names, and the templates of each."""
        templates = self.gallery.templates(MODEL)
        return {
            name: tuple(vector.tobytes() for vector in templates.of(name))
            for name in templates.names
        }

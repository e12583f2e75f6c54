"""The picture of the last visit of which one is kept, retained at the broker as long as it is.

It leaves the sealed state file by that, so it is published only where the settings want both:
pictures kept, and pictures published. When it is erased, with the person, by its age or by the
settings, the broker is told to forget it too, also by a later start of the service: a file in the
state directory remembers that one has ever been published.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from facedoor.config.options import Config
from facedoor.errors import StoreError
from facedoor.files import write_file
from facedoor.storage.pictures import Kept, Pictures
from facedoor.wire.topics import Topics

FILE = "picture_published"

log = logging.getLogger(__name__)


class Tell(Protocol):
    """What is needed of the bus: it sends when it can, and again in each new session."""

    def __call__(
        self, topic: str, payload: bytes, retain: bool = True, visit: str | None = None
    ) -> None:
        """Take a message, of a ``visit`` if it is of one, without waiting."""


def is_published(settings: Config) -> bool:
    """Whether the picture of the last visit may be at the broker."""
    return settings.mqtt.publish_image and settings.storage.keep_pictures != "none"


class LastPicture:
    """Belongs to one thread."""

    def __init__(self, settings: Config, tell: Tell, open_pictures: Callable[[], Pictures]) -> None:
        """Nothing is opened yet. ``open_pictures`` is called when it is needed, again and again
        while it raises."""
        self._topic = Topics(settings.door.name).picture
        self._tell = tell
        self._open_pictures = open_pictures
        self._pictures: Pictures | None = None
        self._is_wanted = is_published(settings)
        self._file = settings.state_directory / FILE
        self._told: Kept | None = None
        self._may_be_there = self._file.exists()
        """At the broker, where nobody has asked for it to be forgotten in this run."""

    def look(self) -> None:
        """Tell the newest picture, or that there is none any more. To be called often; never raises
        for a state file that fails, which whoever writes to it tells."""
        if self._is_wanted:
            with suppress(StoreError):
                self._compare()
        elif self._may_be_there:
            self._forget()

    def _compare(self) -> None:
        if self._pictures is None:
            self._pictures = self._open_pictures()
        pictures, told = self._pictures, self._told
        newest = pictures.newest()
        is_news = newest is not None and (
            told is None
            or (newest.visit != told.visit and newest.entry_id > told.entry_id)
            or (newest.visit == told.visit and newest.score > told.score)
        )
        if newest is not None and is_news and (jpeg := pictures.get(newest.visit)) is not None:
            if self._remembers():
                self._tell(self._topic, jpeg, visit=newest.visit)
                self._told, self._may_be_there = newest, True
        elif self._may_be_there and (told is None or not pictures.has(told.visit)):
            # Not the one before instead: nobody has come.
            self._forget()

    def _forget(self) -> None:
        self._tell(self._topic, b"")
        self._may_be_there = False

    def _remembers(self) -> bool:
        """Whether the next start will know that there is something to be forgotten."""
        if not self._file.exists():
            try:
                write_file(self._file, b"")
            except OSError as error:
                log.debug("no picture is published, for %s cannot be written: %s", FILE, error)
                return False
        return True

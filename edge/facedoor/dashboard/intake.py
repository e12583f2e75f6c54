"""Listens: verifies what doors say, composes visits, writes them down, and tells of them.

It is one thread, so that neither the disk nor a flood of messages holds a browser up. A message is
acknowledged to the broker when what it says is on the disk.
"""

from __future__ import annotations

import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from facedoor.commands.known_doors import KnownDoors
from facedoor.config.options import MqttConfig
from facedoor.dashboard.bounds import MESSAGE_BYTES, bounded, compact, read_object
from facedoor.dashboard.doors import Door, utc
from facedoor.dashboard.happenings import Happenings
from facedoor.dashboard.link import Connection, Heard, Link
from facedoor.dashboard.news import Answer, News, Tell
from facedoor.dashboard.speakers import Speakers, StrangerError
from facedoor.dashboard.store import EventId, Store
from facedoor.wire import messages

BATCH = 256
"""So many messages are written down together at most."""

TICK_S = 1.0
RETRY_S = 1.0

log = logging.getLogger(__name__)


class Intake:
    """The thread that listens to the doors, and owns what it knows of them."""

    def __init__(
        self, config: MqttConfig, folder: Path, tell: Tell, failed: Callable[[], None]
    ) -> None:
        """``failed`` is called, from this thread, when nothing can be taken in any more.

        Raises :class:`StoreError`, :class:`UsageError` and :class:`BusError` for a store, a file
        of known doors or settings that cannot be used."""
        self._tell, self._failed = tell, failed
        self.file = folder / "dashboard.db"
        """Where the store is."""
        self._store = Store(self.file)
        broker = f"{config.host}:{config.port}"
        self._speakers = Speakers(KnownDoors(folder / "known_doors"), broker)
        self._happenings = Happenings(self._store)
        began = self._store.history_from()
        self._doors = {
            name: Door(name, identity, began.get(name))
            for name, identity in self._speakers.doors.items()
        }
        self._heard: queue.SimpleQueue[Heard | Connection | None] = queue.SimpleQueue()
        self.link = Link(config, self._store.client_id, self._heard.put, self._heard.put)
        self._needs: dict[str, str] = {}
        self._unwritten: list[Heard] = []
        self._retry_s = 0.0
        self._trouble: str | None = None
        self._thread = threading.Thread(target=self._run, name="facedoor-listener", daemon=True)

    def start(self) -> None:
        self._tell([_broker(self.link.state), *self._told(self._doors)])
        self._thread.start()
        self.link.start()

    def stop(self) -> None:
        """Write down what has come by now, and end."""
        self.link.stop()
        self._heard.put(None)
        if self._thread.is_alive():
            self._thread.join()
        self._store.close()

    def _run(self) -> None:
        try:
            while self._round():
                pass
        except Exception:
            # Whoever watches over the process starts it again; what was not written comes again.
            log.exception("what the doors say cannot be taken in any more")
            self._failed()

    def _round(self) -> bool:
        """Take what has come; False when that was all."""
        batch = self._next()
        heard = [one for one in batch if isinstance(one, Heard)]
        links = [_broker(one) for one in batch if isinstance(one, Connection)]
        # Answers first, and whatever needs no disk.
        self._say([*links, *self._taken([one for one in heard if one.kind != "event"])])
        self._unwritten += [one for one in heard if one.kind == "event"]
        if time.monotonic() >= self._retry_s:
            self._write()
        return None not in batch

    def _next(self) -> list[Heard | Connection | None]:
        """What has come, as much as is written down together."""
        batch: list[Heard | Connection | None] = []
        with suppress(queue.Empty):
            batch.append(self._heard.get(timeout=TICK_S))
            while len(batch) < BATCH:
                batch.append(self._heard.get_nowait())
        return batch

    def _write(self) -> None:
        """Write down what happened, and keep house. What cannot be written now is kept, by the
        broker too, which tells of no more than a few at once."""
        try:
            with self._store.transaction() if self._unwritten else nullcontext():
                news = self._taken(self._unwritten)
            done, self._unwritten = self._unwritten, []
            for one in done:
                self.link.acknowledge(one)
            self._say(news)
            points = self._points()
            self._say(self._happenings.look(time.time(), points))
            if done or points:  # something was written indeed
                self._tell_trouble(None)
        except sqlite3.Error as error:
            log.warning("cannot write down what the doors say, trying again: %s", error)
            is_full = getattr(error, "sqlite_errorname", "") == "SQLITE_FULL"
            self._tell_trouble("full" if is_full else "failed")
            self._happenings.reload()
            self._retry_s = time.monotonic() + RETRY_S

    def _tell_trouble(self, trouble: str | None) -> None:
        """Let the page say why it shows nothing new, or that it does again."""
        if trouble != self._trouble:
            self._trouble = trouble
            self._say([News("store", "store", compact(trouble))])

    def _taken(self, heard: Sequence[Heard]) -> list[News | Answer]:
        """What there is to tell of these."""
        changed: dict[str, Door] = {}
        news: list[News | Answer] = []
        for one in heard:
            news += self._understood(one, changed)
            if one.kind != "event":
                self.link.acknowledge(one)
        return [*news, *self._told(changed)]

    def _say(self, news: Sequence[News | Answer]) -> None:
        if news:
            self._tell(news)

    def _understood(self, one: Heard, changed: dict[str, Door]) -> list[News | Answer]:
        """What a message comes to; nothing if it is no word of a door, or not of that one."""
        try:
            text = self._speakers.believed(one.door, one.kind, one.payload)
        except StrangerError as stranger:
            return self._strange(one.door, str(stranger), changed)
        if text is None:
            return []
        try:
            return self._believed(one, text, changed)
        except sqlite3.Error:
            raise
        except Exception as error:  # whatever a door says, the others have to be heard
            log.warning("the door %s says what no door says (%s): ignored", one.door, error)
            return []

    def _believed(self, one: Heard, text: bytes, changed: dict[str, Door]) -> list[News | Answer]:
        now_s = time.time()
        door = self._door(one.door)
        said = read_object(text)
        if one.kind == "result":
            if one.retained:
                return []
            return [Answer(one.door, said, one.payload.decode())]
        if one.kind == "event":
            return self._happened(door, said, len(text), changed)
        if len(text) > MESSAGE_BYTES:
            raise ValueError("it is too long")
        message = messages.read(f"facedoor/{one.door}/{one.kind}", text)
        is_live = not one.retained and (one.qos == 0 or one.kind == "status")
        door.hear(replace(message, time=utc(message.time)), now_s, is_live=is_live)
        changed[one.door] = door
        return []

    def _happened(
        self, door: Door, said: dict[str, Any], size: int, changed: dict[str, Door]
    ) -> list[News | Answer]:
        event = EventId.read(said.pop("id", None), door.name)
        kind, happened = str(said.pop("kind", ""))[:32], utc(str(said.get("time")))
        payload = {key: part for key, part in said.items() if key not in _ENVELOPE}
        if payload.get("event") != "forgotten":
            if size > MESSAGE_BYTES:
                raise ValueError("it is too long")
            payload = bounded(payload)
        news = self._happenings.hear(event, kind, happened, payload)
        if news and door.history_from is None:
            door.history_from, changed[door.name] = happened, door
        return list(news)

    def _strange(self, name: str, identity: str, changed: dict[str, Door]) -> list[News | Answer]:
        door = self._door(name)
        if not door.is_stranger:
            log.warning(
                "another door, whose identity is %s, speaks as %s: nothing of it is believed; "
                "compare with facedoor keys at the door, and only then take its line out of "
                "known_doors",
                identity,
                name,
            )
            door.is_stranger, changed[name] = True, door
        return []

    def _door(self, name: str) -> Door:
        identity = self._speakers.doors[name]
        door = self._doors.get(name)
        if door is None or door.identity != identity:
            began = door.history_from if door else None
            door = self._doors[name] = Door(name, identity, began)
        return door

    def _told(self, changed: Mapping[str, Door]) -> list[News | Answer]:
        news: list[News | Answer] = []
        for name, door in changed.items():
            news.append(News("door", f"door {name}", compact(door.as_json()), name))
            needs = compact(door.needs())
            if self._needs.get(name, "[]") != needs:
                self._needs[name] = needs
                news.append(News("needs", f"problems {name}", needs, name))
        return news

    def _points(self) -> list[tuple[str, list[float | None]]]:
        now_s = time.time()
        found = ((door.name, door.point(now_s)) for door in self._doors.values())
        return [(name, point) for name, point in found if point is not None]


_ENVELOPE = {"v", "door", "id", "kind", "signature"}


def _broker(link: Connection) -> News:
    return News("broker", "broker", compact({"connected": link.connected, "since": link.since}))

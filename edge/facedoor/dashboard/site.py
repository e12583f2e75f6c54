"""All doors as the page sees them now, and what has changed of late, numbered.

What changes is told in batches, a few times a second; of two changes of one thing the later one is
enough. The last ones are kept, once for all who listen, so whoever was away for a moment goes on
from the number that they had; whoever was away for longer begins anew. Belongs to one event loop.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from facedoor.dashboard.news import News

BATCH_S = 0.2
MOST_CHANGES = 2_000
MOST_BYTES = 2_000_000
"""What is kept of what has changed."""

Doors = Collection[str] | None
"""The doors that somebody may see; ``None``: all."""


@dataclass(frozen=True, slots=True)
class _Change:
    seq: int
    event: str
    door: str | None
    data: bytes | dict[str, bytes]
    """As it is told; what is told of all doors together, by door."""

    @property
    def size(self) -> int:
        return len(self.data) if isinstance(self.data, bytes) else sum(map(len, self.data.values()))

    def frame(self, doors: Doors) -> bytes:
        if self.door is not None and doors is not None and self.door not in doors:
            return b""
        data = self.data if isinstance(self.data, bytes) else _joined(self.data, doors)
        return b"id: %d\nevent: %s\ndata: %s\n\n" % (self.seq, self.event.encode(), data)


@dataclass(frozen=True, slots=True)
class Now:
    """How all stands, as JSON texts, and the number of the last change that is in it."""

    seq: int
    broker: str
    store: str
    doors: list[str]
    needs: str


@dataclass(slots=True)
class _Needs:
    """What somebody should see to, by door and by where it is from."""

    parts: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def put(self, news: News) -> None:
        self.parts[str(news.door), news.about] = [
            json.dumps(need, ensure_ascii=False) for need in json.loads(news.text)
        ]

    def by_door(self) -> dict[str, bytes]:
        found: dict[str, list[str]] = {}
        for (door, _), texts in sorted(self.parts.items()):
            found.setdefault(door, []).extend(texts)
        return {door: ",".join(texts).encode() for door, texts in found.items() if texts}


class Site:
    """What the page is told."""

    def __init__(self, first_seq: int) -> None:
        """``first_seq`` has to be larger than every number that was given before a restart."""
        self.seq = first_seq
        self._floor = first_seq
        self._changes: deque[_Change] = deque()
        self._bytes = 0
        self._doors: dict[str, str] = {}
        self._broker = '{"connected":false,"since":null}'
        self._trouble = "null"
        self._needs = _Needs()
        self._untold: dict[str, News] = {}
        self._is_due = False
        self.listeners: set[asyncio.Event] = set()
        """Set whenever something has changed."""
        self._before = first_seq
        self._joined: dict[frozenset[str] | None, bytes] = {}
        """What the last batch has for whoever had come up to :attr:`_before`: nearly everybody."""

    def take(self, news: Iterable[News]) -> None:
        """Note what has changed; it is told soon."""
        for one in news:
            self._note(one)
            # The later one takes its place behind what came meanwhile.
            self._untold.pop(one.about, None)
            self._untold[one.about] = one
        if self._untold and not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_later(BATCH_S, self.flush)

    def now(self, doors: Doors) -> Now:
        """How all stands that can be seen of these doors."""
        seen = [
            text for name, text in sorted(self._doors.items()) if doors is None or name in doors
        ]
        needs = _joined(self._needs.by_door(), doors).decode()
        return Now(self.seq, self._broker, self._trouble, seen, needs)

    @property
    def names(self) -> frozenset[str]:
        """The doors that are known."""
        return frozenset(self._doors)

    def door(self, name: str) -> str | None:
        """A door, as JSON."""
        return self._doors.get(name)

    def since(self, seq: int, doors: Doors) -> bytes:
        """What has changed since the number ``seq``, as events of a stream.

        It begins with ``reset`` where that is not known any more.
        """
        if not self._floor <= seq <= self.seq:
            reset = b"id: %d\nevent: reset\ndata: {}\n\n" % self._floor
            return reset + self.since(self._floor, doors)
        if seq != self._before:
            return self._frames(seq, doors)
        key = None if doors is None else frozenset(doors)
        if key not in self._joined:
            self._joined[key] = self._frames(seq, doors)
        return self._joined[key]

    def flush(self) -> None:
        """Tell what has changed."""
        self._is_due = False
        untold, self._untold = list(self._untold.values()), {}
        if not untold:
            return
        self._before = self.seq
        for one in untold:
            if one.event == "forgotten":
                # What was told before may have the name in it.
                self._drop(len(self._changes))
            if one.event != "needs":
                self._tell(one.event, one.door, one.text.encode())
        if any(one.event == "needs" for one in untold):
            self._tell("needs", None, self._needs.by_door())
        self._joined.clear()
        for listener in self.listeners:
            listener.set()

    def _frames(self, seq: int, doors: Doors) -> bytes:
        return b"".join(change.frame(doors) for change in self._changes if change.seq > seq)

    def _note(self, one: News) -> None:
        if one.event == "door":
            self._doors[str(one.door)] = one.text
        elif one.event == "broker":
            self._broker = one.text
        elif one.event == "store":
            self._trouble = one.text
        elif one.event == "needs":
            self._needs.put(one)
        elif one.event == "forgotten":
            self.flush()  # what came before has the name in it, and is not told after it

    def _tell(self, event: str, door: str | None, data: bytes | dict[str, bytes]) -> None:
        self.seq += 1
        change = _Change(self.seq, event, door, data)
        self._changes.append(change)
        self._bytes += change.size
        while len(self._changes) > MOST_CHANGES or self._bytes > MOST_BYTES:
            self._drop(1)

    def _drop(self, count: int) -> None:
        for _ in range(count):
            change = self._changes.popleft()
            self._bytes -= change.size
            self._floor = change.seq


def _joined(parts: dict[str, bytes], doors: Doors) -> bytes:
    seen = (part for door, part in parts.items() if doors is None or door in doors)
    return b"[" + b",".join(seen) + b"]"

"""How old the door's knowledge of its site is, and which records the broker lacks.

A door publishes its own changes at once. Records of other doors are missing at the broker only when
it has lost some, or when somebody has published an old one again. Then one of the doors has to
publish them again. Each waits for a random time, so mostly only one does.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from random import SystemRandom

from facedoor.site.roster import Rank

WINDOW = 32
"""So many records are on their way at once. One that has come back makes room for the next."""

SAY_AGAIN_S = 10.0
"""A record that has not come back by then is published again."""

HELP_AFTER_S = (5.0, 60.0)
"""How long a door waits before it publishes records of other doors: at random between these."""


class MissingRecords:
    """What the broker lacks, in one session. Belongs to one thread."""

    def __init__(self, door: str, clock: Callable[[], float]) -> None:
        self.is_settled = False
        """True if the broker has everything."""
        self._door = door
        self._clock = clock
        self._ranks: Mapping[str, Rank] = {}
        self._heard: dict[str, Rank] = {}
        self._under_way: dict[str, float] = {}
        self._help_due_s = math.inf
        self._has_heard_all = False

    def knows(self, ranks: Mapping[str, Rank]) -> None:
        """What the door knows of everybody."""
        self._ranks = ranks
        self.is_settled = False

    def heard(self, person: str, rank: Rank | None) -> None:
        """What the broker has of a person; ``None`` for a message that cannot be read."""
        self.is_settled = False
        self._under_way.pop(person, None)
        self._heard.pop(person, None)
        if rank is not None:
            self._heard[person] = rank
        if self._is_missing(person) and self._clock() >= self._help_due_s:
            self._plan_help()

    def heard_all(self) -> None:
        """Everything that the broker had retained has been heard by now."""
        if not self._has_heard_all:
            self._has_heard_all = True
            self._plan_help()

    def due(self) -> list[str]:
        """The people whose records are to be published now. Call :meth:`said` for each that was."""
        if self.is_settled or not self._has_heard_all:
            return []
        now_s = self._clock()
        self._under_way = {
            person: said_s
            for person, said_s in self._under_way.items()
            if now_s - said_s < SAY_AGAIN_S
        }
        missing = [person for person in self._ranks if self._is_missing(person)]
        self.is_settled = not missing
        due = [
            person
            for person in missing
            if person not in self._under_way
            and (self._ranks[person][3] == self._door or now_s >= self._help_due_s)
        ]
        return due[: WINDOW - len(self._under_way)]

    def said(self, person: str) -> None:
        """It is on its way to the broker, and comes back if it gets there."""
        self._under_way[person] = self._clock()

    def _is_missing(self, person: str) -> bool:
        rank = self._ranks.get(person)
        return rank is not None and (person not in self._heard or self._heard[person] < rank)

    def _plan_help(self) -> None:
        self._help_due_s = self._clock() + SystemRandom().uniform(*HELP_AFTER_S)


class Freshness:
    """How old the door's knowledge of its site is.

    The door says a token to itself, by way of the broker. When it comes back, everything that the
    broker had when the token was sent has come before it. It counts once the frames are compared
    with people of at least that revision of the gallery. Fed by the roster's thread and the one
    that renews the index; read by any.
    """

    def __init__(self, max_stale_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        """``clock`` gives seconds that never jump. Nothing is known at the start."""
        self._max_stale_s = max_stale_s
        self._clock = clock
        self._as_of_s: float | None = None
        self._revision = -1
        self._waiting: list[tuple[float, int]] = []
        self._lock = threading.Lock()

    @property
    def is_fresh(self) -> bool:
        as_of_s = self._as_of_s
        return as_of_s is not None and self._clock() - as_of_s <= self._max_stale_s

    def knows(self, as_of_s: float, revision: int) -> None:
        """Everything up to ``as_of_s`` is in this revision of the gallery."""
        with self._lock:
            self._waiting.append((as_of_s, revision))
            self._settle()

    def compares_with(self, revision: int) -> None:
        """From now on faces are compared with this revision of the gallery, or a newer one."""
        with self._lock:
            self._revision = revision
            self._settle()

    def _settle(self) -> None:
        while self._waiting and self._waiting[0][1] <= self._revision:
            self._as_of_s, _ = self._waiting.pop(0)

"""The site's roster on MQTT: what is changed at this door goes to the others, and the other way.

Each person is one retained message. In each session the broker hands out all of them; then the door
says what it knows better than the broker (:mod:`facedoor.site.missing`).
"""

from __future__ import annotations

import logging
import math
import queue
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from facedoor.identity.gallery import Gallery
from facedoor.mqtt.publisher import MqttBus
from facedoor.problems import Board, Severity
from facedoor.rate_limit import RateLimit
from facedoor.site.missing import Freshness, MissingRecords
from facedoor.site.roster import BadRecordError, Rank, Record, open_record, seal
from facedoor.site.roster_book import RosterBook
from facedoor.site.site import Site
from facedoor.times import utc_now
from facedoor.wire.messages import Handlers, Received
from facedoor.wire.topics import Topics, roster

WAITING_LIMIT = 20_000
"""Messages that wait to be taken over: more people than a site has."""

BATCH = 200
"""So many messages are taken over in one transaction."""

LOOK_S = 0.5
ASK_AGAIN_S = 10.0
"""A token that did not come back by then is lost: another one is sent."""

FIRST_TOKEN_S = 3.0
"""A door that has just started does not complain before: its site is heard in less than one."""

TOKEN_EVERY_S = 60.0
"""How often the door proves that it hears its site; more often where less may be stale."""

JOURNAL_EACH_S = 60.0
"""No more than one entry in this time about records that were skipped."""

STOP_S = 0.2

log = logging.getLogger(__name__)


class SiteRoster:
    """Keeps the gallery of a door in step with its site, in a thread of its own."""

    def __init__(
        self,
        site: Site,
        topics: Topics,
        open_book: Callable[[], tuple[RosterBook, Gallery]],
        board: Board,
    ) -> None:
        """Nothing is opened yet: ``open_book`` is called in the thread that serves.

        How stale the roster is, and what else is wrong with it, goes to the ``board``.
        """
        self._site = site
        self._sync = topics.sync
        self._door = topics.door
        self._open_book = open_book
        self._freshness = Freshness(site.max_stale_s)
        self._token_every_s = min(TOKEN_EVERY_S, site.max_stale_s / 4)
        self._queue: queue.Queue[Received | None] = queue.Queue(WAITING_LIMIT)
        self._came: list[Received] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="facedoor-roster", daemon=True)
        self._bus: MqttBus
        self._opened: tuple[RosterBook, Gallery] | None = None
        self._revision = -1
        self._ranks: dict[str, Rank] = {}
        self._board = board
        self._skipped: set[str] = set()
        self._journalled = 0
        self._journal_limit = RateLimit(1, JOURNAL_EACH_S, time.monotonic)
        self._fails = False
        self._known_since = ""
        self._complains_from_s = time.monotonic() + FIRST_TOKEN_S
        self._begin_session(None)

    def _begin_session(self, session: int | None) -> None:
        self._session = session
        self._token: tuple[bytes, float] | None = None
        self._token_due_s = -math.inf
        self._missing = MissingRecords(self._door, time.monotonic)
        self._missing.knows(self._ranks)
        self._of_another_key: set[str] = set()
        self._bad: set[str] = set()
        self._overflowed = False

    @property
    def handlers(self) -> Handlers:
        """What to hear, for the bus."""
        return {roster(self._site.name, "+"): self._receive, self._sync: self._receive}

    @property
    def refuses(self) -> bool:
        """True if the door has to open for no face, since it may not know who was removed."""
        return not self._site.opens_when_stale and not self._freshness.is_fresh

    def compares_with(self, revision: int) -> None:
        """Faces are compared with this revision of the gallery from now on. From any thread."""
        self._freshness.compares_with(revision)

    def start(self, bus: MqttBus) -> None:
        """Begin; ``bus`` has to know the :attr:`handlers`."""
        self._bus = bus
        self._thread.start()

    def stop(self) -> None:
        """Take nothing more. Returns soon: what is half done is undone by the state file."""
        self._stopping.set()
        with suppress(queue.Full):
            self._queue.put_nowait(None)
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def _serve(self) -> None:
        """Take over what has come, if something does soon, and say what is new."""
        if self._fails:
            self._stopping.wait(LOOK_S)
        with suppress(queue.Empty):
            while len(self._came) < BATCH:
                item = self._queue.get(block=not self._came, timeout=LOOK_S)
                if item is None:
                    break
                self._came.append(item)
        try:
            self._book()
            if (session := self._bus.session) != self._session:
                self._begin_session(session)
            # What could not be taken over, since the state file failed, is tried again.
            self._take(self._came)
            self._came = []
            self._note_changes()
            self._note_skipped()
            if session is not None:
                self._send()
            self._fails = False
            self._board.clear("roster_fails")
        except Exception as error:
            if not self._fails:
                log.exception("the roster of the site could not be kept")
            self._fails = True
            self._board.report("roster_fails", f"the roster of the site cannot be kept: {error}")
        self._report()

    def _report(self) -> None:
        """How stale the roster is, and what of it was lost on the way."""
        stale = unreadable = bad = overflow = None
        severity = Severity.ERROR if self.refuses else Severity.WARNING
        if time.monotonic() >= self._complains_from_s and not self._freshness.is_fresh:
            since = self._known_since or "it started"
            effect = "opens for no face" if self.refuses else "goes on with the people it knew"
            stale = (
                f"the door knows nothing of its site {self._site.name} since {since}, so it "
                f"{effect}: see to the broker and its ACL"
            )
        if self._of_another_key:
            unreadable = (
                f"{len(self._of_another_key)} people of the site {self._site.name} cannot be read: "
                "compare the keys of its doors, with facedoor site-key"
            )
        if self._bad:
            bad = (
                f"of {len(self._bad)} people of the site {self._site.name} another door has said "
                "what cannot be, and they are left as they were: upgrade facedoor at all doors, "
                "then remove them and enrol them again"
            )
        if self._overflowed:
            overflow = "the site's roster came faster than it could be taken over: restart facedoor"
        self._board.report("roster_stale", stale, severity)
        self._board.report("roster_unreadable", unreadable)
        self._board.report("roster_unreadable", bad, about="content")
        self._board.report("roster_overflow", overflow)

    def _receive(self, received: Received) -> None:
        """Called from the network's thread."""
        try:
            self._queue.put_nowait(received)
        except queue.Full:
            self._overflowed = True

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._serve()
        if self._opened is not None:
            self._opened[0].close()

    def _take(self, came: list[Received]) -> None:
        records: list[Record] = []
        for received in came:
            if received.topic == self._sync:
                self._take_over(records)
                records = []
                self._token_came(received.payload)
            elif (record := self._read(received)) is not None:
                records.append(record)
        self._take_over(records)

    def _read(self, received: Received) -> Record | None:
        person = received.topic.rpartition("/")[2]
        self._of_another_key.discard(person)
        self._bad.discard(person)
        try:
            record = open_record(self._site, person, received.payload)
        except BadRecordError as error:
            self._skip(person, error)
        except ValueError as error:
            self._of_another_key.add(person)
            log.debug("what was said of person %s cannot be read: %s", person, error)
        else:
            self._missing.heard(person, record.rank)
            return record
        self._missing.heard(person, None)
        return None

    def _skip(self, person: str, error: object) -> None:
        """Go on without a record; the first of a person is said, and goes into the journal."""
        if person not in self._skipped:
            log.warning("what was said of person %s cannot be: %s", person, error)
        self._bad.add(person)
        self._skipped.add(person)

    def _note_skipped(self) -> None:
        if len(self._skipped) > self._journalled and self._journal_limit.allows():
            self._book()[0].note_skipped(len(self._skipped) - self._journalled)
            self._journalled = len(self._skipped)

    def _take_over(self, records: list[Record]) -> None:
        book, _ = self._book()
        if any(r.person not in self._ranks or r.rank > self._ranks[r.person] for r in records):
            for record in book.take(records):
                self._skip(record.person, "it cannot be taken over")
            self._learn(book)

    def _token_came(self, payload: bytes) -> None:
        if self._token is None or payload != self._token[0] or self._overflowed:
            return
        _, sent_s = self._token
        self._token = None
        self._token_due_s = sent_s + self._token_every_s
        self._freshness.knows(sent_s, self._book()[1].revision())
        self._known_since = utc_now()
        self._missing.heard_all()

    def _note_changes(self) -> None:
        book, gallery = self._book()
        if (revision := gallery.revision()) != self._revision:
            book.note_changes()
            self._learn(book)
            self._revision = revision

    def _learn(self, book: RosterBook) -> None:
        self._ranks = book.ranks()
        self._missing.knows(self._ranks)

    def _send(self) -> None:
        now_s = time.monotonic()
        if now_s >= self._token_due_s:
            self._token = (secrets.token_hex(8).encode(), now_s)
            self._token_due_s = now_s + ASK_AGAIN_S
            self._bus.publish(self._sync, self._token[0], retain=False)
        for person in self._missing.due():
            record = self._book()[0].record(person)
            if record is not None:
                message = seal(self._site, record)
                self._bus.publish(roster(self._site.name, person), message, retain=True)
                self._missing.said(person)

    def _book(self) -> tuple[RosterBook, Gallery]:
        if self._opened is None:
            self._opened = self._open_book()
        return self._opened

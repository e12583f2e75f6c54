"""Who keeps pictures of visits: encodes and seals them, in a thread of its own.

The order is that of safety. The frame path hands over the best portrait of a visit with its
decision; the doorkeeper judges, writes the decision down and moves the relay; only then is the
portrait encoded and kept. So a picture holds up neither, and whatever goes wrong with one, a full
disk or a broken encoder, loses the picture, and never an event or an opening.

Nobody says of a visit that there is a picture before it is on the disk: an entry says so when it
is read (:mod:`facedoor.storage.pictures`). Whoever publishes entries asks ``is_settled`` first, and
waits for a moment where the picture is on its way.

Memory: a portrait takes 1.5 MB at most, and of each visit under way there is one. At most
:data:`OFFERED` wait here for their decision, and :data:`WAITING` to be encoded; what is too many is
not kept.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from facedoor.camera.pictures import visit_picture
from facedoor.config.options import StorageConfig
from facedoor.problems import Board
from facedoor.storage.pictures import Pictures, VisitPicture
from facedoor.visit.portrait import Portrait
from facedoor.wire.decisions import Decision

OFFERED = 8
"""Decisions that wait for the disk longer than those of so many visits are without a picture."""

WAITING = 4

DECIDED = 64
"""Visits of which a better portrait may still come."""

HOLD_S = 3.0
"""An event is not held back for a picture for longer than this, whatever hangs."""

STOP_S = 1.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Job:
    """Keep the portrait of a visit; without one, erase its picture."""

    visit: str
    portrait: Portrait | None


class PictureKeeper:
    """:meth:`offer` is for the frame path's thread, :meth:`happened` for the doorkeeper's,
    :meth:`is_settled` for whoever publishes. None of them waits."""

    def __init__(
        self,
        config: StorageConfig,
        open_pictures: Callable[[], Pictures],
        board: Board,
        encode: Callable[[Portrait], bytes] = lambda portrait: visit_picture(portrait.image),
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is opened yet. ``open_pictures`` is called in the keeper's thread, again and
        again while it raises. What is lost goes to the ``board``."""
        self.settled: Callable[[], None] = lambda: None
        """Called when a picture is kept or lost, in the keeper's thread."""
        self._config = config
        self._open_pictures = open_pictures
        self._board = board
        self._encode = encode
        self._steady = steady
        self._pictures: Pictures | None = None
        self._lock = threading.Lock()
        self._offered: OrderedDict[str, Portrait] = OrderedDict()
        self._decided: OrderedDict[str, bool] = OrderedDict()
        """By visit: whether it is certain who came."""
        self._under_way: list[str] = []
        self._asked_s: dict[str, float] = {}
        self._queue: queue.Queue[_Job | None] = queue.Queue(WAITING)
        self._thread = threading.Thread(target=self._run, name="facedoor-pictures", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Keep what waits, as far as that takes no longer than a second."""
        with suppress(queue.Full):
            self._queue.put(None, timeout=STOP_S)
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def offer(self, visit: str, portrait: Portrait) -> None:
        """The best portrait of a visit so far; kept once the visit's decision is written, or now if
        that was before."""
        with self._lock:
            is_known = self._decided.get(visit)
            if is_known is None:
                self._offered[visit] = portrait
                _trim(self._offered, OFFERED)
            elif self._wants(is_known):
                self._put(_Job(visit, portrait))

    def happened(self, decision: Decision) -> None:
        """A decision was written, or was no news, and the relay has moved, if it had to."""
        visit = decision.visit
        if visit is None:
            return
        with self._lock:
            was_known = self._decided.get(visit)
            is_known = bool(was_known) or decision.is_certain_who
            self._decided[visit] = is_known
            _trim(self._decided, DECIDED)
            portrait = self._offered.pop(visit, None)
            if not self._wants(is_known):
                if was_known is False:
                    self._put(_Job(visit, None))
            elif portrait is not None:
                self._put(_Job(visit, portrait))

    def is_settled(self, visit: str) -> bool:
        """Whether it is certain by now if a picture of this visit is kept; in any case a while
        after it was first asked."""
        with self._lock:
            if visit in self._offered or visit in self._under_way:
                now_s = self._steady()
                if now_s - self._asked_s.setdefault(visit, now_s) <= HOLD_S:
                    return False
            self._asked_s.pop(visit, None)
            return True

    def _wants(self, is_known: bool) -> bool:
        return self._config.keep_pictures == "all" or not is_known

    def _put(self, job: _Job) -> None:
        try:
            self._queue.put_nowait(job)
            self._under_way.append(job.visit)
        except queue.Full:
            log.warning("a picture of a visit is not kept: too many wait to be written")

    def _run(self) -> None:
        while (job := self._queue.get()) is not None:
            try:
                self._carry_out(job)
                self._board.clear("picture_lost")
            except Exception as error:
                self._board.report(
                    "picture_lost",
                    f"the last picture of a visit could not be kept: {error}; the decision was",
                )
                log.debug("a picture was lost", exc_info=True)
            with self._lock:
                self._under_way.remove(job.visit)
            self.settled()

    def _carry_out(self, job: _Job) -> None:
        if self._pictures is None:
            self._pictures = self._open_pictures()
        if job.portrait is None:
            self._pictures.erase([job.visit])
        else:
            picture = VisitPicture(job.visit, self._encode(job.portrait), job.portrait.score)
            self._pictures.keep(picture, self._config.pictures_mb)


def _trim(entries: OrderedDict[str, Portrait] | OrderedDict[str, bool], most: int) -> None:
    while len(entries) > most:
        entries.popitem(last=False)

"""Who looks at the running door from this machine: ``facedoor watch``, at a local socket.

The service never waits for them. The worker leaves its newest frame, which costs nothing while
nobody looks; a thread of its own makes a small picture of it, a few times a second, once for all of
them. Who may look, and how one who is slow, floods the socket or dies changes nothing, is in
:mod:`facedoor.service.watch_socket`.
"""

from __future__ import annotations

import dataclasses
import logging
import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress

from facedoor import __version__, strict
from facedoor.camera.pictures import snapshot
from facedoor.frames import Frame
from facedoor.hardware.relay_off import runtime_directory
from facedoor.history import sentences
from facedoor.history.visits import Visits
from facedoor.service.watch_socket import LINES_KEPT, Stands, listening
from facedoor.times import utc_now
from facedoor.visit.report import FaceView, FrameReport
from facedoor.wire import bands, live
from facedoor.wire.decisions import Decision
from facedoor.wire.events import Event
from facedoor.wire.live import LiveDoor, LiveFace, LiveFrame, LiveNews
from facedoor.wire.mode import DoorStatus, Mode
from facedoor.wire.sentences import sentence

FRAMES_PER_S = 6.0
WIDTH_PX = 320
"""How often, and how wide, they see a frame: enough for a terminal."""

STOP_S = 0.3

log = logging.getLogger(__name__)


class Spectators:
    """An observer of the service, for those at its socket.

    :meth:`watching` is for the worker's thread, :meth:`happened` and :meth:`stands` for the
    doorkeeper's, :meth:`start` and :meth:`stop` for the main one. None of them waits.
    """

    def __init__(
        self,
        listener: socket.socket,
        door: str,
        mode: Callable[[], Mode],
        lamp: Callable[[], bool | None],
    ) -> None:
        """``listener`` is bound and does not block; it belongs to the spectators from now on.
        ``lamp`` says whether the lamp is on, where there is one."""
        self._listener = listener
        self._door = door
        self._mode = mode
        self._lamp = lamp
        self._status: DoorStatus | None = None
        self._told: LiveDoor | None = None
        self._is_watched = False
        self._newest: tuple[Frame, FrameReport] | None = None
        self._latency_ms: dict[str, float] = {}
        self._judged = 0
        self._news: deque[LiveNews] = deque(maxlen=LINES_KEPT)
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="facedoor-spectators", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def watching(self, frame: Frame, report: FrameReport) -> None:
        """A frame was judged."""
        if not self._is_watched:
            return
        self._judged += 1
        # A new one each time: the other thread may be reading the old one.
        self._latency_ms = {**self._latency_ms, **report.latency_ms}
        self._newest = frame, report
        for prompt in report.prompts:
            if prompt.side is not None:
                self._news.append(LiveNews(utc_now(), prompt.text, strict.as_json(prompt)))

    def happened(self, event: Event) -> None:
        """Something was written to the journal, or the relay moved."""
        if self._is_watched:
            told = bands.told(event.as_json())
            self._news.append(LiveNews(event.time, _in_words(self._door, event), told, event.KIND))

    def stands(self, status: DoorStatus) -> None:
        """The door stands so from now on."""
        self._status = status

    def stop(self) -> None:
        """Let all of them go."""
        self._stopping = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def _run(self) -> None:
        stands = Stands(self._listener)
        try:
            self._serve(stands)
        except Exception:
            log.exception("nobody can watch the running door any more; the door itself goes on")
        finally:
            self._is_watched = False
            self._newest = None
            stands.close()

    def _serve(self, stands: Stands) -> None:
        next_s = 0.0
        while not self._stopping:
            if newcomers := stands.turn(next_s):
                door = live.encode(self._door_now())
                for spectator in newcomers:
                    spectator.tell(door)
                if not self._is_watched:
                    self._news.clear()
                    self._newest, self._is_watched = None, True
            if not stands.spectators:
                self._is_watched, self._newest = False, None
            elif time.monotonic() >= next_s:
                next_s = time.monotonic() + 1 / FRAMES_PER_S
                self._show(stands)

    def _show(self, stands: Stands) -> None:
        """Give everybody what there is."""
        door = self._door_now()
        if door != self._told:
            self._told = door
            stands.tell(door)
        with suppress(IndexError):
            while True:
                stands.tell(self._news.popleft())
        newest, self._newest = self._newest, None
        if newest is not None and any(each.has_time for each in stands.spectators):
            picture = live.encode(self._pictured(*newest))
            for spectator in stands.spectators:
                spectator.show(picture)

    def _door_now(self) -> LiveDoor:
        status = self._status
        if status is not None:
            status = dataclasses.replace(status, mode=self._mode())
        return LiveDoor(self._door, __version__, status)

    def _pictured(self, frame: Frame, report: FrameReport) -> LiveFrame:
        height, width = frame.main.shape[:2]
        return LiveFrame(
            snapshot(frame.main, WIDTH_PX),
            tuple(_face(view, width, height) for view in report.faces),
            {stage: round(ms, 2) for stage, ms in self._latency_ms.items()},
            self._judged,
            round(frame.time_s, 3),
            self._lamp(),
        )


def open_spectators(
    door: str,
    mode: Callable[[], Mode],
    lamp: Callable[[], bool | None],
    environment: Mapping[str, str] = os.environ,
) -> Spectators | None:
    """``None`` where systemd has given the service no runtime directory, or one that is not safe to
    put a socket in: the door goes on without."""
    directory = runtime_directory(environment)
    if directory is None:
        return None
    try:
        return Spectators(listening(directory), door, mode, lamp)
    except OSError as error:
        log.warning(
            "nobody can watch the running door, for there can be no socket in %s (%s)",
            *(directory, error.strerror or error),
        )
    return None


def _in_words(door: str, event: Event) -> str:
    """A visit as ``facedoor visits`` tells it; other events as the log does."""
    if isinstance(event, Decision) and (visit := Visits(door).add(event, 0)):
        return sentences.sentence(visit)
    return sentence(event)


def _face(view: FaceView, width_px: int, height_px: int) -> LiveFace:
    box = view.face.box.scaled(1 / width_px, 1 / height_px)
    sides = (box.left, box.top, box.right, box.bottom)
    left, top, right, bottom = (round(min(1.0, max(0.0, side)), 4) for side in sides)
    granted = view.decision.granted if view.decision else None
    return LiveFace(view.track, (left, top, right, bottom), granted, view.words)

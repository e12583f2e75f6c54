"""The lamp that lights whoever comes in the dark, driven by a thread of its own.

The worker leaves what the newest frame shows and never waits. The thread switches off by the clock
also when no frame comes any more. Whatever goes wrong reaches the board, never the door.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from facedoor.config.options import DoorConfig
from facedoor.door.night_light import NightLight, Seen
from facedoor.frames import Frame, Image
from facedoor.hardware.lamps import Lamp, open_lamp
from facedoor.problems import Board
from facedoor.reasons import Reason
from facedoor.visit.report import FrameReport
from facedoor.wire.events import DoorHappened, Event, Happening

STOP_S = 0.5

_OPTION = "lamp_pin"

_EVERY_PX = 8
"""Of the small frame's rows and columns every so many tell how bright it is."""

log = logging.getLogger(__name__)


def light_of(lores: Image) -> float:
    """Mean grey level of an RGB frame, 0 to 255: the three channels count alike."""
    return float(lores[::_EVERY_PX, ::_EVERY_PX].mean())


def seen_in(frame: Frame, report: FrameReport) -> Seen:
    """What a frame that was judged shows."""
    is_shadowed = any(face.refusal is Reason.TOO_DARK for face in report.faces)
    return Seen(light_of(frame.lores), report.moved, bool(report.faces), is_shadowed)


class NightLamp:
    """:meth:`watching` and :meth:`happened` may be called from any thread, and do not wait."""

    def __init__(
        self, lamp: Lamp, board: Board, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.is_on = False
        """Any thread may read it."""
        self._lamp = lamp
        self._board = board
        self._clock = clock
        self._light = NightLight()
        self._seen: Seen | None = None
        self._has_rung = False
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="facedoor-lamp", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def watching(self, frame: Frame, report: FrameReport) -> None:
        """A frame was judged."""
        if self._thread.is_alive():
            seen = seen_in(frame, report)
            with self._changed:
                self._seen = seen
                self._changed.notify()

    def happened(self, event: Event) -> None:
        """Hear the bell."""
        if isinstance(event, DoorHappened) and event.happening is Happening.BELL:
            with self._changed:
                self._has_rung = True
                self._changed.notify()

    def close(self) -> None:
        """Switch off, and let go of the pin."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(STOP_S)
        try:
            self._lamp.close()
        except Exception:  # each pin driver has its own, unrelated errors
            log.exception("the lamp could not be switched off")
        self.is_on = False

    def _run(self) -> None:
        try:
            while self._heard():
                if self._light.is_on != self.is_on:
                    self._lamp.set(self._light.is_on)
                    self.is_on = self._light.is_on
        except Exception as error:  # each pin driver has its own, unrelated errors
            self._give_up(error)

    def _heard(self) -> bool:
        """Wait until something is seen or it is time, and take it in; false: the end."""
        with self._changed:
            self._changed.wait_for(self._has_news, self._patience_s())
            seen, self._seen = self._seen, None
            has_rung, self._has_rung = self._has_rung, False
            is_closing = self._closing
        now_s = self._clock()
        if seen is None:
            self._light.tick(now_s)
        else:
            self._light.see(now_s, seen)
        if has_rung:
            self._light.ring(now_s)
        return not is_closing

    def _has_news(self) -> bool:
        return self._closing or self._has_rung or self._seen is not None

    def _patience_s(self) -> float | None:
        left_s = self._light.next_s - self._clock()
        return max(0.0, left_s) if math.isfinite(left_s) else None

    def _give_up(self, error: Exception) -> None:
        """Leave the lamp off, if it still can be switched at all."""
        stays = ", and may stay on"
        with suppress(Exception):
            self._lamp.set(False)
            self.is_on, stays = False, ""
        sentence = (
            f"the lamp of [door] {_OPTION} cannot be switched ({error}){stays}; the door goes on "
            "without it: restart facedoor"
        )
        self._board.report("lamp_unusable", sentence, about=_OPTION)


def open_night_lamp(config: DoorConfig, board: Board) -> NightLamp:
    """The lamp on the pin that ``[door] lamp_pin`` names; without one that cannot be used, which
    the ``board`` shows."""
    lamp = open_lamp(config, board, _OPTION, config.lamp_pin, config.lamp_active_high)
    return NightLamp(lamp, board)

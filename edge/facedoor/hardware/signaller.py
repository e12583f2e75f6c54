"""Plays on LEDs and buzzer what visitors should know, in a thread of its own."""

from __future__ import annotations

import logging
import queue
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from types import MappingProxyType

from facedoor.config.options import DoorConfig
from facedoor.door.signals import (
    REPEAT_AFTER_S,
    STATES,
    Beat,
    beats,
    pattern_for,
    prompt_beats,
)
from facedoor.hardware.lamps import Lamp, open_lamp
from facedoor.problems import Board
from facedoor.wire.decisions import Judgement
from facedoor.wire.events import Event
from facedoor.wire.mode import DoorStatus
from facedoor.wire.prompts import Prompt, Side

WAITING_LIMIT = 4
"""Patterns that wait: what comes later than that is no answer any more."""

STOP_S = 0.5

log = logging.getLogger(__name__)


class Signaller:
    """Shows prompts, answers and states. Whatever goes wrong with a lamp reaches the log, never the
    door.

    :meth:`happened`, :meth:`stands` and :meth:`prompted` may be called from any thread, and do not
    wait.
    """

    def __init__(
        self,
        led: Lamp,
        buzzer: Lamp,
        rest: Callable[[float], object] | None = None,
        sides: Mapping[Side, Lamp] = MappingProxyType({}),
    ) -> None:
        """``sides`` are the LEDs that show a visitor where to turn to. ``rest`` lets so many
        seconds pass; by default until then, until a prompt begins or ends, or until
        :meth:`close`."""
        self._led = led
        self._buzzer = buzzer
        self._sides = sides
        self._closing = threading.Event()
        self._interrupted = threading.Event()
        self._rest = rest or self._interrupted.wait
        self._state: Sequence[Beat] = ()
        self._prompts: deque[Sequence[Beat]] = deque(maxlen=1)
        self._news: queue.Queue[Sequence[Beat] | None] = queue.Queue(WAITING_LIMIT)
        self._thread = threading.Thread(target=self._run, name="facedoor-signals", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def happened(self, event: Event) -> None:
        """Answer whoever is at the door."""
        if isinstance(event, Judgement):
            self._tell(beats(pattern_for(event.reason)))

    def prompted(self, prompt: Prompt) -> None:
        """Ask a visitor for something at once, or from now on nothing any more."""
        self._prompts.append(prompt_beats(prompt.side, prompt.lasts_s) if prompt.side else ())
        self._interrupted.set()
        self._tell(None)

    def stands(self, status: DoorStatus) -> None:
        """Show from now on how the door stands."""
        self._state = beats(STATES[status.name])
        self._tell(None)

    def close(self) -> None:
        """Fall silent, and let go of the pins."""
        self._closing.set()
        self._interrupted.set()
        self._tell(None)
        if self._thread.is_alive():
            self._thread.join(STOP_S)
        for lamp in (self._led, self._buzzer, *self._sides.values()):
            try:
                lamp.close()
            except Exception:  # each pin driver has its own, unrelated errors
                log.exception("an LED or a buzzer could not be switched off")

    def _tell(self, beats: Sequence[Beat] | None) -> None:
        with suppress(queue.Full):
            self._news.put_nowait(beats)

    def _run(self) -> None:
        try:
            while not self._closing.is_set():
                self._play(self._next())
        except Exception:  # each pin driver has its own, unrelated errors
            log.exception("LEDs and buzzer are silent from now on")

    def _next(self) -> Sequence[Beat]:
        """What to play now: a prompt, an answer, else the state, round after round."""
        patience_s = REPEAT_AFTER_S if self._state else None
        if not self._prompts:
            with suppress(queue.Empty):
                return self._news.get(timeout=patience_s) or self._at_once()
        return self._at_once()

    def _at_once(self) -> Sequence[Beat]:
        return self._prompts.popleft() if self._prompts else self._state

    def _play(self, beats: Sequence[Beat]) -> None:
        self._interrupted.clear()
        for beat in beats:
            if self._prompts or self._closing.is_set():
                break
            self._show(beat)
            self._rest(beat.lasts_s)
        self._show(Beat(led=False, buzzer=False, lasts_s=0.0))

    def _show(self, beat: Beat) -> None:
        self._led.set(beat.led)
        self._buzzer.set(beat.buzzer)
        for side, lamp in self._sides.items():
            lamp.set(side is beat.side)


def open_signaller(config: DoorConfig, board: Board) -> Signaller:
    """Plays on the pins that ``[door]`` names, if any; without one that cannot be used, which the
    ``board`` shows."""

    lamp = partial(open_lamp, config, board)
    return Signaller(
        lamp("led_pin", config.led_pin, config.led_active_high),
        lamp("buzzer_pin", config.buzzer_pin, config.buzzer_active_high),
        sides={
            Side.LEFT: lamp("left_led_pin", config.left_led_pin, config.led_active_high),
            Side.RIGHT: lamp("right_led_pin", config.right_led_pin, config.led_active_high),
        },
    )

"""Plays on LED and buzzer what visitors should know, in a thread of its own."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Protocol

from facedoor.config.options import DoorConfig
from facedoor.door.signals import REPEAT_AFTER_S, SILENT, STATES, Beat, Pattern, beats, pattern_for
from facedoor.errors import RelayError
from facedoor.hardware.gpio import claimed
from facedoor.problems import Board
from facedoor.wire.events import Event, Judgement
from facedoor.wire.mode import DoorStatus

WAITING_LIMIT = 4
"""Patterns that wait: what comes later than that is no answer any more."""

STOP_S = 0.5

log = logging.getLogger(__name__)


class Lamp(Protocol):
    """Something that is on or off for people to notice."""

    def set(self, on: bool) -> None: ...

    def close(self) -> None:
        """Switch off and let go of the pin."""


class GpioLamp:
    """A LED or a buzzer on a pin, through gpiozero."""

    def __init__(self, pin: int, option: str, active_high: bool) -> None:
        """Claim ``pin``, which ``[door] option`` names. Raises :class:`RelayError`."""
        self._device = claimed(
            f"drive GPIO{pin}, which is [door] {option}",
            lambda gpio: gpio.OutputDevice(pin, active_high=active_high, initial_value=False),
        )

    def set(self, on: bool) -> None:
        self._device.value = on

    def close(self) -> None:
        if not self._device.closed:
            with ExitStack() as closing:
                closing.callback(self._device.close)
                self._device.off()


class NoLamp:
    """Stands where there is none, and at a simulated door."""

    def set(self, on: bool) -> None:
        pass

    def close(self) -> None:
        pass


class Signaller:
    """Shows answers and states. Whatever goes wrong with a lamp reaches the log, never the door.

    :meth:`happened` and :meth:`stands` may be called from any thread, and do not wait.
    """

    def __init__(
        self, led: Lamp, buzzer: Lamp, rest: Callable[[float], object] | None = None
    ) -> None:
        """``rest`` lets so many seconds pass; by default until then or until :meth:`close`."""
        self._led = led
        self._buzzer = buzzer
        self._closing = threading.Event()
        self._rest = rest or self._closing.wait
        self._state = SILENT
        self._news: queue.Queue[Pattern | None] = queue.Queue(WAITING_LIMIT)
        self._thread = threading.Thread(target=self._run, name="facedoor-signals", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def happened(self, event: Event) -> None:
        """Answer whoever is at the door."""
        if isinstance(event, Judgement):
            self._tell(pattern_for(event.reason))

    def stands(self, status: DoorStatus) -> None:
        """Show from now on how the door stands."""
        self._state = STATES[status.name]
        self._tell(None)

    def close(self) -> None:
        """Fall silent, and let go of the pins."""
        self._closing.set()
        self._tell(None)
        if self._thread.is_alive():
            self._thread.join(STOP_S)
        for lamp in (self._led, self._buzzer):
            try:
                lamp.close()
            except Exception:  # each pin driver has its own, unrelated errors
                log.exception("an LED or a buzzer could not be switched off")

    def _tell(self, pattern: Pattern | None) -> None:
        with suppress(queue.Full):
            self._news.put_nowait(pattern)

    def _run(self) -> None:
        try:
            while not self._closing.is_set():
                self._play(self._next())
        except Exception:  # each pin driver has its own, unrelated errors
            log.exception("LED and buzzer are silent from now on")

    def _next(self) -> Pattern:
        """What to play now: an answer, else the state, round after round."""
        patience_s = None if self._state == SILENT else REPEAT_AFTER_S
        with suppress(queue.Empty):
            return self._news.get(timeout=patience_s) or self._state
        return self._state

    def _play(self, pattern: Pattern) -> None:
        for beat in (*beats(pattern), Beat(led=False, buzzer=False, lasts_s=0.0)):
            self._led.set(beat.led)
            self._buzzer.set(beat.buzzer)
            if beat.lasts_s:
                self._rest(beat.lasts_s)


def open_signaller(config: DoorConfig, board: Board) -> Signaller:
    """Plays on the pins that ``[door]`` names, if any; without one that cannot be used, which the
    ``board`` shows."""

    def lamp(option: str, pin: int | None, active_high: bool) -> Lamp:
        if pin is None or config.relay == "simulated":
            return NoLamp()
        try:
            return GpioLamp(pin, option, active_high)
        except RelayError as error:
            board.report("lamp_unusable", f"{error}; the door goes on without it", about=option)
        return NoLamp()

    return Signaller(
        lamp("led_pin", config.led_pin, config.led_active_high),
        lamp("buzzer_pin", config.buzzer_pin, config.buzzer_active_high),
    )

"""The relay that releases the door: a pin of the Pi, or a list of what a pin would have done."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from facedoor.config.options import DoorConfig
from facedoor.errors import RelayError
from facedoor.hardware.gpio import claimed
from facedoor.languages import _


class Relay(Protocol):
    """A relay that is off once its constructor returns. Every method raises :class:`RelayError`."""

    @property
    def is_on(self) -> bool:
        """True while the relay is energised; a closed relay is not."""

    def on(self) -> None:
        """Energise the relay: the door can be opened."""

    def off(self) -> None:
        """Take the relay back to its safe level: the door is locked."""

    def close(self) -> None:
        """Switch off and let go of the pin. Calling it again does nothing."""


class GpioRelay:
    """A relay on a GPIO pin, through gpiozero. The pin is off before anything else happens to it.

    What this class cannot promise, because it lies in the kernel and in the wiring:

    * A pin keeps its level when the process that drove it is killed: Raspberry Pi kernels leave an
      output driven. Whatever supervises the service has to drive the pin off when it ends.
    * A closed pin is released: it becomes an input and floats. Give it a resistor that pulls to the
      safe level, unless the relay board has one.
    * A board that is energised by a low level (``active_high=False``) is energised by every line
      that idles low: at boot, until the service runs, and for the microseconds between the moment
      a pin becomes an output and its first level. The coil of a relay is too slow to notice the
      last, a solid-state relay is not. Prefer a board that is energised by a high level.
    """

    def __init__(self, pin: int, active_high: bool = True) -> None:
        """Claim ``pin`` (BCM number). Raises :class:`RelayError` when it cannot be driven."""
        self._name = f"GPIO{pin}"
        self._device = claimed(
            f"drive the relay on {self._name}",
            lambda gpio: gpio.OutputDevice(pin, active_high=active_high, initial_value=False),
        )

    @property
    def is_on(self) -> bool:
        return not self._device.closed and bool(self._device.is_active)

    def on(self) -> None:
        self._set(True)

    def off(self) -> None:
        self._set(False)

    def close(self) -> None:
        if self._device.closed:
            return
        try:
            self.off()
        finally:
            self._device.close()

    def _set(self, on: bool) -> None:
        try:
            self._device.on() if on else self._device.off()
        except Exception as error:  # each pin driver has its own, unrelated errors
            raise RelayError(
                f"cannot switch the relay on {self._name} {'on' if on else 'off'} ({error}): "
                "restart the service, and look into the kernel's log if it happens again"
            ) from error


class SimulatedRelay:
    """A relay that only records its level: for a door without a Pi, for the demo and for tests.

    ``levels`` holds each change as (time in seconds on ``clock``, on), the first level included.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._closed = False
        self.levels: list[tuple[float, bool]] = [(clock(), False)]

    @property
    def is_on(self) -> bool:
        return self.levels[-1][1]

    def on(self) -> None:
        self._set(True)

    def off(self) -> None:
        self._set(False)

    def close(self) -> None:
        if not self._closed:
            self.off()
            self._closed = True

    def _set(self, on: bool) -> None:
        if self._closed:
            raise RelayError(_("the simulated relay is closed: open a new one"))
        if on != self.is_on:
            self.levels.append((self._clock(), on))


def open_relay(config: DoorConfig, pin: int | None = None) -> Relay:
    """The relay on ``pin``, without one that on ``[door] pin``, switched off.

    Raises :class:`RelayError`.
    """
    if config.relay == "simulated":
        return SimulatedRelay()
    return GpioRelay(config.pin if pin is None else pin, config.active_high)

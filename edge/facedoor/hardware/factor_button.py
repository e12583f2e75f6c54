"""The button of the second factor: to be pressed by whoever was just recognised."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Protocol

from facedoor.errors import RelayError

BOUNCE_S = 0.05


class FactorButton(Protocol):
    """Tells of each press."""

    def close(self) -> None:
        """Hear no more. Calling it again does nothing."""


class SimulatedButton:
    """A button without a pin."""

    def __init__(self, on_press: Callable[[], object]) -> None:
        self._on_press: Callable[[], object] | None = on_press

    def press(self) -> None:
        if self._on_press is not None:
            self._on_press()

    def close(self) -> None:
        self._on_press = None


class GpioButton:
    """A button between a GPIO pin and ground."""

    def __init__(self, pin: int, on_press: Callable[[], object]) -> None:
        """Claim ``pin`` (BCM number); ``on_press`` is called in a thread of gpiozero's.

        Raises :class:`RelayError` when the pin cannot be read.
        """
        try:
            import gpiozero

            with warnings.catch_warnings():
                warnings.simplefilter("ignore", gpiozero.PinFactoryFallback)
                self._device = gpiozero.Button(pin, pull_up=True, bounce_time=BOUNCE_S)
        except Exception as error:  # each pin driver has its own, unrelated errors
            raise RelayError(
                f"cannot read the button on GPIO{pin} ({error}): set another [rules] button_pin"
            ) from error
        self._device.when_pressed = lambda: on_press()

    def close(self) -> None:
        self._device.close()

"""How a pin is claimed, whatever it is for; and a switch between a pin and ground.

The Pi's own resistor pulls a switch's pin up, so that a closed circuit is ``low``.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

from facedoor.errors import RelayError

DEBOUNCE_S = 0.05
"""A switch that closes bounces for a few milliseconds; nobody opens a door in so short a time."""

Heard: TypeAlias = Callable[[bool], object]


def claimed(doing: str, make: Callable[[Any], Any]) -> Any:
    """The device that ``make`` makes out of the module gpiozero.

    Raises :class:`RelayError`, which says that it cannot do what it is ``doing``, and what to do.
    """
    try:
        import gpiozero

        with warnings.catch_warnings():
            # Which pin drivers gpiozero tried in vain matters only if none is left.
            warnings.simplefilter("ignore", gpiozero.PinFactoryFallback)
            return make(gpiozero)
    except Exception as error:  # each pin driver has its own, unrelated errors
        raise RelayError(f"cannot {doing} ({error}): {_next_step(error)}") from error


def _next_step(error: Exception) -> str:
    # gpiozero says "in use" of a pin of this process, lgpio "busy" of a pin of another one.
    if "in use" in str(error) or "busy" in str(error):
        return "end the program that holds it, or set another pin"
    return (
        "on a Raspberry Pi install python3-lgpio with apt and put the service's user into the "
        'group gpio; on another machine set [door] relay = "simulated"'
    )


class Switch(Protocol):
    """A switch that is on or off."""

    def hear(self, changed: Heard) -> None:
        """From now on tell of each edge, from any thread."""

    def is_on(self) -> bool:
        """Raises whatever its driver raises when it cannot be read."""

    def close(self) -> None:
        """Let go of the pin. Calling it again does nothing."""


class GpioSwitch:
    """A switch on a pin, through gpiozero."""

    def __init__(self, pin: int, option: str, on_when_low: bool) -> None:
        """Claim ``pin`` (BCM number), which ``option`` names. Raises :class:`RelayError`."""
        self._device = claimed(
            f"read GPIO{pin}, which is {option}",
            lambda gpio: gpio.DigitalInputDevice(pin, pull_up=True, bounce_time=DEBOUNCE_S),
        )
        self._on_when_low = on_when_low

    def hear(self, changed: Heard) -> None:
        # With a pull-up, gpiozero calls low active.
        self._device.when_activated = lambda: changed(self._on_when_low)
        self._device.when_deactivated = lambda: changed(not self._on_when_low)

    def is_on(self) -> bool:
        return bool(self._device.is_active) == self._on_when_low

    def close(self) -> None:
        self._device.close()


class SimulatedSwitch:
    """A switch that nobody throws."""

    def __init__(self, on: bool = False) -> None:
        self._on = on

    def hear(self, changed: Heard) -> None:
        pass

    def is_on(self) -> bool:
        return self._on

    def close(self) -> None:
        pass

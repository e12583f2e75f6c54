"""How a pin is claimed, whatever it is for; and a switch between a pin and ground.

The Pi's own resistor pulls a switch's pin up, so that a closed circuit is ``low``.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol, TypeAlias

from facedoor.errors import RelayError
from facedoor.languages import _

DEBOUNCE_S = 0.05
"""A switch that closes bounces for a few milliseconds; nobody opens a door in so short a time."""

_FALLBACK = "Falling back from "
"""So begins gpiozero's warning about a driver that failed: its name and the reason follow."""

_NOT_INSTALLED = "No module named"

Heard: TypeAlias = Callable[[bool], object]


def claimed(doing: str, make: Callable[[Any], Any]) -> Any:
    """The device that ``make`` makes out of the module gpiozero.

    Raises :class:`RelayError`, which says that it cannot do what it is ``doing``, and what to do.
    """
    tried: list[str] = []
    try:
        with _noting(tried):
            import gpiozero

            return make(gpiozero)
    except Exception as error:  # each pin driver has its own, unrelated errors
        why = "; ".join([str(error), *(f"not by {reason}" for reason in tried)])
        raise RelayError(f"cannot {doing} ({why}): {_next_step(why)}") from error


def driver_failure() -> tuple[str, str] | None:
    """Why gpiozero does not reach the pins by lgpio, the only driver that knows every Pi, and what
    mends it; ``None`` where it does, or where that is not installed. No pin is touched.

    Otherwise gpiozero falls back to a driver that may fail later, and for another reason.
    """
    tried: list[str] = []
    with suppress(Exception), _noting(tried):  # in the end none may be left: what counts is why
        import gpiozero

        gpiozero.Device.ensure_pin_factory()
    failures = [reason for reason in tried if reason.startswith("lgpio")]
    if not failures or _NOT_INSTALLED in failures[0]:
        return None
    said = _("the pins cannot be reached by {failure}").format(failure=failures[0])
    return said, _next_step(failures[0])


@contextmanager
def _noting(tried: list[str]) -> Iterator[None]:
    """Add which drivers gpiozero has tried in vain, and why: it matters only if something fails."""
    with warnings.catch_warnings(record=True) as caught:
        try:
            yield
        finally:
            said = [str(warning.message) for warning in caught]
            tried += [text.removeprefix(_FALLBACK) for text in said if text.startswith(_FALLBACK)]
    for warning in caught:
        if not str(warning.message).startswith(_FALLBACK):
            warnings.warn_explicit(
                warning.message, warning.category, warning.filename, warning.lineno
            )


def _next_step(why: str) -> str:
    # gpiozero says "in use" of a pin of this process, lgpio "busy" of a pin of another one.
    if "in use" in why or "busy" in why:
        return _("end the program that holds it, or set another pin")
    if "can not open gpiochip" in why:
        return _(
            "put the service's user into the group gpio; on a Pi 5 whose kernel no longer "
            'has /dev/gpiochip4, where lgpio may look: echo \'KERNEL=="gpiochip0", '
            'SYMLINK+="gpiochip4"\' | sudo tee /etc/udev/rules.d/60-gpiochip4.rules, and '
            "start it again"
        )
    return _(
        "on a Raspberry Pi install python3-lgpio with apt and put the service's user "
        'into the group gpio; on another machine set [door] relay = "simulated"'
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

"""What is on or off at a pin for people to notice, or to be seen by: an LED, a buzzer, a lamp."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Protocol

from facedoor.config.options import DoorConfig
from facedoor.errors import RelayError
from facedoor.hardware.gpio import claimed
from facedoor.problems import Board


class Lamp(Protocol):
    """Something that is on or off."""

    def set(self, on: bool) -> None: ...

    def close(self) -> None:
        """Switch off and let go of the pin."""


class GpioLamp:
    """A LED, a buzzer or a lamp on a pin, through gpiozero."""

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


def open_lamp(
    config: DoorConfig, board: Board, option: str, pin: int | None, active_high: bool
) -> Lamp:
    """What ``[door] option`` has on ``pin``, if anything; one that cannot be used is as none, which
    the ``board`` shows."""
    if pin is None or config.relay == "simulated":
        return NoLamp()
    try:
        return GpioLamp(pin, option, active_high)
    except RelayError as error:
        board.report("lamp_unusable", f"{error}; the door goes on without it", about=option)
    return NoLamp()

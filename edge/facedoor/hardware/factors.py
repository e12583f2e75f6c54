"""The devices of the second factor, as ``[rules]`` describes them: keypad and button."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from facedoor.hardware.factor_button import FactorButton, GpioButton, SimulatedButton
from facedoor.hardware.keypad import EventKeypad

if TYPE_CHECKING:
    from facedoor.config.options import Config
    from facedoor.problems import Board


def open_factors(
    settings: Config, present: Callable[[str | None], object], board: Board
) -> contextlib.ExitStack:
    """Open what is configured; ``present`` hears each code, and ``None`` for the button.

    It must not block. Close what is returned after use. Raises :class:`RelayError` for a pin that
    cannot be read; a keypad may be plugged in later, and the ``board`` shows that it is not there.
    """
    rules = settings.rules
    with contextlib.ExitStack() as opened:
        if rules.keypad:
            opened.callback(EventKeypad(Path(rules.keypad), present, board).close)
        if rules.button_pin is not None:
            opened.callback(_button(settings, rules.button_pin, present).close)
        return opened.pop_all()


def _button(settings: Config, pin: int, present: Callable[[str | None], object]) -> FactorButton:
    if settings.door.relay == "simulated":
        return SimulatedButton(lambda: present(None))
    return GpioButton(pin, lambda: present(None))

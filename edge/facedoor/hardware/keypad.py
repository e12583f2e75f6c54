"""The devices of the second factor: a keypad, and a button for whoever was just recognised.

The keypad is any USB numeric one, read as the kernel reports its keys. A code ends with Enter. Any
key that is no digit, a pause, or too many digits, and what was typed is forgotten. Codes are handed
on and kept nowhere.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path

from facedoor.access.pin import MOST_DIGITS
from facedoor.config.options import Config
from facedoor.hardware.gpio import GpioSwitch
from facedoor.problems import Board, Severity

PAUSE_S = 10.0
"""Keys farther apart are not of one code."""

RETRY_S = 5.0
"""How often a keypad that is not plugged in is looked for."""

EVENT = struct.Struct("llHHi")
"""``struct input_event`` of linux/input.h: seconds, microseconds, type, code, value."""

EV_KEY, PRESSED = 1, 1
ENTER = frozenset({28, 96})
# KEY_1 to KEY_9 and KEY_0 follow each other; a block of digits is laid out as on the keys.
DIGITS = {
    **dict(zip(range(2, 12), "1234567890", strict=True)),
    **dict(zip((71, 72, 73, 75, 76, 77, 79, 80, 81, 82), "7894561230", strict=True)),
}
"""The digit of each key code of linux/input-event-codes.h."""

NUM_LOCK = 69
"""Some keypads send it around each digit."""

_EVIOCGRAB = 0x40044590
"""ioctl of linux/input.h: nobody else hears the keys, not even a login prompt on the console."""


class Typing:
    """From keys to codes. Pure, save for what was typed so far."""

    def __init__(self) -> None:
        self._digits = ""
        self._last_s = 0.0

    def press(self, key: int, now_s: float) -> str | None:
        """A key went down at ``now_s``, by a steady clock. Returns a code when it is complete."""
        digits = self._digits if now_s - self._last_s < PAUSE_S else ""
        self._last_s = now_s
        if key in ENTER:
            self._digits = ""
            return digits or None
        if key == NUM_LOCK:
            self._digits = digits
        elif key in DIGITS and len(digits) < MOST_DIGITS:
            self._digits = digits + DIGITS[key]
        else:
            self._digits = ""
        return None


class EventKeypad:
    """A keypad at ``/dev/input/event*``, read in a thread of its own.

    It may be plugged in later, and out and in again.
    """

    def __init__(self, path: Path, on_code: Callable[[str], object], board: Board) -> None:
        """``on_code`` is called in the keypad's thread, and must not block; the ``board`` shows why
        no code can be typed."""
        self._board = board
        self._path = path
        self._on_code = on_code
        self._wake, self._end = os.pipe()
        self._thread = threading.Thread(target=self._run, name="facedoor-keypad", daemon=True)
        self._thread.start()

    def close(self) -> None:
        if self._end >= 0:
            os.close(self._end)
            self._end = -1
            self._thread.join()
            os.close(self._wake)

    def _run(self) -> None:
        while True:
            try:
                device = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK)
                try:
                    self._listen(device)
                finally:
                    os.close(device)
            except OSError as error:
                self._board.report(
                    "keypad_unreadable",
                    f"the keypad {self._path} cannot be read ({error.strerror}): plug it in, and "
                    "let the service's user be in the group input",
                    Severity.ERROR,
                )
            if select.select([self._wake], [], [], RETRY_S)[0]:
                return

    def _listen(self, device: int) -> None:
        """Until the keypad is closed or unplugged."""
        with contextlib.suppress(OSError):  # not a device but a file of its records
            fcntl.ioctl(device, _EVIOCGRAB, 1)
        self._board.clear("keypad_unreadable")
        typing, rest = Typing(), b""
        while self._wake not in select.select([device, self._wake], [], [])[0]:
            read = os.read(device, EVENT.size * 64)
            if not read:
                return
            rest += read
            whole = len(rest) - len(rest) % EVENT.size
            for _, _, kind, key, value in EVENT.iter_unpack(rest[:whole]):
                if kind == EV_KEY and value == PRESSED:
                    code = typing.press(key, time.monotonic())
                    if code is not None:
                        self._on_code(code)
            rest = rest[whole:]


def open_factors(
    settings: Config, present: Callable[[str | None], object], board: Board
) -> contextlib.ExitStack:
    """Open the keypad and the button of ``[rules]``, if there are any.

    ``present`` hears each code, and ``None`` for the button; it must not block. Close what is
    returned after use. Raises :class:`RelayError` for a pin that cannot be read; a keypad may be
    plugged in later, and the ``board`` shows that it is not there.
    """
    rules = settings.rules
    with contextlib.ExitStack() as opened:
        if rules.keypad:
            opened.callback(EventKeypad(Path(rules.keypad), present, board).close)
        if rules.button_pin is not None and settings.door.relay != "simulated":
            button = GpioSwitch(rules.button_pin, "[rules] button_pin", on_when_low=True)
            opened.callback(button.close)
            button.hear(lambda pressed: present(None) if pressed else None)
        return opened.pop_all()

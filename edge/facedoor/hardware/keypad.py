"""The devices of the second factor: a keypad, and a button for whoever was just recognised.

The keypad is any USB numeric one, read as the kernel reports its keys. A code ends with Enter. Any
key that is no digit, a pause, or too many digits, and what was typed is forgotten. Codes are handed
on and kept nowhere.
"""

from __future__ import annotations

import contextlib
import errno
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
from facedoor.errors import RelayError
from facedoor.hardware.gpio import GpioSwitch
from facedoor.problems import Board, Severity

PAUSE_S = 10.0
"""Keys farther apart are not of one code."""

RETRY_S = 5.0
"""How often a keypad that is not plugged in is looked for."""

LONGEST_S = 300.0
"""A keypad that can be opened and then fails is tried ever more seldom, up to that."""

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
        self._quiet_s = RETRY_S  # how long it has to be quiet to be taken for one that works
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
            wait_s = RETRY_S
            try:
                device = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK)
                try:
                    return self._listen(device)
                except OSError:
                    wait_s = self._quiet_s = min(2 * self._quiet_s, LONGEST_S)
                    raise
                finally:
                    os.close(device)
            except OSError as error:
                self._board.report(
                    "keypad_unreadable",
                    f"the keypad {self._path} cannot be read ({error.strerror}): plug it in, and "
                    "let the service's user be in the group input",
                    Severity.ERROR,
                )
            if select.select([self._wake], [], [], wait_s)[0]:
                return None

    def _listen(self, device: int) -> None:
        """Until the keypad is closed. Raises ``OSError`` when it is unplugged, or cannot be read.

        That it can be opened is no sign that it works: only that it gives keys, or is quiet.
        """
        with contextlib.suppress(OSError):  # not a device but a file of its records
            fcntl.ioctl(device, _EVIOCGRAB, 1)
        typing, rest = Typing(), b""
        works = False
        while True:
            ready = select.select([device, self._wake], [], [], None if works else self._quiet_s)[0]
            if self._wake in ready:
                return
            if ready:
                rest = self._hear(typing, rest + _read(device))
                self._quiet_s = RETRY_S
            works = True
            self._board.clear("keypad_unreadable")

    def _hear(self, typing: Typing, records: bytes) -> bytes:
        """Hand on the codes that ``records`` complete; what is left is a part of a record."""
        whole = len(records) - len(records) % EVENT.size
        for _, _, kind, key, value in EVENT.iter_unpack(records[:whole]):
            if kind == EV_KEY and value == PRESSED:
                code = typing.press(key, time.monotonic())
                if code is not None:
                    self._on_code(code)
        return records[whole:]


def _read(device: int) -> bytes:
    read = os.read(device, EVENT.size * 64)
    if not read:
        raise OSError(errno.ENODATA, "it has come to its end")
    return read


def open_factors(
    settings: Config, present: Callable[[str | None], object], board: Board
) -> contextlib.ExitStack:
    """Open the keypad and the button of ``[rules]``, if there are any.

    ``present`` hears each code, and ``None`` for the button; it must not block. Close what is
    returned after use. A keypad may be plugged in later; the ``board`` shows that it is not there,
    or that the button's pin cannot be read.
    """
    rules = settings.rules
    with contextlib.ExitStack() as opened:
        if rules.keypad:
            opened.callback(EventKeypad(Path(rules.keypad), present, board).close)
        if rules.button_pin is not None and settings.door.relay != "simulated":
            try:
                button = GpioSwitch(rules.button_pin, "[rules] button_pin", on_when_low=True)
            except RelayError as error:
                board.report(
                    "button_unusable",
                    f"nobody can press the second factor's button: {error}",
                    Severity.ERROR,
                )
            else:
                opened.callback(button.close)
                button.hear(lambda pressed: present(None) if pressed else None)
        return opened.pop_all()

"""What the kernel and the Pi say about a pin, without touching it.

Claiming a line, even for a moment, can move it: one that a killed service left driven falls back to
its pull when it is let go, and a board with an inverted input takes that for "open".
"""

from __future__ import annotations

import fcntl
import os
import re
import struct
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from facedoor.checks.programs import answer_of

_CHIP_INFO = 0x8044B401
"""``GPIO_GET_CHIPINFO_IOCTL`` of linux/gpio.h."""
_CHIP = struct.Struct("=32s32sI")
_LINE_INFO = 0xC100B405
"""``GPIO_V2_GET_LINEINFO_IOCTL``."""
_LINE = struct.Struct("=32s32sIIQ")
_LINE_BYTES = 256
_USED, _OUTPUT = 1 << 0, 1 << 3
_HEADER_CHIPS = ("pinctrl-bcm2", "pinctrl-rp1")
"""How the chips behind the Pi's header are labelled: up to the Pi 4, and on the Pi 5."""

_LAST_PULLED_UP = 8
"""GPIO0 to GPIO8 are pulled up when a Pi gets power, the others down; the BCM2835's data sheet."""

_CONFIG_FILES = ("boot/firmware/config.txt", "boot/config.txt")


@dataclass(frozen=True, slots=True)
class Line:
    """A line as the kernel knows it; ``consumer`` is what its holder calls itself."""

    consumer: str
    is_used: bool
    is_output: bool


@dataclass(frozen=True, slots=True)
class Level:
    """A pin as it is now."""

    is_high: bool
    is_output: bool


def chip_of_header(root: Path) -> str | None:
    """The device of the chip behind the Pi's header, such as ``/dev/gpiochip0``.

    The first chip where none is labelled so; ``None`` where there is no chip.
    """
    chips = sorted((root / "dev").glob("gpiochip[0-9]*"))
    for chip in chips:
        with suppress(OSError):
            if _label(chip).startswith(_HEADER_CHIPS):
                return f"/dev/{chip.name}"
    return f"/dev/{chips[0].name}" if chips else None


def line_of(chip: Path, offset: int) -> Line:
    """Ask the kernel about a line. Raises ``OSError``."""
    asked = _LINE.pack(b"", b"", offset, 0, 0).ljust(_LINE_BYTES, b"\0")
    return parse_line(_ask(chip, _LINE_INFO, asked))


def parse_line(answer: bytes) -> Line:
    """The kernel's ``struct gpio_v2_line_info``."""
    _, consumer, _, _, flags = _LINE.unpack_from(answer)
    text = consumer.rstrip(b"\0").decode(errors="replace")
    return Line(text, bool(flags & _USED), bool(flags & _OUTPUT))


def level_of(pin: int) -> Level | None:
    """The level of a pin by BCM number, as the Pi's own tools read it; ``None`` without them."""
    # 17: ip    pd | lo // GPIO17 = input
    if text := answer_of("pinctrl", "get", str(pin)):
        found = re.search(r"\d+:\s+(\S+).*\|\s*(hi|lo)\b", text)
        return Level(found[2] == "hi", found[1] == "op") if found else None
    # GPIO 17: level=0 fsel=0 func=INPUT pull=DOWN
    if text := answer_of("raspi-gpio", "get", str(pin)):
        found = re.search(r"level=([01]).*func=(\w+)", text)
        return Level(found[1] == "1", found[2] == "OUTPUT") if found else None
    return None


def is_high_at_boot(pin: int, root: Path) -> bool:
    """The level of a pin from power-on until something drives it, if nothing else pulls it.

    What config.txt says counts, though it comes a second after the power.
    """
    is_high = pin <= _LAST_PULLED_UP
    for name in _CONFIG_FILES:
        with suppress(OSError):
            text = (root / name).read_text(errors="replace")
            for pins, how in re.findall(r"^\s*gpio=([\d,-]+)=([\w,]+)", text, re.MULTILINE):
                if _names(pins, pin):
                    for word in how.split(","):
                        is_high = {"pu": True, "dh": True, "pd": False, "dl": False}.get(
                            word, is_high
                        )
            break
    return is_high


def _names(pins: str, pin: int) -> bool:
    """Whether a list such as ``4,17-21`` has ``pin`` in it."""
    for part in pins.split(","):
        first, _, last = part.partition("-")
        if first.isdecimal() and int(first) <= pin <= int(last if last.isdecimal() else first):
            return True
    return False


def _label(chip: Path) -> str:
    _, label, _ = _CHIP.unpack(_ask(chip, _CHIP_INFO, bytes(_CHIP.size)))
    return str(label.rstrip(b"\0").decode(errors="replace"))


def _ask(chip: Path, request: int, asked: bytes) -> bytes:
    descriptor = os.open(chip, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return fcntl.ioctl(descriptor, request, asked)
    finally:
        os.close(descriptor)

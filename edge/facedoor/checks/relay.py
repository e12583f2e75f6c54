"""The door's pins: whether each is free and may be used, and the relay's rests at the level that
keeps it off.

What the kernel and the Pi say about a pin is asked without touching it. Claiming a line, even for a
moment, can move it: one that a killed service left driven falls back to its pull when it is let go,
and a board with an inverted input takes that for "open".
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import re
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from facedoor.checks.installation import UNIT, Finding, Installation, fine, obstacles, problem
from facedoor.checks.processes import Process, answer_of, holders
from facedoor.config.options import DoorConfig
from facedoor.config.pins import pins_of
from facedoor.hardware.gpio import driver_failure
from facedoor.hardware.relay import open_relay
from facedoor.languages import _

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

_DRIVERS = ("lgpio", "RPi", "pigpio")


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
    """True if a list such as ``4,17-21`` has ``pin`` in it."""
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


def examine_relay(door: Installation) -> Iterator[Finding]:
    """Check whether the service can drive the relay. Lines are looked at, never claimed."""
    config = door.settings.door
    if config.relay == "simulated":
        yield fine("relay", _("simulated: no door will open"))
        return
    chip = chip_of_header(door.root)
    if chip is None:  # gpiozero knows other ways to pins than the kernel's
        open_relay(config).close()
        yield fine("relay", _("GPIO{pin}, at its safe level").format(pin=config.pin))
        return
    if not (os.environ.get("GPIOZERO_PIN_FACTORY") or any(map(importlib.util.find_spec, _DRIVERS))):
        yield problem(
            "relay",
            _("no driver for {chip} is installed").format(chip=chip),
            _("sudo apt install python3-lgpio, in an environment with --system-site-packages"),
        )
    barred = list(obstacles("relay", door.root, chip, door.account))
    if barred:
        yield from barred
        return
    if failure := driver_failure():
        yield problem("relay", *failure)
    pins = set(pins_of(door.settings).values())
    path = door.root / chip.lstrip("/")
    try:
        lines = {pin: line_of(path, pin) for pin in pins}
    except OSError as error:
        yield problem(
            "relay",
            _("{chip} does not answer ({reason})").format(chip=chip, reason=error.strerror),
            "sudo facedoor check",
        )
        return
    by = holders(door.root, chip)
    for pin, line in lines.items():
        use = judge_use(pin, line, by, door.service.is_running)
        if pin == config.pin or not use.ok:
            yield use
    level = None if lines[config.pin].is_used else level_of(config.pin)
    yield from judge_rest(config, level, is_high_at_boot(config.pin, door.root), _config_txt(door))


def judge_use(pin: int, line: Line, by: list[Process], is_running: bool) -> Finding:
    """Check whether the line is free, or the running service's own."""
    if not line.is_used:
        return fine("relay", _("GPIO{pin} is free").format(pin=pin))
    ours = [process for process in by if process.unit == UNIT]
    if is_running and (ours or not by):
        return fine("relay", _("GPIO{pin}, in use by {unit} (running)").format(pin=pin, unit=UNIT))
    who = line.consumer or _("somebody")
    if by:
        remedy = by[0].end_command
        who = _("{consumer}, perhaps {holders}").format(
            consumer=who, holders=_(" or ").join(map(str, by))
        )
    else:
        remedy = _(
            "take what claims it out of /boot/firmware/config.txt (dtoverlay, dtparam), or "
            "set another [door] pin"
        )
    return problem("relay", _("GPIO{pin} is in use by {who}").format(pin=pin, who=who), remedy)


def judge_rest(
    config: DoorConfig, level: Level | None, is_high_at_boot: bool, config_txt: Path
) -> Iterator[Finding]:
    """Check whether the relay is off while nothing drives the line.

    ``level`` is that of the free line, where it can be read. How the board takes it is known only
    from ``active_high``; whether that is right, a test of the relay tells.
    """
    pin = f"GPIO{config.pin}"
    energising = _("high") if config.active_high else _("low")
    if level is not None and level.is_output:
        if level.is_high == config.active_high:
            yield problem(
                "relay",
                _(
                    "{pin} is still driven {energising}, so the relay is energised, and no service "
                    "runs"
                ).format(pin=pin, energising=energising),
                "facedoor relay-off",
            )
        return
    rests_high = is_high_at_boot if level is None else level.is_high
    if rests_high == config.active_high:
        other = _("9 to 27") if rests_high else _("0 to 8")
        how = "op,dl" if config.active_high else "op,dh"
        yield problem(
            "relay",
            _(
                "{pin} rests {energising} while the Pi boots and whenever the service is off, "
                "and active_high = {active_high} says that this energises the relay"
            ).format(pin=pin, energising=energising, active_high=str(config.active_high).lower()),
            _(
                "if the relay test says the same (sudo facedoor setup): set [door] pin to one "
                "of {other}, or add the line gpio={pin}={how} to {config_txt}"
            ).format(other=other, pin=config.pin, how=how, config_txt=config_txt),
        )
    else:
        yield fine(
            "relay",
            _(
                "{pin} rests {level}, which keeps the relay off if active_high is right: only "
                "the relay test of facedoor setup can tell"
            ).format(pin=pin, level=_("high") if rests_high else _("low")),
        )


def _config_txt(door: Installation) -> Path:
    new = Path("/boot/firmware/config.txt")
    return new if (door.root / "boot" / "firmware").is_dir() else Path("/boot/config.txt")

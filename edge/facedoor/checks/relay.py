"""The door's pins: whether each is free and may be used, and the relay's rests at the level that
keeps it off."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

from facedoor.checks.account import obstacles
from facedoor.checks.finding import Finding, fine, problem
from facedoor.checks.installation import Installation
from facedoor.checks.pins import Level, Line, chip_of_header, is_high_at_boot, level_of, line_of
from facedoor.checks.processes import Process, holders
from facedoor.checks.unit import UNIT
from facedoor.config.options import DoorConfig
from facedoor.config.pins import pins_of
from facedoor.hardware.relay import open_relay

_DRIVERS = ("lgpio", "RPi", "pigpio")


def examine_relay(door: Installation) -> Iterator[Finding]:
    """Whether the service can drive the relay. A line of a chip is looked at, never claimed."""
    config = door.settings.door
    if config.relay == "simulated":
        yield fine("relay", "simulated: no door will open")
        return
    chip = chip_of_header(door.root)
    if chip is None:  # gpiozero knows other ways to pins than the kernel's
        open_relay(config).close()
        yield fine("relay", f"GPIO{config.pin}, at its safe level")
        return
    if not (os.environ.get("GPIOZERO_PIN_FACTORY") or any(map(_is_installed, _DRIVERS))):
        yield problem(
            "relay",
            f"no driver for {chip} is installed",
            "sudo apt install python3-lgpio, in an environment with --system-site-packages",
        )
    barred = list(obstacles("relay", door.root, chip, door.account))
    if barred:
        yield from barred
        return
    pins = set(pins_of(door.settings).values())
    path = door.root / chip.lstrip("/")
    try:
        lines = {pin: line_of(path, pin) for pin in pins}
    except OSError as error:
        yield problem("relay", f"{chip} does not answer ({error.strerror})", "sudo facedoor check")
        return
    by = holders(door.root, chip)
    for pin, line in lines.items():
        use = judge_use(pin, line, by, door.service.is_running)
        if pin == config.pin or not use.ok:
            yield use
    level = None if lines[config.pin].is_used else level_of(config.pin)
    yield from judge_rest(config, level, is_high_at_boot(config.pin, door.root), _config_txt(door))


def judge_use(pin: int, line: Line, by: list[Process], is_running: bool) -> Finding:
    """Whether the line is free, or the running service's own."""
    if not line.is_used:
        return fine("relay", f"GPIO{pin} is free")
    ours = [process for process in by if process.unit == UNIT]
    if is_running and (ours or not by):
        return fine("relay", f"GPIO{pin}, in use by {UNIT} (running)")
    who = f"{line.consumer or 'somebody'}"
    if by:
        remedy = by[0].end_command
        who += f", perhaps {' or '.join(map(str, by))}"
    else:
        remedy = (
            "take what claims it out of /boot/firmware/config.txt (dtoverlay, dtparam), or set "
            "another [door] pin"
        )
    return problem("relay", f"GPIO{pin} is in use by {who}", remedy)


def judge_rest(
    config: DoorConfig, level: Level | None, is_high_at_boot: bool, config_txt: Path
) -> Iterator[Finding]:
    """Whether the relay is off while nothing drives the line.

    ``level`` is that of the free line, where it can be read. How the board takes it is known only
    from ``active_high``; whether that is right, a test of the relay tells.
    """
    pin = f"GPIO{config.pin}"
    energising = "high" if config.active_high else "low"
    if level is not None and level.is_output:
        if level.is_high == config.active_high:
            yield problem(
                "relay",
                f"{pin} is still driven {energising}, so the relay is energised, and no service "
                "runs",
                "facedoor relay-off",
            )
        return
    rests_high = is_high_at_boot if level is None else level.is_high
    if rests_high == config.active_high:
        other = "9 to 27" if rests_high else "0 to 8"
        how = "op,dl" if config.active_high else "op,dh"
        yield problem(
            "relay",
            f"{pin} rests {energising} while the Pi boots and whenever the service is off, and "
            f"active_high = {str(config.active_high).lower()} says that this energises the relay",
            f"if the relay test says the same (sudo facedoor setup): set [door] pin to one of "
            f"{other}, or add the line gpio={config.pin}={how} to {config_txt}",
        )
    else:
        yield fine(
            "relay",
            f"{pin} rests {'high' if rests_high else 'low'}, which keeps the relay off if "
            "active_high is right: only the relay test of facedoor setup can tell",
        )


def _is_installed(driver: str) -> bool:
    return importlib.util.find_spec(driver) is not None


def _config_txt(door: Installation) -> Path:
    new = Path("/boot/firmware/config.txt")
    return new if (door.root / "boot" / "firmware").is_dir() else Path("/boot/config.txt")

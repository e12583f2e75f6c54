"""The relay's last guard: drives the pins off when the service has ended, however it died.

A killed process cannot switch off what it has switched on, and the kernel of a Raspberry Pi keeps
an output driven after its holder is gone. So systemd runs ``facedoor relay-off`` after every end of
the service. Which pins that concerns the service has left in a note, ``relay.json`` in its runtime
directory, before it took the first of them: the configuration may have been edited since, into
something else or into nonsense. Without a note the configuration says it.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from facedoor.config.options import DoorConfig
from facedoor.config.pins import outputs_of
from facedoor.errors import RelayError
from facedoor.files import read_own_text, write_file
from facedoor.hardware.gpio import claimed
from facedoor.languages import _

RUNTIME_DIRECTORY = "/run/facedoor"
"""Where the note is for somebody who asks by hand; systemd names it to the service."""

NOTE = "relay.json"

_held: list[object] = []
"""The pins that are held off: to be collected would close them."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OffLevel:
    """An output ``pin`` (BCM number), and whether it is high when what it drives is off."""

    pin: int
    high: bool


def off_levels(door: DoorConfig) -> tuple[OffLevel, ...]:
    """All outputs of the door that is configured so; none if they are simulated."""
    if door.relay == "simulated":
        return ()
    return tuple(OffLevel(pin, not active_high) for pin, active_high in outputs_of(door).items())


def runtime_directory(environment: Mapping[str, str] = os.environ) -> Path | None:
    """The one that systemd has given to this process, if it has."""
    directory = environment.get("RUNTIME_DIRECTORY")
    return Path(directory.split(":")[0]) if directory else None


def leave_note(door: DoorConfig, environment: Mapping[str, str] = os.environ) -> None:
    """Write down what the service is about to drive, where systemd has given it a place for that.

    To be called before the first pin is taken.
    """
    directory = runtime_directory(environment)
    if directory is None:
        return
    note = directory / NOTE
    text = json.dumps({"off": [asdict(level) for level in off_levels(door)]})
    try:
        write_file(note, text.encode(), mode=0o644)
    except OSError as error:
        log.warning(
            "cannot write %s (%s): if the service dies, its configuration has to say what the "
            "relay's pin is",
            *(note, error.strerror),
        )


def read_note(environment: Mapping[str, str] = os.environ) -> tuple[OffLevel, ...] | None:
    """What the service that ended has driven; ``None`` if it has not told."""
    note = (runtime_directory(environment) or Path(RUNTIME_DIRECTORY)) / NOTE
    try:
        return tuple(OffLevel(**level) for level in json.loads(read_own_text(note))["off"])
    except FileNotFoundError:
        return None
    except (OSError, LookupError, TypeError, ValueError) as error:
        log.warning("cannot read %s (%s): the configuration is asked instead", note, error)
        return None


def hold_off(levels: Sequence[OffLevel]) -> None:
    """Drive each pin to its off level, also if another one cannot be driven.

    Whoever calls this has to end the process with ``os._exit``: then the kernel leaves the pins as
    they are. A process that ends in any other way lets gpiozero close them, and a closed pin is an
    input that floats, which energises an active-low relay. Raises :class:`RelayError` when a pin
    could not be driven.
    """
    failures: list[str] = []
    for level in levels:
        try:
            _held.append(_driven(level))
        except RelayError as error:
            failures.append(str(error))
    if failures:
        raise RelayError(
            _("the door may be released: {failures}").format(failures="; ".join(failures))
        )


def _driven(level: OffLevel) -> object:
    return claimed(
        f"drive GPIO{level.pin} off",
        lambda gpiozero: gpiozero.OutputDevice(level.pin, initial_value=level.high),
    )

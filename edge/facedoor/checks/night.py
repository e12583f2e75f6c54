"""The lamp at the door, and photos that are taken by its light."""

from __future__ import annotations

from collections.abc import Iterator

from facedoor.checks.installation import Finding, Installation, fine
from facedoor.config.options import Config
from facedoor.languages import _


def advice(settings: Config) -> str | None:
    """What whoever enrols people should know at a door with a lamp; ``None``: it has none."""
    if settings.door.lamp_pin is None:
        return None
    return _(
        "enrol everybody by day and, at night, by the lamp's light: facedoor enroll NAME --camera"
    )


def examine_night(door: Installation) -> Iterator[Finding]:
    """Say what the lamp is good for, where there is one: its pin is looked at with the relay's."""
    if said := advice(door.settings):
        pin = door.settings.door.lamp_pin
        yield fine("lamp", _("GPIO{pin}; {said}").format(pin=pin, said=said))

"""Units of systemd that setup stops and starts."""

from __future__ import annotations

from contextlib import suppress

from facedoor.checks.processes import answer_of
from facedoor.languages import _
from facedoor.setup.talk import Talk

WITHIN_S = 90.0
"""The door's unit has 60 s to be ready, and 10 s to stop."""


def tell(talk: Talk, unit: str, *what: str) -> None:
    """Have systemd do something with a unit, and say where that did not work."""
    with suppress(OSError):  # the terminal may be gone: the door must be started all the same
        talk.say(f"systemctl {' '.join(what)} {unit} ...")
    if answer_of("systemctl", *what, unit, within_s=WITHIN_S) is None:
        talk.say(_("That did not work: see journalctl -u {unit} -n 50.").format(unit=unit))

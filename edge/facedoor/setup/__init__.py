"""``facedoor setup``: from a new installation to a door that works, asked step by step.

It can be ended at any question and started again later: what is done is seen in the configuration
and in the state file, and can be skipped. The service has camera and relay
to itself: setup stops it meanwhile, and starts it again.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from facedoor.checks import examine
from facedoor.checks.installation import UNIT, find_service, lines
from facedoor.languages import _
from facedoor.service.service import signals_handled
from facedoor.setup.broker import BROKER, NAME
from facedoor.setup.camera import CAMERA
from facedoor.setup.configuration import Configuration
from facedoor.setup.dashboard import DASHBOARD
from facedoor.setup.distance import DISTANCE
from facedoor.setup.invitation import INVITATION
from facedoor.setup.lamp import LAMP
from facedoor.setup.network import NETWORK
from facedoor.setup.people import KEY, PERSON
from facedoor.setup.prompts import PROMPTS
from facedoor.setup.relay import RELAY
from facedoor.setup.talk import Bench, LeftError, Talk, confirmed, walk
from facedoor.setup.units import tell
from facedoor.setup.visit_pictures import PICTURES
from facedoor.setup.walk_up import WALK_UP

STEPS = (
    *(CAMERA, DISTANCE, RELAY, NAME, BROKER, PROMPTS, LAMP, PICTURES, KEY),
    *(DASHBOARD, INVITATION, NETWORK, PERSON, WALK_UP),
)

_CHECK = "facedoor check"


def set_up(talk: Talk, config_file: Path, root: Path = Path("/")) -> bool:
    """Go through all steps, then check; returns True if the check found nothing to mend.

    ``root`` is the folder of the machine's own folders. Raises :class:`ConfigError` for a
    configuration that cannot be read or changed.
    """
    configuration = Configuration(config_file)
    configuration.require_writable()
    try:
        with service_paused(talk, root):
            walk(Bench(talk, configuration, root), STEPS)
        if configuration.backup:
            was = _("\nThe configuration as it was is in {backup}.")
            talk.say(was.format(backup=configuration.backup))
        offer_to_start(talk, root)
    except (LeftError, KeyboardInterrupt):
        with suppress(OSError):  # where the terminal is gone
            talk.say(_("\nWhat is done is kept. To go on: facedoor setup"))
        return False
    talk.say(f"\n-- {_CHECK}")
    findings = examine(configuration.settings(), config_file, root)
    width = talk.size()[0] if talk.is_terminal else None
    for line in lines(findings, talk.is_terminal, width):
        talk.write(f"{line}\n")
    return all(finding.ok for finding in findings)


@contextmanager
def service_paused(talk: Talk, root: Path) -> Iterator[None]:
    """Stop the service, if the person agrees, and start it again whatever happens."""
    asked = _("{unit} runs and has the camera and the relay. Stop it meanwhile").format(unit=UNIT)
    if not find_service(root).is_running or not confirmed(talk, asked, default=True):
        yield
        return
    # A lost ssh connection or a kill ends setup as Ctrl-C does, with its clean-up.
    with signals_handled((signal.SIGHUP, signal.SIGTERM), _interrupt):
        tell(talk, UNIT, "stop")
        try:
            yield
        finally:
            tell(talk, UNIT, "start")


def offer_to_start(talk: Talk, root: Path) -> None:
    """Have the service run, now and after each boot, if it is installed and the person agrees."""
    service = find_service(root)
    if (
        service.is_installed
        and not service.is_running
        and confirmed(talk, _("Start the door now, and at every boot"), default=True)
    ):
        tell(talk, UNIT, "enable", "--now")


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt

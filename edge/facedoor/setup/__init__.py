"""``facedoor setup``: from a new installation to a door that works, asked step by step.

It can be ended at any question and gone on with by starting it again: what is reached is seen in
the configuration and in the state file, and offered to be skipped.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from facedoor.checks import examine
from facedoor.checks.installation import lines
from facedoor.setup.configuration import Configuration
from facedoor.setup.guide import Bench, walk
from facedoor.setup.service_pause import offer_to_start, service_paused
from facedoor.setup.steps import STEPS
from facedoor.setup.talk import LeftError, Talk


def set_up(talk: Talk, config_file: Path, root: Path = Path("/")) -> bool:
    """Go through all steps, then check; whether the check found nothing to mend.

    ``root`` is the folder of the machine's own folders. Raises :class:`ConfigError` for a
    configuration that cannot be read or changed.
    """
    configuration = Configuration(config_file)
    configuration.require_writable()
    try:
        with service_paused(talk, root):
            walk(Bench(talk, configuration, root), STEPS)
        if configuration.backup:
            talk.say(f"\nThe configuration as it was is in {configuration.backup}.")
        offer_to_start(talk, root)
    except (LeftError, KeyboardInterrupt):
        with suppress(OSError):  # where the terminal is gone
            talk.say("\nWhat is done is kept. To go on: facedoor setup")
        return False
    talk.say("\n-- facedoor check")
    findings = examine(configuration.settings(), config_file, root)
    for line in lines(findings, coloured=talk.is_terminal):
        talk.say(line)
    return all(finding.ok for finding in findings)

"""``facedoor check``: what is misconfigured, and for each finding the command that mends it.

Each subject is a file of its own: a look that takes an :class:`Installation` and yields findings.
A look never opens the door, never makes a file, and lets the running service have what it has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from facedoor.checks.broker import examine_broker
from facedoor.checks.camera import examine_camera
from facedoor.checks.files import examine_copy, examine_secrets, examine_state
from facedoor.checks.installation import (
    Finding,
    Installation,
    examine_account,
    examine_problems,
    examine_service,
    problem,
)
from facedoor.checks.liveness import examine_liveness, examine_prompts
from facedoor.checks.machine import examine_clock, examine_disk, examine_power
from facedoor.checks.night import examine_night
from facedoor.checks.people import (
    examine_pack,
    examine_people,
    examine_refusals,
    examine_risk,
    examine_rules,
    examine_visits,
)
from facedoor.checks.relay import examine_relay
from facedoor.checks.second import examine_second
from facedoor.config.options import DEFAULT_FILE, Config
from facedoor.errors import FacedoorError, StoreError
from facedoor.languages import N_, _

Look = Callable[[Installation], Iterable[Finding]]

STATE = N_("state")

_PUT_BACK = N_("put it, or its key, back: docs/backup.md")
_BUILD = N_("facedoor-convert build facenet, or its own recipe, --output PACK")
_ENROL = "facedoor enroll NAME FILE"

LOOKS: tuple[tuple[str, Look, str], ...] = (
    (N_("service"), lambda door: examine_service(door.service), ""),
    (N_("problems"), lambda door: examine_problems(door.root), "sudo facedoor check"),
    (N_("user"), lambda door: examine_account(door.service, door.account), ""),
    (N_("pack"), examine_pack, _BUILD),
    (N_("second pack"), examine_second, N_("facedoor-convert build, or take [models] second out")),
    (N_("liveness"), examine_liveness, _BUILD),
    (N_("prompts"), examine_prompts, "sudo facedoor check"),
    (N_("people"), examine_people, _ENROL),
    (N_("risk"), examine_risk, _ENROL),
    (N_("refusals"), examine_refusals, _ENROL),
    (N_("rules"), examine_rules, "facedoor rules show"),
    (N_("visits"), examine_visits, "facedoor visits"),
    (STATE, examine_state, _PUT_BACK),
    (N_("copy"), examine_copy, _PUT_BACK),
    (N_("secrets"), examine_secrets, "sudo facedoor check"),
    (N_("disk"), examine_disk, "df -h"),
    (N_("camera"), examine_camera, "sudo facedoor setup"),
    (N_("relay"), examine_relay, "sudo facedoor setup"),
    (N_("lamp"), examine_night, "sudo facedoor check"),
    (N_("mqtt"), examine_broker, "sudo facedoor setup"),
    (N_("clock"), examine_clock, "timedatectl"),
    (N_("power"), examine_power, "vcgencmd get_throttled"),
)
"""The subjects in order, who looks at each, and what mends it where the look fails."""


def examine(
    settings: Config, config_file: Path = DEFAULT_FILE, root: Path = Path("/")
) -> list[Finding]:
    """Look at everything that the service needs.

    ``config_file`` is where ``settings`` are from, ``root`` the folder of the machine's own
    folders.
    """
    door = Installation.of(settings, config_file, root)
    beside_the_point: list[Finding] = []
    findings = [
        finding for subject in LOOKS for finding in _looked(door, *subject, beside_the_point)
    ]
    if any(finding.subject == STATE and not finding.ok for finding in findings):
        # Once is enough: whatever else needs the state file may be as good as it was.
        findings = [finding for finding in findings if finding not in beside_the_point]
    return findings


def _looked(
    door: Installation, subject: str, look: Look, remedy: str, of_state: list[Finding]
) -> Iterator[Finding]:
    """What the look finds; what only says that the state file cannot be used is in ``of_state``
    too, unless it is the look at that file.
    """
    try:
        yield from look(door)
    except StoreError as error:
        finding = problem(subject, str(error), error.remedy or _(remedy))
        if subject != STATE:
            of_state.append(finding)
        yield finding
    except PermissionError as error:
        said = _("{path} cannot be read ({strerror}): check its rights")
        message = said.format(path=error.filename, strerror=error.strerror)
        yield problem(subject, message, "sudo facedoor check")
    except (FacedoorError, OSError) as error:
        yield problem(subject, str(error), _(remedy))

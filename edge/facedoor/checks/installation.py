"""The door as it is installed: its configuration, systemd unit and user, and what is found of it.

Whether the unit runs, and will after the next boot; which devices and files its user may use.
"""

from __future__ import annotations

import grp
import itertools
import os
import pwd
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from facedoor.checks.processes import answer_of
from facedoor.checks.titles import title
from facedoor.config.options import Config
from facedoor.hardware.relay_off import RUNTIME_DIRECTORY
from facedoor.languages import _
from facedoor.printable import printable, wrapped
from facedoor.service.supervision import shown_in

_GREEN, _RED, _PLAIN = "\x1b[32m", "\x1b[1;31m", "\x1b[0m"

_MARGIN = 9
"""Columns that the verdicts take."""

UNIT = "facedoor.service"
_PROPERTIES = "LoadState,ActiveState,SubState,UnitFileState,Result,User,SupplementaryGroups"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. ``remedy`` says what mends it, where it has to be mended."""

    subject: str
    ok: bool
    message: str
    remedy: str = ""


def problem(subject: str, message: str, remedy: str) -> Finding:
    """A finding that has to be mended."""
    return Finding(subject, ok=False, message=message, remedy=remedy)


def fine(subject: str, message: str) -> Finding:
    """A finding that needs nothing, also for what does not exist here."""
    return Finding(subject, ok=True, message=message)


def lines(findings: Iterable[Finding], coloured: bool, width: int | None = None) -> Iterator[str]:
    """The findings as people read them: a line for each, and below a problem what mends it; in a
    terminal of that ``width`` as many as it takes.

    Only the colours in them are for the terminal; what they quote is escaped.
    """
    green, red, plain = (_GREEN, _RED, _PLAIN) if coloured else ("", "", "")
    for finding in findings:
        verdict = f"{green}ok     {plain}" if finding.ok else f"{red}PROBLEM{plain}"
        said = [f"{_(finding.subject)}: {finding.message}"]
        if finding.remedy:
            said.append(_("mend it: {remedy}").format(remedy=finding.remedy))
        margins = itertools.chain([f"{verdict}  "], itertools.repeat(" " * _MARGIN))
        for text in said:
            shown = wrapped(printable(text), width and width - _MARGIN)
            yield from (f"{next(margins)}{line}" for line in shown.splitlines())


@dataclass(frozen=True, slots=True)
class Account:
    """A user and all the groups that a process of that user is in."""

    uid: int
    gid: int
    name: str
    groups: frozenset[int]

    def may_use(self, status: os.stat_result) -> bool:
        """True if this user may read and write what has this ``status``."""
        if self.uid == 0:
            return True
        if status.st_uid == self.uid:
            wanted = stat.S_IRUSR | stat.S_IWUSR
        elif status.st_gid in self.groups:
            wanted = stat.S_IRGRP | stat.S_IWGRP
        else:
            wanted = stat.S_IROTH | stat.S_IWOTH
        return status.st_mode & wanted == wanted


def account_of(service: Service) -> Account:
    """The user of the service; of this process, where no service is installed."""
    with suppress(KeyError):
        if service.is_installed and service.user:
            entry = pwd.getpwnam(service.user)
            groups = set(os.getgrouplist(entry.pw_name, entry.pw_gid))
            for name in service.groups:
                with suppress(KeyError):
                    groups.add(grp.getgrnam(name).gr_gid)
            return Account(entry.pw_uid, entry.pw_gid, entry.pw_name, frozenset(groups))
    uid = os.geteuid()
    return Account(uid, os.getegid(), _user_name(uid), frozenset({os.getegid(), *os.getgroups()}))


def examine_account(service: Service, account: Account) -> Iterator[Finding]:
    """Check whether this process may see all that the service sees."""
    if service.is_installed and service.user and account.name != service.user:
        yield problem(
            "user",
            _("{unit} runs as {user}, and there is no such user").format(
                unit=UNIT, user=service.user
            ),
            "sudo systemd-sysusers",
        )
    elif os.geteuid() not in (0, account.uid):
        yield problem(
            "user",
            _("the door runs as {name}, and this user sees only a part of it").format(
                name=account.name
            ),
            "sudo facedoor check",
        )


def obstacles(subject: str, root: Path, device: str, account: Account) -> Iterator[Finding]:
    """Findings if ``account`` may not use a device that exists, such as ``/dev/video0``."""
    status = (root / device.lstrip("/")).stat()
    if account.may_use(status):
        return
    group = group_name(status.st_gid)
    wanted = stat.S_IRGRP | stat.S_IWGRP
    if status.st_gid not in account.groups and status.st_mode & wanted == wanted:
        yield problem(
            subject,
            _("{device} is for the group {group}, and the user {name} is not in it").format(
                device=device, group=group, name=account.name
            ),
            _("sudo usermod -aG {group} {name}, then log in again and restart the door").format(
                group=group, name=account.name
            ),
        )
    else:
        yield problem(
            subject,
            _("{device} is for {user_name} only, so the user {name} cannot use it").format(
                device=device, user_name=_user_name(status.st_uid), name=account.name
            ),
            _("sudo udevadm trigger {device}; if that is all: sudo chmod g+rw {device}").format(
                device=device
            ),
        )


def group_name(gid: int) -> str:
    """The name of a group, or its number where it has none."""
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


@dataclass(frozen=True, slots=True)
class Service:
    """The unit's state in systemd's own words; all empty where systemd does not run."""

    load: str = ""
    active: str = ""
    sub: str = ""
    enabled: str = ""
    result: str = ""
    user: str = ""
    groups: tuple[str, ...] = ()

    @property
    def is_installed(self) -> bool:
        return self.load not in {"", "not-found"}

    @property
    def is_running(self) -> bool:
        """True if its process is there, and so holds the camera and the relay's pin."""
        return self.sub != "auto-restart" and self.active in {
            "active",
            "activating",
            "deactivating",
            "reloading",
        }


def find_service(root: Path, unit: str = UNIT) -> Service:
    """The service of this machine; ``root`` is the folder that ``run`` is in."""
    if not (root / "run" / "systemd" / "system").is_dir():
        return Service()
    text = answer_of("systemctl", "show", unit, f"--property={_PROPERTIES}")
    said = dict(line.split("=", 1) for line in (text or "").splitlines() if "=" in line)
    return Service(
        load=said.get("LoadState", ""),
        active=said.get("ActiveState", ""),
        sub=said.get("SubState", ""),
        enabled=said.get("UnitFileState", ""),
        result=said.get("Result", ""),
        user=said.get("User", ""),
        groups=tuple(said.get("SupplementaryGroups", "").split()),
    )


def examine_service(service: Service) -> Iterator[Finding]:
    """Check whether the unit does what it is there for."""
    name = "service"
    log = f"journalctl -u {UNIT} -n 50"
    if not service.load:
        yield fine(name, _("systemd does not run here: start the door by hand, with facedoor run"))
    elif not service.is_installed:
        yield fine(
            name,
            _("{unit} is not installed: start the door by hand, with facedoor run").format(
                unit=UNIT
            ),
        )
    elif service.load == "masked":
        yield problem(
            name,
            _("{unit} is masked, so nothing can start it").format(unit=UNIT),
            f"sudo systemctl unmask {UNIT}",
        )
    elif service.active == "failed":
        yield problem(
            name,
            _("{unit} has failed ({result})").format(unit=UNIT, result=service.result),
            _("{log}; what is wrong mended: sudo systemctl restart {unit}").format(
                log=log, unit=UNIT
            ),
        )
    elif service.sub == "auto-restart":
        yield problem(
            name,
            _("{unit} ends again and again ({result})").format(unit=UNIT, result=service.result),
            log,
        )
    elif not service.is_running:
        yield problem(
            name, _("{unit} does not run").format(unit=UNIT), f"sudo systemctl enable --now {UNIT}"
        )
    elif service.enabled == "disabled":
        yield problem(
            name,
            _("{unit} runs, but nothing starts it at the next boot").format(unit=UNIT),
            f"sudo systemctl enable {UNIT}",
        )
    else:
        state = _("running") if service.active == "active" else service.active
        yield fine(name, f"{UNIT} ({state})")


@dataclass(frozen=True, slots=True)
class Installation:
    """A door that may be installed as a service.

    ``root`` is where the machine's own folders are, ``proc``, ``dev``, ``run``, ``boot``; paths
    of the configuration are not below it.
    """

    settings: Config
    config_file: Path
    root: Path
    service: Service
    account: Account

    @classmethod
    def of(cls, settings: Config, config_file: Path, root: Path) -> Installation:
        service = find_service(root)
        return cls(settings, config_file, root, service, account_of(service))


def examine_problems(root: Path) -> Iterator[Finding]:
    """What the running service knows to be wrong."""
    problems = shown_in(root / RUNTIME_DIRECTORY.lstrip("/"))
    for found in problems or ():
        message = _("{title} ({code}) since {since}: {sentence}").format(
            title=title(found.code), code=found.code, since=found.since, sentence=found.sentence
        )
        yield problem("problems", message, _("as it says; docs/check.md has more, under Problems"))
    if problems == ():
        yield fine("problems", _("the service that runs knows of none"))

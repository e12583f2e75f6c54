"""As whom the door runs, and which devices and files that user may use."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from facedoor.checks.finding import Finding, problem
from facedoor.checks.unit import UNIT, Service


@dataclass(frozen=True, slots=True)
class Account:
    """A user and all the groups that a process of that user is in."""

    uid: int
    gid: int
    name: str
    groups: frozenset[int]

    def may_use(self, status: os.stat_result) -> bool:
        """Whether this user may read and write what has this ``status``."""
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
    """What keeps this check from seeing all that the service sees."""
    if service.is_installed and service.user and account.name != service.user:
        yield problem(
            "user",
            f"{UNIT} runs as {service.user}, and there is no such user",
            "sudo systemd-sysusers",
        )
    elif os.geteuid() not in (0, account.uid):
        yield problem(
            "user",
            f"the door runs as {account.name}, and this user sees only a part of it",
            "sudo facedoor check",
        )


def obstacles(subject: str, root: Path, device: str, account: Account) -> Iterator[Finding]:
    """Why ``account`` may not use a device that exists, such as ``/dev/video0``."""
    status = (root / device.lstrip("/")).stat()
    if account.may_use(status):
        return
    group = group_name(status.st_gid)
    wanted = stat.S_IRGRP | stat.S_IWGRP
    if status.st_gid not in account.groups and status.st_mode & wanted == wanted:
        yield problem(
            subject,
            f"{device} is for the group {group}, and the user {account.name} is not in it",
            f"sudo usermod -aG {group} {account.name}, then log in again and restart the door",
        )
    else:
        yield problem(
            subject,
            f"{device} is for {_user_name(status.st_uid)} only, so the user {account.name} "
            "cannot use it",
            f"sudo udevadm trigger {device}; if that is all: sudo chmod g+rw {device}",
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

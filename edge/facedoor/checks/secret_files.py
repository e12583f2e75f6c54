"""Keys, passwords and the configuration: who else can read or change them."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from facedoor.checks.account import group_name
from facedoor.checks.finding import Finding, fine, problem
from facedoor.checks.installation import Installation
from facedoor.config.credentials import credentials_folder

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


def examine_secrets(door: Installation) -> Iterator[Finding]:
    """Whether each secret is for its owner alone."""
    found = [*_folders(door), *_files(door), *_configuration(door)]
    yield from found
    if not found:
        yield fine("secrets", "only their owner can read them")


def _folders(door: Installation) -> Iterator[Finding]:
    for folder in (door.settings.state_directory, credentials_folder(door.config_file)):
        if folder.is_dir() and (mode := folder.stat().st_mode) & _OTHERS:
            yield problem(
                "secrets",
                f"the folder {folder} is open to other users (mode {stat.S_IMODE(mode):04o})",
                f"sudo chmod 700 {folder}",
            )


def _files(door: Installation) -> Iterator[Finding]:
    settings = door.settings
    named = (settings.mqtt.password_file, settings.mqtt.key_file, settings.site.key_file)
    credentials = credentials_folder(door.config_file)
    for path in dict.fromkeys(
        (
            settings.key_file,
            settings.database,
            *(Path(name) for name in named if name),
            *sorted(credentials.glob("*")),
        )
    ):
        if path.is_file() and path.stat().st_mode & _OTHERS:
            yield problem("secrets", f"{path} can be read by other users", f"sudo chmod 600 {path}")


def _configuration(door: Installation) -> Iterator[Finding]:
    path = door.config_file
    if not path.is_file():
        return
    mode = path.stat().st_mode
    if mode & _MAY_WRITE:
        yield problem(
            "secrets",
            f"{path} can be changed by other users, and it says which risk opens the door",
            f"sudo chmod go-w {path}",
        )
    if mode & stat.S_IROTH and urlsplit(door.settings.camera.source).password:
        group = group_name(door.account.gid)
        yield problem(
            "secrets",
            f"the password of the camera in {path} can be read by every user",
            f"sudo chgrp {group} {path} && sudo chmod 640 {path}",
        )

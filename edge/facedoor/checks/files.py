"""The door's files: whether the state file opens, whose it is, and who else can read secrets.

Looking never makes or changes a file.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from facedoor.checks.installation import Account, Finding, Installation, fine, group_name, problem
from facedoor.config.file import credentials_folder
from facedoor.config.options import Config
from facedoor.languages import _
from facedoor.storage.copies import STILL_UNDONE, UNDONE, unreviewed
from facedoor.storage.key_file import look_at_state
from facedoor.storage.ledger import require_all
from facedoor.storage.place import is_there
from facedoor.storage.store import reading, trusting

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


def examine_state(door: Installation) -> Iterator[Finding]:
    """Check whether the state file can be used, by the user who has to."""
    settings = door.settings
    path = settings.database
    has_one = is_there(path)
    strange = sorted(_of_others(settings, door.account))
    if strange:
        yield problem(
            "state",
            _("{strange} in {parent} do not belong to {name}, as whom the door runs").format(
                strange=_(" and ").join(strange), parent=path.parent, name=door.account.name
            ),
            f"sudo chown -R {door.account.name}: {path.parent}",
        )
        return
    is_in_the_way = path.parent.exists() and not path.parent.is_dir()
    if not (has_one or is_in_the_way):
        yield fine("state", _("nothing yet in {parent}").format(parent=path.parent))
        return
    with look_at_state(settings) as (db, _vault), trusting(db, "look through the state file"):
        require_all(db)
        yield fine("state", str(path))


def examine_copy(door: Installation) -> Iterator[Finding]:
    """Check whether a backup or an older copy was put back, and nobody has looked what it undid."""
    path = door.settings.database
    if not is_there(path):
        return
    with look_at_state(door.settings) as (db, vault), reading(db, "look whether it is a copy"):
        cause = unreviewed(db, vault, path)
    if cause is None:
        yield fine("copy", _("none was put in the place of the state file since somebody looked"))
    else:
        yield problem(
            "copy",
            f"{_(UNDONE[cause])}: {_(STILL_UNDONE)}",
            _("facedoor keys; facedoor people; what is wrong there mended: facedoor keys reviewed"),
        )


def _of_others(settings: Config, account: Account) -> Iterator[str]:
    """The names of files that the service has to write and that are somebody else's."""
    if account.uid == 0:
        return
    for path in (*settings.database.parent.glob(f"{settings.database.name}*"), settings.key_file):
        if path.exists() and path.stat().st_uid != account.uid:
            yield path.name


def folder_that_exists(path: Path) -> Path:
    """``path``, or the nearest folder above it that there is."""
    return next(folder for folder in (path, *path.parents) if folder.is_dir())


def examine_secrets(door: Installation) -> Iterator[Finding]:
    """Check whether each secret is for its owner alone."""
    found = [*_folders(door), *_files(door), *_configuration(door)]
    yield from found
    if not found:
        yield fine("secrets", _("only their owner can read them"))


def _folders(door: Installation) -> Iterator[Finding]:
    for folder in (door.settings.state_directory, credentials_folder(door.config_file)):
        if folder.is_dir() and (mode := folder.stat().st_mode) & _OTHERS:
            yield problem(
                "secrets",
                _("the folder {folder} is open to other users (mode {mode:04o})").format(
                    folder=folder, mode=stat.S_IMODE(mode)
                ),
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
            yield problem(
                "secrets",
                _("{path} can be read by other users").format(path=path),
                f"sudo chmod 600 {path}",
            )


def _configuration(door: Installation) -> Iterator[Finding]:
    path = door.config_file
    if not path.is_file():
        return
    mode = path.stat().st_mode
    if mode & _MAY_WRITE:
        yield problem(
            "secrets",
            _("{path} can be changed by other users, and it says which risk opens the door").format(
                path=path
            ),
            f"sudo chmod go-w {path}",
        )
    if mode & stat.S_IROTH and urlsplit(door.settings.camera.source).password:
        group = group_name(door.account.gid)
        yield problem(
            "secrets",
            _("the password of the camera in {path} can be read by every user").format(path=path),
            f"sudo chgrp {group} {path} && sudo chmod 640 {path}",
        )

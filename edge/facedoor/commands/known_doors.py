"""The doors that somebody who gives commands knows: a line for each, its name and its public key.

``keys make`` writes such a file beside the private key; each user has one too, to which a door is
added at first contact. A name followed by ``@HOST:PORT`` counts at that broker alone, and before a
mere name.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from facedoor.errors import UsageError
from facedoor.files import make_folder, read_text, write_file
from facedoor.languages import _
from facedoor.wire.roles import KEY_BYTES, DoorIdentity, public_key_from_text, public_key_text


@dataclass(frozen=True, slots=True)
class KnownDoor:
    """A door as ``file`` has it."""

    identity: DoorIdentity
    file: Path


class KnownDoors:
    """The files in which doors are looked up, in this order; new ones are written to the last."""

    def __init__(self, *files: Path) -> None:
        self._files = files

    def find(self, door: str, broker: str) -> KnownDoor | None:
        """The door of that name at the broker ``HOST:PORT``. Raises :class:`UsageError`."""
        for file in self._files:
            lines = dict(_lines(file))
            for name in (f"{door}@{broker}", door):
                if name in lines:
                    return KnownDoor(lines[name], file)
        return None

    def names(self, broker: str) -> dict[str, DoorIdentity]:
        """Every door that is known there. Raises :class:`UsageError`."""
        found: dict[str, DoorIdentity] = {}
        for file in self._files:
            lines = dict(_lines(file))
            here = {
                line.removesuffix(f"@{broker}"): identity
                for line, identity in lines.items()
                if line.endswith(f"@{broker}")
            }
            anywhere = {line: identity for line, identity in lines.items() if "@" not in line}
            found = anywhere | here | found
        return found

    def remember(self, door: str, broker: str, identity: DoorIdentity) -> KnownDoor:
        """Write a door down, in a file for its owner alone. Raises :class:`UsageError`."""
        file = self._files[-1]
        try:
            before = file.read_bytes() if file.exists() else b""
            make_folder(file.parent)
            gap = b"" if before.endswith(b"\n") or not before else b"\n"
            line = known_door_line(f"{door}@{broker}", identity)
            write_file(file, before + gap + f"{line}\n".encode())
        except OSError as error:
            raise UsageError(
                _(
                    "cannot write to {file} who the door {door} is ({strerror}): make that "
                    "possible, or write the line {line!r} to {own_file} yourself"
                ).format(
                    file=file,
                    door=door,
                    strerror=error.strerror,
                    line=known_door_line(door, identity),
                    own_file=self._files[0],
                )
            ) from error
        return KnownDoor(identity, file)


def known_door_line(name: str, identity: DoorIdentity) -> str:
    """The line that says who the door ``name`` is."""
    return f"{name} {public_key_text(identity.public_key)}"


def beside(key: Path) -> Path:
    """The file of the doors that a private key is for."""
    return key.with_name(f"{key.name}.doors")


def own_file() -> Path:
    """The file of this user. Raises :class:`UsageError` for one without a home."""
    folder = Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config")
    try:
        return folder.expanduser() / "facedoor" / "known_doors"
    except RuntimeError as error:
        raise UsageError(
            _("this user has no home for the file of known doors: set XDG_CONFIG_HOME to a folder")
        ) from error


def _lines(file: Path) -> Iterator[tuple[str, DoorIdentity]]:
    try:
        text = read_text(file) if file.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            _("cannot read the known doors in {file} ({error}): move it away").format(
                file=file, error=error
            )
        ) from error
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        key = b""
        with suppress(UsageError):
            key = public_key_from_text(words[-1])
        if len(words) != 2 or len(key) != KEY_BYTES:
            raise UsageError(
                _(
                    "line {number} of {file} is no door and its public key: write it anew, as "
                    "facedoor keys shows it at the door, or remove it"
                ).format(number=number, file=file)
            )
        yield words[0], DoorIdentity(key)

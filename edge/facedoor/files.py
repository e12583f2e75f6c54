"""Files that are private, whole, and nobody else's.

What is written anew is written as a draft beside it, under a name that nobody can guess, and takes
its place when it is on the disk: nobody reads half a file, and a link or a file that somebody has
put at a name is neither followed nor written to. A crash can leave a draft, for its owner alone.

What root makes in somebody's folder belongs to that somebody. The service has a user of its own,
and people are enrolled with ``sudo facedoor enroll``: a state file or a key that then belonged to
root could not be opened by the service.

Every function raises ``OSError``.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from facedoor.languages import _

_OWNERS = 0o600
_OTHERS = 0o077

_LINKS = 8
"""So many may point at one another."""


class ExposedError(PermissionError):
    """A file with a secret can be read by other users."""


def read_text(path: Path) -> str:
    """What a person has written in ``path``, in UTF-8.

    Without the byte order mark that some editors put in front, which no reader would expect there.
    Raises :class:`UnicodeDecodeError` too.
    """
    return path.read_text(encoding="utf-8-sig")


def read_own_text(path: Path) -> str:
    """As :func:`read_text`, of a file in a folder that may be another user's.

    A link is followed only if root or whoever runs this has made it, and nothing is waited for:
    that user can have put anything at the name.
    """
    with os.fdopen(_open_own(path), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, _("it is no file"))
        return file.read().decode("utf-8-sig")


def _open_own(path: Path) -> int:
    for _link in range(_LINKS):
        with suppress(_LinkError):
            return _open(path, os.O_RDONLY | os.O_NONBLOCK)
        link = os.open(path, os.O_PATH | os.O_NOFOLLOW)
        try:
            if os.fstat(link).st_uid not in {0, os.geteuid()}:
                raise OSError(errno.ELOOP, _("it is a link that another user has made"))
            path = path.parent / os.readlink("", dir_fd=link)
        finally:
            os.close(link)
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))


class _LinkError(OSError):
    """A link stands where a file has to be."""


def _open(path: Path, flags: int) -> int:
    """Raises :class:`_LinkError` for a link, whoever has made it."""
    try:
        return os.open(path, flags | os.O_NOFOLLOW)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _LinkError(errno.ELOOP, _("it is a link")) from error
        raise


def require_file(path: Path) -> None:
    """Raise ``OSError`` unless ``path`` is a file itself, and not a link to one, or anything else.

    The file is not opened: closing it would take away the locks that somebody in this process holds
    on it.
    """
    mode = path.lstat().st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(mode):
        raise OSError(errno.ELOOP, _("it is a link") if stat.S_ISLNK(mode) else _("it is no file"))


def take_for_owner(path: Path) -> None:
    """Make the file ``path`` one that only its owner can read or write, without opening it; a link
    is refused."""
    descriptor = os.open(path, os.O_PATH | os.O_NOFOLLOW)
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise OSError(errno.ELOOP, _("it is no file"))
        if stat.S_IMODE(mode) != _OWNERS:
            # By way of the descriptor: something else may stand at the name by now.
            Path(f"/proc/self/fd/{descriptor}").chmod(_OWNERS)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make ``folder`` and what is missing above it, for its owner alone; it may exist already."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        _hand_over(descriptor, folder.parent)
    finally:
        os.close(descriptor)


def make_file(path: Path) -> int:
    """Make the file ``path``, for its owner alone, and return a descriptor to read and write it.

    Raises :class:`FileExistsError` for a file that is there, or a link to anywhere.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    _hand_over(descriptor, path.parent)
    return descriptor


@contextmanager
def draft(path: Path) -> Iterator[Path]:
    """A new empty file beside ``path``, for its owner alone, that is removed in the end.

    Whoever has filled it calls :func:`publish` inside the block.
    """
    if not path.name:  # of / and of .
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    name = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
    os.close(make_file(name))
    try:
        yield name
    finally:
        name.unlink(missing_ok=True)


def publish(name: Path, path: Path, *, replaces: bool = True) -> None:
    """Bring the draft ``name`` onto the disk and to its place at ``path``.

    Unless it ``replaces`` what is there, raises :class:`FileExistsError` for a file that is.
    """
    with os.fdopen(_open(name, os.O_RDONLY), "rb") as file:
        os.fsync(file.fileno())
    if replaces:
        name.replace(path)
    else:
        try:
            os.link(name, path)
        except FileExistsError:
            raise
        except OSError:  # memory sticks and network shares may have no links
            os.close(make_file(path))
            name.replace(path)
    sync_folder(path.parent)


def write_file(
    path: Path, data: bytes, *, mode: int = 0o600, like: Path | None = None, replaces: bool = True
) -> None:
    """Write ``path`` as a whole; it is on the disk then.

    It gets the owner and the mode of the file ``like``, if there is one, else ``mode`` and, from
    root, the owner of its folder. ``replaces`` is as in :func:`publish`.
    """
    with draft(path) as name:
        # Whoever owns the folder can put a link at the name of the draft, too.
        with os.fdopen(_open(name, os.O_RDWR), "r+b") as file:
            file.write(data)
            _take_rights(file, mode, like)
        publish(name, path, replaces=replaces)


def sync_folder(folder: Path) -> None:
    """Bring onto the disk which files ``folder`` has."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def require_private(path: Path) -> None:
    """Raises :class:`ExposedError` for a file that others can read or change."""
    if path.stat().st_mode & _OTHERS:
        raise ExposedError(
            errno.EACCES, _("it can be read by other users: run chmod 600 {path}").format(path=path)
        )


def _take_rights(file: BinaryIO, mode: int, like: Path | None) -> None:
    """Those of ``like``, if it exists: whoever may read that file, and nobody else."""
    if like is not None and like.exists():
        status = like.stat()
        if os.geteuid() == 0:
            os.fchown(file.fileno(), status.st_uid, status.st_gid)
        mode = status.st_mode & 0o777
    os.fchmod(file.fileno(), mode)


def _hand_over(descriptor: int, folder: Path) -> None:
    """Give what root has just made in ``folder`` to the owner of that folder.

    By its descriptor: the owner could have put a link to another file in its place.
    """
    if os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)

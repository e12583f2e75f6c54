"""Where the state file lies: how it is found, made and opened, and what stands in the way.

A new one is made whole beside its place, so whatever breaks off the making leaves none. So one that
is empty is not new: it was lost. The folder may belong to another user, who can have put a link at
the name; no link is followed, whoever runs this.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from facedoor.errors import StoreError
from facedoor.files import draft, make_folder, publish, require_file, take_for_owner
from facedoor.languages import _
from facedoor.storage.ledger import Connection, file_of

BUSY_TIMEOUT_S = 5.0
"""How long to wait for another process's transaction; the longest, an enrolment, takes far less."""

_opened: set[tuple[int, int]] = set()
"""The files that this process has opened."""

_opening = threading.Lock()


class ReadOnlyDiskError(StoreError):
    """The disk of the state file is mounted read-only."""

    def __init__(self, path: Path) -> None:
        folder = next(folder for folder in (path, *path.absolute().parents) if folder.is_mount())
        remedy = f"sudo mount -o remount,rw {folder}"
        super().__init__(
            _(
                "{path} is on a disk that is read-only, as after a fault of the memory card: "
                "see dmesg, then {remedy}"
            ).format(path=path, remedy=remedy),
            remedy,
        )


def is_there(path: Path) -> bool:
    """Whether there is a state file at ``path``, or a link to anywhere. Raises :class:`StoreError`
    where this user may not look."""
    try:
        return path.is_symlink() or path.exists()
    except OSError as error:
        raise _unusable(path, error) from error


def require(path: Path) -> None:
    """Raise :class:`StoreError` unless there is a state file at ``path``."""
    if not is_there(path):
        raise StoreError(
            _(
                "there is no state file {path} yet: facedoor setup sets the door up; --config "
                "FILE names one that is set up elsewhere"
            ).format(path=path),
            "sudo facedoor setup",
        )
    _examine(path)


def make(path: Path, fill: Callable[[sqlite3.Connection], None]) -> None:
    """Make sure that there is a state file, and that only its owner can read it.

    ``fill`` makes an empty one a new one. SQLite gives its ``-wal`` and ``-shm`` files the
    permissions and the owner of this one. A file that exists is never opened here: closing it would
    take away the locks that SQLite holds on it for the other connections of this process. The next
    process to finish would then remove the write-ahead log under them, and what they write
    afterwards would be lost. Raises :class:`StoreError`.
    """
    try:
        make_folder(path.parent)
        if not os.path.lexists(path):
            _require_no_remains(path)
            with draft(path) as name:
                with closing(connect(name, "rw")) as db:
                    fill(db)
                with suppress(FileExistsError):  # somebody else has just made one
                    publish(name, path, replaces=False)
        _examine(path)
        if not os.access(path, os.R_OK | os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        take_for_owner(path)
    except OSError as error:
        raise _unusable(path, error) from error


def connect(path: Path, mode: str, again: Connection | None = None) -> Connection:
    """Open a state file that exists; ``mode`` is SQLite's. Raises ``sqlite3.Error``, and
    :class:`StoreError` for a link.

    ``again`` is one that was closed: whoever has it goes on with it.
    """
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    db = Connection.__new__(Connection) if again is None else again
    with _opening:
        _require_own_log(path)
        db.__class__.__init__(db, uri, uri=True, isolation_level=None, timeout=BUSY_TIMEOUT_S)
    try:
        require_no_link(db, path)
    except BaseException:
        db.close()
        raise
    db.file, db.inode = path.absolute(), _inode(path)
    return db


def require_in_place(db: sqlite3.Connection, doing: str) -> None:
    """Raise :class:`StoreError` if ``db`` is open on a file that is no longer the state file: what
    is written there would be lost with it. Cheap."""
    if isinstance(db, Connection) and db.inode is not None and _inode(file_of(db)) != db.inode:
        raise StoreError(
            _(
                "cannot {doing}: {path} was taken away, or another put in its place, while it was "
                "open: start facedoor again, and stop it before you restore a backup"
            ).format(doing=doing, path=file_of(db))
        )


def _require_own_log(path: Path) -> None:
    """SQLite would take a write-ahead log of before for a part of the backup that was put beside
    it, and spoil it. A backup is a file that never had a log."""
    log, shared = (path.with_name(f"{path.name}-{end}") for end in ("wal", "shm"))
    inode = _inode(path)
    # One that is open here is not looked at: closing it would take its locks away.
    if inode is None or inode in _opened:
        return
    with suppress(OSError):
        if log.lstat().st_size and _has_no_log(path):
            raise StoreError(
                _(
                    "{path} is a backup, and the log of the file that was there before lies beside "
                    "it: stop facedoor, then rm {log} {shared}"
                ).format(path=path, log=log, shared=shared)
            )
    _opened.add(inode)


def _has_no_log(path: Path) -> bool:
    """By what stands at the beginning of the file, for reading and for writing."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        return file.read(20)[18:] == b"\x01\x01"


def _inode(path: Path) -> tuple[int, int] | None:
    """What tells the file from another at its place; ``None`` where there is none to be seen."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def require_no_link(db: sqlite3.Connection, path: Path) -> None:
    """Raise :class:`StoreError` if SQLite has opened ``path`` by way of a link there.

    SQLite follows links, and says which file it has opened. To be asked before anything is written:
    that something is no link when it is looked at says nothing about a moment later.
    """
    opened = file_of(db)
    if opened.parent.resolve() / opened.name != path.parent.resolve() / path.name:
        raise StoreError(
            _(
                "cannot open {path}: it is a link to another file, which is not followed: name "
                "the folder of that file as [storage] directory"
            ).format(path=path)
        )


def is_read_only(path: Path) -> bool:
    """Whether nobody can write there, since the disk is mounted so."""
    for folder in path.absolute().parents:
        with suppress(OSError):  # it is not there, or not for this user
            return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
    return False


def _examine(path: Path) -> None:
    try:
        require_file(path)
        size = path.lstat().st_size
    except OSError as error:
        raise _unusable(path, error) from error
    if size == 0:
        raise StoreError(
            _(
                "{path} is empty, so it was lost, as in a fault of the disk: restore it from a "
                "backup, or, to begin with nobody enrolled, rm {path}"
            ).format(path=path)
        )


def _require_no_remains(path: Path) -> None:
    """Raise :class:`StoreError` for a write-ahead log whose file is gone.

    SQLite would play it into whatever file comes to that name, a new one too.
    """
    log = path.with_name(f"{path.name}-wal")
    # A file that another process has just made may have one.
    if log.exists() and log.lstat().st_size and not os.path.lexists(path):
        raise StoreError(
            _(
                "there is {log}, but not the file that it belongs to: put that back, or "
                "restore a backup as docs/backup.md says, or, to begin with nobody enrolled, "
                "rm {log}"
            ).format(log=log)
        )


def _unusable(path: Path, error: OSError) -> StoreError:
    if error.errno in {errno.EROFS, errno.EACCES} and is_read_only(path):
        return ReadOnlyDiskError(path)
    return StoreError(
        _(
            "cannot open {path} ({strerror}): it has to be a file that this user may "
            "write, in a folder that this user may write: run the command with sudo"
        ).format(path=path, strerror=error.strerror),
        "sudo facedoor check" if error.errno == errno.EACCES and os.geteuid() else "",
    )

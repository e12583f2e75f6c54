"""What SQLite's errors mean for the state file, and what to do about each."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from facedoor.errors import StoreError, UsageError
from facedoor.languages import N_, _
from facedoor.storage import place
from facedoor.strict import short

_NOT_OURS = N_(
    "cannot be used by this user: run the command as the owner of the file and its folder"
)
DAMAGED = N_("is damaged: restore it from a backup, or move it away and enrol everybody again")
HELD = N_("is held by another program: try again when that has finished")
_CHECK_HINT = N_("test it with the command sqlite3 and its pragma integrity_check")
_COMPLAINTS = {
    sqlite3.SQLITE_FULL: N_("cannot grow, the disk is full: free some space and try again"),
    sqlite3.SQLITE_NOTADB: N_("is not a database: restore it from a backup, or move it away"),
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_BUSY: HELD,
    sqlite3.SQLITE_IOERR: N_(
        "cannot be read or written, the disk may be failing or full: see dmesg"
    ),
    sqlite3.SQLITE_CANTOPEN: _NOT_OURS,
    sqlite3.SQLITE_PERM: _NOT_OURS,
    sqlite3.SQLITE_READONLY: _NOT_OURS,
}

_FOR_WRITING = {
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}
"""What a disk that is read-only can end in."""


def cannot(doing: str, path: Path, complaint: str) -> str:
    """What an error of the state file says; ``doing`` is told in English, as the log has it."""
    return _("cannot {doing}: {path} {complaint}").format(
        doing=doing, path=path, complaint=complaint
    )


@contextmanager
def explained(path: Path, doing: str) -> Iterator[None]:
    """What SQLite raises in the block about the state file at ``path`` becomes :class:`StoreError`,
    or :class:`UsageError` for text that came in and is none; ``doing`` completes "cannot ..."."""
    try:
        yield
    except sqlite3.Error as error:
        # The low byte is the kind of error, the rest tells variants of it apart.
        kind = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if kind in _FOR_WRITING and place.is_read_only(path):
            raise place.ReadOnlyDiskError(path) from error
        complaint = _("gives an error ({error}): {check_hint}")
        complaint = complaint.format(error=error, check_hint=_(_CHECK_HINT))
        if kind in _COMPLAINTS:
            complaint = _(_COMPLAINTS[kind])
        raise StoreError(cannot(doing, path, complaint)) from error
    except UnicodeDecodeError as error:
        # In a damaged file even SQLite's own message can quote bytes that are no text.
        raise StoreError(cannot(doing, path, _(DAMAGED))) from error
    except UnicodeEncodeError as error:
        # What comes out of the file was decoded, so this was on its way in.
        raise UsageError(
            _(
                "cannot {doing}: {text} is no text, it has half of a surrogate pair: write it anew"
            ).format(doing=doing, text=short(error.object))
        ) from error

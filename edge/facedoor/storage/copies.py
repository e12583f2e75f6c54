"""Copies of the state file that are put in its place: a restored backup, and any older copy.

Both undo what came after them: a command that was used would work again, and so would a key that
was revoked. So the file gets a new epoch when it is opened, commands from before that are refused,
and the journal says it, and the board, until somebody has looked at the keys.

A backup of ``facedoor backup`` says itself that it is one. Any other copy, such as one that ``cp``
made, is told by the *witness*: a file beside the state directory that belongs to root, so that the
service's user cannot take it back, and says how far the ledger had come. Where nobody writes one,
such a copy cannot be told from the original.
"""

from __future__ import annotations

import json
import math
import os
import sqlite3
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from facedoor.errors import StoreError
from facedoor.files import write_file
from facedoor.languages import N_, _
from facedoor.storage import chain, ledger, mentions
from facedoor.storage.vault import Vault
from facedoor.times import CLOCKS_DIFFER_S, utc_now
from facedoor.wire.state_events import CopyPutBack

Cause: TypeAlias = Literal["backup", "older_copy"]
"""What was put in the place of the state file."""

UNDONE: Mapping[Cause, str] = {
    "backup": N_("the state file was restored from a backup"),
    "older_copy": N_("an older copy was put in the place of the state file"),
}
"""What is said of each until somebody has looked."""

STILL_UNDONE = N_(
    "people, rules and keys are as they were then, and a key that was revoked since is good again"
)

_LONGEST = 1000
"""Bytes of a witness."""

_NOTHING = "", 0


def suspicion(db: sqlite3.Connection, vault: Vault, database: Path) -> Cause | None:
    """What the state file ``database`` is, if it is not simply the one that was here last.

    Raises ``ValueError`` for a damaged ledger.
    """
    ((word, follows, is_copy),) = db.execute("SELECT word, follows, is_copy FROM epoch").fetchall()
    if is_copy:
        return "backup"
    seen_word, seen_counter = _seen(database)
    if word == seen_word:
        is_older = ledger.read(db, vault).counter < seen_counter
    else:  # of another epoch: a later one, or one from before a copy was put back
        is_older = follows != seen_word != ""
    return "older_copy" if is_older else None


def begin(db: sqlite3.Connection, _vault: Vault) -> None:
    """Let a new file know what was in its place before; as a part of the making."""
    db.execute("UPDATE epoch SET follows = ?", (_seen(ledger.file_of(db))[0],))


def begin_anew(db: sqlite3.Connection, vault: Vault, cause: Cause) -> None:
    """Give a copy an epoch of its own; the caller holds the transaction."""
    db.execute(
        "UPDATE epoch SET word = lower(hex(randomblob(4))), is_copy = 0, not_before_s = 0,"
        " put_back = ?, follows = ?",
        (cause, _seen(ledger.file_of(db))[0]),
    )
    _write(db, vault, CopyPutBack(utc_now(), cause))


def put_back(db: sqlite3.Connection) -> Cause | None:
    """What was put in the place of the state file, while nobody has looked what that undid."""
    ((cause,),) = db.execute("SELECT put_back FROM epoch").fetchall()
    return next((known for known in get_args(Cause) if known == cause), None)


def unreviewed(db: sqlite3.Connection, vault: Vault, database: Path) -> Cause | None:
    """As :func:`put_back`, and also for a copy that nobody has opened for writing since.

    Raises ``ValueError`` for a damaged ledger.
    """
    return suspicion(db, vault, database) or put_back(db)


def review(db: sqlite3.Connection, vault: Vault, by: str) -> Cause | None:
    """Somebody has looked what the copy undid; the caller holds the transaction.

    Returns what it was, ``None`` if there was nothing to look at.
    """
    cause = put_back(db)
    if cause is not None:
        db.execute("UPDATE epoch SET put_back = NULL")
        _write(db, vault, CopyPutBack(utc_now(), cause, by))
    return cause


def good_from_s(db: sqlite3.Connection, now_s: float) -> float:
    """Commands that were issued before this time, in seconds since 1970, may have been used before
    a copy was put back. The caller holds the transaction.

    ``now_s`` has to be right: where the time at which the copy was found was not, it is this one.
    """
    ((since_s,),) = db.execute("SELECT not_before_s FROM epoch").fetchall()
    if since_s == 0:
        since_s = math.ceil(now_s + CLOCKS_DIFFER_S)  # a sender's clock may be ahead
        db.execute("UPDATE epoch SET not_before_s = ?", (since_s,))
    return float(since_s or 0)


def witness_of(database: Path) -> Path:
    """Where the witness of a state file is: beside its folder, which belongs to the service."""
    folder = database.absolute().parent
    return folder.with_name(f"{folder.name}.witness")


def write_witness(db: sqlite3.Connection, vault: Vault, database: Path) -> bool:
    """Write down, as root, how far the ledger has come; never less than what stands there.

    False if the file is an older copy. Raises :class:`StoreError` where it cannot be written, and
    ``ValueError`` for a damaged ledger.
    """
    if suspicion(db, vault, database) == "older_copy":
        return False
    ((word,),) = db.execute("SELECT word FROM epoch").fetchall()
    said = json.dumps([word, ledger.read(db, vault).counter])
    path = witness_of(database)
    try:
        write_file(path, said.encode(), mode=0o644)
    except OSError as error:
        raise StoreError(
            _("cannot write the witness {path} ({strerror}): run the command as root").format(
                path=path, strerror=error.strerror
            )
        ) from error
    return True


def require_no_witness(database: Path) -> None:
    """Raise :class:`StoreError` where root knows that there was a file with a ledger."""
    if _seen(database) != _NOTHING:
        path = witness_of(database)
        raise StoreError(
            _(
                "{database} is from before the ledger, and {path} says that a newer one was "
                "here: restore a newer backup, or, if you have put it there yourself, sudo rm "
                "{path}"
            ).format(database=database, path=path)
        )


def _seen(database: Path) -> tuple[str, int]:
    """Epoch and counter in the witness; of one that root has not written, nothing is believed."""
    with suppress(OSError, ValueError, TypeError):
        descriptor = os.open(witness_of(database), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if stat.S_ISREG(status.st_mode) and status.st_uid == 0:
                word, counter = json.loads(file.read(_LONGEST))
                return str(word), int(counter)
    return _NOTHING


def _write(db: sqlite3.Connection, vault: Vault, event: CopyPutBack) -> None:
    text, person, nearest = mentions.without_names(event.as_json())
    chain.append(db, vault, utc_now(), event.kind, text, person, nearest)

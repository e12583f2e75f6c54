"""``facedoor backup``: a copy of the state file, whole, while the door goes on.

The copy says that it is one, so whoever opens it in the place of the state file notices
(:mod:`facedoor.storage.copies`).
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from facedoor.errors import StoreError, UsageError
from facedoor.files import draft, publish
from facedoor.languages import _
from facedoor.storage import ledger
from facedoor.storage.place import require_no_link
from facedoor.storage.store import transaction


def backup(db: sqlite3.Connection, target: Path) -> None:
    """Copy the state file to ``target``, for its owner alone; a file that is there is replaced.

    It opens with the key of the state file, which is not in it. Raises :class:`UsageError` if
    ``target`` is the state file itself and :class:`StoreError` if there can be no good copy; then
    what was there before is still there.
    """
    source = ledger.file_of(db)
    try:
        if target.exists() and target.samefile(source):
            raise UsageError(
                _("{target} is the state file itself: name another file").format(target=target)
            )
        with draft(target) as name:
            _copy(db, name)
            publish(name, target)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(
            _(
                "cannot copy {source} to {target} ({error}): name a file in a folder that this "
                "user may write, on a disk that has space"
            ).format(source=source, target=target, error=error)
        ) from error


def _copy(db: sqlite3.Connection, name: Path) -> None:
    with closing(sqlite3.connect(name, isolation_level=None, factory=ledger.Connection)) as copy:
        require_no_link(copy, name)
        db.backup(copy)
        # So that the copy is one file, wherever it is taken.
        copy.execute("PRAGMA journal_mode = DELETE")
        ledger.keep(copy, ledger.ours(db).vault)
        with transaction(copy, "mark the copy"):
            copy.execute("UPDATE epoch SET is_copy = 1")
        damage = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
        if damage != "ok":
            raise sqlite3.DatabaseError(
                _("the state file is damaged, {damage}").format(damage=damage)
            )

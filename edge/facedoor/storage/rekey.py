"""A new key for everything that is sealed, for when the old one may be known to somebody.

The state file is sealed anew in one transaction. The new key is on the disk before that, beside the
old one, and takes its place afterwards; whatever happens in between,
:func:`facedoor.storage.key_file.load_vault` finds the one that fits.
"""

from __future__ import annotations

import math
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from facedoor.config.file import credential_file
from facedoor.config.options import Config
from facedoor.errors import StoreError, UsageError
from facedoor.files import sync_folder
from facedoor.languages import _
from facedoor.names import name_key
from facedoor.storage import chain, contexts, enrolment_pictures, ledger, mentions, pictures
from facedoor.storage.audit import examine
from facedoor.storage.key_file import CREDENTIAL, load_vault, make_key, next_key_file, read_key
from facedoor.storage.store import open_store, reading, require_key, scrub, transaction
from facedoor.storage.vault import Vault
from facedoor.storage.versions_1_to_6 import JOURNAL_IS_NEVER_CHANGED

_BATCH = 1000


def rekey(settings: Config, to: Path | None = None) -> Path:
    """Seal the whole state file with a new key and return where that key is.

    It takes the place of the present one; where that is a credential of systemd, it is written to
    ``to`` and has to be made the credential. Raises :class:`UsageError` if it is not clear where
    the new key goes, and :class:`StoreError`: then the old key is the right one, unless the
    message says that the new key is in its place, and what the old one opens still in the file.
    """
    if to is None and credential_file(CREDENTIAL):
        raise UsageError(
            _(
                "the key is a credential of systemd, which facedoor cannot change: name a file "
                "for the new one, with --to FILE"
            )
        )
    old = load_vault(settings)
    draft = to or next_key_file(settings)
    doing = "change the key"
    with closing(open_store(settings.database, old)) as db:
        with reading(db, doing), transaction(db, doing):
            require_key(db, old)
            # Under the lock: what lies here was never put to use, and nobody else is at it. What
            # somebody has put where ``to`` is may be any key in the world.
            if to is None:
                draft.unlink(missing_ok=True)
            if not make_key(draft):
                raise UsageError(
                    _("{draft} exists already: name a new file for the key").format(draft=draft)
                )
            _reseal(db, old, Vault(read_key(draft)))
        if to is None:
            with suppress(FileNotFoundError):  # another command was faster
                draft.replace(settings.key_file)
            sync_folder(settings.key_file.parent)
        path = to or settings.key_file
        try:
            scrub(db, math.inf)
        except StoreError as error:
            said = _(
                "the new key is in {path}, but not everything is sealed with it alone: {error}; "
                "then start facedoor again, which tries it once more"
            )
            if to:
                said = _(
                    "the new key is in {path}, but not everything is sealed with it alone: "
                    "{error}; then make {path} the credential {credential}, and start facedoor "
                    "again, which tries it once more"
                )
            raise StoreError(said.format(path=path, error=error, credential=CREDENTIAL)) from error
    return path


def _reseal(db: sqlite3.Connection, old: Vault, new: Vault) -> None:
    verdict = examine(db, old)
    if not verdict.intact:
        # Sealed with a new key, it would look like a journal that nobody ever touched.
        raise StoreError(
            _(
                "cannot change the key: {problem}; keep a copy of the state file for whoever "
                "looks into it, with facedoor backup FILE, and move it away"
            ).format(problem=verdict.problem)
        )
    head = ledger.read(db, old).head
    for kept in contexts.SEALED:
        for row, sealed, context in kept.values(db):
            kept.replace(db, row, new.seal(old.open(sealed, context), context))
    pictures.renew_digests(db)
    enrolment_pictures.renew_digests(db)
    db.execute("DELETE FROM known_name")
    for number, sealed in db.execute("SELECT id, name FROM person").fetchall():
        name = new.open_text(sealed, contexts.of_name(number))
        index = new.index(name_key(name))
        db.execute("UPDATE person SET name_index = ? WHERE id = ?", (index, number))
        mentions.remember(db, new, name, number)
    db.execute("UPDATE gallery SET revision = revision + 1")
    # The old pages, sealed with the old key, have to leave the file too.
    db.execute("UPDATE sealing SET key_id = ?, is_scrubbed = 0", (new.key_id,))
    ledger.renew(db, new, _sign_journal(db, new, head))


def _sign_journal(db: sqlite3.Connection, new: Vault, head: ledger.Head) -> ledger.Head:
    """Mark entries and gaps anew, whose marks are made with the key; returns the new ``head``."""
    ends = {}
    for values in db.execute("SELECT first_id, last_id, mac FROM gap").fetchall():
        gap = chain.Gap(*values)
        ends[gap.last_id] = gap.mac
        db.execute("UPDATE gap SET proof = ? WHERE first_id = ?", (gap.proof(new), gap.first_id))
    db.execute("DROP TRIGGER journal_is_never_changed")
    at = ledger.EMPTY
    while rows := db.execute(
        "SELECT id, time, kind, payload, person FROM journal WHERE id > ? ORDER BY id LIMIT ?",
        (at.id, _BATCH),
    ).fetchall():
        for row in rows:
            record = chain.ChainedEntry(*row)
            at = ledger.Head(record.id, record.mac(new, ends.get(record.id - 1, at.mac)))
            db.execute("UPDATE journal SET mac = ? WHERE id = ?", (at.mac, at.id))
    db.execute(JOURNAL_IS_NEVER_CHANGED)
    return ledger.Head(head.id, ends.get(head.id, at.mac))

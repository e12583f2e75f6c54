"""The keys whose commands the door obeys, in the state file."""

from __future__ import annotations

import io
import math
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from facedoor.commands.known_doors import beside
from facedoor.errors import UsageError
from facedoor.files import write_file
from facedoor.languages import _
from facedoor.storage.journal import Journal
from facedoor.storage.ledger import require_intact
from facedoor.storage.store import transaction, trusting
from facedoor.times import utc_now, utc_text
from facedoor.wire.key_requests import KEY_NAME_CHARACTERS, is_fingerprint
from facedoor.wire.roles import KEY_BYTES, CommandKey, Role, fingerprint
from facedoor.wire.signing import private_key_text, write_private_key
from facedoor.wire.state_events import KeyChanged

_COLUMNS = (
    "SELECT fingerprint, name, role, public_key, made_at, revoked_at, last_used_s FROM command_key"
)

NOTE_USE_EACH_S = 600
"""A key that is used all the time need not be written down each time."""


class CommandKeys:
    """The keys in the state file ``db`` (see :func:`facedoor.storage.store.open_store`).

    Every method raises :class:`StoreError` when the state file fails, and then nothing has changed.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def all(self) -> list[CommandKey]:
        """Every key, the revoked ones too, in order of their names."""
        return self._read(" ORDER BY name, made_at")

    def find(self, fingerprint: str) -> CommandKey | None:
        """The key of that fingerprint, good or revoked."""
        return next(iter(self._read(" WHERE fingerprint = ?", fingerprint)), None)

    def add(self, name: str, role: Role, public_key: bytes) -> CommandKey:
        """Obey a key from now on, within its role.

        Raises as :meth:`require_new`.
        """
        if role is Role.INVITED:
            raise ValueError("that is the role of an invitation, and of no key")
        with transaction(self._db, "add a key"):
            self.require_new(name, public_key)
            added = CommandKey(fingerprint(public_key), name, role, public_key, utc_now())
            self._db.execute(
                "INSERT INTO command_key (fingerprint, name, role, public_key, made_at)"
                " VALUES (?, ?, ?, ?, ?)",
                (added.fingerprint, name, role.value, public_key, added.made_at),
            )
        return added

    def require_new(self, name: str, public_key: bytes) -> None:
        """Raise :class:`UsageError` for a bad name, a name that a good key has, a key that is here
        already, revoked or not, as its own or an invitation's, and for what cannot be an Ed25519
        public key.

        A fingerprint is a bad name: with another key's, this one would be revoked in its place.
        """
        if not 1 <= len(name) <= KEY_NAME_CHARACTERS or not name.isprintable():
            raise UsageError(
                _("a key's name has 1 to {most} printable characters: choose another").format(
                    most=KEY_NAME_CHARACTERS
                )
            )
        if is_fingerprint(name):
            raise UsageError(_("a key's name cannot look like a key's fingerprint: choose another"))
        if len(public_key) != KEY_BYTES:
            raise UsageError(
                _(
                    "an Ed25519 public key has {size} bytes, this one has {own}: copy it again"
                ).format(size=KEY_BYTES, own=len(public_key))
            )
        if any(key.name == name and not key.revoked_at for key in self.all()):
            raise UsageError(
                _("there is a key {name} already: choose another name").format(name=name)
            )
        number = fingerprint(public_key)
        if known := self.find(number):
            raise UsageError(
                _("this key is here already, as {name}: make a new one").format(name=known.name)
            )
        with trusting(self._db, "read the invitations", "invitation"):
            invited = self._db.execute("SELECT 1 FROM invitation WHERE fingerprint = ?", (number,))
            if invited.fetchone():
                raise UsageError(
                    _("this key is an invitation's, and good for that: make a new one")
                )

    def note_use(self, fingerprint: str, now_s: float) -> None:
        """A command of the key was taken, at ``now_s`` in seconds since 1970."""
        with trusting(self._db, "read the keys", "command_key"):
            is_due = self._db.execute(
                "SELECT 1 FROM command_key WHERE fingerprint = ?"
                " AND (last_used_s IS NULL OR abs(last_used_s - ?) >= ?)",
                (fingerprint, math.floor(now_s), NOTE_USE_EACH_S),
            ).fetchone()
        if not is_due:
            return
        with transaction(self._db, "write down that a key was used"):
            require_intact(self._db, "command_key")
            self._db.execute(
                "UPDATE command_key SET last_used_s = ? WHERE fingerprint = ?",
                (math.floor(now_s), fingerprint),
            )

    def revoke(self, which: str) -> CommandKey:
        """Obey a key, by name or fingerprint, no more, and return it as it is now. It is kept, and
        can never be added again.

        Raises :class:`UsageError` if no good key is called so.
        """
        with transaction(self._db, "revoke a key"):
            good = [key for key in self.all() if not key.revoked_at]
            key = next((key for key in good if which in (key.name, key.fingerprint)), None)
            if key is None:
                raise UsageError(
                    _("there is no good key {which}: see them, with facedoor keys list").format(
                        which=which
                    )
                )
            key = replace(key, revoked_at=utc_now())
            self._db.execute(
                "UPDATE command_key SET revoked_at = ? WHERE fingerprint = ?",
                (key.revoked_at, key.fingerprint),
            )
        return key

    def _read(self, condition: str, *values: str) -> list[CommandKey]:
        with trusting(self._db, "read the keys", "command_key"):
            return [_key(row) for row in self._db.execute(_COLUMNS + condition, values)]


def add_key(journal: Journal, name: str, role: Role, public_key: bytes, by: str) -> CommandKey:
    """As :meth:`CommandKeys.add`, and the journal says that it was done, and ``by`` whom."""
    with journal.together() as db:
        key = CommandKeys(db).add(name, role, public_key)
        journal.append(KeyChanged(utc_now(), "added", by, key.name, key.role, key.fingerprint))
    return key


def revoke_key(journal: Journal, which: str, by: str) -> CommandKey:
    """As :meth:`CommandKeys.revoke`, and the journal says that it was done, and ``by`` whom."""
    with journal.together() as db:
        key = CommandKeys(db).revoke(which)
        journal.append(KeyChanged(utc_now(), "revoked", by, key.name, key.role, key.fingerprint))
    return key


def make_key(
    journal: Journal, name: str, role: Role, output: Path | None, door: str, by: str
) -> tuple[CommandKey, str]:
    """A new key that the door obeys, and its private half, which is also written to ``output``.

    Beside that goes ``door``, the line that says who the door is; ``by`` says in the journal who
    made it. Raises :class:`UsageError` and :class:`StoreError`; then there is neither key nor file.
    """
    private = Ed25519PrivateKey.generate()
    # The file first: a key that cannot be kept must not be obeyed.
    if output:
        write_private_key(output, private)
    try:
        if output:
            _write_door(beside(output), door)
        key = add_key(journal, name, role, private.public_key().public_bytes_raw(), by)
    except Exception:
        if output:
            output.unlink()
            beside(output).unlink(missing_ok=True)
        raise
    return key, private_key_text(private)


def _write_door(path: Path, line: str) -> None:
    try:
        write_file(path, f"{line}\n".encode())
    except OSError as error:
        raise UsageError(
            _("cannot write {path} ({strerror}): choose another place").format(
                path=path, strerror=error.strerror
            )
        ) from error


def qr_code(text: str) -> str:
    """A text as a QR code, for a phone's camera, in lines for a terminal."""
    import segno

    picture = io.StringIO()
    segno.make_qr(text).terminal(picture, compact=True)
    return picture.getvalue()


def _key(row: tuple[str, str, str, bytes, str, str | None, int | None]) -> CommandKey:
    number, name, role, public_key, made_at, revoked_at, used_s = row
    used = None if used_s is None else utc_text(datetime.fromtimestamp(used_s, UTC))
    return CommandKey(number, name, Role(role), public_key, made_at, revoked_at, used)

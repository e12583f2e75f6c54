"""The vault: whatever tells who is enrolled is sealed with one key before it reaches the disk.

Sealing is AES-256-GCM. Each sealed thing is bound to its place by a *context*: a template that is
copied to another person, or a name to another entry, does not open there. The key is 32 random
bytes, written as 64 hexadecimal digits. It is the systemd credential ``facedoor-key``, else the
file that ``[storage] key_file`` names, else ``facedoor.key`` in the state directory. Who has the
state file but not the key learns how many people are enrolled, when, and with how many templates.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from facedoor.credentials import credential_file
from facedoor.errors import StoreError
from facedoor.ownership import make_file, make_folder
from facedoor.storage.store import sealed_with

if TYPE_CHECKING:
    from facedoor.config import Config

KEY_BYTES = 32
CREDENTIAL = "facedoor-key"

_NONCE_BYTES = 12
_TEXT_STEP_BYTES = 64
_FILLER = b"\xff"
"""Never part of UTF-8, so it can be told from the text that it follows."""


class Vault:
    """Seals and opens with one key; may be used by several threads."""

    def __init__(self, key: bytes) -> None:
        """``key`` is 32 bytes; raises ``ValueError`` for any other length."""
        if len(key) != KEY_BYTES:
            raise ValueError(f"a key has {KEY_BYTES} bytes, this one has {len(key)}")
        # One key for each purpose, so that none can stand in for another.
        self._cipher = AESGCM(hmac.digest(key, b"seal", hashlib.sha256))
        self._index_key = hmac.digest(key, b"index", hashlib.sha256)
        self._mac_key = hmac.digest(key, b"mac", hashlib.sha256)
        self.key_id = hmac.digest(key, b"id", hashlib.sha256)[:8].hex()
        """Tells keys apart, and nothing about them."""

    def seal(self, data: bytes, context: str) -> bytes:
        """``data`` for the disk. The same data looks different each time."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, data, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """What was sealed. Raises ``ValueError`` for another key or context, or a changed byte."""
        nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, rest, context.encode())
        except (InvalidTag, ValueError) as error:  # the latter for what is too short
            raise ValueError("sealed with another key or for another place, or changed") from error

    def seal_text(self, text: str, context: str) -> bytes:
        """As :meth:`seal`; texts of nearly the same length become equally long."""
        data = text.encode()
        steps = len(data) // _TEXT_STEP_BYTES + 1
        return self.seal(data.ljust(steps * _TEXT_STEP_BYTES, _FILLER), context)

    def open_text(self, sealed: bytes, context: str) -> str:
        """As :meth:`open`, of what :meth:`seal_text` made."""
        return self.open(sealed, context).rstrip(_FILLER).decode()

    def index(self, text: str) -> bytes:
        """A stand-in for ``text`` that can be looked up but, without the key, not guessed."""
        return hmac.digest(self._index_key, text.encode(), hashlib.sha256)

    def mac(self, data: bytes) -> bytes:
        """A mark of 32 bytes that nobody without the key can make for other ``data``."""
        return hmac.digest(self._mac_key, data, hashlib.sha256)


def load_vault(settings: Config) -> Vault:
    """The vault of this door. Its key is made when there is neither a key nor anything sealed.

    Raises :class:`StoreError` for a key that is missing, open to other users, or not a key.
    """
    if credential := credential_file(CREDENTIAL):
        return Vault(read_key(credential))
    path = settings.key_file
    _finish_rekey(settings)
    if not path.exists():
        if sealed_with(settings.database):
            raise StoreError(
                f"the key of {settings.database} is not at {path}: put it back there, "
                "since without it nobody can be recognised"
            )
        make_key(path)
    require_private(path)
    return Vault(read_key(path))


def next_key_file(settings: Config) -> Path:
    """Where a new key is while it takes the place of the present one."""
    return settings.key_file.with_name(f"{settings.key_file.name}.next")


def _finish_rekey(settings: Config) -> None:
    """Put a new key in its place, if the state file is sealed with it already."""
    path = next_key_file(settings)
    if path.exists() and sealed_with(settings.database) == Vault(read_key(path)).key_id:
        with suppress(FileNotFoundError):  # whoever changes the key has just done it
            path.replace(settings.key_file)


def read_key(path: Path) -> bytes:
    """The key in a file. Raises :class:`StoreError`."""
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii"))
    except OSError as error:
        raise StoreError(
            f"cannot read the key {path} ({error.strerror}): "
            "run the command as the owner of that file"
        ) from error
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise StoreError(
            f"{path} is not a key, which is {2 * KEY_BYTES} hexadecimal digits: "
            "restore it from a backup"
        )
    return key


def make_key(path: Path) -> None:
    """Write a new key, for the owner alone, unless somebody else just has; it is on the disk then.

    Raises :class:`StoreError`.
    """
    # Under a name of its own first: nobody must ever read half a key.
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        make_folder(path.parent)
        draft.unlink(missing_ok=True)
        with os.fdopen(make_file(draft), "w") as file:
            file.write(f"{os.urandom(KEY_BYTES).hex()}\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            with suppress(FileExistsError):
                os.link(draft, path)
        finally:
            draft.unlink()
        sync_folder(path.parent)
    except OSError as error:
        raise StoreError(
            f"cannot write the key {path} ({error.strerror}): "
            "it has to be in a folder that this user may write"
        ) from error


def sync_folder(folder: Path) -> None:
    """Bring onto the disk which files ``folder`` has. Raises ``OSError``."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def require_private(path: Path) -> None:
    """Raise :class:`StoreError` for a key that others can read, or that is not there."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise StoreError(f"cannot read the key {path} ({error.strerror})") from error
    if mode & 0o077:
        raise StoreError(f"the key {path} can be read by other users: run chmod 600 {path}")

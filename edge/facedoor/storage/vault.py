"""The vault: whatever tells who is enrolled is sealed with one key before it reaches the disk.

Sealing is AES-256-GCM. Each sealed thing is bound to its place by a *context*: a template that is
copied to another person, or a name to another entry, does not open there. Where the key is from:
:mod:`facedoor.storage.key_file`. Who has the state file but not the key learns how many people are
enrolled, when, and with how many templates.
"""

from __future__ import annotations

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32

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

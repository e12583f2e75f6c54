"""Bytes as text, in base64url without padding (RFC 7515, 2): keys, signatures, parts of tokens."""

from __future__ import annotations

import base64


def encode(data: bytes) -> str:
    """``data`` in letters, digits, ``-`` and ``_``."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str | bytes) -> bytes:
    """The reverse of :func:`encode`; other characters are passed over. Raises ``ValueError``."""
    said = text.encode() if isinstance(text, str) else text
    return base64.urlsafe_b64decode(said + b"=" * (-len(said) % 4))

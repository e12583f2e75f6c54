"""Sealing for one receiver: what a door sends through a broker, and only who asked can open.

X25519 between a key that is made for this one message and the receiver's; of the secret that both
then share, by HKDF-SHA256 over both public keys, comes the key of AES-256-GCM. What is sealed is
bound to its visit. Whoever hears it, and learns the door's key later, opens nothing.
"""

from __future__ import annotations

import os

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from facedoor.wire import base64url
from facedoor.wire.outcomes import Refusal, RefusedError

INFO = b"facedoor picture 1"
_NONCE_BYTES = 12


def sealed_for(to: bytes, visit: str, jpeg: bytes) -> dict[str, str]:
    """``jpeg`` for whoever has the private half of ``to``: ``ephemeral``, ``nonce`` and ``sealed``,
    in base64url without padding. Raises :class:`RefusedError` for a key that hides nothing."""
    own = X25519PrivateKey.generate()
    ephemeral = own.public_key().public_bytes_raw()
    try:
        secret = own.exchange(X25519PublicKey.from_public_bytes(to))
    except ValueError as error:  # a point of low order, with which everybody shares the secret
        raise RefusedError(Refusal.MALFORMED, "args.to is no key to seal for") from error
    key = HKDF(SHA256(), 32, salt=ephemeral + to, info=INFO).derive(secret)
    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, jpeg, visit.encode())
    return {
        "ephemeral": base64url.encode(ephemeral),
        "nonce": base64url.encode(nonce),
        "sealed": base64url.encode(sealed),
    }

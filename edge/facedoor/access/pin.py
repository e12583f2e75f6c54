"""A PIN as the door keeps it: a salted hash that is slow to try, never the digits themselves."""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass, field

from facedoor.errors import UsageError
from facedoor.languages import _

FEWEST_DIGITS, MOST_DIGITS = 4, 12

_SALT_BYTES, _HASH_BYTES = 16, 32
_COST, _BLOCK_SIZE, _LANES = 2**13, 8, 1
"""scrypt: 8 MB and, on a Pi, about a tenth of a second for each try. The hash is sealed as well, so
that only who has the door's key could try at all; more would hold up the doorkeeper's thread."""


@dataclass(frozen=True, slots=True)
class PinHash:
    """Of one PIN. Neither part is in the ``repr``."""

    salt: bytes = field(repr=False)
    digest: bytes = field(repr=False)

    def as_hex(self) -> tuple[str, str]:
        return self.salt.hex(), self.digest.hex()

    @classmethod
    def of_hex(cls, said: tuple[str, str]) -> PinHash:
        """The reverse of :meth:`as_hex`. Raises ``ValueError``."""
        return cls(*map(bytes.fromhex, said))


def hash_pin(pin: str) -> PinHash:
    """Raises :class:`UsageError`, which does not quote it, for what is no PIN."""
    if not (FEWEST_DIGITS <= len(pin) <= MOST_DIGITS and pin.isascii() and pin.isdigit()):
        raise UsageError(
            _("a PIN has {least} to {most} digits and nothing else: choose another").format(
                least=FEWEST_DIGITS, most=MOST_DIGITS
            )
        )
    salt = os.urandom(_SALT_BYTES)
    return PinHash(salt, _digest(pin, salt))


def is_pin(code: str, kept: PinHash | None) -> bool:
    """True if ``code`` is the PIN; takes as long for a wrong one, and where there is none."""
    salt, digest = (kept.salt, kept.digest) if kept else (bytes(_SALT_BYTES), bytes(_HASH_BYTES))
    return hmac.compare_digest(_digest(code, salt), digest) and kept is not None


def _digest(code: str, salt: bytes) -> bytes:
    return hashlib.scrypt(
        code.encode(), salt=salt, n=_COST, r=_BLOCK_SIZE, p=_LANES, dklen=_HASH_BYTES
    )

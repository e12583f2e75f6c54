"""What can happen to bytes on their way: for fuzz tests, the same accidents for each seed."""

from __future__ import annotations

import random
from collections.abc import Sequence


def damaged(whole: bytes, chance: random.Random, hostile: Sequence[bytes]) -> bytes:
    """``whole`` after one to four accidents; ``hostile`` pieces are written over it."""
    data = bytearray(whole)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(6):
            case 0:
                del data[at:]
            case 1 | 2:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case 3:
                del data[at : at + chance.randrange(1, 16)]
            case 4:
                end = at + chance.randrange(1, 32)
                data[at:at] = data[at:end]
            case 5:
                piece = chance.choice(hostile)
                data[at : at + len(piece)] = piece
    return bytes(data)

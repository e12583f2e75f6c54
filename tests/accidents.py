"""What can happen to bytes on their way: for fuzz tests, the same accidents for each seed."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence

import numpy as np


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


def said_until_killed(command: Sequence[str], draw: np.random.Generator) -> list[str]:
    """The whole lines of a program that is killed at any moment among its first."""
    paths = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=paths) as program:
        said = [program.stdout.readline() for _ in range(draw.integers(1, 25))]
        time.sleep(draw.random() * 0.004)  # anywhere between two lines
        program.kill()
        said += program.stdout.readlines()
    assert "" not in said, "it ended by itself"
    return [line.strip() for line in said if line.endswith("\n")]

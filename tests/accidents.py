"""What can happen to bytes on their way: for fuzz tests, the same accidents for each seed."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

EXAMPLES = int(os.environ.get("FACEDOOR_EXAMPLES", "25"))
"""How many examples of each property are tried; of those that take long, a part."""

INPUTS = int(os.environ.get("FACEDOOR_FUZZ_INPUTS", "6000"))
SEED = os.environ.get("FACEDOOR_FUZZ_SEED", "0")


def refused_by(fuzzer: Path) -> dict[str, int]:
    """How many of :data:`INPUTS` were refused, by kind, in a process of the fuzzer's own."""
    command = [sys.executable, str(fuzzer), str(INPUTS), SEED]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    print(ended.stdout)
    refused: dict[str, int] = json.loads(ended.stdout)["refused"]
    return refused


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

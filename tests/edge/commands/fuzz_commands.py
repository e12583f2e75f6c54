"""Feeds damaged commands and pictures to the door: ``python fuzz_commands.py COUNT SEED``.

In turns: a good command, damaged after it was signed, which the door may only take if it still says
what was signed; a command whose claims were damaged before they were signed, which is read or
refused; a picture, which is decoded or refused. Anything else ends the run with the number that
makes the input again. It runs in a process of its own whose address space is bounded, so that a
crash in a C library is seen, and so is an input that asks for a lot of memory.
"""

from __future__ import annotations

import base64
import json
import random
import resource
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from commands_kit import NOW_S, claims, damaged, known, private_key, received, token
from facedoor.access import document as rules_document
from facedoor.camera.pictures import decode_sent_picture
from facedoor.errors import ConfigError, ImageError
from facedoor.wire import requests
from facedoor.wire.outcomes import RefusedError
from facedoor.wire.requests import SetRules
from facedoor.wire.signing import require_current, verify

SPARE_MB = 192
"""What an input may take beyond what is taken already; one picture needs up to 100."""

KEYS = {known(private_key()).fingerprint: known(private_key())}
NOISE = np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)
PICTURES = [
    cv2.imencode(".jpg", NOISE)[1].tobytes(),
    cv2.imencode(".jpg", NOISE, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1].tobytes(),
    cv2.imencode(".png", NOISE)[1].tobytes(),
]
RULES = {
    "time_zone": "Europe/Berlin",
    "holidays": ["12-25", "2026-05-01"],
    "schedules": {"office": {"mon-fri": ["08:00-18:00"], "holidays": []}},
    "groups": {"staff": {"schedule": "office", "second_factor": "pin"}},
    "lockout": {"after": 3},
}
WHAT_IS_ALLOWED = {"groups": ["staff"], "from": "2026-12-01", "until": None, "duress": True}
COMMANDS = [claims()] + [
    claims(cmd=cmd, args=args)
    for cmd, args in (
        ("unlock", {"reason": "parcel"}),
        ("mode", {"mode": "face_off"}),
        ("journal", {"since": "2026-11-24T09:30:00Z", "limit": 5}),
        ("enroll", {"person": "Ada", "images": [base64.b64encode(PICTURES[2][:90]).decode()]}),
        ("enroll", {"person": "Ada", "capture": {"frames": 5, "within_s": 30}}),
        ("rename", {"person": "Ada", "to": "Ida"}),
        ("rules", {}),
        ("set_rules", {"rules": RULES}),
        ("allow", {"person": "Ada", **WHAT_IS_ALLOWED, "false_match_rate": 1e-6}),
    )
]
TOKENS = [token(content) for content in COMMANDS]


def damaged_token(chance: random.Random) -> bool:
    """Whether it was refused; what is accepted is what was signed."""
    number = chance.randrange(len(TOKENS))
    try:
        command = verify(received(damaged(TOKENS[number], chance)), KEYS.get)
    except RefusedError:
        return True
    assert command == verify(received(TOKENS[number]), KEYS.get)
    return False


def damaged_claims(chance: random.Random) -> bool:
    content = damaged(json.dumps(chance.choice(COMMANDS)).encode(), chance)
    try:
        command = verify(received(token(content)), KEYS.get)
        require_current(command, "front", NOW_S, NOW_S)
        request = requests.parse(command.cmd, command.args)
        if isinstance(request, SetRules):
            rules_document.parse(request.text)
    except (RefusedError, ConfigError):
        return True
    return False


def damaged_picture(chance: random.Random) -> bool:
    try:
        picture = decode_sent_picture(damaged(chance.choice(PICTURES), chance), "image 1")
    except ImageError:
        return True
    assert picture.dtype == np.uint8
    return False


KINDS: tuple[Callable[[random.Random], bool], ...] = (
    damaged_token,
    damaged_claims,
    damaged_picture,
)


def run(count: int, seed: int) -> dict[str, int]:
    """How many inputs of each kind were refused."""
    refused = {kind.__name__: 0 for kind in KINDS}
    for number in range(seed, seed + count):
        kind = KINDS[number % len(KINDS)]
        try:
            refused[kind.__name__] += kind(random.Random(number))  # noqa: S311
        except BaseException:
            print(f"input {number} ({kind.__name__}) got through", file=sys.stderr)
            raise
    return refused


def bound_memory() -> None:
    """From now on the process can take :data:`SPARE_MB` more, and no more."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + (SPARE_MB << 20)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def main() -> None:
    count, seed = (int(argument) for argument in sys.argv[1:])
    run(len(KINDS) * 20, 0)  # whatever is made once and kept
    bound_memory()
    print(json.dumps({"inputs": count, "refused": run(count, seed)}))


if __name__ == "__main__":
    main()

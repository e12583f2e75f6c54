"""Feeds damaged commands, pictures and records to the door: ``python fuzz_commands.py COUNT SEED``.

In turns: a good command, damaged after it was signed, which the door may only take if it still says
what was signed; one whose header or claims were damaged before they were signed, which is read or
refused; a picture, damaged or made to keep a decoder busy, which is decoded or refused; a record of
a site's roster, damaged before it was sealed. Anything else ends the run with the number that makes
the input again. It runs in a process of its own whose address space is bounded, so that a crash in
a C library is seen, and so is an input that asks for a lot of memory.
"""

from __future__ import annotations

import base64
import json
import random
import resource
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from commands_kit import NOW_S, claims, damaged, known, part, private_key, received, token
from facedoor.access import document as rules_document
from facedoor.camera.bombs import MAX_SCANS
from facedoor.camera.pictures import decode_sent_picture
from facedoor.clock import DoorTime, Evidence
from facedoor.errors import ConfigError, ImageError
from facedoor.site.roster import open_record
from facedoor.site.site import Site
from facedoor.storage.vault import Vault
from facedoor.wire import messages, requests
from facedoor.wire.access_requests import SetRules, TryRules
from facedoor.wire.door_key import DoorKey, ForgedError, introduced, verified
from facedoor.wire.outcomes import RefusedError
from facedoor.wire.signing import require_current, verify
from pictures_kit import ARITHMETIC, flat_png, long_texts, many_scans, png
from vaults import DOOR_KEY

SPARE_MB = 192
"""What an input may take beyond what is taken already; one picture needs up to 100."""

FRONT = frozenset(["front"])
NOW = DoorTime(NOW_S, Evidence.ROOT)
KEYS = {known(private_key()).fingerprint: known(private_key())}
KIDS = (*KEYS, "\ud800" * 43, "a" * 43, "\ud800\udc00", "\x00", "JWT")
NOISE = np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)
PICTURES = [
    cv2.imencode(".jpg", NOISE)[1].tobytes(),
    cv2.imencode(".jpg", NOISE, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1].tobytes(),
    cv2.imencode(".png", NOISE)[1].tobytes(),
]
BUSY = [
    many_scans(160, 120, MAX_SCANS - 1),
    many_scans(160, 120, 5, ARITHMETIC),
    flat_png(40, 60, long_texts(3, 10**5)),
    png(40, 60, zlib.compress(bytes(10**5))),
    png(160, 120, zlib.compress(bytes(120 * 162 * 6)), depth=16, interlaced=1),
]
"""They would keep a decoder busy."""
RULES = {
    "time_zone": "Europe/Berlin",
    "holidays": ["12-25", "2026-05-01"],
    "schedules": {"office": {"mon-fri": ["08:00-18:00"], "holidays": []}},
    "groups": {"staff": {"schedule": "office", "second_factor": "pin"}},
    "lockout": {"after": 3},
}
SLOWEST_MS = [0]
"""Of all pictures, in time of the processor."""

WHAT_IS_ALLOWED = {"groups": ["staff"], "from": "2026-12-01", "until": None, "duress": True}
KEY, EXPIRES = "A" * 43, "2026-11-29T22:10:00.000+01:00"
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
        ("set_rules", {"rules": RULES, "if": "0a" * 32, "dry_run": True}),
        ("allow", {"person": "Ada", **WHAT_IS_ALLOWED, "false_match_rate": 1e-6}),
        ("keys", {}),
        ("invite", {"key": KEY, "role": "viewer", "name": "phone", "expires": EXPIRES}),
        ("join", {"key": KEY}),
        ("revoke", {"key": KEY}),
    )
]
SITE = Site("home", Vault(bytes(32)))
ANNA = SITE.person("Anna")
UNIT = base64.b64encode(np.eye(1, 8, dtype="<f4").tobytes()).decode()
REMOVAL = {"v": 1, "generation": 1, "version": 1, "origin": "front", "time": "2026-11-24T09:30:00Z"}
RECORDS = [
    json.dumps(said).encode()
    for said in (
        REMOVAL,
        REMOVAL | {"name": "Anna", "templates": {"a" * 64: [UNIT, UNIT], "b" * 64: [UNIT]}},
        REMOVAL | {"name": "An\ud800na", "templates": {}},
    )
]
STRANGER = DoorKey.from_bytes(bytes([7]) * 32)
ANSWERS = [
    ("result", messages.encode("front", messages.Result("17", "done", None, "the mode is normal"))),
    ("status", messages.status("front", DOOR_KEY.identity, online=True)),
    ("status", messages.status("front", STRANGER.identity, online=False)),
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


def damaged_header(chance: random.Random) -> bool:
    said = {"alg": "EdDSA", "kid": chance.choice(KIDS), "typ": chance.choice(KIDS)}
    said |= chance.choice([{}, {}, {"crit": ["b64"]}, {"kid": ["a"]}, {"alg": "none"}])
    header = json.dumps(said, ensure_ascii=chance.random() < 0.5).encode(errors="surrogatepass")
    whole = damaged(header, chance) if chance.random() < 0.7 else header
    signed = part(whole) + b"." + part(json.dumps(COMMANDS[0]).encode())
    try:
        verify(received(signed + b"." + part(private_key().sign(signed))), KEYS.get)
    except RefusedError:
        return True
    return False


def damaged_claims(chance: random.Random) -> bool:
    content = damaged(json.dumps(chance.choice(COMMANDS)).encode(), chance)
    try:
        command = verify(received(token(content)), KEYS.get)
        require_current(command, FRONT, NOW)
        request = requests.parse(command.cmd, command.args)
        if isinstance(request, SetRules | TryRules):
            rules_document.parse(request.text)
    except (RefusedError, ConfigError):
        return True
    return False


def damaged_picture(chance: random.Random) -> bool:
    return is_refused(damaged(chance.choice(PICTURES), chance))


def busy_picture(chance: random.Random) -> bool:
    data = chance.choice(BUSY)
    scan = data.find(b"\xff\xda")
    if scan > 0 and chance.random() < 0.5:
        # Some of its scans once more, at any place.
        at = chance.randrange(scan, len(data))
        data = (
            data[:at] + data[scan : scan + chance.randrange(1000)] * chance.randrange(9) + data[at:]
        )
    return is_refused(damaged(data, chance) if chance.random() < 0.7 else data)


def is_refused(data: bytes) -> bool:
    begun_s = time.process_time()
    try:
        picture = decode_sent_picture(data, "image 1")
    except ImageError:
        return True
    finally:
        SLOWEST_MS.append(max(SLOWEST_MS.pop(), round(1000 * (time.process_time() - begun_s))))
    assert picture.dtype == np.uint8
    return False


def damaged_record(chance: random.Random) -> bool:
    """What whoever has the key of a site may say of a person at all its doors."""
    said = chance.choice(RECORDS)
    if chance.random() < 0.9:
        said = damaged(said, chance)
    try:
        open_record(SITE, ANNA, SITE.vault.seal(said, f"person {ANNA} of site home"))
    except ValueError:
        return True
    return False


def damaged_answer(chance: random.Random) -> bool:
    """What stands before a sender; only what the door has signed may be believed."""
    kind, said = chance.choice(ANSWERS)
    own = DOOR_KEY.sign(kind, said)
    forged = chance.choice((own, STRANGER.sign(kind, said), said, own.replace(b"done", b"fail")))
    payload = damaged(forged, chance) if chance.random() < 0.8 else forged
    try:
        believed = verified("result", payload, DOOR_KEY.identity)
        assert (kind, believed) == ("result", said)
    except ForgedError:
        pass
    else:
        return False
    try:
        assert introduced(payload) in (DOOR_KEY.identity, STRANGER.identity)
        assert kind == "status"
    except ForgedError:
        return True
    return False


KINDS: tuple[Callable[[random.Random], bool], ...] = (
    damaged_token,
    damaged_header,
    damaged_claims,
    damaged_picture,
    busy_picture,
    damaged_record,
    damaged_answer,
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
    refused = run(count, seed)
    print(json.dumps({"inputs": count, "refused": refused, "slowest_picture_ms": SLOWEST_MS[0]}))


if __name__ == "__main__":
    main()

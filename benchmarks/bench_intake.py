"""How many messages a second one core can look at: ``python -m benchmarks.bench_intake``.

Each kind is handed to the intake of commands as the network's thread does, for as long as a second
of the processor's time; nobody takes anything out.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from functools import partial

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks import processor
from facedoor.clock import DoorClock, this_machine
from facedoor.commands.intake import Intake
from facedoor.wire.messages import Received
from facedoor.wire.roles import CommandKey, Role, fingerprint
from facedoor.wire.signing import MAX_MESSAGE_BYTES, sign

TOPIC = "facedoor/front/command"
LARGE: dict[str, object] = {"images": ["x" * 700_000]}


def kinds(key: Ed25519PrivateKey) -> Iterator[tuple[str, bytes]]:
    """What may come, and its bytes."""
    small, large = (
        sign(key, "front", "ping", {}).message,
        sign(key, "front", "enroll", LARGE).message,
    )
    stranger = sign(Ed25519PrivateKey.generate(), "front", "ping", {}).message
    yield "noise", b"\0noise\xff" * 30
    yield "more than a megabyte", b"x" * (MAX_MESSAGE_BYTES + 1)
    yield "of a key that nobody knows", stranger
    yield "with a bad signature", small[:-8] + b"AAAAAAAA"
    yield "with a bad signature, 1 MB", large[:-8] + b"AAAAAAAA"
    yield "that came before", small
    yield "that came before, 1 MB", large


def main() -> None:
    print(f"on {processor.this().name}, one core:")
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()
    known = CommandKey(fingerprint(public), "phone", Role.ADMIN, public, "")
    for what, payload in kinds(key):
        # A second passes at each look, so that no bad signature is one too many to be checked.
        steady = partial(next, itertools.count(0.0))
        intake = Intake(lambda: frozenset(["front"]), DoorClock(this_machine()), steady)
        intake.know([known])
        received, count, begun_s = Received(TOPIC, payload, retained=False), 0, time.process_time()
        while (took_s := time.process_time() - begun_s) < 1:
            intake.take(received)
            count += 1
        print(f"{what:28}{count / took_s:9.0f} a second")


if __name__ == "__main__":
    main()

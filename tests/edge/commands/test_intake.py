"""What nobody signed takes no room from what is signed, and one key's flood none from another."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import closing
from hashlib import sha256

import pytest

from commands_kit import claims, private_key, public, received, token
from facedoor.commands.answers import REFUSALS_EACH_S
from facedoor.commands.intake import (
    COMMANDS_AT_ONCE,
    FAILED_AT_ONCE,
    FAILED_EACH_S,
    REFUSALS_AT_ONCE,
    STRANGERS_AT_ONCE,
    WAITING_BYTES,
    Intake,
)
from facedoor.commands.keys import CommandKeys
from facedoor.wire.door_requests import SetMode
from facedoor.wire.mode import Mode
from facedoor.wire.roles import Role
from facedoor.wire.signing import MAX_MESSAGE_BYTES
from front_door import FrontDoor
from vaults import open_store

LOCKDOWN = {"mode": "lockdown"}
SECOND_OF_JUNK = 500


@pytest.fixture
def front(front: FrontDoor) -> FrontDoor:
    """A door whose server has looked at its keys."""
    front.work_off()
    return front


def forged(front: FrontDoor, role: Role) -> bytes:
    """In the name of a key, and signed by nobody."""
    return front.signed(role, "unlock", {"reason": "junk"})[:-8] + b"AAAAAAAA"


def junk(front: FrontDoor, kind: str) -> bytes:
    match kind:
        case "noise":
            return random.Random(0).randbytes(200)  # noqa: S311
        case "dots":
            return b"." * 300
        case "forged":
            return forged(front, Role.OPERATOR)
        case "unknown key":
            return token(claims(), private_key(99))
        case "late":
            return front.signed(Role.VIEWER, "ping", iat=1.0, exp=2.0)
        case "elsewhere":
            return front.signed(Role.VIEWER, "ping", aud="back")
    return b"x" * (MAX_MESSAGE_BYTES + 1)


def outcomes(front: FrontDoor, cmd: str = "mode") -> list[str | None]:
    """What was told of commands of a kind, in order."""
    told = [result.content for result in front.results if result.content.get("cmd") == cmd]
    return [content["reason"] or content["outcome"] for content in told]


@pytest.mark.parametrize(
    "kind", ["noise", "dots", "forged", "unknown key", "late", "elsewhere", "oversized"]
)
def test_junk_of_any_kind_keeps_no_signed_command_out(front: FrontDoor, kind: str) -> None:
    message = junk(front, kind)
    for _ in range(6):
        for _ in range(SECOND_OF_JUNK):
            front.server.receive(received(message))
        front.server.receive(received(front.signed(Role.OPERATOR, "mode", LOCKDOWN)))
        front.work_off()
        front.doorway.clock.now_s += 1
    assert outcomes(front) == ["done"] * 6
    front.doorway.clock.now_s += REFUSALS_EACH_S
    front.work_off()
    refused = [entry for entry in front.journal() if entry["outcome"] == "refused"]
    assert sum(entry["count"] for entry in refused) == 6 * SECOND_OF_JUNK
    assert len(refused) < 10
    assert len(front.results) < 100


def test_many_whose_key_is_not_known_are_each_told_so(front: FrontDoor) -> None:
    """By the digest of what they sent: that is all by which a page knows the answer to be its."""
    messages = [token(claims(jti=f"{number:016}"), private_key(99)) for number in range(15)]
    for message in messages:
        front.server.receive(received(message))
    front.work_off()
    told = [result.content for result in front.results if "sha256" in result.content]
    assert [one["reason"] for one in told] == ["unknown_key"] * 15
    assert [one["sha256"] for one in told] == [sha256(message).hexdigest() for message in messages]


def test_more_bad_signatures_than_are_checked_hurt_that_key_only_and_for_a_moment(
    front: FrontDoor,
) -> None:
    message = forged(front, Role.OPERATOR)
    for _ in range(20 * FAILED_AT_ONCE):
        front.server.receive(received(message))
    front.server.receive(received(front.signed(Role.OPERATOR, "mode", LOCKDOWN)))
    front.server.receive(received(front.signed(Role.ADMIN, "mode", {"mode": "face_off"})))
    front.work_off()
    assert front.doorway.switch.mode is Mode.FACE_OFF
    front.doorway.clock.now_s += 2 * FAILED_EACH_S
    assert front.ask(Role.OPERATOR, "mode", LOCKDOWN).content["outcome"] == "done"


def test_flood_of_one_key_limits_only_that_key_and_each_command_is_told(front: FrontDoor) -> None:
    flood = [front.signed(Role.VIEWER, "ping") for _ in range(200)]
    for message in flood:
        front.server.receive(received(message))
    front.server.receive(received(front.signed(Role.OPERATOR, "mode", LOCKDOWN)))
    front.server.plain(SetMode(Mode.NORMAL), False, "home_assistant")
    for _ in range(10):
        front.work_off()
    told = Counter(outcomes(front, "ping"))
    assert told == {"done": COMMANDS_AT_ONCE, "rate_limited": REFUSALS_AT_ONCE}
    assert sorted(filter(None, outcomes(front))) == ["done", "not_allowed_now"]
    front.doorway.clock.now_s += REFUSALS_EACH_S
    front.work_off()
    counts = [e["count"] for e in front.journal() if e.get("reason") == "rate_limited"]
    assert sum(counts) == 200 - COMMANDS_AT_ONCE
    # Who was told so can rely on it.
    assert front.send(flood[COMMANDS_AT_ONCE]).content["reason"] == "replayed"
    assert front.send(flood[-1]).content["outcome"] == "done"


def test_message_that_is_replayed_all_the_time_does_not_use_up_its_senders_rate(
    front: FrontDoor,
) -> None:
    message = front.signed(Role.VIEWER, "ping")
    for _ in range(1000):
        front.server.receive(received(message))
    front.server.receive(received(front.signed(Role.VIEWER, "list")))
    front.work_off()
    assert outcomes(front, "list") == ["done"]
    told = Counter(outcomes(front, "ping"))
    assert told == {"done": 1, "replayed": REFUSALS_AT_ONCE}


def test_key_that_was_just_added_works_among_junk_and_one_that_was_revoked_does_not(
    front: FrontDoor,
) -> None:
    with closing(open_store(front.database)) as db:
        CommandKeys(db).add("new", Role.VIEWER, public(private_key(77)))
        CommandKeys(db).revoke(Role.ADMIN.value)
    assert front.send(token(claims(), private_key(77))).content["outcome"] == "done"
    assert front.ask(Role.ADMIN, "ping").content["reason"] == "revoked_key"
    for _ in range(2 * STRANGERS_AT_ONCE):
        front.server.receive(received(b"junk"))
    front.server.receive(received(token(claims(jti="b" * 16), private_key(77))))
    front.work_off()
    assert outcomes(front, "ping") == ["done", "revoked_key", "done"]


def test_what_waits_is_bounded_in_bytes_for_each_sender(front: FrontDoor) -> None:
    intake = Intake(lambda: frozenset(["front"]), front.timepiece.clock(), front.doorway.clock)
    with closing(open_store(front.database)) as db:
        intake.know(CommandKeys(db).all())
    large = {"images": ["x" * 700_000]}

    def sent(role: Role) -> list[int]:
        came = [intake.take(received(front.signed(role, "enroll", large))) for _ in range(30)]
        return [waiting.size_bytes for waiting in came if waiting]

    for role in (Role.ADMIN, Role.ENROLLER):
        assert 0 < sum(sent(role)) <= WAITING_BYTES, role
    strangers = [intake.take(received(b"x" * MAX_MESSAGE_BYTES)) for _ in range(30)]
    assert sum(waiting.size_bytes for waiting in strangers if waiting) <= WAITING_BYTES
    first = next(waiting for waiting in strangers if waiting)
    front.doorway.clock.now_s += 60
    assert intake.take(received(b"x" * MAX_MESSAGE_BYTES)) is None
    intake.leaves(first)
    assert intake.take(received(b"x" * MAX_MESSAGE_BYTES)) is not None

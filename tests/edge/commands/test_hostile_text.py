"""Any text, halves of surrogate pairs too, wherever a message can have one: refused, no damage."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from commands_kit import claims, token
from facedoor.commands.keys import CommandKeys
from facedoor.errors import UsageError
from facedoor.identity.gallery import Gallery
from facedoor.storage.store import transaction
from facedoor.wire.door_requests import plain_request
from facedoor.wire.roles import Role
from front_door import KEYS, FrontDoor
from vaults import VAULT, open_store

HALF = "a\ud800b"
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=70)
NAMED = {"person": "Ada"}
ARGUMENTS: list[tuple[str, dict[str, Any], tuple[str | int, ...]]] = [
    ("unlock", {"reason": ""}, ("reason",)),
    ("mode", {"mode": ""}, ("mode",)),
    ("journal", {"since": ""}, ("since",)),
    ("remove", NAMED, ("person",)),
    ("rename", NAMED | {"to": ""}, ("to",)),
    ("enroll", NAMED | {"images": [""]}, ("images", 0)),
    ("enroll", NAMED | {"images": ["AAAA"]}, ("person",)),
    ("enroll", NAMED | {"capture": ""}, ("capture",)),
    ("allow", NAMED | {"groups": [""]}, ("groups", 0)),
    ("allow", NAMED | {"from": ""}, ("from",)),
    ("allow", {"person": "", "duress": True}, ("person",)),
    ("set_rules", {"rules": {"time_zone": ""}}, ("rules", "time_zone")),
    ("set_rules", {"rules": {"holidays": [""]}}, ("rules", "holidays", 0)),
    ("set_rules", {"rules": {"default_group": ""}}, ("rules", "default_group")),
    ("set_rules", {"rules": ""}, ("rules",)),
]
"""A command, its arguments, and the way to the text in them that is tried."""

many = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def front(tmp_path: Path) -> Iterator[FrontDoor]:
    front = FrontDoor(tmp_path)
    yield front
    assert front.problems() == []


def outcome(front: FrontDoor, payload: bytes) -> tuple[str, str | None]:
    """What became of a message, long after the one before."""
    front.doorway.clock.now_s += 3600
    heard = len(front.results)
    front.send(payload)
    assert len(front.results) == heard + (not front.studio.begun)
    content = front.results[-1].content
    return content["outcome"], content["reason"]


@many
@given(kid=ANY_TEXT, kind=ANY_TEXT)
@example(kid="\ud800" * 43, kind="JWT")
@example(kid=HALF, kind="JWT")
@example(kid="x" * 43, kind=HALF)
def test_any_header_is_refused(front: FrontDoor, kid: str, kind: str) -> None:
    header = {"alg": "EdDSA", "kid": kid, "typ": kind}
    said, reason = outcome(front, token(claims(), KEYS[Role.ADMIN], header))
    assert (said, reason in {"malformed", "unknown_key"}) == ("refused", True)


@many
@given(name=st.sampled_from(["aud", "jti", "cmd", "iat"]), text=ANY_TEXT)
@example(name="aud", text=HALF)
@example(name="cmd", text=HALF)
def test_any_claim_is_refused(front: FrontDoor, name: str, text: str) -> None:
    said_claims = {"cmd": "unlock", "args": {"reason": ""}} | {name: text}
    said, _ = outcome(front, front.signed(Role.ADMIN, **said_claims))
    assert said == "refused" or name == "jti"


@many
@given(argument=st.sampled_from(ARGUMENTS), text=ANY_TEXT)
@example(argument=ARGUMENTS[0], text=HALF)
@example(argument=ARGUMENTS[3], text="ada")
@example(argument=ARGUMENTS[8], text=HALF)
def test_any_argument_is_done_or_refused(
    front: FrontDoor, argument: tuple[str, dict[str, Any], tuple[str | int, ...]], text: str
) -> None:
    cmd, args, way = argument
    args = json.loads(json.dumps(args))
    inside = args
    for step in way[:-1]:
        inside = inside[step]
    inside[way[-1]] = text
    front.studio.begun.clear()
    said, _ = outcome(front, front.signed(Role.ADMIN, cmd, args))
    assert said in {"done", "refused"}


@given(entity=ANY_TEXT, payload=st.one_of(st.binary(max_size=9), ANY_TEXT))
def test_no_plain_text_asks_for_anything_but_what_is_offered(entity: str, payload: Any) -> None:
    data = payload if isinstance(payload, bytes) else payload.encode(errors="surrogatepass")
    asked = plain_request(entity, data)
    words = data.replace(b"_", b"").isalpha()
    assert asked is None or (entity in {"lock", "release", "face", "mode"} and words)


def test_text_that_cannot_be_looked_for_is_wrong_use_and_no_damage(tmp_path: Path) -> None:
    db = open_store(tmp_path / "facedoor.db")
    with pytest.raises(UsageError, match=r"^cannot read the keys: 'a.ud800b' is no text"):
        CommandKeys(db).find(HALF)
    with pytest.raises(UsageError, match="cannot be seen"):
        Gallery(db, VAULT).find(HALF)
    with pytest.raises(UsageError, match="is no text"), transaction(db, "write"):
        db.execute("UPDATE sealing SET key_id = ?", (HALF,))

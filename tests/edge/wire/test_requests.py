"""From JSON to a request: strict about names, types and ranges, and who may ask."""

from __future__ import annotations

import base64
import contextlib
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor.access import document
from facedoor.errors import ConfigError
from facedoor.times import utc_text
from facedoor.wire import requests
from facedoor.wire.access_requests import Allow, SetRules, TryRules
from facedoor.wire.door_requests import SetMode, SwitchFaces, Unlock, plain_request
from facedoor.wire.key_requests import Invite, Join, Revoke
from facedoor.wire.mode import Mode
from facedoor.wire.outcomes import Refusal, RefusedError
from facedoor.wire.people_requests import Capture, Enroll, Remove, Rename, Shots
from facedoor.wire.reading_requests import (
    JOURNAL_ENTRIES,
    ListKeys,
    ListPeople,
    Ping,
    ReadJournal,
    ReadRules,
)
from facedoor.wire.requests import ROLES
from facedoor.wire.roles import Role

KEY = "A" * 43
"""32 bytes of 0, in base64url."""
EXPIRES = utc_text(datetime.fromtimestamp(1_796_000_000.0, UTC))
INVITE = {"key": KEY, "role": "operator", "name": "phone", "expires": EXPIRES}
PICTURE = base64.b64encode(b"picture").decode()


def test_request_is_read() -> None:
    for cmd, args, request_ in [
        ("ping", {}, Ping()),
        ("list", {}, ListPeople()),
        ("journal", {}, ReadJournal(JOURNAL_ENTRIES, None)),
        (
            "journal",
            {"limit": 5, "since": "2026-11-24T10:30:00+01:00"},
            ReadJournal(5, "2026-11-24T10:30:00+01:00"),
        ),
        ("enroll", {"person": " Ada ", "images": [PICTURE]}, Enroll("Ada", (b"picture",))),
        (
            "enroll",
            {"person": "Ida", "images": [PICTURE], "although_similar_to": [" Ada ", "Ada"]},
            Enroll("Ida", (b"picture",), ("Ada",)),
        ),
        (
            "enroll",
            {"person": "Ada", "capture": {"frames": 5, "within_s": 30}},
            Capture("Ada", Shots(5, 30)),
        ),
        ("remove", {"person": "Ada"}, Remove("Ada")),
        ("rename", {"person": "Ada", "to": "Ida"}, Rename("Ada", "Ida")),
        ("unlock", {"reason": "parcel"}, Unlock("parcel")),
        ("mode", {"mode": "lockdown"}, SetMode(Mode.LOCKDOWN)),
        ("rules", {}, ReadRules()),
        ("set_rules", {"rules": {"time_zone": "UTC"}}, SetRules('{\n  "time_zone": "UTC"\n}')),
        (
            "set_rules",
            {"rules": {}, "if": "0a" * 32, "dry_run": False},
            SetRules("{}", "0a" * 32),
        ),
        ("set_rules", {"rules": {}, "dry_run": True}, TryRules("{}")),
        (
            "allow",
            {"person": "Ada", "groups": ["a", "b", "a"], "from": "2026-12-01", "until": None},
            Allow(
                "Ada", {"groups": ("a", "b"), "valid_from": date(2026, 12, 1), "valid_until": None}
            ),
        ),
        ("keys", {}, ListKeys()),
        (
            "invite",
            {"key": KEY, "role": "operator", "name": "phone", "expires": EXPIRES},
            Invite(bytes(32), Role.OPERATOR, "phone", 1_796_000_000.0),
        ),
        ("join", {"key": KEY}, Join(bytes(32))),
        ("revoke", {"key": KEY}, Revoke(KEY)),
        (
            "allow",
            {"person": "Ada", "duress": True, "false_match_rate": 1e-6},
            Allow("Ada", {"duress": True, "false_match_rate": 1e-6}),
        ),
    ]:
        assert requests.parse(cmd, args) == request_, cmd
        assert requests.parse(cmd, requests.arguments(request_)) == request_, cmd


def test_everything_else_is_refused() -> None:
    for cmd, args in [
        (None, {}),
        ("open", {}),
        (["ping"], {}),
        ("ping", None),
        ("ping", []),
        ("ping", {"loudly": True}),
        ("journal", {"limit": 0}),
        ("journal", {"limit": JOURNAL_ENTRIES + 1}),
        ("journal", {"limit": True}),
        ("journal", {"limit": "5"}),
        ("journal", {"since": "noon"}),
        ("journal", {"since": "0001-01-01T00:00:00+23:59"}),
        ("enroll", {"person": "Ada"}),
        ("enroll", {"person": "Ada", "images": []}),
        ("enroll", {"person": "Ada", "images": [PICTURE] * 21}),
        ("enroll", {"person": "Ada", "images": PICTURE}),
        ("enroll", {"person": "Ada", "images": ["not base64!"]}),
        ("enroll", {"person": "Ada", "images": [None]}),
        ("enroll", {"person": "a\nb", "images": [PICTURE]}),
        ("enroll", {"person": "x" * 65, "images": [PICTURE]}),
        ("enroll", {"person": 7, "images": [PICTURE]}),
        ("enroll", {"person": "Ida", "images": [PICTURE], "although_similar_to": "Ada"}),
        ("enroll", {"person": "Ida", "images": [PICTURE], "although_similar_to": ["Ada"] * 9}),
        ("enroll", {"person": "Ada", "capture": {"frames": 5}}),
        ("enroll", {"person": "Ada", "capture": {"frames": 5, "within_s": 1e3}}),
        ("enroll", {"person": "Ada", "capture": {"frames": 5, "within_s": 9}, "images": [PICTURE]}),
        ("rename", {"person": "Ada"}),
        ("unlock", {}),
        ("unlock", {"reason": "x" * 201}),
        ("unlock", {"reason": "a\nb"}),
        ("mode", {"mode": "open"}),
        ("mode", {"mode": {}}),
        ("rules", {"set": {}}),
        ("set_rules", {}),
        ("set_rules", {"rules": "time_zone = 'UTC'"}),
        ("set_rules", {"rules": {}, "dry_run": 1}),
        ("set_rules", {"rules": {}, "dry_run": None}),
        ("set_rules", {"rules": {}, "if": "0A" * 32}),
        ("set_rules", {"rules": {}, "if": "0a" * 31}),
        ("set_rules", {"dry_run": True}),
        ("allow", {"person": "Ada"}),
        ("allow", {"person": "Ada", "groups": "staff"}),
        ("allow", {"person": "Ada", "groups": [["staff"]]}),
        ("allow", {"person": "Ada", "groups": ["a"] * 33}),
        ("allow", {"person": "Ada", "from": "tomorrow"}),
        ("allow", {"person": "Ada", "from": 20261201}),
        ("allow", {"person": "Ada", "duress": 1}),
        ("allow", {"person": "Ada", "false_match_rate": True}),
        ("allow", {"person": "Ada", "false_match_rate": float("nan")}),
        ("allow", {"person": "Ada", "pin": "2468"}),
        ("keys", {"all": True}),
        ("invite", {"key": KEY, "role": "operator", "name": "phone"}),
        ("invite", INVITE | {"role": "admin"}),
        ("invite", INVITE | {"role": "invited"}),
        ("invite", INVITE | {"role": ["viewer"]}),
        ("invite", INVITE | {"name": ""}),
        ("invite", INVITE | {"name": "x" * 65}),
        ("invite", INVITE | {"name": "a\u202eb"}),
        ("invite", INVITE | {"key": KEY[:-1]}),
        ("invite", INVITE | {"key": KEY[:-1] + "B"}),
        ("invite", INVITE | {"key": KEY + "="}),
        ("invite", INVITE | {"key": "+" + KEY[1:]}),
        ("invite", INVITE | {"expires": "tomorrow"}),
        ("invite", INVITE | {"expires": "2026-11-29T22:10:00"}),
        ("invite", INVITE | {"expires": "9999-12-31T23:59:59-23:59"}),
        ("invite", INVITE | {"expires": "0001-01-01T00:00:00+23:59"}),
        ("invite", INVITE | {"expires": 1_796_000_000}),
        ("join", {}),
        ("join", {"key": None}),
        ("join", {"key": KEY, "role": "admin"}),
        ("revoke", {"key": "phone"}),
        ("revoke", {"key": KEY + "A"}),
    ]:
        with pytest.raises(RefusedError) as refused:
            requests.parse(cmd, args)
        assert refused.value.reason is Refusal.MALFORMED, cmd
        assert len(str(refused.value)) < 200, cmd


def set_rules(args: dict[str, object]) -> None:
    """Read the command and then, as the door does, the document in it."""
    request = requests.parse("set_rules", args)
    assert isinstance(request, SetRules)
    document.parse(request.text)


def test_rules_however_deep_are_refused() -> None:
    """How much is too deep depends on the Python: what can still be read the document refuses."""
    for depth in (900, 2_000, 100_000):
        deep: dict[str, object] = {}
        for _ in range(depth):
            deep = {"x": deep}
        with pytest.raises((RefusedError, ConfigError)):
            set_rules({"rules": deep})


def test_roles_may_what_they_are_for() -> None:
    look = {"ping", "list", "journal", "summary", "rules", "revoke"}
    enrol = {"enroll", "remove", "rename", "label", "picture"}
    operate = {"unlock", "mode", "picture"}
    assert {
        Role.VIEWER: look,
        Role.ENROLLER: look | enrol,
        Role.OPERATOR: look | operate,
        Role.ADMIN: look | enrol | operate | {"set_rules", "allow", "keys", "invite", "explain"},
        Role.INVITED: {"join"},
    } == ROLES


RULE_KEYS = ("rules", "groups", "from", "until", "duress", "false_match_rate")
MORE_KEYS = (*RULE_KEYS, "key", "role", "name", "expires")
json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["person", "images", "capture", "to", "reason", "mode", "limit", *MORE_KEYS]
            )
            | st.text(max_size=5),
            children,
            max_size=4,
        )
    ),
)


@given(st.sampled_from([*requests.COMMANDS, "open", None]), json_values)
def test_any_json_is_a_request_or_refused(cmd: object, args: object) -> None:
    with contextlib.suppress(RefusedError):
        assert requests.parse(cmd, args).cmd == cmd


PLAIN = {
    ("lock", b"UNLOCK"): Unlock("lock"),
    ("release", b"PRESS"): Unlock("release"),
    ("face", b"ON"): SwitchFaces(Mode.NORMAL),
    ("face", b"OFF"): SwitchFaces(Mode.FACE_OFF),
    ("mode", b"normal"): SetMode(Mode.NORMAL),
    ("mode", b"face_off"): SetMode(Mode.FACE_OFF),
    ("mode", b"lockdown"): SetMode(Mode.LOCKDOWN),
}


def test_entities_of_home_assistant_are_understood() -> None:
    for (entity, payload), request_ in PLAIN.items():
        assert plain_request(entity, payload) == request_


def test_anything_else_that_home_assistant_may_send_asks_for_nothing() -> None:
    for entity, payload in (
        ("lock", b"LOCK"),
        ("lock", b"unlock"),
        ("lock", b"UNLOCK "),
        ("release", b"UNLOCK"),
        ("face", b"lockdown"),
        ("mode", b"ON"),
        ("mode", b"Lockdown"),
        ("contact", b"PRESS"),
        ("lock", b""),
        ("lock", b"\xff"),
    ):
        assert plain_request(entity, payload) is None


@given(st.text(), st.binary())
def test_no_other_text_is_ever_a_request(entity: str, payload: bytes) -> None:
    assert plain_request(entity, payload) == PLAIN.get((entity, payload))


DOCUMENT = (Path(__file__).parents[3] / "docs" / "commands.md").read_text()


def test_every_word_stands_in_the_document() -> None:
    for word in (*Refusal, *requests.COMMANDS, *Role, *Mode):
        assert f"`{word}`" in DOCUMENT, word


def test_every_refusal_is_explained_in_a_sentence() -> None:
    for refusal in Refusal:
        assert len(refusal.explanation) > 10, refusal
        assert not refusal.explanation.endswith("."), refusal

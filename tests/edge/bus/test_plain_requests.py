from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor.bus.plain_requests import judge, plain_request
from facedoor.door.mode import Mode

UNDERSTOOD = {
    ("lock", b"UNLOCK"): "unlock",
    ("release", b"PRESS"): "unlock",
    ("face", b"ON"): Mode.NORMAL,
    ("face", b"OFF"): Mode.FACE_OFF,
}


@pytest.mark.parametrize(("entity", "payload"), UNDERSTOOD)
def test_entities_of_home_assistant_are_understood(entity: str, payload: bytes) -> None:
    asked = UNDERSTOOD[entity, payload]
    assert plain_request(entity, payload) == asked
    judged = judge(entity, payload, retained=False, mode=Mode.NORMAL)
    assert (judged.request, judged.refusal) == (asked, None)


@pytest.mark.parametrize(
    ("entity", "payload"),
    [
        ("lock", b"LOCK"),
        ("lock", b"unlock"),
        ("lock", b"UNLOCK "),
        ("release", b"UNLOCK"),
        ("face", b"lockdown"),
        ("contact", b"PRESS"),
        ("lock", b""),
        ("lock", b"\xff"),
    ],
)
def test_anything_else_asks_for_nothing(entity: str, payload: bytes) -> None:
    judged = judge(entity, payload, retained=False, mode=Mode.NORMAL)
    assert (judged.request, judged.refusal) == (None, "malformed")


@given(st.text(), st.binary())
def test_no_other_text_is_ever_a_request(entity: str, payload: bytes) -> None:
    assert plain_request(entity, payload) == UNDERSTOOD.get((entity, payload))


@pytest.mark.parametrize(("entity", "payload"), UNDERSTOOD)
def test_retained_request_is_refused(entity: str, payload: bytes) -> None:
    judged = judge(entity, payload, retained=True, mode=Mode.NORMAL)
    assert (judged.request, judged.refusal) == (None, "retained")


@pytest.mark.parametrize(("entity", "payload"), UNDERSTOOD)
def test_lockdown_is_neither_overruled_nor_ended(entity: str, payload: bytes) -> None:
    judged = judge(entity, payload, retained=False, mode=Mode.LOCKDOWN)
    assert (judged.request, judged.refusal) == (None, "not_allowed_now")


def test_journal_says_from_where_it_came_and_what_became_of_it() -> None:
    assert judge("face", b"OFF", retained=False, mode=Mode.NORMAL).as_json() == {
        "by": "home_assistant",
        "entity": "face",
        "command": "face_off",
        "outcome": "accepted",
        "reason": None,
    }
    assert judge("lock", b"UNLOCK", retained=True, mode=Mode.NORMAL).as_json() == {
        "by": "home_assistant",
        "entity": "lock",
        "command": None,
        "outcome": "refused",
        "reason": "retained",
    }


def test_journal_never_holds_what_a_stranger_wrote_as_the_entity() -> None:
    judged = judge("Ada was here" * 1000, b"UNLOCK", retained=False, mode=Mode.NORMAL)
    assert judged.as_json()["entity"] is None

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor.wire.mode import Mode
from facedoor.wire.requests import SetMode, Unlock, plain_request

UNDERSTOOD = {
    ("lock", b"UNLOCK"): Unlock("lock"),
    ("release", b"PRESS"): Unlock("release"),
    ("face", b"ON"): SetMode(Mode.NORMAL),
    ("face", b"OFF"): SetMode(Mode.FACE_OFF),
}


@pytest.mark.parametrize(("entity", "payload"), UNDERSTOOD)
def test_entities_of_home_assistant_are_understood(entity: str, payload: bytes) -> None:
    assert plain_request(entity, payload) == UNDERSTOOD[entity, payload]


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
    assert plain_request(entity, payload) is None


@given(st.text(), st.binary())
def test_no_other_text_is_ever_a_request(entity: str, payload: bytes) -> None:
    assert plain_request(entity, payload) == UNDERSTOOD.get((entity, payload))

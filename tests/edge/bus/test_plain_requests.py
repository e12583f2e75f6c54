from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor.bus.plain_requests import PlainRequest, objection, plain_request
from facedoor.door.mode import Mode

UNDERSTOOD = {
    ("lock", b"UNLOCK"): "unlock",
    ("release", b"PRESS"): "unlock",
    ("face", b"ON"): Mode.NORMAL,
    ("face", b"OFF"): Mode.FACE_OFF,
}
REQUESTS = ("unlock", Mode.NORMAL, Mode.FACE_OFF)


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
def test_anything_else_asks_for_nothing_and_is_refused(entity: str, payload: bytes) -> None:
    request = plain_request(entity, payload)
    assert request is None
    assert objection(request, retained=False, mode=Mode.NORMAL) == "malformed"


@given(st.text(), st.binary())
def test_no_other_text_is_ever_a_request(entity: str, payload: bytes) -> None:
    assert plain_request(entity, payload) == UNDERSTOOD.get((entity, payload))


@pytest.mark.parametrize("asked", REQUESTS)
@pytest.mark.parametrize("mode", Mode)
def test_every_askedis_taken_except_in_a_lockdown(asked: PlainRequest, mode: Mode) -> None:
    refused = objection(asked, retained=False, mode=mode)
    assert refused == ("not_allowed_now" if mode is Mode.LOCKDOWN else None)


@pytest.mark.parametrize("asked", [*REQUESTS, None])
@pytest.mark.parametrize("mode", Mode)
def test_retained_message_is_refused_whatever_it_says(
    asked: PlainRequest | None, mode: Mode
) -> None:
    assert objection(asked, retained=True, mode=mode) == "retained"

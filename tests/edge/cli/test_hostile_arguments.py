"""Arguments that are no text, as a shell hands on any bytes: wrong use, and no damage."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from door_kit import Door

WRONG_USE, BROKEN = 2, 3
HALF = "a\udcffb"
ANY = "ANY"
"""Stands for the argument that is tried."""

COMMANDS = [
    ("people", "remove", ANY),
    ("people", "rename", ANY, "Ida"),
    ("people", "rename", "Jerry", ANY),
    ("people", "allow", ANY, "--duress"),
    ("people", "allow", "Jerry", "--group", ANY),
    ("people", "allow", "Jerry", "--from", ANY),
    ("people", "allow", "Jerry", "--false-match-rate", ANY),
    ("enroll", ANY, "--image", "none.jpg"),
    ("enroll", "Ida", "--camera", ANY),
    ("verify", ANY, "none.jpg"),
    ("identify", ANY),
    ("keys", "make", ANY, "--role", "admin"),
    ("keys", "add", "phone", ANY, "--role", "admin"),
    ("keys", "invite", ANY, "--role", "viewer", "--url", "https://door.lan"),
    ("keys", "invite", "phone", "--role", "viewer", "--url", ANY),
    ("keys", "revoke", ANY),
    ("rules", "set", ANY),
    ("rules", "explain", ANY),
    ("rules", "explain", "Jerry", "--at", ANY),
    ("journal", "export", "--since", ANY),
    ("broker-config", "--door", ANY),
    ("broker-config", "--acl", "--site", ANY),
    ("broker-config", "--home-assistant", "--host", ANY),
    ("send", "ping", "--key", ANY, "--host", "127.0.0.1"),
    ("send", "unlock", "--key", "none.pem", "--host", "127.0.0.1", "--reason", ANY),
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    command=st.sampled_from(COMMANDS),
    argument=st.binary(min_size=1, max_size=20).filter(lambda data: 0 not in data).map(os.fsdecode),
)
@example(command=COMMANDS[0], argument=HALF)
@example(command=COMMANDS[11], argument=HALF)
@example(command=COMMANDS[13], argument=HALF)
def test_any_bytes_end_in_one_sentence(door: Door, command: tuple[str, ...], argument: str) -> None:
    answer = door.ask(*(argument if word == ANY else word for word in command))
    if answer.exit_code in {WRONG_USE, BROKEN}:
        assert answer.sentence
        assert "damaged" not in answer.error
        assert "unexpected" not in answer.error


def test_name_that_no_file_can_have_ends_in_one_sentence(door: Door) -> None:
    writing = [("backup", ANY), ("broker-config", "--make-certificates", ANY)]
    for command in ("enroll", "Ida", ANY), ("identify", ANY), ("rules", "set", ANY), *writing:
        answer = door.ask(*("x" * 300 if word == ANY else word for word in command))
        assert "unexpected" not in answer.error, command


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_half_a_character_is_wrong_use(door: Door, command: tuple[str, ...]) -> None:
    answer = door.ask(*(HALF if word == ANY else word for word in command))
    assert answer.exit_code == WRONG_USE or "Ida has 0 templates" in answer.out
    if answer.exit_code == WRONG_USE:
        assert "damaged" not in answer.sentence


def test_public_key_that_looks_like_an_option_is_a_key(door: Door) -> None:
    key = "-" + "A" * 42
    assert door.ask("keys", "add", "phone", "--role", "viewer", key).exit_code == 0
    again = door.ask("keys", "add", "tablet", key, "--role", "viewer", "--json")
    assert "this key is here already, as phone" in again.sentence
    assert key in door.ask("keys", "list").out

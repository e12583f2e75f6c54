"""Whom `facedoor send` believes: the door that it knows, and nobody who speaks in its place."""

from __future__ import annotations

import base64
import json
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from broker import Broker, Listener
from commands_kit import private_key
from door_kit import Answer, Door
from facedoor.cli import send as send_commands
from facedoor.commands.known_doors import KnownDoors, beside, known_door_line, own_file
from facedoor.errors import UsageError
from facedoor.wire import messages
from facedoor.wire.door_key import DoorKey
from facedoor.wire.roles import public_key_text
from facedoor.wire.signing import write_private_key
from facedoor.wire.topics import Topics
from printed import ALL
from vaults import DOOR_KEY

TOPICS = Topics("test")
OTHER = DoorKey.from_bytes(bytes([7]) * 32)
FORGED = "somebody answered in the place of the door test"

Said = Callable[[str], bytes]
"""What somebody answers to a command, given its id."""


def status(key: DoorKey, online: bool = True) -> bytes:
    return key.sign("status", messages.status("test", key.identity, online))


def unsigned(command_id: str) -> bytes:
    said = {"command": command_id, "outcome": "done", "message": "the mode is lockdown"}
    return messages.encode("test", {**said, "reason": None})


def signed_by(key: DoorKey) -> Said:
    return lambda command_id: key.sign("result", unsigned(command_id))


def hostile(command_id: str) -> bytes:
    """From the door itself, which somebody has made say this."""
    said = {
        "command": command_id,
        "outcome": "done",
        "message": ALL,
        "reason": ALL,
        "images": [{"accepted": True, "file": ALL, "reason": ALL}],
        "people": [
            {"name": ALL, "templates": ALL, "enrolled_at": ALL},
            {
                "person": ALL,
                "groups": [ALL],
                "from": ALL,
                "until": ALL,
                "pin": True,
                "false_match_rate": None,
            },
        ],
        "entries": [{"time": ALL, "kind": ALL, "payload": {ALL: ALL}}],
        "rules": {ALL: ALL},
    }
    return DOOR_KEY.sign("result", messages.encode("test", said))


def progress(command_id: str) -> bytes:
    said = {"command": command_id, "outcome": "progress", "message": ALL}
    return DOOR_KEY.sign("result", messages.encode("test", said))


def of_another_command(_: str) -> bytes:
    return DOOR_KEY.sign("result", unsigned("another-command"))


def as_a_status(command_id: str) -> bytes:
    return DOOR_KEY.sign("status", unsigned(command_id))


def changed(command_id: str) -> bytes:
    return DOOR_KEY.sign("result", unsigned(command_id)).replace(b"lockdown", b"unlocked")


class User:
    """Somebody with a key to the door ``test``, which is known by ``pin`` if at all."""

    def __init__(self, door: Door, broker: Broker, listener: Listener) -> None:
        self._door = door
        self._listener = listener
        self.broker = f"127.0.0.1:{broker.port}"
        self.key = door.folder / "key.pem"
        write_private_key(self.key, private_key())
        door.configure("mqtt", host="127.0.0.1", port=broker.port)

    def knows(self, key: DoorKey, name: str = "test") -> None:
        beside(self.key).write_text(f"# my doors\n\n{known_door_line(name, key.identity)}\n")

    def sends(self, *answers: Said) -> Answer:
        """What comes of a command that is answered so, by whoever hears it."""
        thread = threading.Thread(target=self._answer, args=(answers,), daemon=True)
        if answers:
            thread.start()
        answer = self._door.ask("send", "mode", "lockdown", "--key", self.key)
        if answers:
            thread.join()
        return answer

    def _answer(self, answers: tuple[Said, ...]) -> None:
        claims = self._listener.wait_for("/command").payload.split(b".")[1]
        self.claims = json.loads(base64.urlsafe_b64decode(claims + b"=="))
        for said in answers:
            topic = TOPICS.result(self.claims["jti"])
            self._listener.say(topic, said(self.claims["jti"]))


@pytest.fixture
def user(
    empty_door: Door, broker: Broker, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> User:
    monkeypatch.setattr(send_commands, "PATIENCE_S", 1.0)
    return User(empty_door, broker, listener)


def test_result_that_the_door_has_signed_is_believed(user: User) -> None:
    user.knows(DOOR_KEY)
    answer = user.sends(signed_by(DOOR_KEY))
    assert (answer.exit_code, answer.error) == (0, "")
    assert answer.out == "done: the mode is lockdown\n"
    assert user.claims["aud"] == DOOR_KEY.identity.id


@pytest.mark.parametrize(
    "forged", [unsigned, signed_by(OTHER), as_a_status, changed, lambda _: b"\xff{"]
)
def test_result_that_the_door_has_not_signed_is_not_believed(user: User, forged: Said) -> None:
    user.knows(DOOR_KEY)
    answer = user.sends(forged, forged)
    answer.assert_fails(3, "did not answer within 1 s")
    assert answer.error.count(FORGED) == 1


def test_what_a_result_says_commands_no_terminal(user: User) -> None:
    user.knows(DOOR_KEY)
    answer = user.sends(progress, hostile)
    assert answer.exit_code == 0
    for text in (answer.out, answer.error):
        assert all(c == "\n" or c.isprintable() for c in text)
    assert answer.error.count("\n") == 1
    assert answer.out.count("\n") == 8  # three of the rules, one of each other


def test_result_of_another_command_is_none_of_this(user: User) -> None:
    user.knows(DOOR_KEY)
    user.sends(of_another_command).assert_fails(3, "did not answer")


def test_real_result_is_waited_for_past_forged_ones(user: User) -> None:
    user.knows(DOOR_KEY)
    answer = user.sends(unsigned, signed_by(OTHER), changed, signed_by(DOOR_KEY))
    assert (answer.exit_code, answer.out) == (0, "done: the mode is lockdown\n")
    assert FORGED in answer.error


def test_first_contact_takes_the_door_from_its_status_and_says_so(
    user: User, listener: Listener
) -> None:
    listener.say(TOPICS.status, b'{"status": "online"}', retain=True)
    listener.say(TOPICS.status, status(DOOR_KEY), retain=True)
    answer = user.sends(signed_by(DOOR_KEY))
    assert answer.exit_code == 0
    assert f"its identity is {DOOR_KEY.identity.id}" in answer.error
    assert stat.S_IMODE(own_file().stat().st_mode) == 0o600
    key = public_key_text(DOOR_KEY.identity.public_key)
    assert own_file().read_text() == f"test@{user.broker} {key}\n"
    assert user.sends(signed_by(DOOR_KEY)).error == ""
    assert FORGED in user.sends(signed_by(OTHER)).error


def test_door_that_does_not_say_who_it_is_gets_no_command(
    user: User, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    from facedoor.commands import sender

    monkeypatch.setattr(sender, "ANSWER_S", 1.0)
    listener.say(TOPICS.status, b'{"status": "online"}', retain=True)
    user.sends().assert_fails(3, "does not say who it is")
    assert not listener.heard_of("/command")


def test_another_door_under_the_name_is_refused_loudly(user: User, listener: Listener) -> None:
    user.knows(DOOR_KEY)
    listener.say(TOPICS.status, status(OTHER), retain=True)
    answer = user.sends(signed_by(OTHER))
    answer.assert_fails(3, "is another door than before")
    assert OTHER.identity.id in answer.error
    assert "WARNING" in answer.error
    assert str(beside(user.key)) in answer.sentence
    assert user.claims["aud"] == DOOR_KEY.identity.id


def test_status_of_an_impostor_keeps_no_lockdown_from_the_door(
    user: User, listener: Listener
) -> None:
    user.knows(DOOR_KEY)
    listener.say(TOPICS.status, status(OTHER), retain=True)
    answer = user.sends(signed_by(OTHER), signed_by(DOOR_KEY))
    assert (answer.exit_code, "is another door than before" in answer.error) == (0, True)


@pytest.mark.parametrize("is_known", [True, False])
def test_door_that_is_offline_is_told_before_it_is_waited_for(
    user: User, listener: Listener, is_known: bool
) -> None:
    if is_known:
        user.knows(DOOR_KEY)
    listener.say(TOPICS.status, status(DOOR_KEY, online=False), retain=True)
    answer = user.sends(signed_by(DOOR_KEY))  # somebody has put the old status back
    assert (answer.exit_code, answer.out) == (0, "done: the mode is lockdown\n")
    assert "the door test is offline" in answer.error
    assert "systemctl status facedoor" in answer.error
    user.sends().assert_fails(3, "is offline")


def test_door_that_is_online_is_not_called_offline(user: User, listener: Listener) -> None:
    user.knows(DOOR_KEY)
    listener.say(TOPICS.status, status(DOOR_KEY), retain=True)
    answer = user.sends()
    answer.assert_fails(3, "did not answer within 1 s")
    assert "offline" not in answer.error


@pytest.mark.parametrize(
    "forged",
    [
        b'{"status": "offline"}',
        status(DOOR_KEY).replace(b"online", b"offline"),
        DOOR_KEY.sign("state", messages.status("test", DOOR_KEY.identity, online=False)),
    ],
)
def test_offline_that_the_door_has_not_signed_changes_nothing(
    user: User, listener: Listener, forged: bytes
) -> None:
    user.knows(DOOR_KEY)
    listener.say(TOPICS.status, forged, retain=True)
    answer = user.sends()
    answer.assert_fails(3, "did not answer within 1 s")
    assert "is offline" not in answer.error


def test_a_doors_line_for_one_broker_counts_before_its_name(tmp_path: Path) -> None:
    file = tmp_path / "doors"
    lines = known_door_line("front@broker:1883", OTHER.identity), ""
    file.write_text("\n".join((known_door_line("front", DOOR_KEY.identity), *lines)))
    known = KnownDoors(file)
    found = {where: known.find("front", where) for where in ("broker:1883", "other:1883")}
    assert {where: door.identity for where, door in found.items() if door} == {
        "broker:1883": OTHER.identity,
        "other:1883": DOOR_KEY.identity,
    }
    assert known.find("back", "broker:1883") is None


def test_what_is_beside_the_key_counts_before_first_contacts(tmp_path: Path) -> None:
    pinned, own = tmp_path / "key.pem.doors", tmp_path / "new" / "known_doors"
    known = KnownDoors(pinned, own)
    assert known.find("front", "broker:1") is None
    for door in ("front", "back"):
        assert known.remember(door, "broker:1", OTHER.identity).file == own
    assert len(own.read_text().splitlines()) == 2
    pinned.write_text(known_door_line("front", DOOR_KEY.identity))
    found = known.find("front", "broker:1")
    assert found is not None
    assert (found.identity, found.file) == (DOOR_KEY.identity, pinned)


@pytest.mark.parametrize(
    "line", ["front", "front key", "front a b c", "front " + "A" * 42, "front " + "\u202e" * 43]
)
def test_line_that_is_no_door_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "doors"
    file.write_text(f"# doors\n{line}\n")
    with pytest.raises(UsageError, match=r"line 2 of .*doors"):
        KnownDoors(file).find("front", "broker:1883")


def test_file_that_cannot_be_written_is_said_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    known = KnownDoors(tmp_path / "key.pem.doors", tmp_path / "file" / "known_doors")
    with pytest.raises(UsageError, match=r"front [\w-]{43}.* to .*key\.pem\.doors yourself"):
        known.remember("front", "broker:1883", DOOR_KEY.identity)


def test_new_key_comes_with_its_door(empty_door: Door) -> None:
    path = empty_door.folder / "phone.pem"
    asked = ("keys", "make", "phone", "--role", "admin", "--json")
    made = empty_door.ask(*asked, "--output", path).json
    assert made["doors_file"] == str(beside(path))
    assert stat.S_IMODE(beside(path).stat().st_mode) == 0o600
    known = KnownDoors(beside(path)).find("test", "any:1883")
    assert known is not None
    assert known.identity.id == made["door"]["identity"]
    listed = empty_door.ask("keys").out
    line = known_door_line("test", known.identity)
    assert known.identity.id in listed
    assert line in listed
    shown = empty_door.ask("keys", "make", "tablet", "--role", "admin").out
    assert line in shown
    added = empty_door.ask("keys", "add", "b", "--role", "viewer", "A" * 43).out
    assert line in added
    assert f"#   {line}\n" in empty_door.ask("broker-config").out
    assert line not in empty_door.ask("broker-config", "--door", "back").out


def test_configuration_of_a_broker_without_a_door_pins_nobody(empty_door: Door) -> None:
    assert "known_doors" not in empty_door.ask("broker-config").out
    assert not empty_door.database.exists()


def test_no_file_of_doors_is_left_when_the_key_is_not_taken(empty_door: Door) -> None:
    empty_door.ask("keys", "make", "phone", "--role", "admin")
    path = empty_door.folder / "phone.pem"
    assert (
        empty_door.ask("keys", "make", "phone", "--role", "admin", "--output", path).exit_code == 2
    )
    assert not beside(path).exists()

"""A command that names a door which shares its name works at the one that it is meant for."""

from __future__ import annotations

import itertools
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from broker import Broker, Listener, wait_until
from facedoor.commands.own_name import OwnName
from facedoor.mqtt.publisher import MqttBus
from facedoor.problems import Board
from facedoor.storage.journal import Journal
from facedoor.wire import messages
from facedoor.wire.door_key import DoorKey
from facedoor.wire.messages import Received
from facedoor.wire.roles import Role
from facedoor.wire.topics import Topics
from front_door import FrontDoor
from vaults import DOOR_KEY, VAULT, open_store

TOPICS = Topics("front")
OTHER = DoorKey.from_bytes(bytes([7]) * 32)
PROBLEM = "name_shared"
BOTH = {DOOR_KEY.identity.id, "front"}


def says(key: DoorKey, online: bool = True) -> bytes:
    return key.sign("status", messages.status("front", key.identity, online))


class Door:
    """The door ``front``, as it listens to a broker; ``session`` counts its connections."""

    def __init__(self) -> None:
        self.board = Board()
        self.session = 1
        self.own_name = OwnName(TOPICS, DOOR_KEY.identity, self.board, lambda: self.session)

    def hears(self, payload: bytes, retained: bool = False) -> None:
        self.own_name.handlers[TOPICS.status](Received(TOPICS.status, payload, retained))

    def reconnects(self, kept: bytes) -> None:
        """The broker tells what it has kept, and then what the door says itself."""
        self.session += 1
        self.hears(kept, retained=True)
        self.hears(says(DOOR_KEY))

    @property
    def problems(self) -> list[str]:
        return [problem.code for problem in self.board.problems]


def test_name_will_do_while_nobody_else_has_it() -> None:
    door = Door()
    assert door.own_name.addresses == BOTH
    door.reconnects(says(DOOR_KEY, online=False))
    assert (door.own_name.addresses, door.problems) == (BOTH, [])


def test_name_that_another_door_has_too_will_not_do() -> None:
    door = Door()
    for kept in (says(OTHER), says(OTHER, online=False)):
        door.reconnects(kept)
        assert door.own_name.addresses == {DOOR_KEY.identity.id}
        assert door.problems == [PROBLEM]
    (problem,) = door.board.problems
    assert OTHER.identity.id in problem.sentence
    assert DOOR_KEY.identity.id in problem.sentence


def test_name_will_do_again_once_the_other_is_gone() -> None:
    door = Door()
    door.reconnects(says(OTHER))
    door.hears(says(DOOR_KEY))
    assert door.problems == [PROBLEM]
    door.reconnects(says(DOOR_KEY))
    assert (door.own_name.addresses, door.problems) == (BOTH, [])


def test_status_that_nobody_has_signed_changes_nothing() -> None:
    """It may be the door's own, of before it had a key; and anybody could say it."""
    door = Door()
    forged = says(OTHER).replace(b"online", b"onfire")
    for payload in (b"", b"{}", messages.status("front", OTHER.identity, online=True), forged):
        door.reconnects(payload)
        assert door.own_name.addresses == BOTH


@given(st.lists(st.sampled_from(["other", "own", "noise", "reconnect"]), max_size=12))
def test_name_never_does_after_another_has_spoken_in_this_session(course: list[str]) -> None:
    door = Door()
    for step in course:
        if step == "reconnect":
            door.session += 1
        else:
            door.hears({"other": says(OTHER), "own": says(DOOR_KEY), "noise": b"{}"}[step])
        assert DOOR_KEY.identity.id in door.own_name.addresses
    if "other" in itertools.takewhile(lambda step: step != "reconnect", reversed(course)):
        assert door.own_name.addresses == {DOOR_KEY.identity.id}


def test_broker_shows_two_doors_to_each_other(
    broker: Broker, listener: Listener, database: Path, board: Board
) -> None:
    listener.say(TOPICS.status, says(OTHER), retain=True)
    bus: list[MqttBus] = []
    own_name = OwnName(TOPICS, DOOR_KEY.identity, board, lambda: bus[0].connections)
    bus.append(
        MqttBus(
            broker.config,
            "front",
            DOOR_KEY,
            lambda: Journal(open_store(database), VAULT),
            board,
            own_name.handlers,
        )
    )
    bus[0].start()
    wait_until(lambda: PROBLEM in str(board.problems), "the other door is noticed")
    assert own_name.addresses == {DOOR_KEY.identity.id}
    listener.wait_for("/status", identity=DOOR_KEY.identity.id)
    broker.stop()
    broker.start()
    wait_until(lambda: PROBLEM not in str(board.problems), "the other door is gone")
    assert own_name.addresses == BOTH
    bus[0].stop()


def test_command_by_identity_works_always_and_by_name_while_it_is_unique(front: FrontDoor) -> None:
    identity = DOOR_KEY.identity.id
    for aud in (identity, "front"):
        assert front.ask(Role.ADMIN, "ping", aud=aud).content["outcome"] == "done"
    front.addresses = frozenset([identity])
    assert front.ask(Role.ADMIN, "ping", aud=identity).content["outcome"] == "done"
    assert front.ask(Role.ADMIN, "unlock", aud="front").content["reason"] == "other_door"
    assert front.ask(Role.ADMIN, "unlock", aud=OTHER.identity.id).content["reason"] == "other_door"
    assert not front.doorway.relay.is_on


def test_one_command_does_not_work_at_two_doors_of_one_name_and_key(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    one, two = FrontDoor(tmp_path / "a"), FrontDoor(tmp_path / "b")
    two.addresses = frozenset((OTHER.identity.id, "front"))
    command = one.signed(Role.ADMIN, "unlock", {"reason": "x"}, aud=DOOR_KEY.identity.id)
    assert two.send(command).content["reason"] == "other_door"
    assert one.send(command).content["outcome"] == "done"
    assert (one.doorway.relay.is_on, two.doorway.relay.is_on) == (True, False)

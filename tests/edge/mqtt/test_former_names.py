"""A door that is renamed leaves nothing behind at the broker, and takes nothing of another's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from broker import Broker, Listener, passwords, running, wait_until
from facedoor.config.options import MqttConfig
from facedoor.mqtt import former_names
from facedoor.mqtt.broker import access
from facedoor.mqtt.former_names import FILE, FormerNames
from facedoor.mqtt.homeassistant import discovery_topic
from facedoor.mqtt.publisher import MqttBus
from facedoor.problems import Board
from facedoor.storage.journal import Journal
from facedoor.wire.door_key import DoorKey
from facedoor.wire.topics import Topics
from vaults import DOOR_KEY, VAULT, open_store

OTHER_KEY = DoorKey.new()


def kept(port: int, name: str) -> set[str]:
    """What the broker has retained of a door: the last words of the topics, with its discovery."""
    topics, heard = Topics(name), set()
    with closing(Listener(port, f"kept-{name}")) as ear:
        ear.say(topics.result("the-end"), b"{}")
        while (message := ear.wait_for("")).topic != topics.result("the-end"):
            if message.retained and message.payload:
                heard.add(message.topic)
    return {topic.rpartition("/")[2] for topic in heard if f"/{name}/" in topic}


@contextmanager
def door(
    config: MqttConfig, folder: Path, name: str, key: DoorKey = DOOR_KEY
) -> Iterator[tuple[Board, MqttBus]]:
    """A door that runs under this name, with its board and its bus."""
    board, topics = Board(), Topics(name)
    former = FormerNames(folder / FILE, topics, key.identity, config, board)

    def open_journal() -> Journal:
        return Journal(open_store(folder / "facedoor.db"), VAULT)

    bus = MqttBus(config, name, key, open_journal, board, former.handlers, former_names=former)
    bus.tell(topics.people, b'{"names": ["Ada"]}')
    bus.tell(discovery_topic(name), b'{"device": {}}')
    bus.start()
    wait_until(lambda: bus.session, "the door is in")
    yield board, bus
    bus.stop()


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(former_names, "HEAR_S", 0.5)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    folder.mkdir()
    return folder


def test_old_name_is_gone_after_a_rename(broker: Broker, listener: Listener, folder: Path) -> None:
    with door(broker.config, folder, "front"):
        listener.wait_for("front/people")
    assert kept(broker.port, "front") == {"status", "state", "people"}
    with door(broker.config, folder, "back") as (board, _):
        wait_until(lambda: not kept(broker.port, "front"), "the old name is gone")
        assert not board.problems
    assert kept(broker.port, "back") == {"status", "state", "people"}
    assert "front" not in (folder / FILE).read_text(), "it is done once"


def test_discovery_of_the_old_name_is_gone(broker: Broker, folder: Path) -> None:
    broker.start()
    heard: list[tuple[str, bytes]] = []
    ear = Client(CallbackAPIVersion.VERSION2)
    ear.on_message = lambda _1, _2, message: heard.append((message.topic, message.payload))
    ear.connect("127.0.0.1", broker.port)
    ear.subscribe("homeassistant/#", qos=1)
    ear.loop_start()
    with door(broker.config, folder, "front"):
        wait_until(lambda: (discovery_topic("front"), b'{"device": {}}') in heard, "it is there")
    with door(broker.config, folder, "back"):
        wait_until(lambda: (discovery_topic("front"), b"") in heard, "it is gone")
    ear.loop_stop()
    assert (discovery_topic("back"), b"") not in heard


def test_other_door_that_has_the_old_name_now_keeps_what_it_said(
    broker: Broker, listener: Listener, folder: Path, tmp_path: Path
) -> None:
    with door(broker.config, folder, "front"):
        listener.wait_for("front/people")
    others = tmp_path / "other"
    others.mkdir()
    for is_there in (True, False):
        (folder / FILE).write_text('{"front": false}')
        with door(broker.config, others, "front", OTHER_KEY):
            listener.wait_for("front/people")
            if is_there:
                with door(broker.config, folder, "back"):
                    wait_until(lambda: "front" not in (folder / FILE).read_text(), "it is decided")
                assert kept(broker.port, "front") == {"status", "state", "people"}
    (folder / FILE).write_text('{"front": false}')
    with door(broker.config, folder, "back"):
        wait_until(lambda: "front" not in (folder / FILE).read_text(), "it is decided")
    assert kept(broker.port, "front") == {"status", "state", "people"}, "it is only away"


def test_status_that_a_broker_kept_as_online_is_gone_too(
    broker: Broker, listener: Listener, folder: Path
) -> None:
    """As after a broker was killed, which has no last will then."""
    with door(broker.config, folder, "front"):
        online = listener.wait_for("front/status", status="online").payload
    listener.say("facedoor/front/status", online, retain=True)
    with door(broker.config, folder, "back"):
        wait_until(lambda: not kept(broker.port, "front"), "the old name is gone")


@pytest.fixture
def guarded_by_acl(tmp_path: Path) -> Iterator[tuple[Broker, Callable[[str], MqttConfig]]]:
    """A broker with the printed rules for front and back, and the settings of each door."""
    rules = tmp_path / "acl"
    rules.write_text(access(["front", "back"], None) + "\nuser admin\ntopic readwrite #\n")
    users = {user: f"of {user}" for user in ("door-front", "door-back", "admin")}

    def config(name: str) -> MqttConfig:
        password = tmp_path / f"password-{name}"
        password.touch(mode=0o600)
        password.write_text(f"of {name}")
        return replace(broker.config, username=name, password_file=str(password))

    with running(tmp_path, *passwords(tmp_path, users), f"acl_file {rules}") as broker:
        yield broker, config


def test_what_the_acl_keeps_the_door_from_is_told_until_it_was_done_by_hand(
    guarded_by_acl: tuple[Broker, Callable[[str], MqttConfig]], folder: Path
) -> None:
    _, config = guarded_by_acl
    with door(config("door-front"), folder, "front"):
        pass
    with door(config("door-back"), folder, "back") as (board, _):
        wait_until(lambda: board.problems, "it is told")
        (problem,) = board.problems
        assert (problem.code, problem.about) == ("old_name_stays", "front")
        assert "mosquitto_pub" in problem.sentence
        assert "-r -n -t facedoor/front/status" in problem.sentence
    with door(config("door-back"), folder, "back") as (board, _):
        wait_until(lambda: "front" not in (folder / FILE).read_text(), "it is taken for done")
        assert not board.problems


def test_broker_that_had_nothing_is_no_problem(broker: Broker, folder: Path) -> None:
    broker.start()
    (folder / FILE).write_text('{"front": false}')
    with door(broker.config, folder, "back") as (board, _):
        wait_until(lambda: "front" not in (folder / FILE).read_text(), "there is nothing to do")
        assert not board.problems


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b'{"a/b": false}', b'{"#": 1}'])
def test_file_that_is_damaged_ends_nothing(folder: Path, content: bytes) -> None:
    (folder / FILE).write_bytes(content)
    former = FormerNames(
        folder / FILE, Topics("front"), DOOR_KEY.identity, MqttConfig(host="broker"), Board()
    )
    assert not former.handlers
    assert (folder / FILE).read_text() == '{"front": false}'

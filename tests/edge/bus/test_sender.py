"""`facedoor send` and `facedoor keys`, with a real broker in between and a door that answers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from broker import DEADLINE_S, Broker
from door_kit import Answer, Door
from doorway import Doorway
from facedoor import config_file
from facedoor.bus.command_desk import CommandDesk
from facedoor.bus.embedded import embedded_broker
from facedoor.bus.enrolment_room import EnrolmentRoom
from facedoor.bus.errands import Errands, Records
from facedoor.bus.mqtt import MqttBus
from facedoor.bus.topics import Topics
from facedoor.camera.fitted_pictures import fitted_picture
from facedoor.camera.onlooker import Onlooker
from facedoor.camera.pictures import read_picture
from facedoor.config import MqttConfig
from facedoor.errors import UsageError
from facedoor.frames import Frame
from facedoor.identity.gallery import Gallery
from facedoor.journal import Journal
from facedoor.recogniser import Recogniser
from vaults import VAULT, open_store


class Remote:
    """A door on the bus: its command desk and its doorkeeper, and somebody with keys to it."""

    def __init__(self, door: Door, mqtt: MqttConfig) -> None:
        self.door = door
        self.settings = config_file.load(door.config)
        self.doorway = Doorway(door.database)
        self.onlooker = Onlooker()
        topics = Topics("test")
        room = EnrolmentRoom(lambda: Recogniser(self.settings), self.onlooker)

        def errands() -> Errands:
            db = open_store(door.database)
            records = Records(db, Gallery(db, VAULT), Journal(db, VAULT))
            return Errands(records, self.doorway.keeper, self.doorway.switch, room)

        hears = threading.Event()  # the door's own state, so commands too
        self.desk = CommandDesk(topics, errands, lambda *result: self.bus.reply(*result))
        self.bus = MqttBus(
            mqtt,
            "test",
            lambda: Journal(open_store(door.database), VAULT),
            lambda: self.desk.problem,
            {topics.command: self.desk.receive, topics.state: lambda _: hears.set()},
        )
        self.bus.start()
        self.desk.start()
        self.doorway.keeper.start()
        assert hears.wait(DEADLINE_S)

    def key(self, role: str) -> Path:
        path = self.door.folder / f"{role}.pem"
        if not path.exists():
            answer = self.door.ask("keys", "make", role, "--role", role, "--output", path)
            assert answer.exit_code == 0, answer
        return path

    def send(self, role: str, *words: object) -> Answer:
        return self.door.ask("send", *words, "--key", self.key(role), "--json")

    def close(self) -> None:
        self.desk.stop()
        self.bus.stop()
        self.doorway.keeper.stop()


@pytest.fixture
def remote(door: Door, broker: Broker) -> Iterator[Remote]:
    broker.start()
    door.configure("mqtt", host="127.0.0.1", port=broker.port)
    remote = Remote(door, broker.config)
    yield remote
    remote.close()


def test_command_is_carried_out_and_its_result_printed(remote: Remote) -> None:
    answer = remote.send("viewer", "list")
    assert answer.exit_code == 0
    assert [person["name"] for person in answer.json["people"]] == ["Jerry", "Mindy"]
    plain = remote.door.ask("send", "ping", "--key", remote.key("viewer"))
    assert plain.out == "done: the door hears\n"


def test_broker_that_knows_no_mqtt_5_carries_commands_too(door: Door) -> None:
    with embedded_broker() as port:
        door.configure("mqtt", host="127.0.0.1", port=port)
        remote = Remote(door, MqttConfig(host="127.0.0.1", port=port))
        answer = remote.send("viewer", "ping")
        remote.close()
    assert answer.exit_code == 0, answer


def test_unlock_releases_the_door(remote: Remote) -> None:
    assert remote.send("operator", "unlock", "--reason", "parcel").exit_code == 0
    assert remote.doorway.relay.is_on
    second = remote.send("operator", "unlock")
    assert (second.exit_code, second.json["reason"]) == (1, "door_busy")


def test_role_that_may_not_is_refused(remote: Remote) -> None:
    answer = remote.send("viewer", "mode", "lockdown")
    assert (answer.exit_code, answer.json["reason"]) == (1, "wrong_role")


def test_key_that_the_door_does_not_know_is_told_so(remote: Remote, tmp_path: Path) -> None:
    other = Door(tmp_path, remote.door.photos)
    other.configure("storage", directory="elsewhere")
    other.configure("mqtt", host="127.0.0.1", port=remote.settings.mqtt.port)
    key = tmp_path / "stranger.pem"
    assert other.ask("keys", "make", "stranger", "--role", "admin", "--output", key).exit_code == 0
    answer = other.ask("send", "unlock", "--key", key, "--json")
    assert (answer.exit_code, answer.json["reason"]) == (1, "unknown_key")
    assert not remote.doorway.relay.is_on


def test_pictures_that_are_sent_let_a_person_in(remote: Remote) -> None:
    photos = [remote.door.photo("elton_john", number, of="train") for number in range(3)]
    answer = remote.send("enroller", "enroll", "Elton", "--image", *photos)
    assert answer.exit_code == 0, answer
    assert answer.json["templates"] >= 2
    assert remote.door.ask("identify", remote.door.photo("elton_john")).out.startswith("Elton")


def test_frames_at_the_door_are_taken_with_guidance(remote: Remote) -> None:
    view = read_picture(remote.door.photo("elton_john", of="train"))
    ended = threading.Event()

    def show() -> None:
        number = 0
        while not ended.wait(0.02):
            number += 1
            remote.onlooker.offer(Frame(view, view, number / 4, number))

    showing = threading.Thread(target=show)
    showing.start()
    answer = remote.send("enroller", "enroll", "Elton", "--capture", 2)
    ended.set()
    showing.join()
    assert answer.exit_code == 0, answer
    assert "picture 1 of 2 taken" in answer.error
    assert [image["accepted"] for image in answer.json["images"]] == [True, False]


def test_door_that_is_away_is_one_sentence(
    door: Door, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    from facedoor import send_commands

    monkeypatch.setattr(send_commands, "PATIENCE_S", 0.1)
    key = door.folder / "admin.pem"
    door.ask("keys", "make", "admin", "--role", "admin", "--output", key)
    arguments = ("send", "ping", "--key", key, "--host", "127.0.0.1", "--port", broker.port)
    nobody = door.ask(*arguments)
    assert nobody.exit_code == 3
    assert "no broker answers" in nobody.sentence
    broker.start()
    away = door.ask(*arguments)
    assert away.exit_code == 3
    assert "did not answer" in away.sentence


def test_key_is_shown_once_as_text_and_as_a_code(empty_door: Door) -> None:
    answer = empty_door.ask("keys", "make", "phone", "--role", "enroller")
    assert answer.exit_code == 0
    assert "BEGIN PRIVATE KEY" in answer.out
    assert "█" in answer.out
    listed = empty_door.ask("keys").out
    assert listed.startswith("phone: enroller, since ")
    assert "PRIVATE" not in listed


def test_key_goes_to_other_doors_by_its_public_half_and_is_revoked(empty_door: Door) -> None:
    made = empty_door.ask("keys", "make", "phone", "--role", "admin", "--json").json
    revoked = empty_door.ask("keys", "revoke", "phone", "--json").json
    assert revoked["fingerprint"] == made["fingerprint"]
    empty_door.configure("storage", directory="other-door")
    added = empty_door.ask(
        "keys", "add", "phone", "--role", "viewer", made["public_key"], "--json"
    ).json
    assert (added["fingerprint"], added["role"]) == (made["fingerprint"], "viewer")
    assert [key["name"] for key in empty_door.ask("keys", "--json").json["keys"]] == ["phone"]


def test_no_file_is_left_when_the_key_is_not_taken(empty_door: Door) -> None:
    empty_door.ask("keys", "make", "phone", "--role", "admin")
    path = empty_door.folder / "phone.pem"
    again = empty_door.ask("keys", "make", "phone", "--role", "admin", "--output", path)
    assert again.exit_code == 2
    assert not path.exists()


def test_large_picture_is_made_to_fit(tmp_path: Path) -> None:
    path = tmp_path / "phone.jpg"
    noise = np.random.default_rng(0).integers(0, 255, (3000, 4000, 3), np.uint8)
    cv2.imwrite(str(path), noise)
    fitted = fitted_picture(path, 200_000)
    assert len(fitted) <= 200_000
    with pytest.raises(UsageError, match="send fewer at once"):
        fitted_picture(path, 1000)


def test_small_picture_is_sent_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "small.png"
    cv2.imwrite(str(path), np.zeros((100, 100, 3), np.uint8))
    assert fitted_picture(path, 10_000) == path.read_bytes()

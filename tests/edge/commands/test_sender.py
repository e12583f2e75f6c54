"""`facedoor send` and `facedoor keys`, with a real broker in between and a door that answers."""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from broker import Broker, Listener, free_port, passwords, running
from door_kit import Answer, Door, ended
from doorway import Doorway
from facedoor.camera.pictures import fitted_picture, read_picture
from facedoor.camera.sent import unopened_picture
from facedoor.commands.known_doors import beside
from facedoor.config import file as config_file
from facedoor.errors import ImageError, UsageError
from facedoor.frames import Frame
from facedoor.host_names import of_this_machine
from facedoor.mqtt.broker import embedded_broker
from facedoor.mqtt.broker_certificates import make_certificates
from facedoor.service.remote import LocalDoor, Remote
from facedoor.storage.key_file import load_vault
from facedoor.visit.report import FrameReport
from timepieces import synchronised_clock


class Site:
    """A door on the bus that hears commands, and somebody with keys to it."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.settings = config_file.load(door.config)
        vault = load_vault(self.settings)
        self.doorway = Doorway(door.database, vault)
        keeper, switch = self.doorway.keeper, self.doorway.switch
        board, clock = self.doorway.board, synchronised_clock()
        local = LocalDoor(keeper, switch, clock, board, lambda: 0, lambda: None, lambda: 0)
        self.remote = Remote(self.settings, vault, local)
        keeper.start()
        self.remote.start()

    def key(self, role: str) -> Path:
        path = self.door.folder / f"{role}.pem"
        if not path.exists():
            answer = self.door.ask("keys", "make", role, "--role", role, "--output", path)
            assert answer.exit_code == 0, answer
        return path

    def send(self, role: str, *words: object) -> Answer:
        return self.door.ask("send", *words, "--key", self.key(role), "--json")

    def close(self) -> None:
        self.remote.stop()
        self.doorway.keeper.stop()


@pytest.fixture
def site(door: Door, broker: Broker, listener: Listener) -> Iterator[Site]:
    door.configure("mqtt", host="127.0.0.1", port=broker.port)
    site = Site(door)
    # Said after the door began to listen, on the same connection.
    listener.wait_for("/status", status="online")
    yield site
    site.close()


def test_command_is_carried_out_and_its_result_printed(site: Site) -> None:
    answer = site.send("viewer", "list")
    assert answer.exit_code == 0
    assert [person["name"] for person in answer.json["people"]] == ["Jerry", "Mindy"]
    plain = site.door.ask("send", "ping", "--key", site.key("viewer"))
    assert plain.out == "done: the door hears\n"
    entries = site.door.ask("send", "journal", "--key", site.key("viewer"))
    assert re.search(r"^20[-\d]{8} [:\d]{8} list of viewer: done$", entries.out, re.MULTILINE)


def test_broker_that_knows_no_mqtt_5_carries_commands_too(door: Door) -> None:
    port = free_port()
    with embedded_broker(port):
        door.configure("mqtt", host="127.0.0.1", port=port)
        site = Site(door)
        listener = Listener(port)
        listener.wait_for("/status", status="online")
        answer = site.send("viewer", "ping")
        listener.close()
        site.close()
    assert answer.exit_code == 0, answer


def test_unlock_releases_the_door(site: Site) -> None:
    assert site.send("operator", "unlock", "--reason", "parcel").exit_code == 0
    assert site.doorway.relay.is_on
    second = site.send("operator", "unlock")
    assert (second.exit_code, second.json["reason"]) == (1, "door_busy")


def test_rules_are_set_and_people_allowed_from_afar(site: Site) -> None:
    document = site.door.folder / "rules.toml"
    document.write_text('time_zone = "Europe/Berlin"\nholidays = [2026-12-25]\n[groups.staff]\n')
    assert site.send("admin", "set-rules", document).exit_code == 0
    said = ("--group", "staff", "--until", "2026-12-31", "--duress")
    answer = site.send("admin", "allow", "jerry", *said)
    assert (answer.json["person"], answer.json["groups"]) == ("Jerry", ["staff"])
    plain = site.door.ask("send", "rules", "--key", site.key("admin"))
    assert "Jerry: in staff; until 2026-12-31; duress\n" in plain.out
    read = site.send("viewer", "rules").json
    assert read["rules"]["holidays"] == ["2026-12-25"]
    assert "duress" not in read["people"][0]
    assert site.send("viewer", "allow", "Jerry", "--no-duress").json["reason"] == "wrong_role"


def test_role_that_may_not_is_refused(site: Site) -> None:
    answer = site.send("viewer", "mode", "lockdown")
    assert (answer.exit_code, answer.json["reason"]) == (1, "wrong_role")


def test_key_that_the_door_does_not_know_is_told_so(site: Site, tmp_path: Path) -> None:
    other = Door(tmp_path, site.door.photos)
    other.configure("storage", directory="elsewhere")
    other.configure("mqtt", host="127.0.0.1", port=site.settings.mqtt.port)
    key = tmp_path / "stranger.pem"
    assert other.ask("keys", "make", "stranger", "--role", "admin", "--output", key).exit_code == 0
    beside(key).unlink()  # it says who the other door is
    answer = other.ask("send", "unlock", "--key", key, "--json")
    assert (answer.exit_code, answer.json["reason"]) == (1, "unknown_key")
    assert not site.doorway.relay.is_on


def test_pictures_that_are_sent_let_a_person_in(site: Site) -> None:
    photos = [site.door.photo("elton_john", number, of="train") for number in range(3)]
    answer = site.send("enroller", "enroll", "Elton", "--image", *photos)
    assert answer.exit_code == 0, answer
    assert answer.json["templates"] >= 2
    assert site.door.ask("identify", site.door.photo("elton_john")).out.startswith("Elton")


def test_frames_at_the_door_are_taken_with_guidance(site: Site) -> None:
    view = read_picture(site.door.photo("elton_john", of="train"))
    ended = threading.Event()

    def show() -> None:
        number = 0
        while not ended.wait(0.02):
            number += 1
            site.remote.watching(Frame(view, view, number / 4, number), FrameReport(moved=True))

    showing = threading.Thread(target=show)
    showing.start()
    answer = site.send("enroller", "enroll", "Elton", "--capture", 2)
    ended.set()
    showing.join()
    assert answer.exit_code == 0, answer
    assert "picture 1 of 2 taken" in answer.error
    assert [image["accepted"] for image in answer.json["images"]] == [True, False]


def test_door_that_is_away_is_one_sentence(
    door: Door, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    from facedoor.cli import send as send_commands

    monkeypatch.setattr(send_commands, "PATIENCE_S", 0.1)
    key = door.folder / "admin.pem"
    door.ask("keys", "make", "admin", "--role", "admin", "--output", key)
    arguments = ("send", "ping", "--key", key, "--host", "127.0.0.1", "--port", broker.port)
    door.ask(*arguments).assert_fails(3, "no broker answers")
    lost = door.ask(*arguments, "--host", "nowhere.invalid")
    lost.assert_fails(3, "getent hosts nowhere.invalid")
    broker.start()
    door.ask(*arguments).assert_fails(3, "did not answer")


def test_key_is_shown_once_as_text_and_as_no_code_since_no_app_reads_one(empty_door: Door) -> None:
    answer = empty_door.ask("keys", "make", "phone", "--role", "enroller")
    assert answer.exit_code == 0
    assert "BEGIN PRIVATE KEY" in answer.out
    assert "█" not in answer.out
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


def test_port_that_there_is_not_is_refused_and_not_counted_on_from_0(empty_door: Door) -> None:
    for port in (0, 65536 + 1883):
        ping = empty_door.ask("send", "ping", "--key", "k", "--host", "127.0.0.1", "--port", port)
        ping.assert_fails(2, f"--port is {port}; it can be 1 to 65535")


def test_large_picture_is_made_to_fit(tmp_path: Path) -> None:
    path = tmp_path / "phone.jpg"
    noise = np.random.default_rng(0).integers(0, 255, (3000, 4000, 3), np.uint8)
    cv2.imwrite(str(path), noise)
    assert len(fitted_picture(path, 200_000)) <= 200_000
    with pytest.raises(UsageError, match="send fewer at once"):
        fitted_picture(path, 1000)


def test_small_picture_is_sent_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "small.png"
    cv2.imwrite(str(path), np.zeros((100, 100, 3), np.uint8))
    assert fitted_picture(path, 10_000) == path.read_bytes()


SMALL = """
import contextlib, io, json, sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in sys.argv[1].split():
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
from facedoor.cli.main import main
for words in json.loads(sys.argv[2]):
    out, error = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
        try:
            code = main(words)
        except SystemExit as leaving:
            code = leaving.code
    print(json.dumps([code, out.getvalue(), error.getvalue()]))
"""
NOT_WITH_SEND = "ai_edge_litert cv2 gpiozero numpy rich segno starlette uvicorn"


def small(*commands: tuple[object, ...]) -> list[Answer]:
    """How commands end where nothing is installed but what `facedoor[send]` names."""
    words = json.dumps([[str(word) for word in command] for command in commands])
    done = ended(sys.executable, "-c", SMALL, NOT_WITH_SEND, words)
    assert done.exit_code == 0, done
    return [Answer(*json.loads(line)) for line in done.out.splitlines()]


@pytest.fixture
def secure(door: Door, tmp_path: Path) -> Iterator[int]:
    """The port of a broker that wants TLS and a password; at the next it wants a certificate."""
    folder = tmp_path / "broker-files"
    make_certificates(folder, of_this_machine(), ["enroller"])
    own = f"certfile {folder}/broker.pem", f"keyfile {folder}/broker.key"
    port = free_port(following=1)
    by_certificate = f"cafile {folder}/ca.pem", "require_certificate true"
    options = (
        *passwords(tmp_path, {"test": "open sesame"}),
        *(f"listener {port}", *own),
        *(f"listener {port + 1}", *own, *by_certificate, "use_identity_as_username true"),
    )
    (tmp_path / "password").touch(mode=0o600)
    (tmp_path / "password").write_text("open sesame\n")
    with running(tmp_path, *options):
        door.configure(
            "mqtt",
            host="127.0.0.1",
            port=port,
            username="test",
            password_file=str(tmp_path / "password"),
            ca_file=str(folder / "ca.pem"),
        )
        yield port


def test_small_installation_sends_with_user_password_and_ca_or_a_certificate(
    door: Door, secure: int, tmp_path: Path
) -> None:
    site = Site(door)
    folder, photo = tmp_path / "broker-files", door.photo("elton_john", of="train")
    broker = ("--door", "test", "--host", "localhost", "--ca-file", folder / "ca.pem")
    password = ("--username", "test", "--password-file", tmp_path / "password", "--port", secure)
    certificate = ("--cert-file", folder / "enroller.pem", "--cert-key", folder / "enroller.key")
    certificate += ("--port", secure + 1)
    key = ("--key", site.key("enroller"))
    helped, by_password, by_certificate, enrolled, refused, mistrusted, other = small(
        ("send", "--help"),
        ("send", "ping", *key, *broker, *password),
        ("send", "ping", *key, *broker, *certificate),
        ("send", "enroll", "Elton", "--image", photo, *key, *broker, *password),
        ("send", "ping", *key, *broker, "--username", "test", "--port", secure),
        ("send", "ping", *key, *broker, *password, "--ca-file", folder / "enroller.pem"),
        ("identify", photo),
    )
    site.close()
    assert (helped.exit_code, helped.error) == (0, "")
    assert (by_password.exit_code, by_password.out) == (0, "done: the door hears\n"), by_password
    assert (by_certificate.exit_code, by_certificate.out) == (0, "done: the door hears\n")
    assert "1 template" in enrolled.out, enrolled
    refused.assert_fails(3, "--password-file")
    mistrusted.assert_fails(3, "--ca-file has to be the CA")
    other.assert_fails(3, "pip install facedoor")


def test_picture_that_has_to_be_made_smaller_needs_what_does_it(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (600, 600, 3), np.uint8)
    small_file, large_file, gone = (tmp_path / name for name in ("a.jpg", "b.png", "none.jpg"))
    cv2.imwrite(str(small_file), noise[:50, :50])
    cv2.imwrite(str(large_file), noise)
    assert unopened_picture(small_file, 580_000) == small_file.read_bytes()
    for file, why in ((large_file, "save it smaller"), (gone, "there is no file")):
        with pytest.raises((UsageError, ImageError), match=why):
            unopened_picture(file, 580_000)
    large_file.write_bytes(b"RIFF1234WEBP")
    with pytest.raises(ImageError, match="neither JPEG nor PNG"):
        unopened_picture(large_file, 580_000)

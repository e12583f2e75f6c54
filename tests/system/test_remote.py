"""Whole doors and a broker: from a photo on somebody's computer to open doors."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from broker import Broker, Listener, running, tls
from door_kit import Door
from facedoor.config import file as config_file
from facedoor.site.site import load_site


@pytest.fixture
def secure_broker(tmp_path: Path) -> Iterator[Broker]:
    """A broker that speaks nothing but TLS; its CA is ``ca.pem`` in ``tmp_path``."""
    with running(tmp_path, "allow_anonymous true", *tls(tmp_path)) as broker:
        yield broker


def test_two_photos_sent_over_tls_open_the_door_for_whom_they_show(
    empty_door: Door, secure_broker: Broker, tmp_path: Path
) -> None:
    door, key = empty_door, tmp_path / "phone.pem"
    door.configure(
        "mqtt", host="127.0.0.1", port=secure_broker.port, ca_file=str(tmp_path / "ca.pem")
    )
    made = door.facedoor("keys", "make", "phone", "--role", "enroller", "--output", key)
    assert made.exit_code == 0, made.error
    door.trust_clock()
    running = door.run(door.walk_up("elton_john"))
    assert running.wait_for(decision="refused")["reason"] == "unknown"
    photos = [door.photo("elton_john", number, of="train") for number in range(2)]
    sent = door.facedoor("send", "enroll", "Elton", "--image", *photos, "--key", key, "--json")
    assert sent.exit_code == 0, sent.error
    assert [image["accepted"] for image in sent.json["images"]] == [True, True]
    assert running.wait_for(decision="granted")["person"] == "Elton"
    running.wait_for(relay="on")
    assert running.stop().exit_code == 0
    assert door.facedoor("journal", "verify").exit_code == 0


def test_home_assistant_moves_the_relay_only_where_the_configuration_lets_it(
    empty_door: Door, broker: Broker, listener: Listener
) -> None:
    door = empty_door
    door.configure("mqtt", host="127.0.0.1", port=broker.port)
    for allowed in (False, True):
        door.configure("mqtt", home_assistant_control=allowed)
        running = door.run(door.walk_up(""))
        listener.wait_for("/status", status="online")
        listener.say("facedoor/test/ha/lock/set", b"UNLOCK")
        listener.say("facedoor/test/ha/face/set", b"OFF")
        if allowed:
            running.wait_for(relay="on")
            listener.wait_for("/state", mode="face_off")
        running.stop()
    with door.journal() as journal:
        entries = [entry.payload for entry in journal.tail(100) if entry.kind == "door"]
    releases = [entry for entry in entries if "command" in entry]
    assert sorted(entry["event"] for entry in releases) == ["mode", "release"]
    assert {entry["by"] for entry in releases} == {"home_assistant"}


def test_person_is_enrolled_at_one_door_and_removed_while_the_other_is_off(
    photos: Path, tmp_path: Path, broker: Broker, listener: Listener
) -> None:
    doors = []
    for name in ("front", "back"):
        (tmp_path / name).mkdir()
        door = Door(tmp_path / name, photos)
        door.configure("door", name=name)
        door.configure("mqtt", host="127.0.0.1", port=broker.port)
        door.configure("site", name="home", key_file="site.key")
        doors.append(door)
    front, back = doors
    assert front.facedoor("site-key").exit_code == 0
    shutil.copy(front.folder / "site.key", back.folder)
    site = load_site(config_file.load(front.config))
    assert site is not None
    jerry = site.person("Jerry")

    pictures = [front.photo("Jerry", number, of="train") for number in (0, 1, 4, 5)]
    assert front.facedoor("enroll", "Jerry", "--image", *pictures).exit_code == 0
    in_front = front.run(front.walk_up(""))
    listener.wait_for(jerry)
    at_the_back = back.run(back.walk_up("Jerry"))
    assert at_the_back.wait_for(decision="granted")["person"] == "Jerry"
    at_the_back.stop()

    assert front.facedoor("people", "remove", "Jerry").exit_code == 0
    listener.wait_for(jerry)
    at_the_back = back.run(back.walk_up("Jerry"))
    at_the_back.wait_for(decision="refused", reason="unknown")
    assert not [d for d in at_the_back.stop().decisions if d["decision"] == "granted"]
    assert back.facedoor("people", "list", "--json").json == {"people": []}
    in_front.stop()


def test_capture_under_way_ends_when_its_key_is_revoked_or_its_person_removed(
    door: Door, broker: Broker, listener: Listener
) -> None:
    """Whoever waits before the camera is told why, and the next one can be enrolled at once."""
    door.configure("mqtt", host="127.0.0.1", port=broker.port)
    for name, role in (("desk", "enroller"), ("owner", "admin")):
        made = door.facedoor(
            "keys", "make", name, "--role", role, "--output", door.folder / f"{name}.pem"
        )
        assert made.exit_code == 0, made.error
    running = door.run(door.walk_up(""))
    listener.wait_for("/status", status="online")
    with ThreadPoolExecutor(1) as elsewhere:
        for key, change, reason in (
            ("owner", ("people", "remove", "Mindy"), "overtaken"),
            ("desk", ("keys", "revoke", "desk"), "revoked_key"),
        ):
            arguments = ("--capture", 3, "--key", door.folder / f"{key}.pem", "--json")
            sent = elsewhere.submit(door.facedoor, "send", "enroll", "Mindy", *arguments)
            listener.wait_for("", cmd="enroll", outcome="progress")
            assert door.facedoor(*change).exit_code == 0
            result = sent.result().objects[-1]
            assert (result["outcome"], result["reason"]) == ("refused", reason)
    people = door.facedoor("people", "list", "--json").json["people"]
    assert [person["name"] for person in people] == ["Jerry"]
    assert running.stop().exit_code == 0
    with door.journal() as journal:
        told = [e.payload.get("reason") for e in journal.tail(99) if e.kind == "command"]
    assert [reason for reason in told if reason is not None] == ["overtaken", "revoked_key"]

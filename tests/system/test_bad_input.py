"""Bad input, through the command line: one clear sentence or a stated mode, never an open door."""

from __future__ import annotations

import json
import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from broker import Broker, Listener, free_port
from door_kit import HEEDING_RIGHTS, PACK, Door

DONE, NEGATIVE, WRONG_USE, BROKEN = 0, 1, 2, 3


# Pictures


def bomb(width_px: int, height_px: int) -> bytes:
    """A PNG of a few bytes that claims to be large."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width_px, height_px, 8, 2, 0, 0, 0)
    body = b"IDAT" + zlib.compress(bytes(1000))
    chunks = [
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
        for chunk in (header, body, b"IEND")
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def test_each_picture_that_is_no_good_is_refused_by_name_and_reason(door: Door) -> None:
    album = door.folder / "album"
    (album / "folder.jpg").mkdir(parents=True)
    face = cv2.imread(str(door.photo("elton_john")))
    side_by_side = np.hstack([face, face])
    for name, picture in (
        ("wall.png", np.full((480, 640, 3), 128, np.uint8)),
        ("pair.png", side_by_side),
        ("night.png", (face * 0.1).astype(np.uint8)),
        ("far.png", cv2.resize(face, None, fx=0.2, fy=0.2, interpolation=cv2.INTER_AREA)),
        ("blurred.png", cv2.GaussianBlur(face, (0, 0), 6)),
        ("good.png", face),
    ):
        cv2.imwrite(str(album / name), picture)
    jpeg = door.photo("elton_john").read_bytes()
    (album / "damaged.jpg").write_bytes(jpeg[:150])
    (album / "text.jpg").write_text("this is no picture")
    (album / "film.gif").write_bytes(b"GIF89a" + bytes(100))
    (album / "empty.png").write_bytes(b"")
    (album / "bomb.png").write_bytes(bomb(30_000, 30_000))
    reasons = {
        "wall.png": "no_face",
        "pair.png": "several_faces",
        "night.png": "too_dark",
        "far.png": "too_far",
        "blurred.png": "blurred",
        "damaged.jpg": "is a damaged JPEG file",
        "text.jpg": "is not a picture of a known type",
        "film.gif": "is not a picture of a known type",
        "empty.png": "is empty",
        "bomb.png": "has 30000 x 30000 pixels",
        "folder.jpg": "is not a file",
        "missing.jpg": "there is no file",
        "good.png": "added",
    }
    answer = door.ask("enroll", "Elton", "--json", "--image", *(album / name for name in reasons))
    assert answer.exit_code == DONE
    assert answer.json.keys() == {"person", "images", "templates", "refusals"}
    assert (answer.json["person"], answer.json["templates"]) == ("Elton", 1)
    for image, (name, reason) in zip(answer.json["images"], reasons.items(), strict=True):
        assert image.keys() == {"file", "accepted", "reason"}
        assert image["file"] == str(album / name)
        assert image["accepted"] is (name == "good.png")
        assert reason in image["reason"]


def test_enrolment_without_one_good_picture_changes_nothing(door: Door) -> None:
    wall = door.folder / "wall.png"
    cv2.imwrite(str(wall), np.full((480, 640, 3), 128, np.uint8))
    before = door.ask("people", "--json").json
    answer = door.ask("enroll", "Elton", "--image", wall)
    assert answer.exit_code == NEGATIVE
    assert f"- take the picture from in front, with the whole head in it: {wall}" in answer.out
    assert door.ask("people", "--json").json == before


def test_picture_of_somebody_who_is_enrolled_is_refused_and_names_them(door: Door) -> None:
    answer = door.ask("enroll", "Impostor", "--json", "--image", door.photo("Jerry"))
    assert answer.exit_code == NEGATIVE
    assert "looks like Jerry, who is enrolled already" in answer.json["images"][0]["reason"]
    assert answer.json["templates"] == 0


def test_picture_that_cannot_be_read_is_wrong_use(door: Door) -> None:
    for command in (("identify",), ("verify", "Jerry")):
        file = door.folder / "bomb.png"
        file.write_bytes(bomb(30_000, 30_000))
        for picture, says in ((file, "save it smaller"), (door.folder, "name a picture")):
            door.ask(*command, picture).assert_fails(WRONG_USE, says)


# The pack


def flip_a_byte(pack: Path) -> None:
    content = bytearray((pack / "embedder.tflite").read_bytes())
    content[len(content) // 2] ^= 1
    (pack / "embedder.tflite").write_bytes(content)


def make_newer(pack: Path) -> None:
    manifest = json.loads((pack / "manifest.json").read_text())
    (pack / "manifest.json").write_text(json.dumps(manifest | {"schema": 99}))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (shutil.rmtree, "there is no pack in"),
        (flip_a_byte, "embedder.tflite is not the file that the manifest names"),
        (make_newer, "has schema 99, newer than"),
        (lambda pack: (pack / "search.tflite").unlink(), "the pack lacks"),
        (lambda pack: (pack / "manifest.json").write_text("{"), "is not JSON"),
    ],
)
def test_pack_that_cannot_be_trusted_is_not_used(
    door: Door, change: Callable[[Path], object], says: str
) -> None:
    shutil.copytree(PACK, door.folder / "pack")
    change(door.folder / "pack")
    door.configure("models", pack="pack")
    door.ask("identify", door.photo("Jerry")).assert_fails(BROKEN, says)
    door.facedoor("run", "--once", "--camera", "nowhere").assert_fails(BROKEN, says)


# The configuration


def test_mistake_in_the_configuration_is_told(door: Door) -> None:
    for text, says in (
        ("[door]\npulse = 3", "line 2: [door] pulse does not exist; did you mean pulse_s?"),
        ("[door]\npin = 'seventeen'", "line 2: [door] pin is 'seventeen'; it has to be a whole"),
        ("[door]\npulse_s = '500 ms'", "line 2: [door] pulse_s is '500 ms'; it has to be a number"),
        ("[door]\npulse_s = 500", "line 2: [door] pulse_s is 500; it has to be between 0.1 and 30"),
        ("[dooor]", "line 1: there is no section [dooor]; did you mean door?"),
        ("[door", "line 1: [door is no section: write [door]"),
        ("\0", "is neither a section, such as [door], nor a key with its value"),
    ):
        door.config.write_text(text)
        answer = door.ask("run")
        assert answer.exit_code == WRONG_USE, text
        assert answer.sentence.startswith(str(door.config)), text
        assert says in answer.sentence, text


def test_configuration_that_cannot_be_read_is_told(door: Door) -> None:
    door.config.chmod(0)
    answer = door.facedoor("people", wrapper=HEEDING_RIGHTS)
    answer.assert_fails(WRONG_USE, "it has to be a file that this user may read")
    door.config.unlink()
    door.ask("people").assert_fails(WRONG_USE, "there is no configuration")


# The camera


@pytest.mark.parametrize(
    ("camera", "says"),
    [
        ("usb:99", "/dev/video99 cannot be opened"),
        ("file:nowhere.mp4", "there is no video file nowhere.mp4"),
        ("file:FOLDER/clip.mp4", "is not a video that can be played"),
        ("folder:nowhere", "the folder nowhere cannot be read"),
        ("rtsp://ada:secret@127.0.0.1:PORT/1", "cannot be opened: check its address"),
    ],
)
def test_camera_that_cannot_open_ends_the_service(door: Door, camera: str, says: str) -> None:
    (door.folder / "clip.mp4").write_bytes(bytes(10_000))
    camera = camera.replace("FOLDER", str(door.folder)).replace("PORT", str(free_port()))
    answer = door.facedoor("run", "--json", "--camera", camera)
    answer.assert_fails(BROKEN, says)
    assert "secret" not in answer.error
    assert not answer.out


def test_video_that_is_cut_off_ends_early_and_in_good_order(door: Door) -> None:
    clip = door.folder / "clip.avi"
    picture = cv2.resize(cv2.imread(str(door.photo("elton_john"))), (480, 480))
    video = cv2.VideoWriter(str(clip), cv2.VideoWriter.fourcc(*"MJPG"), 10, (480, 480))
    for _ in range(30):
        video.write(picture)
    video.release()
    content = clip.read_bytes()
    clip.write_bytes(content[: len(content) // 2])
    answer = door.facedoor("run", "--json", "--once", "--camera", f"file:{clip}")
    assert answer.exit_code == DONE
    assert 5 <= answer.objects[-1]["summary"]["frames"] < 30
    assert not answer.relay


# The broker


def test_events_of_a_time_without_broker_arrive_when_it_comes(door: Door, broker: Broker) -> None:
    door.configure("mqtt", host="127.0.0.1", port=broker.port)
    service = door.run(door.walk_up("Jerry", "", stay_s=1.2))
    granted = service.wait_for(decision="granted", person="Jerry")
    service.wait_for(relay="off")
    broker.start()
    listener = Listener(broker.port)
    event = listener.wait_for("/event", decision="granted", person="Jerry").content
    with door.journal() as journal:
        entry = next(entry for entry in journal.tail(10) if entry.kind == "decision")
        epoch = journal.epoch()
    assert event["id"] == f"test-{epoch}-{entry.id}"
    assert event["visit"] == entry.payload["visit"] == granted["visit"]
    assert event["distance_band"] == granted["distance_band"] == "within"
    assert entry.payload["distance"] <= entry.payload["threshold"]
    assert service.stop().exit_code == DONE
    listener.wait_for("/status", status="offline")
    listener.close()
    assert "the broker 127.0.0.1" in service.errors


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"ca_file": "door.toml"}, "has to be a CA certificate in PEM form"),
        ({"hosts": "broker"}, "[mqtt] hosts does not exist"),
    ],
)
def test_door_opens_without_mqtt_where_its_settings_cannot_work(
    door: Door, options: dict[str, str], says: str
) -> None:
    door.configure("mqtt", **({"host": "127.0.0.1"} | options))
    service = door.run(door.walk_up("Jerry"))
    service.wait_for(decision="granted", person="Jerry")
    service.wait_for(relay="on")
    assert service.stop().exit_code == DONE
    assert "there is no MQTT" in service.errors
    assert says in service.errors

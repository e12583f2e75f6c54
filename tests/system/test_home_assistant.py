"""A real Home Assistant finds the door, follows it and releases it: `make home-assistant`."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from broker import DEADLINE_S, Broker, wait_until
from door_kit import Door, Running
from home_assistant_kit import HomeAssistant, Phone

PROGRAM = os.environ.get("FACEDOOR_HASS", "")
pytestmark = pytest.mark.skipif(not PROGRAM, reason="run it with make home-assistant")

JPEG = b"\xff\xd8"
OFFERED = {
    "lock.facedoor_test",
    "button.facedoor_test_release",
    "switch.facedoor_test_face_recognition",
    "event.facedoor_test_decision",
    "select.facedoor_test_mode",
    "update.facedoor_test_version",
    "image.facedoor_test_last_picture",
    "image.facedoor_test_last_visit",
    "binary_sensor.facedoor_test_connection",
    "binary_sensor.facedoor_test_problem",
    "sensor.facedoor_test_last_person",
    "sensor.facedoor_test_last_decision",
    "sensor.facedoor_test_decision_time",
    "sensor.facedoor_test_temperature",
    "sensor.facedoor_test_people",
}


@pytest.fixture
def broker(broker: Broker) -> Broker:
    broker.start()
    return broker


@pytest.fixture
def home(tmp_path: Path) -> Iterator[HomeAssistant]:
    """A Home Assistant that is not connected to the broker yet."""
    home = HomeAssistant(Path(PROGRAM), tmp_path / "home-assistant")
    try:
        home.start()
        yield home
    finally:
        home.stop()


@pytest.fixture
def connected_door(door: Door, broker: Broker) -> Door:
    """A door that Home Assistant may control, with pulses that it has time to see."""
    door.configure("door", pulse_s=3.0)
    door.configure("mqtt", host="127.0.0.1", port=broker.port, home_assistant_control=True)
    door.configure("mqtt", publish_image=True)
    door.configure("storage", keep_pictures="all")
    return door


def test_home_assistant_finds_the_door_follows_it_and_releases_it(
    home: HomeAssistant, broker: Broker, connected_door: Door
) -> None:
    # Jerry comes, goes, and comes again.
    running = connected_door.run(connected_door.walk_up("Jerry", ""))
    try:
        running.wait_for(decision="granted", person="Jerry")
        home.use_broker(broker.port)
        wait_until(lambda: set(home.entities("facedoor_test")) == OFFERED, "all are there")
        home.wait_for("update.facedoor_test_version", "off")
        home.wait_for("lock.facedoor_test", "locked")
        home.wait_for("sensor.facedoor_test_people", "2")
        home.wait_for("binary_sensor.facedoor_test_connection", "on")
        shows_decisions(home, running)
        takes_orders(home, running)
        takes_modes(home, running)
        with contextlib.closing(Phone()) as phone:
            notifies_a_phone_that_opens(home, phone, running)
        home.stop()
        home.start()
        home.wait_for("lock.facedoor_test", "locked")
        shows_the_last_visit(home)
    finally:
        running.stop()
    home.wait_for("binary_sensor.facedoor_test_connection", "off")
    home.wait_for("lock.facedoor_test", "unavailable")
    complaints = [line for line in home.log.splitlines() if "components.mqtt" in line]
    assert not complaints, complaints


def shows_decisions(home: HomeAssistant, running: Running) -> None:
    home.automate("door_granted", "lock.facedoor_test", "granted")
    home.wait_for("automation.door_granted", "on")
    running.wait_for(decision="granted", person="Jerry")
    home.wait_for("sensor.facedoor_test_last_person", "Jerry")
    home.wait_for("sensor.facedoor_test_last_decision", "granted")
    assert home.attributes("event.facedoor_test_decision")["event_type"] == "granted"
    assert home.attributes("event.facedoor_test_decision")["reason"] == "recognised"
    wait_until(
        lambda: home.attributes("automation.door_granted")["last_triggered"],
        "the device trigger has fired",
    )
    picture = "image.facedoor_test_last_picture"
    wait_until(lambda: home.state(picture) not in (None, "unknown"), "a picture has come")
    assert home.picture(picture).startswith(JPEG)


def shows_the_last_visit(home: HomeAssistant) -> None:
    """Also after a restart, and while nobody comes: the broker has it."""
    picture = "image.facedoor_test_last_visit"
    wait_until(lambda: home.state(picture) not in (None, "unknown"), "the picture is there")
    assert home.picture(picture).startswith(JPEG)


def takes_orders(home: HomeAssistant, running: Running) -> None:
    home.call("switch.turn_off", "switch.facedoor_test_face_recognition")
    home.wait_for("switch.facedoor_test_face_recognition", "off")
    running.wait_for(decision="refused", reason="not_allowed_now")
    home.wait_for("sensor.facedoor_test_last_decision", "refused")
    for service, entity in (
        ("lock.unlock", "lock.facedoor_test"),
        ("button.press", "button.facedoor_test_release"),
    ):
        home.call(service, entity)
        running.wait_for(relay="on")
        home.wait_for("lock.facedoor_test", "unlocked")
        running.wait_for(relay="off")
        home.wait_for("lock.facedoor_test", "locked")
    home.call("switch.turn_on", "switch.facedoor_test_face_recognition")
    home.wait_for("switch.facedoor_test_face_recognition", "on")
    running.wait_for(decision="granted", person="Jerry")


def takes_modes(home: HomeAssistant, running: Running) -> None:
    mode = "select.facedoor_test_mode"
    home.wait_for(mode, "normal")
    home.call("select.select_option", mode, option="lockdown")
    home.wait_for(mode, "lockdown")
    home.wait_for("switch.facedoor_test_face_recognition", "off")
    running.wait_for(decision="refused", reason="lockdown")
    home.call("select.select_option", mode, option="normal")
    home.wait_for(mode, "normal")
    running.wait_for(decision="granted", person="Jerry")


def notifies_a_phone_that_opens(home: HomeAssistant, phone: Phone, running: Running) -> None:
    home.register(phone)
    home.automate_by(
        home.import_blueprint(f"{phone.url}/facedoor_visit.yaml"),
        "who_is_there",
        decision="event.facedoor_test_decision",
        picture="image.facedoor_test_last_picture",
        lock="lock.facedoor_test",
        phone=home.device_id(phone.name),
    )
    home.wait_for("automation.who_is_there", "on")
    running.wait_for(decision="granted", person="Jerry")
    told = phone.notifications.get(timeout=DEADLINE_S)
    assert (told["title"], told["message"]) == ("facedoor test", "Jerry came in")
    assert home.get(told["data"]["image"]).startswith(JPEG)
    (button,) = told["data"]["actions"]
    assert button["title"] == "Open"
    home.call("select.select_option", "select.facedoor_test_mode", option="face_off")
    home.wait_for("select.facedoor_test_mode", "face_off")
    home.wait_for("lock.facedoor_test", "locked")
    home.press(phone, button["action"])
    running.wait_for(event="release", decision="granted", by="home_assistant")
    running.wait_for(relay="on")
    home.call("select.select_option", "select.facedoor_test_mode", option="normal")


def test_control_that_is_no_longer_configured_disappears(
    home: HomeAssistant, broker: Broker, connected_door: Door
) -> None:
    home.use_broker(broker.port)
    camera = connected_door.walk_up("")
    running = connected_door.run(camera)
    home.wait_for("lock.facedoor_test", "locked")
    running.stop()
    connected_door.configure("mqtt", home_assistant_control=False, publish_image=False)
    running = connected_door.run(camera)
    try:
        home.wait_for("binary_sensor.facedoor_test_lock", "off")
        left = {"binary_sensor", "sensor", "event", "update"}
        wait_until(lambda: kinds(home) == left, "the others have gone")
    finally:
        running.stop()


def kinds(home: HomeAssistant) -> set[str]:
    return {entity.partition(".")[0] for entity in home.entities("facedoor_test")}

"""What Home Assistant is told of the door, and what it makes of the door's own messages."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from discovery_fields import objections
from doorway import grant, refusal, status
from facedoor.config.options import (
    Config,
    DashboardConfig,
    DoorConfig,
    LivenessConfig,
    MqttConfig,
    StorageConfig,
)
from facedoor.door.scribe import refused
from facedoor.mqtt.homeassistant import discovery, discovery_topic
from facedoor.problems import Problem, Severity
from facedoor.reasons import Reason
from facedoor.wire import messages
from facedoor.wire.decisions import Withdrawn
from facedoor.wire.door_requests import plain_request
from facedoor.wire.entries import Entry
from facedoor.wire.mode import DoorName, Mode
from facedoor.wire.prompts import Prompt, Side
from facedoor.wire.topics import Topics
from vaults import DOOR_KEY

DISK_FULL = Problem("disk_full", Severity.WARNING, "the disk is full", "2026-11-24T09:30:00.000Z")
TIME = "2026-11-24T09:30:01.000Z"
TOPICS = Topics("front")
DOOR = DOOR_KEY.identity
HEALTH = messages.Telemetry(15.0, 42.0, 120.0, 51.5, disk_free_mb=9000.0, queues={})
ALL = {"home_assistant_control": True, "publish_image": True}
SWITCHES = DoorConfig(name="front", contact_pin=5, tamper_pin=6, bell_pin=13)


def described(door: str = "front", **mqtt: bool) -> dict[str, Any]:
    config = dataclasses.replace(SWITCHES, name=door)
    asking = LivenessConfig("challenge_if_unsure")
    return json.loads(discovery(Config(config, mqtt=MqttConfig(**mqtt), liveness=asking)))


def offered(**mqtt: bool) -> dict[str, str]:
    """Name and platform of each component that is more than a removal."""
    components = described(**mqtt)["components"]
    return {name: c["platform"] for name, c in components.items() if set(c) != {"platform"}}


def rendered(
    name: str,
    message: bytes,
    key: str = "value_template",
    state: str = "",
    attributes: dict[str, Any] | None = None,
) -> str:
    """What Home Assistant makes of ``message`` for the component ``name``."""
    template = described(**ALL)["components"][name][key]
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
    value = json.loads(message)
    return environment.from_string(template).render(
        value_json=value, this={"state": state, "attributes": attributes or {}}
    )


def event(kind: str, payload: dict[str, Any]) -> bytes:
    return messages.event("front", "3f9a1c07", Entry(17, kind, TIME, payload))


GRANTED = event("decision", grant(3).as_json())
REFUSED = event("decision", refusal(4).as_json())
STARTED = event("system", {"text": "started"})
WITHDRAWN = event(
    "door", Withdrawn.of(refused(grant(3), Reason.NOT_ALLOWED_NOW), entry=17).as_json()
)
RELEASED_BY_COMMAND = event("door", {"event": "release", "decision": "granted", "by": "Ada"})


def state(on: bool, mode: Mode = Mode.NORMAL) -> bytes:
    return messages.state("front", status(on, TIME), mode)


def test_home_assistant_knows_every_key_and_a_wrong_one_would_be_noticed() -> None:
    for choices in itertools.product([False, True], repeat=2):
        assert objections(described(**dict(zip(ALL, choices, strict=True)))) == [], choices
    message = described(**ALL)
    message["components"]["lock"]["state_lokced"] = "locked"
    del message["components"]["people"]["unique_id"]
    assert objections(message) == ["lock: lock does not know state_lokced", "people: no unique_id"]


def test_topic_and_identifiers_are_of_the_characters_that_are_allowed() -> None:
    _, _, object_id, _ = discovery_topic("front").split("/")
    assert re.fullmatch(r"[a-zA-Z0-9_-]+", object_id)
    for name, component in described(**ALL)["components"].items():
        assert re.fullmatch(r"[a-zA-Z0-9_-]+", name)
        assert re.fullmatch(r"[a-zA-Z0-9_-]+", component.get("unique_id", "none"))


def test_two_doors_share_no_identifier() -> None:
    one, two = (
        {c.get("unique_id") for c in described(door, **ALL)["components"].values()} - {None}
        for door in ("front", "back")
    )
    assert one
    assert not one & two


def test_only_a_door_that_may_be_controlled_offers_lock_button_switch_and_select() -> None:
    assert not {"lock", "button", "switch", "select"} & set(offered().values())
    assert offered()["locked"] == "binary_sensor"
    with_control = offered(home_assistant_control=True)
    assert {"lock", "button", "switch", "select"} <= set(with_control.values())
    assert "locked" not in with_control


def test_what_is_switched_off_later_is_removed() -> None:
    for name in set(offered(**ALL)) - set(offered()):
        assert set(described()["components"][name]) == {"platform"}


def test_picture_is_offered_only_if_it_is_published() -> None:
    assert "picture" not in offered()
    assert offered(publish_image=True)["picture"] == "image"


def test_picture_of_the_last_visit_is_offered_only_if_it_is_kept_and_published() -> None:
    for keep in ("none", "unknown", "all"):
        for publishes in (False, True):
            settings = Config(
                SWITCHES,
                mqtt=MqttConfig(publish_image=publishes),
                storage=StorageConfig(keep_pictures=keep),  # type: ignore[arg-type]
            )
            component = json.loads(discovery(settings))["components"]["last_visit"]
            is_offered = component.get("image_topic") == TOPICS.picture
            assert is_offered == (publishes and keep != "none"), keep


def test_decision_says_whether_a_picture_of_the_visit_is_kept() -> None:
    payload = grant(3).as_json()
    assert json.loads(rendered("decision", event("decision", payload)))["picture"] is False
    kept = event("decision", {**payload, "picture": True})
    assert json.loads(rendered("decision", kept))["picture"] is True


def test_no_command_is_ever_retained_or_assumed_to_have_worked() -> None:
    for component in described(**ALL)["components"].values():
        if "command_topic" in component:
            assert component["retain"] is False
            assert component["platform"] == "button" or "state_topic" in component


def test_all_that_home_assistant_may_send_is_understood_on_the_topic_it_is_sent_to() -> None:
    sent = {
        (component["command_topic"], payload): component["platform"]
        for component in described(**ALL)["components"].values()
        for key, said in component.items()
        if key in {"payload_unlock", "payload_press", "payload_on", "payload_off", "options"}
        for payload in ([said] if isinstance(said, str) else said)
    }
    assert sorted(sent.values()) == ["button", "lock", *["select"] * 3, *["switch"] * 2]
    for topic, payload in sent:
        _, _, _, entity, _ = topic.split("/")
        assert topic == TOPICS.home_assistant_set(entity)
        assert plain_request(entity, payload.encode()) is not None


def test_lock_and_lock_to_look_at_follow_the_relay() -> None:
    lock = described(**ALL)["components"]["lock"]
    assert rendered("lock", state(on=True)) == lock["state_unlocked"]
    assert rendered("lock", state(on=False)) == lock["state_locked"]
    attributes = rendered("lock", state(on=False, mode=Mode.LOCKDOWN), "json_attributes_template")
    assert json.loads(attributes) == {"mode": "lockdown", "state": "locked", "since": TIME}
    template = described()["components"]["locked"]["value_template"]
    render = ImmutableSandboxedEnvironment(undefined=StrictUndefined).from_string(template).render
    assert render(value_json=json.loads(state(on=True))) == "ON"
    assert render(value_json=json.loads(state(on=False))) == "OFF"


def test_lock_shows_a_door_that_stands_open_and_a_bolt_that_does_not_move() -> None:
    lock = described(**ALL)["components"]["lock"]
    shows = {value: key for key, value in lock.items() if key.startswith("state_")}
    for name, is_locked, is_open, shown in (
        (DoorName.LOCKED, True, False, "state_locked"),
        (DoorName.LOCKDOWN, True, None, "state_locked"),
        (DoorName.RELEASING, False, False, "state_unlocked"),
        (DoorName.RELEASING, False, True, "state_open"),
        (DoorName.HELD_OPEN, True, True, "state_open"),
        (DoorName.FORCED, True, True, "state_open"),
        (DoorName.LOCKING, False, False, "state_locking"),
        (DoorName.JAMMED, False, False, "state_jammed"),
        (DoorName.JAMMED, False, True, "state_jammed"),
        (DoorName.UNKNOWN, False, None, "state_unlocked"),
        (DoorName.STOPPED, True, None, "state_locked"),
    ):
        told = dataclasses.replace(status(on=not is_locked, time=TIME), name=name, is_open=is_open)
        said = rendered("lock", messages.state("front", told))
        assert shows[said] == shown, (name, is_open)


def test_mode_is_one_of_those_that_may_be_chosen() -> None:
    options = described(**ALL)["components"]["mode"]["options"]
    assert options == [rendered("mode", state(on=False, mode=mode)) for mode in Mode]


def test_newest_version_is_the_newest_that_any_door_runs_in_whatever_order_they_are_heard() -> None:
    own = messages.status("front", DOOR, online=True)
    assert rendered("update", own) == json.loads(own)["version"]
    for heard in itertools.permutations(["0.9.0", "0.10.0", "0.2.0"]):
        known: dict[str, Any] = {}
        for version in heard:
            said = json.dumps({**json.loads(own), "version": version}).encode()
            known["latest_version"] = rendered(
                "update", said, "latest_version_template", attributes=known
            )
        assert known == {"latest_version": "0.10.0"}


def test_device_leads_to_the_page_that_the_settings_name() -> None:
    assert "configuration_url" not in described()["device"]
    page = DashboardConfig(url="https://door.lan:8443")
    message = json.loads(discovery(Config(SWITCHES, dashboard=page)))
    assert message["device"]["configuration_url"] == "https://door.lan:8443"
    assert message["origin"]["support_url"] == "https://door.lan:8443/doors/front"
    assert objections(message) == []


def test_switch_is_on_when_faces_open_the_door() -> None:
    for mode, shown in [(Mode.NORMAL, "ON"), (Mode.FACE_OFF, "OFF"), (Mode.LOCKDOWN, "OFF")]:
        assert rendered("face", state(on=False, mode=mode)) == shown, mode


def test_decision_is_an_event_of_an_announced_type_with_person_and_reason() -> None:
    types = described()["components"]["decision"]["event_types"]
    for message, said in (
        (GRANTED, ["granted", "Ada", "recognised"]),
        (REFUSED, ["refused", None, "unknown"]),
        (WITHDRAWN, ["refused", "Ada", "not_allowed_now"]),
    ):
        shown = json.loads(rendered("decision", message))
        assert [shown[key] for key in ("event_type", "person", "reason")] == said
        assert (shown["id"], shown["visit"]) == ("front-3f9a1c07-17", None)
        assert shown["event_type"] in types


@pytest.mark.parametrize("name", ['O"Brien', "<b>", "Émile", "{{ 1 }}", "\\"])
def test_person_whose_name_has_special_characters_stays_that_person(name: str) -> None:
    message = event("decision", dataclasses.replace(grant(1), person=name).as_json())
    assert json.loads(rendered("decision", message))["person"] == name
    assert rendered("last_person", message) == name


@pytest.mark.parametrize("message", [STARTED, RELEASED_BY_COMMAND])
def test_events_that_are_no_decision_about_a_visit_change_nothing(message: bytes) -> None:
    for name in ("decision", "latency", "when_granted", "when_refused"):
        assert rendered(name, message) == ""
    assert rendered("last_person", message, state="Ada") == "Ada"
    assert rendered("last_decision", message, state="refused") == "refused"


def test_last_person_decision_and_latency_are_those_of_the_last_visit() -> None:
    assert rendered("last_person", GRANTED, state="Bob") == "Ada"
    assert rendered("last_person", REFUSED, state="Bob") == "nobody"
    assert rendered("last_decision", REFUSED, state="granted") == "refused"
    assert rendered("latency", GRANTED) == "400.0"
    assert rendered("latency", REFUSED) == ""  # nobody was judged long enough to be timed


@pytest.mark.parametrize(("message", "fires"), [(GRANTED, "granted"), (REFUSED, "refused")])
def test_exactly_one_trigger_fires_for_each_decision(message: bytes, fires: str) -> None:
    for decision in ("granted", "refused"):
        trigger = described()["components"][f"when_{decision}"]
        fired = rendered(f"when_{decision}", message) == trigger["payload"]
        assert fired == (decision == fires)


def test_connection_and_problem_follow_the_status() -> None:
    well, ill = (messages.status("front", DOOR, online=True, problems=p) for p in ([], [DISK_FULL]))
    assert rendered("connection", well) == "ON"
    assert rendered("connection", messages.status("front", DOOR, online=False)) == "OFF"
    assert (rendered("problem", well), rendered("problem", ill)) == ("OFF", "ON")
    attributes = json.loads(rendered("problem", ill, "json_attributes_template"))
    assert attributes == {"problems": [DISK_FULL.sentence]}


def test_everything_but_the_connection_is_unavailable_while_the_door_is_offline() -> None:
    message = described(**ALL)
    (way,) = message["availability"]
    assert way["topic"] == TOPICS.status
    overriding = [n for n, c in message["components"].items() if "availability" in c]
    assert overriding == ["connection"]


def test_temperature_may_be_unknown_and_people_are_counted() -> None:
    assert rendered("temperature", messages.encode("front", HEALTH)) == "51.5"
    without = dataclasses.replace(HEALTH, temperature_c=None)
    assert rendered("temperature", messages.encode("front", without)) == "None"
    message = messages.people("front", ["Ada", "Bob"], roster=7, publish_names=False)
    assert rendered("people", message) == "2"


def test_every_topic_is_one_of_the_doors_own() -> None:
    known = {
        getattr(TOPICS, name)
        for name in ("status", "state", "event", "prompt", "telemetry", "people")
    }
    known |= {TOPICS.image, TOPICS.picture, Topics.every_status()}
    known |= {TOPICS.home_assistant_set(e) for e in ("lock", "release", "face", "mode")}
    for component in described(**ALL)["components"].values():
        for key, value in component.items():
            assert value in known if key.endswith("topic") else True


def test_page_names_every_entity() -> None:
    page = (Path(__file__).parents[3] / "docs" / "home-assistant.md").read_text()
    for settings in ({}, ALL):
        components = described(**settings)["components"]
        for name in offered(**settings):
            component = components[name]
            if component["platform"] != "device_automation":
                words = (component["name"] or "").lower().split()
                entity = "_".join([f"{component['platform']}.facedoor_front", *words])
                assert f"`{entity}`" in page


def test_door_without_switches_offers_nothing_about_them() -> None:
    components = json.loads(discovery(Config()))["components"]
    for name in ("contact", "alarm", "tamper", "bell"):
        assert set(components[name]) == {"platform"}
        assert set(described()["components"][name]) != {"platform"}


def test_contact_and_tamper_switch_are_shown() -> None:
    door = status(on=False, time=TIME)
    for is_open, shown in ((True, "ON"), (False, "OFF"), (None, "None")):
        told = messages.state("front", dataclasses.replace(door, is_open=is_open))
        assert rendered("contact", told) == shown
    for tampered, shown in ((False, "OFF"), (True, "ON")):
        told = messages.state("front", dataclasses.replace(door, tampered=tampered))
        assert rendered("tamper", told) == shown


def test_alarm_is_on_in_the_states_that_need_somebody() -> None:
    for name in DoorName:
        door = messages.state("front", dataclasses.replace(status(on=False, time=TIME), name=name))
        needs_somebody = name in {"held_open", "forced", "jammed"}
        assert rendered("alarm", door) == ("ON" if needs_somebody else "OFF"), name
        attributes = json.loads(rendered("alarm", door, "json_attributes_template"))
        assert attributes == {"state": name, "since": TIME}


def test_bell_rings_once_for_its_event_and_for_no_other() -> None:
    rung = json.loads(rendered("bell", event("door", {"time": TIME, "event": "bell"})))
    assert rung == {"event_type": "ring", "id": "front-3f9a1c07-17", "time": TIME}
    for other in (GRANTED, STARTED, RELEASED_BY_COMMAND):
        assert rendered("bell", other) == ""


def test_prompt_is_offered_only_by_a_door_that_asks() -> None:
    assert offered()["prompt"] == "sensor"
    passive = json.loads(discovery(Config(liveness=LivenessConfig("passive"))))
    assert passive["components"]["prompt"] == {"platform": "sensor"}


def test_sensor_shows_what_a_visitor_is_asked_until_nothing_is() -> None:
    prompt = Prompt.asking(Side.RIGHT, 3.0, track=1, visit="v1")
    asked, over = (messages.encode("front", said) for said in (prompt, prompt.over))
    assert rendered("prompt", asked) == "turn your head to your right"
    assert rendered("prompt", over) == "none"
    told = json.loads(rendered("prompt", asked, key="json_attributes_template"))
    assert told == {"side": "right", "until": prompt.until, "visit": "v1"}

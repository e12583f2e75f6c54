"""The printed configuration in a real mosquitto: who may come in, say what, and hear what."""

from __future__ import annotations

import contextlib
import io
import json
import queue
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from broker import (
    DEADLINE_S,
    Broker,
    StartBus,
    free_port,
    passwords,
    running,
    wait_until,
)
from circle import at
from facedoor.certificates import (
    FOR_CLIENTS,
    FOR_SERVERS,
    certificate,
    common_name,
    pem,
    read_key,
    utc,
)
from facedoor.cli.main import main
from facedoor.config.options import Config, DashboardConfig, MqttConfig
from facedoor.dashboard.at_broker import broker_of
from facedoor.host_names import LOOPBACKS, of_this_machine
from facedoor.mqtt.broker_certificates import make_certificates
from facedoor.mqtt.homeassistant import BIRTH_TOPIC, discovery_topic
from facedoor.mqtt.probe import ProbeAnswer, probe
from facedoor.problems import Board
from facedoor.storage.journal import Journal
from facedoor.wire.events import OtherEvent
from facedoor.wire.topics import Topics, roster
from site_kit import MODEL, BusDoor

FRONT, BACK = Topics("front"), Topics("back")
CONFIGS = {
    topics: f"homeassistant/device/facedoor-{topics.door}/config" for topics in (FRONT, BACK)
}
BIRTH = "homeassistant/status"
RECORD = roster("home", "a1b2")
OLD = 3
"""The broker's certificate at that port after the first has expired."""

Delivers = Callable[[MqttConfig], None]


def told(topics: Topics) -> set[str]:
    health = {topics.status, topics.state, topics.telemetry}
    return health | {topics.event, topics.people, topics.image, topics.picture}


def said(topics: Topics) -> set[str]:
    """Everything that is said by or to one door."""
    own = {topics.command, topics.result("17"), topics.home_assistant_set("lock"), topics.sync}
    return told(topics) | own | {CONFIGS[topics]}


EVERYTHING = {*said(FRONT), *said(BACK), RECORD, BIRTH, roster("work", "a1b2"), "elsewhere"}
MAY_SAY = {
    "door-front": {*told(FRONT), FRONT.result("17"), CONFIGS[FRONT], RECORD, FRONT.sync},
    "console": {FRONT.command, BACK.command},
    "dashboard": set(),
    "enroller": {FRONT.command, BACK.command},
    "home-assistant": {BIRTH, FRONT.home_assistant_set("lock"), BACK.home_assistant_set("lock")},
}
MAY_HEAR = {
    "door-front": {
        *{FRONT.command, FRONT.home_assistant_set("lock"), BIRTH, RECORD, FRONT.sync},
        *{FRONT.status, FRONT.event},
    },
    "console": {*told(FRONT), *told(BACK), FRONT.result("17"), BACK.result("17")},
    "dashboard": told(FRONT) | told(BACK),
    "enroller": {FRONT.result("17"), BACK.result("17"), FRONT.status, BACK.status},
    "home-assistant": {*told(FRONT), *told(BACK), *CONFIGS.values(), BIRTH},
}


def printed(*arguments: str) -> str:
    """What ``facedoor broker-config`` prints."""
    with contextlib.redirect_stdout(io.StringIO()) as output:
        assert main(["broker-config", *arguments]) == 0
    return output.getvalue()


@dataclass
class Site:
    """A broker for two doors, as ``facedoor broker-config`` wants it."""

    folder: Path
    port: int

    def config(self, user: str, port: int) -> MqttConfig:
        password = self.folder / f"password-{user}"
        password.touch(mode=0o600)
        password.write_text(f"of {user}")
        return MqttConfig(
            host="127.0.0.1",
            port=port,
            username=user,
            password_file=str(password),
            ca_file=str(self.folder / "ca.pem"),
        )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    make_certificates(folder, of_this_machine(), ["door-front", "console", "stranger"])
    for name, purpose in (("broker", FOR_SERVERS), ("door-front", FOR_CLIENTS)):
        expire(folder, name, purpose)
    make_certificates(folder / "elsewhere", of_this_machine(), ["door-front"])
    users = ("door-front", "door-back", "console", "dashboard", "enroller", "home-assistant")
    passwords(folder, {user: f"of {user}" for user in users})
    port, doors = free_port(following=OLD), ("--door", "front", "back")
    (folder / "acl").write_text(printed("--acl", "--site", "home", *doors))
    text = printed("--folder", str(folder), "--port", str(port), *doors)
    old = f"certfile {folder}/old-broker.pem", f"keyfile {folder}/broker.key"
    with running(folder, *text.splitlines(), f"listener {port + OLD}", *old):
        yield Site(folder, port)


def expire(folder: Path, name: str, purpose: x509.ExtendedKeyUsage) -> None:
    """Make ``old-<name>.pem``, that certificate as it would be had it ended yesterday."""
    now = utc()
    issuer = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
    ended = certificate(
        read_key(folder / f"{name}.key").public_key(),
        common_name(name),
        (issuer, read_key(folder / "ca.key")),
        now - timedelta(days=30),
        now - timedelta(days=1),
        purpose,
        [*LOOPBACKS, "localhost"],
    )
    (folder / f"old-{name}.pem").write_bytes(pem(ended))


class Guest:
    """A user of the broker, who tries things."""

    def __init__(self, site: Site, user: str) -> None:
        self.heard: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[ReasonCode] = queue.SimpleQueue()
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.username_pw_set(user, f"of {user}")
        self._client.tls_set(str(site.folder / "ca.pem"))
        self._client.on_publish = lambda _1, _2, _3, reason, _4: self._answers.put(reason)
        self._client.on_message = lambda _1, _2, message: self.heard.put(message.topic)
        self._client.connect("127.0.0.1", site.port)
        self._client.loop_start()

    def may_say(self, topic: str) -> bool:
        """Retain something on this topic; whether the broker lets it."""
        self._client.publish(topic, b"{}", qos=1, retain=True)
        return not self._answers.get(timeout=DEADLINE_S).is_failure

    def hear_all(self) -> set[str]:
        """The topics of what the broker has retained and lets this user hear."""
        subscribed: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._client.on_subscribe = lambda *_: subscribed.put(None)
        self._client.subscribe("#", qos=1)
        subscribed.get(timeout=DEADLINE_S)
        self.may_say("elsewhere")  # answered after everything that is retained
        return {self.heard.get() for _ in range(self.heard.qsize())}

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.mark.parametrize("user", MAY_SAY)
def test_user_may_say_only_what_is_theirs(site: Site, user: str) -> None:
    with contextlib.closing(Guest(site, user)) as guest:
        assert {topic for topic in EVERYTHING if guest.may_say(topic)} == MAY_SAY[user]


@pytest.mark.parametrize("user", MAY_HEAR)
def test_user_hears_only_what_is_meant_for_them(site: Site, user: str) -> None:
    for speaker in ("door-front", "door-back", "enroller", "home-assistant"):
        with contextlib.closing(Guest(site, speaker)) as guest:
            for topic in EVERYTHING:
                guest.may_say(topic)
    with contextlib.closing(Guest(site, user)) as guest:
        assert guest.hear_all() == MAY_HEAR[user]


def test_door_with_a_password_is_let_in(site: Site, delivers: Delivers) -> None:
    delivers(site.config("door-front", site.port))


def test_door_gets_through_over_websockets(site: Site, delivers: Delivers) -> None:
    delivers(replace(site.config("door-front", site.port + 2), transport="websockets"))


def test_acl_lets_doors_share_the_roster(site: Site, tmp_path: Path) -> None:
    front, back = (
        BusDoor(tmp_path, name, site.config(f"door-{name}", site.port))
        for name in ("front", "back")
    )
    for door in (front, back):
        door.start()
    front.gallery.add("Anna", at(0), MODEL)
    wait_until(lambda: back.opens_for("Anna"), "the other door opens")
    front.gallery.remove("Anna")
    wait_until(lambda: not back.people(), "she is removed there too")
    for door in (front, back):
        door.stop()


def with_certificate(site: Site, name: str, key: str = "") -> MqttConfig:
    folder = site.folder
    return MqttConfig(
        host="127.0.0.1",
        port=site.port + 1,
        ca_file=str(folder / "ca.pem"),
        cert_file=str(folder / f"{name}.pem"),
        key_file=str(folder / f"{key or name}.key"),
    )


def test_door_with_a_certificate_needs_no_password(site: Site, delivers: Delivers) -> None:
    delivers(with_certificate(site, "door-front"))


def test_certificate_of_somebody_else_is_not_the_doors(
    site: Site, journal: Journal, start_bus: StartBus, board: Board
) -> None:
    journal.append(OtherEvent.of("system", {}))
    start_bus(with_certificate(site, "stranger"))
    wait_until(lambda: "Not authorized" in str(board.problems), "the refusal is noticed")
    assert journal.unsent(1)


def test_dashboard_with_a_certificate_shares_a_doors_configuration(site: Site) -> None:
    mqtt, files = with_certificate(site, "door-front"), str(site.folder / "console")
    refused = broker_of(Config(mqtt=mqtt))
    page = DashboardConfig(cert_file=f"{files}.pem", key_file=f"{files}.key")
    assert (
        probe(broker_of(Config(mqtt=mqtt, dashboard=page)), "front").answer is ProbeAnswer.WELCOME
    )
    assert probe(refused, "front").answer is not ProbeAnswer.WELCOME


def test_brokers_certificate_of_another_ca_or_name_or_past_its_end_is_not_trusted(
    site: Site,
) -> None:
    good = site.config("door-front", site.port)
    assert probe(good, "front").answer is ProbeAnswer.WELCOME
    for bad, why in (
        (replace(good, ca_file=str(site.folder / "elsewhere" / "ca.pem")), "is not one of the CA"),
        (replace(good, host="127.0.0.2"), "is for another name"),
        (replace(good, port=site.port + OLD), "has expired"),
    ):
        found = probe(bad, "front")
        assert (found.answer, why in found.sentence) == (ProbeAnswer.UNTRUSTED, True), found


@pytest.mark.parametrize(
    ("name", "key", "why"),
    [
        ("old-door-front", "door-front", "renew the certificate"),
        ("elsewhere/door-front", "", "it may not accept [mqtt] cert_file"),
    ],
)
def test_doors_certificate_of_another_ca_or_past_its_end_lets_nobody_in(
    site: Site, name: str, key: str, why: str
) -> None:
    found = probe(with_certificate(site, name, key), "front")
    assert found.answer is not ProbeAnswer.WELCOME
    assert why in found.remedy


def test_wrong_password_is_refused(site: Site) -> None:
    wrong = site.config("door-front", site.port)
    Path(wrong.password_file).write_text("of nobody")
    assert probe(wrong, "front").answer is ProbeAnswer.REFUSED


@pytest.mark.parametrize("option", ["password", "certificate"])
def test_without_a_password_or_a_certificate_nobody_is_let_in(
    site: Site, option: str, start_bus: StartBus, board: Board
) -> None:
    port = site.port + (option == "certificate")
    start_bus(MqttConfig(host="127.0.0.1", port=port, ca_file=str(site.folder / "ca.pem")))
    wait_until(lambda: board.problems, "the refusal is noticed")


def test_site_and_port_that_cannot_be_are_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["broker-config", "--acl", "--site", "+"]) == 2
    assert main(["broker-config", "--port", "65534"]) == 2
    assert main(["broker-config", "--acl", "--door", "a/b"]) == 2
    assert capsys.readouterr().out == ""


def test_one_thing_is_asked_for_at_a_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    certificates = ("broker-config", "--make-certificates", str(tmp_path / "new"))
    assert main([*certificates, "--acl"]) == 2
    assert main([*certificates, "--host", "tcp://broker.lan"]) == 2
    assert main([*certificates, "--user", "../root"]) == 2
    assert not (tmp_path / "new").exists()
    assert capsys.readouterr().out == ""


def test_certificates_are_made_for_doors_and_users_and_each_is_told_how_to_come(
    tmp_path: Path,
) -> None:
    asked = ("--make-certificates", str(tmp_path / "new"), "--host", "broker.lan", "192.0.2.9")
    asked += ("--door", "front", "back", "--user", "enroller", "console")
    said = printed(*asked)
    for door in ("front", "back"):
        part = said.partition(f"The door {door} ")[2].partition("  [mqtt]\n")[2]
        lines = [line.strip() for line in part.partition("\n\n")[0].splitlines()]
        mqtt = tomllib.loads("\n".join(lines))
        assert (mqtt["host"], mqtt["port"]) == ("broker.lan", 8884)
    assert "--cert-file enroller.pem" in said
    told = json.loads(printed(*asked, "--json"))["certificates"]
    names = ("ca", "broker", "door-front", "door-back", "enroller", "console")
    assert [(each["file"], each["done"]) for each in told] == [(f"{n}.pem", "kept") for n in names]
    assert told[1]["names"][0] == "broker.lan"


def test_acl_without_a_site_has_no_roster() -> None:
    assert "roster" not in printed("--acl")
    assert "user door-front\n" in printed("--acl")


PAGE = Path(__file__).parents[3] / "docs" / "home-assistant.md"
DOOR, HOME, VIEWER = USERS = ("door-front", "home-assistant", "dashboard")
TOPICS = Topics("front")
RELEASE = TOPICS.home_assistant_set("release")


@pytest.fixture
def guarded_broker(tmp_path: Path) -> Iterator[Broker]:
    """A broker with the rules of the page, and one more for the dashboard that it speaks of."""
    _, _, rest = PAGE.read_text().partition("```\nuser ")
    rules, _, _ = rest.partition("```")
    (tmp_path / "rules").write_text(f"user {rules}\nuser dashboard\ntopic read facedoor/#\n")
    users = {user: f"{user}!" for user in USERS}
    rules_file = f"acl_file {tmp_path / 'rules'}"
    with running(tmp_path, *passwords(tmp_path, users), rules_file) as broker:
        yield broker


def may_publish(broker: Broker, user: str, topic: str) -> bool:
    """What the broker answers to a message of ``user``; only MQTT v5 tells."""
    answers: list[bool] = []

    def on_publish(_1: object, _2: object, _3: object, reason: ReasonCode, _5: object) -> None:
        answers.append(not reason.is_failure)

    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    client.username_pw_set(user, f"{user}!")
    client.on_publish = on_publish
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    client.publish(topic, b"PRESS", qos=1)
    wait_until(lambda: answers, "the broker answers")
    client.disconnect()
    client.loop_stop()
    return answers[0]


def test_only_home_assistant_may_press_and_it_may_not_play_the_door(guarded_broker: Broker) -> None:
    assert may_publish(guarded_broker, HOME, RELEASE)
    assert not may_publish(guarded_broker, VIEWER, RELEASE)
    for topic in (TOPICS.event, TOPICS.state, TOPICS.status):
        assert not may_publish(guarded_broker, HOME, topic)


def test_door_may_describe_itself_and_nobody_else(guarded_broker: Broker) -> None:
    assert may_publish(guarded_broker, DOOR, discovery_topic("front"))
    assert not may_publish(guarded_broker, DOOR, discovery_topic("back"))
    assert not may_publish(guarded_broker, DOOR, BIRTH_TOPIC)
    assert not may_publish(guarded_broker, VIEWER, discovery_topic("front"))


def test_home_assistants_own_broker_takes_its_users_and_acl(tmp_path: Path) -> None:
    """mosquitto as the add-on runs it: without TLS, users with passwords, and the file of rules."""
    front = ("broker-config", "--home-assistant", "--door", "front")
    (tmp_path / "rules").write_text(printed(*front[1:], "--acl"))
    own = {user: f"{user}!" for user in ("homeassistant", "addons", "somebody")}
    logins = json.loads(printed(*front[1:], "--json"))["logins"]
    assert logins.keys() == {DOOR, "console"}
    users = {user: f"{user}!" for user in logins} | own
    acl = f"acl_file {tmp_path / 'rules'}"
    with running(tmp_path, *passwords(tmp_path, users), acl) as broker:
        password = tmp_path / "password"
        password.touch(mode=0o600)
        config = replace(broker.config, username=DOOR, password_file=str(password))
        for said, answer in ((f"{DOOR}!", ProbeAnswer.WELCOME), ("!", ProbeAnswer.REFUSED)):
            password.write_text(said)
            assert probe(config, "front").answer is answer
        may = {
            (user, topic)
            for user in users
            for topic in (RELEASE, TOPICS.status, TOPICS.command)
            if may_publish(broker, user, topic)
        }
    everything = {
        (user, topic)
        for user in ("homeassistant", "addons")
        for topic in (RELEASE, TOPICS.status, TOPICS.command)
    }
    assert may == everything | {(DOOR, TOPICS.status), ("console", TOPICS.command)}


def test_steps_for_home_assistant_say_what_the_door_needs() -> None:
    said = printed("--home-assistant", "--door", "front", "--host", "ha.lan")
    settings = said.partition("   [mqtt]\n")[2].partition("\n\n")[0]
    assert tomllib.loads(settings) == {"host": "ha.lan", "port": 1883, "username": "door-front"}

"""Setup's steps about the broker, the dashboard's page, and its first phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from broker import Broker, free_port, passwords
from facedoor.errors import FacedoorError, UsageError
from facedoor.setup.broker import BROKER
from facedoor.setup.configuration import Configuration
from facedoor.setup.dashboard import DASHBOARD
from facedoor.setup.invitation import INVITATION
from facedoor.setup.talk import Bench
from machine_kit import ScriptedTalk, Systemd
from setup_kit import Steps


def answers(broker: Broker, password: str) -> list[tuple[str, str]]:
    where = [("which broker", "o"), ("broker's name", "127.0.0.1"), ("port", str(broker.port))]
    return [*where, ("user name", "door"), ("password", password)]


def test_broker_is_tried_and_its_password_kept_apart(steps: Steps, guarded: Broker) -> None:
    assert "lets the door in" in steps.do(BROKER, *answers(guarded, "open sesame"))
    mqtt = steps.settings.mqtt
    file = steps.door.state / "mqtt-password"
    assert (mqtt.port, mqtt.username, mqtt.password_file) == (guarded.port, "door", str(file))
    assert file.read_text() == "open sesame"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "open sesame" not in steps.door.config.read_text()


def test_password_becomes_a_credential_where_some_are(steps: Steps, guarded: Broker) -> None:
    folder = steps.door.folder / "credentials"
    folder.mkdir(mode=0o700)
    steps.do(BROKER, *answers(guarded, "open sesame"))
    assert steps.settings.mqtt.password_file == ""
    assert (folder / "mqtt-password").read_text() == "open sesame"
    # Asked again, the password that is there is good enough.
    again = [a for a in answers(guarded, "") if a[1]]
    assert "lets the door in" in steps.do(BROKER, *again, ("password", ""))


def test_refused_password_is_not_kept(steps: Steps, guarded: Broker) -> None:
    with pytest.raises(UsageError, match="nothing is written"):
        steps.do(BROKER, *answers(guarded, "wrong"), ("what about it", "t"), ("what", "n"))
    assert not steps.settings.mqtt.host
    assert not (steps.door.state / "mqtt-password").exists()


def test_broker_that_is_not_there_yet_can_be_written_all_the_same(steps: Steps) -> None:
    port = free_port()
    where = [("which broker", "o"), ("broker's name", "127.0.0.1"), ("port", str(port))]
    assert "no broker answers" in steps.do(BROKER, *where, ("what about it", "k"))
    assert steps.settings.mqtt.port == port


def test_door_without_a_broker_is_asked_no_more(steps: Steps) -> None:
    steps.do(BROKER, ("which broker", "n"))
    assert BROKER.reached(steps.bench()) == "no broker"


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of a bundled page."""
    static = tmp_path / "static"
    static.mkdir()
    (static / "index.html").touch()
    monkeypatch.setattr("facedoor.dashboard.hosting.STATIC", static)
    return static


@dataclass
class AtHomeAssistant(ScriptedTalk):
    """Somebody who does what setup shows them, and starts the broker anew once it asks for that."""

    add: Callable[[dict[str, str]], None] = field(default=lambda _: None)

    def ask(self, question: str, default: str = "") -> str:
        if "it is restarted" in question:
            self.add(dict(re.findall(r'username: (\S+)\n +password: "(\S+)"', self.text)))
        return super().ask(question, default)


def test_passwords_for_home_assistant_are_made_shown_and_good(
    steps: Steps, page: Path, tmp_path: Path
) -> None:
    credentials = steps.door.folder / "credentials"
    credentials.mkdir(mode=0o700)
    broker = Broker(tmp_path, *passwords(tmp_path, {}))

    def restart(users: dict[str, str]) -> None:
        passwords(tmp_path, users)
        broker.start()

    asked = [("which broker", "h"), ("name or address", "127.0.0.1"), ("port", str(broker.port))]
    talk = AtHomeAssistant([*asked, ("restarted", "")], add=restart)
    try:
        BROKER.do(Bench(talk, Configuration(steps.door.config), steps.machine.root))
        steps.door.configure("dashboard", directory=str(steps.door.folder / "page"))
        steps.door.configure("mqtt", host="127.0.0.1", port=broker.port, username="door-test")
        # The page comes with the password that was made for it.
        url = ("as phones reach it", f"door.lan:{free_port()}")
        steps.do(
            DASHBOARD,
            url,
            ("at which it is served", "127.0.0.1"),
            ("without TLS", "none"),
            ("its user console", ""),
        )
    finally:
        broker.stop()
    assert "lets the door in" in talk.text
    for name in ("mqtt-password", "console-password"):
        secret = (credentials / name).read_text()
        assert f'password: "{secret}"' in talk.text
        assert secret not in steps.door.config.read_text()


def test_page_gets_an_address_a_certificate_and_its_first_phone(
    steps: Steps, broker: Broker, page: Path
) -> None:
    assert "through a broker" in DASHBOARD.reached(steps.bench())
    assert "no page" in INVITATION.reached(steps.bench())
    broker.start()
    steps.door.configure("mqtt", host="127.0.0.1", port=broker.port)
    steps.door.configure("dashboard", directory=str(steps.door.folder / "page"))
    assert DASHBOARD.reached(steps.bench()) == ""
    port, http_port = free_port(), free_port()
    said = steps.do(
        DASHBOARD,
        ("as phones reach it", f"door.lan:{port}"),
        ("at which it is served", "127.0.0.1"),
        ("without TLS", str(http_port)),
    )
    dashboard = steps.settings.dashboard
    assert DASHBOARD.reached(steps.bench()) == dashboard.url == f"https://door.lan:{port}"
    assert (dashboard.listen, dashboard.port, dashboard.http_port) == (
        "127.0.0.1",
        port,
        http_port,
    )
    assert (dashboard.folder / "certificates" / "server.pem").exists()
    assert f"http://door.lan:{http_port}/install" in said
    assert "To serve it: facedoor dashboard" in said
    assert INVITATION.reached(steps.bench()) == ""
    with pytest.raises(UsageError, match="does not know what time it is"):
        steps.do(INVITATION, ("is called", "Ada's phone"))
    steps.door.trust_clock()
    said = steps.do(INVITATION, ("is called", "Ada's phone"))
    assert f"https://door.lan:{port}/join#" in said
    assert INVITATION.reached(steps.bench()) == "invited: Ada's phone"


def test_page_that_is_installed_is_started_and_after_a_change_restarted(
    steps: Steps, broker: Broker, page: Path
) -> None:
    broker.start()
    steps.door.configure("mqtt", host="127.0.0.1", port=broker.port)
    steps.door.configure("dashboard", directory=str(steps.door.folder / "page"))
    systemd = Systemd(steps.machine, active=False)
    asked = ("as phones reach it", f"door.lan:{free_port()}")
    where = [("at which it is served", "127.0.0.1"), ("without TLS", "none")]
    steps.do(DASHBOARD, asked, *where, ("at every boot", "y"))
    steps.do(DASHBOARD, ("as phones reach it", ""), ("without TLS", "none"))
    unit = "facedoor-dashboard.service"
    assert systemd.told == [f"enable --now {unit}", f"restart {unit}"]


def test_page_that_cannot_be_served_is_not_written(
    steps: Steps, broker: Broker, page: Path
) -> None:
    broker.start()
    steps.door.configure("mqtt", host="127.0.0.1", port=broker.port)
    steps.door.configure("dashboard", directory=str(steps.door.folder / "page"))
    with pytest.raises(FacedoorError, match="has to begin with https"):
        steps.do(DASHBOARD, ("as phones reach it", "http://door.lan"))
    taken = ("as phones reach it", f"door.lan:{broker.port}")
    with pytest.raises(FacedoorError, match="cannot be served"):
        steps.do(DASHBOARD, taken, ("at which it is served", "127.0.0.1"), ("without TLS", "none"))
    assert not steps.settings.dashboard.url


class Rows(ScriptedTalk):
    """A person at a terminal of 24 rows, or as many as they make of it when they are asked to."""

    rows = 24

    def ask(self, question: str, default: str = "") -> str:
        if "make this window taller" in question:
            self.rows = 60
        return super().ask(question, default)

    def size(self) -> tuple[int, int]:
        return 80, self.rows


def test_qr_code_is_drawn_once_there_is_room_for_it(steps: Steps) -> None:
    steps.door.configure("dashboard", url="https://door.lan:8443")
    steps.door.be_made()
    steps.door.trust_clock()
    asked = [("is called", "phone"), ("make this window taller", ""), ("go on", "")]
    talk = Rows(asked, is_terminal=True)
    INVITATION.do(Bench(talk, Configuration(steps.door.config), steps.machine.root))
    code = talk.said[-2]
    assert not talk.answers
    assert "█" in code
    assert max(map(len, code.splitlines())) <= 80

"""The steps about the door's name and about the broker that its events go to, if any.

The broker is tried before it is written down.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from facedoor.config.options import MqttConfig
from facedoor.dashboard.at_broker import CREDENTIAL as CONSOLE_PASSWORD
from facedoor.errors import UsageError
from facedoor.languages import N_, _
from facedoor.mqtt.broker import door_user
from facedoor.mqtt.homeassistant import addon
from facedoor.mqtt.probe import ProbeAnswer, probe
from facedoor.setup.passwords import keep_password, with_password
from facedoor.setup.talk import Bench, SetupStep, chosen, confirmed
from facedoor.wire.topics import Topics

NONE = "none"
_PLAIN_PORT, _TLS_PORT = 1883, 8883
_PASSWORD = "mqtt-password"  # noqa: S105 - the name of a file


@dataclass(frozen=True, slots=True)
class _Login:
    """The broker, and the password for it. ``console`` is the dashboard's, where it was made
    here."""

    mqtt: MqttConfig
    secret: str
    console: str = ""


def _reached(bench: Bench) -> str:
    if not bench.configuration.says("mqtt", "host"):
        return ""
    mqtt = bench.settings.mqtt
    return f"{mqtt.host}:{mqtt.port}" if mqtt.host else _("no broker")


def _do(bench: Bench) -> None:
    answer = chosen(
        bench.talk,
        _("which broker hears of the door"),
        (
            ("h", _("Home Assistant's Mosquitto, with a user and a password")),
            ("o", _("another one")),
            ("n", _("none: the door works on its own")),
        ),
        "o" if bench.settings.mqtt.host else "n",
    )
    if answer == "n":
        bench.configuration.set("mqtt", host="")
        return
    login = _at_home_assistant(bench) if answer == "h" else _anywhere(bench)
    _try(bench, login)
    mqtt = login.mqtt
    if login.secret:
        file = keep_password(bench, _PASSWORD, login.secret, bench.settings.state_directory)
        mqtt = replace(mqtt, password_file=file)
    bench.configuration.set(
        "mqtt",
        host=mqtt.host,
        port=mqtt.port,
        ca_file=mqtt.ca_file,
        username=mqtt.username,
        password_file=mqtt.password_file,
    )
    if login.console:
        page = bench.settings.dashboard
        file = keep_password(bench, CONSOLE_PASSWORD, login.console, page.folder)
        bench.configuration.set("dashboard", username=addon.CONSOLE, password_file=file)


def _anywhere(bench: Bench) -> _Login:
    """Any broker: the configured settings, changed by the answers."""
    talk = bench.talk
    host = talk.ask(_("the broker's name or address"), bench.settings.mqtt.host)
    if not host:
        raise UsageError(_("there is no broker without a name"))
    mqtt = _reached_at(bench, host)
    known = mqtt.username or NONE
    asked = _("the door's user name at the broker, or {none}").format(none=NONE)
    username = talk.ask(asked, known)
    if username == NONE:
        return _Login(replace(mqtt, username="", password_file=""), "")
    secret = talk.ask_secret(_("its password (Enter: as it is)"))
    return _Login(replace(mqtt, username=username), secret)


def _at_home_assistant(bench: Bench) -> _Login:
    """Home Assistant's app, in which the door has a user; where it has none yet, with passwords
    that are made here."""
    talk, door = bench.talk, bench.settings.door.name
    user = door_user(door)
    host = talk.ask(_("Home Assistant's name or address"), bench.settings.mqtt.host or addon.HOST)
    mqtt = replace(_reached_at(bench, host), username=user)
    known = _("Does Home Assistant's Mosquitto know the user {user} already").format(user=user)
    if confirmed(talk, known, default=False):
        return _Login(mqtt, talk.ask_secret(_("its password (Enter: as it is)")))
    passwords = addon.addon_passwords([door])
    talk.say(
        _(
            "In Home Assistant: Settings, Apps (formerly Add-ons), Mosquitto broker, "
            'Configuration; in the menu at its top right "Edit in YAML". To what is there add '
            "these two, the door and its page:"
        )
    )
    talk.say(f"\n{addon.logins(passwords, indent='  ')}\n")
    talk.say(
        _(
            "Then save, and restart the app. Who may say what at it, and how to encrypt what the "
            "door tells: facedoor broker-config --home-assistant"
        )
    )
    talk.ask(_("Enter: it is restarted"))
    return _Login(mqtt, passwords[user], passwords[addon.CONSOLE])


def _reached_at(bench: Bench, host: str) -> MqttConfig:
    talk, known = bench.talk, bench.settings.mqtt
    asked = _("file of the CA for TLS, or {none}").format(none=NONE)
    ca_file = talk.ask(asked, known.ca_file or NONE)
    ca_file = "" if ca_file == NONE else str(Path(ca_file).expanduser().absolute())
    changed = bool(ca_file) is not bool(known.ca_file)
    usual = _TLS_PORT if ca_file else _PLAIN_PORT
    port = port_number(talk.ask(_("port"), str(usual if changed else known.port)))
    return replace(known, host=host, port=port, ca_file=ca_file)


def port_number(answer: str) -> int:
    """The port that somebody has typed. Raises :class:`UsageError`."""
    if answer.isdecimal() and 1 <= int(answer) <= 65535:
        return int(answer)
    raise UsageError(_("{answer!r} is no port: it is 1 to 65535").format(answer=answer))


def _try(bench: Bench, login: _Login) -> None:
    """Return once the broker lets the door in, or the person says to go on all the same."""
    talk = bench.talk
    while True:
        with with_password(login.mqtt, login.secret) as tried:
            probed = probe(tried, bench.settings.door.name)
        talk.say(f"{probed.sentence}.")
        if probed.answer is ProbeAnswer.WELCOME:
            return
        talk.say(_("To mend it: {remedy}.").format(remedy=probed.remedy))
        answer = chosen(
            talk,
            _("what about it"),
            (
                ("t", _("try again")),
                ("k", _("keep these settings all the same")),
                ("n", _("write nothing")),
            ),
            "t",
        )
        if answer == "k":
            return
        if answer == "n":
            raise UsageError(_("nothing is written: try again, or skip it"))


BROKER = SetupStep(N_("the MQTT broker"), _reached, _do)


def _named(bench: Bench) -> str:
    return bench.settings.door.name if bench.configuration.says("door", "name") else ""


def _ask_name(bench: Bench) -> None:
    name = bench.talk.ask(_("the door's name, one word"), bench.settings.door.name)
    Topics(name)
    bench.configuration.set("door", name=name)


NAME = SetupStep(N_("the door's name"), _named, _ask_name)

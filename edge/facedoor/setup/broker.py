"""The steps about the door's name and about the broker that its events go to, if any.

The broker is tried before it is written down.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from facedoor.config.file import credentials_folder
from facedoor.config.options import MqttConfig
from facedoor.errors import UsageError
from facedoor.files import draft, make_folder, write_file
from facedoor.mqtt.probe import ProbeAnswer, probe
from facedoor.setup.talk import Bench, SetupStep, confirmed
from facedoor.wire.topics import Topics

_NONE = "none"
_PLAIN_PORT, _TLS_PORT = 1883, 8883
_FILE = "mqtt-password"


def _reached(bench: Bench) -> str:
    if not bench.configuration.says("mqtt", "host"):
        return ""
    mqtt = bench.settings.mqtt
    return f"{mqtt.host}:{mqtt.port}" if mqtt.host else "no broker"


def _do(bench: Bench) -> None:
    talk = bench.talk
    host = talk.ask(f"the broker's name or address, or {_NONE}", bench.settings.mqtt.host or _NONE)
    if host == _NONE:
        bench.configuration.set("mqtt", host="")
        return
    mqtt = _asked(bench, host)
    secret = talk.ask_secret("its password (Enter: as it is)") if mqtt.username else ""
    with _with_password(mqtt, secret) as tried:
        probed = probe(tried, bench.settings.door.name)
    talk.say(f"{probed.sentence}.")
    if probed.answer is not ProbeAnswer.WELCOME:
        talk.say(f"To mend it: {probed.remedy}.")
        if not confirmed(talk, "Keep these settings all the same", default=False):
            raise UsageError("nothing is written: try again, or skip it")
    if secret:
        mqtt = replace(mqtt, password_file=_keep(bench, secret))
    bench.configuration.set(
        "mqtt",
        host=mqtt.host,
        port=mqtt.port,
        ca_file=mqtt.ca_file,
        username=mqtt.username,
        password_file=mqtt.password_file,
    )


def _asked(bench: Bench, host: str) -> MqttConfig:
    """The configured settings, changed by the answers."""
    talk, known = bench.talk, bench.settings.mqtt
    ca_file = talk.ask(f"file of the CA for TLS, or {_NONE}", known.ca_file or _NONE)
    ca_file = "" if ca_file == _NONE else str(Path(ca_file).expanduser().absolute())
    changed = bool(ca_file) is not bool(known.ca_file)
    usual = _TLS_PORT if ca_file else _PLAIN_PORT
    port = talk.ask("port", str(usual if changed else known.port))
    if not port.isdecimal() or not 1 <= int(port) <= 65535:
        raise UsageError(f"{port!r} is no port: it is 1 to 65535")
    username = talk.ask(f"the door's user name at the broker, or {_NONE}", known.username or _NONE)
    asked = replace(known, host=host, port=int(port), ca_file=ca_file, username=username)
    return replace(asked, username="", password_file="") if username == _NONE else asked


@contextmanager
def _with_password(mqtt: MqttConfig, secret: str) -> Iterator[MqttConfig]:
    """The settings with a password that is only in a temporary file yet."""
    if not secret:
        yield mqtt
        return
    with draft(Path(tempfile.gettempdir()) / _FILE) as name:
        name.write_text(secret)
        yield replace(mqtt, password_file=str(name))


def _keep(bench: Bench, secret: str) -> str:
    """Keep the password; returns ``password_file``, which is empty where it is a credential."""
    folder = credentials_folder(bench.configuration.path)
    if folder.is_dir():
        write_secret(folder / _FILE, secret)
        return ""
    path = bench.settings.state_directory / _FILE
    write_secret(path, secret)
    return str(path)


BROKER = SetupStep("the MQTT broker", _reached, _do)


def write_secret(path: Path, secret: str) -> None:
    """Replace ``path`` as a whole; it belongs to the owner of its folder, mode 0600.

    Raises :class:`UsageError`.
    """
    try:
        make_folder(path.parent)
        write_file(path, secret.encode())
    except OSError as error:
        raise UsageError(
            f"cannot write {path} ({error.strerror}): run sudo facedoor setup"
        ) from error


def _named(bench: Bench) -> str:
    return bench.settings.door.name if bench.configuration.says("door", "name") else ""


def _ask_name(bench: Bench) -> None:
    name = bench.talk.ask("the door's name, one word", bench.settings.door.name)
    Topics(name)
    bench.configuration.set("door", name=name)


NAME = SetupStep("the door's name", _named, _ask_name)

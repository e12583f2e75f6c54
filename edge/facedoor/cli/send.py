"""``facedoor send``: sign a command, send it to a door, and print what the door says to it."""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facedoor.cli import LAST_PORT, hint, print_json, show
from facedoor.config.options import Config, MqttConfig
from facedoor.errors import BusError, ExitCode, UsageError
from facedoor.languages import _, ngettext
from facedoor.printable import printable
from facedoor.times import local_text
from facedoor.wire.mode import Mode

if TYPE_CHECKING:
    from facedoor.wire.requests import Request

_EXIT_CODES = {"done": ExitCode.DONE, "refused": ExitCode.NEGATIVE, "failed": ExitCode.BROKEN}

PATIENCE_S = 15.0
"""How long the door may be silent; it answers in milliseconds unless it has to work."""

WORKING_S = 90.0
"""The same for an enrolment of many pictures."""


def send(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Sign a command, send it to a door, and print what the door says to it."""
    from facedoor.commands.known_doors import KnownDoors, beside, own_file
    from facedoor.commands.sender import Sender
    from facedoor.wire import people_requests, requests
    from facedoor.wire.signing import read_private_key

    request = _request(options)
    mqtt = _broker(options, settings.mqtt)
    if not mqtt.host:
        raise UsageError(_("no broker is named: set [mqtt] host, or say --host"))
    key = read_private_key(options.key)
    known = KnownDoors(beside(options.key), own_file())
    patience_s = PATIENCE_S
    if isinstance(request, people_requests.Capture):
        patience_s += options.within
    elif request.cmd == people_requests.Enroll.cmd:
        patience_s = WORKING_S
    with _as_it_was_asked(options):
        result = Sender(mqtt, options.door or settings.door.name, known, hint).send(
            key,
            request.cmd,
            requests.arguments(request),
            patience_s,
            told=lambda progress: hint(progress["message"]),
        )
    if options.json:
        print_json(result)
    else:
        _print(result)
    return _EXIT_CODES.get(result["outcome"], ExitCode.BROKEN)


def add_broker(parser: argparse.ArgumentParser) -> None:
    """How the broker is reached, in place of what ``[mqtt]`` says."""
    parser.add_argument("--host", help="the broker, instead of the configured one")
    parser.add_argument("--port", type=int, help="the broker's port")
    parser.add_argument("--username", metavar="NAME", help="who one is at the broker")
    parser.add_argument(
        "--password-file", metavar="FILE", help="the password in a file of mode 0600"
    )
    parser.add_argument(
        "--ca-file", metavar="FILE", help="the broker's CA in PEM form; the connection is TLS then"
    )
    parser.add_argument(
        "--cert-file", metavar="FILE", help="a certificate in PEM form in place of a password"
    )
    parser.add_argument("--cert-key", metavar="FILE", help="private key of --cert-file, mode 0600")


_BROKER_OPTIONS = {
    "host": "host",
    "port": "port",
    "username": "username",
    "password_file": "password_file",
    "ca_file": "ca_file",
    "cert_file": "cert_file",
    "key_file": "cert_key",
}
"""The options of ``[mqtt]`` by what stands for them in the arguments."""


def _broker(options: argparse.Namespace, mqtt: MqttConfig) -> MqttConfig:
    """The configured broker, but for what the options say.

    Whoever names a user or a certificate does not come with the secret of another one. Raises
    :class:`UsageError` for a port that there is not.
    """
    said = {key: getattr(options, argument) for key, argument in _BROKER_OPTIONS.items()}
    if options.port is not None and not 1 <= options.port <= LAST_PORT:
        # The resolver would take 67419 for 1883, at which somebody else may listen.
        raise UsageError(
            _("--port is {port}; it can be 1 to {last}").format(port=options.port, last=LAST_PORT)
        )
    if options.username:
        said["password_file"] = options.password_file or ""
    if options.cert_file:
        said["key_file"] = options.cert_key or ""
    return dataclasses.replace(
        mqtt, **{key: value for key, value in said.items() if value is not None}
    )


@contextmanager
def _as_it_was_asked(options: argparse.Namespace) -> Iterator[None]:
    """Let an error name the options of the command, where they said what was wrong."""
    try:
        yield
    except BusError as error:
        text = str(error)
        for key, argument in _BROKER_OPTIONS.items():
            if getattr(options, argument) is not None:
                text = text.replace(f"[mqtt] {key}", f"--{argument.replace('_', '-')}")
        raise BusError(text) from error


def _pictures(files: Sequence[Path]) -> tuple[bytes, ...]:
    """As they are sent: made smaller where need be, by a library that not every sender has."""
    from facedoor.wire.signing import picture_bytes

    try:
        from facedoor.camera.pictures import fitted_picture as read
    except ModuleNotFoundError:
        from facedoor.camera.sent import unopened_picture as read
    most_bytes = picture_bytes(len(files))
    return tuple(read(path, most_bytes) for path in files)


def _request(options: argparse.Namespace) -> Request:
    from facedoor.wire import (
        access_requests,
        door_requests,
        people_requests,
        picture_requests,
        reading_requests,
    )

    match options.what:
        case "ping":
            return reading_requests.Ping()
        case "list":
            return reading_requests.ListPeople()
        case "journal":
            return reading_requests.ReadJournal(options.limit, options.since or None)
        case "enroll" if options.image:
            pictures = _pictures(options.image)
            return people_requests.Enroll(options.name, pictures, tuple(options.similar))
        case "enroll" if options.visit:
            similar = tuple(options.similar)
            return picture_requests.EnrollVisit(options.name, options.visit, similar)
        case "label":
            return picture_requests.Label(options.visit, options.name)
        case "enroll":
            shots = people_requests.Shots(options.capture, options.within)
            return people_requests.Capture(options.name, shots, tuple(options.similar))
        case "remove":
            return people_requests.Remove(options.name)
        case "rename":
            return people_requests.Rename(options.name, options.to)
        case "unlock":
            return door_requests.Unlock(options.reason)
        case "mode":
            return door_requests.SetMode(Mode(options.mode))
        case "rules":
            return reading_requests.ReadRules()
        case "set-rules":
            from facedoor.access.document import as_object, parse
            from facedoor.cli.rules import read_document

            text = read_document(options.file)
            parse(text, str(options.file))
            return access_requests.SetRules(json.dumps(as_object(text)))
        case _:
            from facedoor.cli.rules import changes

            return access_requests.Allow(options.name, changes(options))


def _person(person: dict[str, Any]) -> str:
    if "name" in person:
        said = ngettext(
            "{name}: {count} template, since {time}",
            "{name}: {count} templates, since {time}",
            person["templates"],
        )
        return said.format(
            name=person["name"],
            count=person["templates"],
            time=local_text(person["enrolled_at"]),
        )
    from facedoor.cli.rules import in_words

    return f"{person['person']}: {in_words(person)}"


def _told(entry: dict[str, Any]) -> str:
    """An entry of the journal: when, on the clock of whoever asks, and what."""
    from facedoor.history.entries import in_words
    from facedoor.wire.entries import Entry

    said = Entry(0, str(entry["kind"]), str(entry["time"]), entry["payload"])
    return f"{local_text(said.time, seconds=True)} {in_words(said, None)}"


def _print(result: dict[str, Any]) -> None:
    if result.get("rules"):
        show(json.dumps(result["rules"], indent=2))
    for image in result.get("images", ()):
        _line(f"{'+' if image['accepted'] else '-'} {_in_words(image['reason'])}: {image['file']}")
    for person in result.get("people", ()):
        _line(_person(person))
    for entry in result.get("entries", ()):
        _line(_told(entry))
    reason = f" ({result['reason']})" if result.get("reason") else ""
    _line(f"{result['outcome']}: {_in_words(result['message'])}{reason}")


def _in_words(said: str) -> str:
    """What a door says, in English, in the language of whoever asked, as far as it is known there;
    before a colon there may be a code."""
    code, colon, sentence = said.partition(": ")
    is_coded = colon and code.isidentifier()
    return f"{code}{colon}{_(sentence)}" if is_coded else _(said)


def _line(text: str) -> None:
    """One line, whatever the door has said."""
    show(printable(text))

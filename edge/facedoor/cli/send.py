"""``facedoor send``: sign a command, send it to a door, and print what the door says to it."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from typing import Any

from facedoor.cli.answers import print_json
from facedoor.config.options import Config
from facedoor.errors import ExitCode, UsageError
from facedoor.wire import requests
from facedoor.wire.mode import Mode
from facedoor.wire.requests import Request

_EXIT_CODES = {"done": ExitCode.DONE, "refused": ExitCode.NEGATIVE, "failed": ExitCode.BROKEN}

PATIENCE_S = 15.0
"""How long the door may be silent; it answers in milliseconds unless it has to work."""

WORKING_S = 90.0
"""The same for an enrolment of many pictures."""


def ping(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Ask whether the door hears."""
    return _send(options, settings, requests.Ping())


def list_people(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Who is enrolled at the door."""
    return _send(options, settings, requests.ListPeople())


def journal(options: argparse.Namespace, settings: Config) -> ExitCode:
    """The end of the door's journal."""
    return _send(options, settings, requests.ReadJournal(options.limit, options.since or None))


def enroll(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Add pictures to a person: files, which are sent, or taken at the door now."""
    if not options.image:
        shots = requests.Shots(options.capture, options.within)
        asked = requests.Capture(options.name, shots)
        return _send(options, settings, asked, PATIENCE_S + options.within)
    from facedoor.camera.pictures import fitted_picture
    from facedoor.wire.signing import picture_bytes

    most_bytes = picture_bytes(len(options.image))
    pictures = tuple(fitted_picture(path, most_bytes) for path in options.image)
    return _send(options, settings, requests.Enroll(options.name, pictures), WORKING_S)


def remove(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Forget a person."""
    return _send(options, settings, requests.Remove(options.name))


def rename(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Give a person another name."""
    return _send(options, settings, requests.Rename(options.name, options.to))


def unlock(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Release the door once."""
    return _send(options, settings, requests.Unlock(options.reason))


def mode(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Change whom the door is open to."""
    return _send(options, settings, requests.SetMode(Mode(options.mode)))


def rules(options: argparse.Namespace, settings: Config) -> ExitCode:
    """The door's rules, and what is said of whom."""
    return _send(options, settings, requests.ReadRules())


def set_rules(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Put a document in the place of the door's rules."""
    from facedoor.access.document import as_object, parse
    from facedoor.cli.rules import read_document

    text = read_document(options.file)
    parse(text, str(options.file))
    return _send(options, settings, requests.SetRules(json.dumps(as_object(text))))


def allow(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Say what a person may."""
    from facedoor.cli.rules import changes

    return _send(options, settings, requests.Allow(options.name, changes(options)))


def _send(
    options: argparse.Namespace,
    settings: Config,
    request: Request,
    patience_s: float | None = None,
) -> ExitCode:
    from facedoor.commands.sender import Sender
    from facedoor.wire.signing import read_private_key, sign

    mqtt = settings.mqtt
    if options.host:
        mqtt = dataclasses.replace(mqtt, host=options.host)
    if options.port:
        mqtt = dataclasses.replace(mqtt, port=options.port)
    if not mqtt.host:
        raise UsageError("no broker is named: set [mqtt] host, or say --host")
    key = read_private_key(options.key)
    door = options.door or settings.door.name
    sender = Sender(mqtt, door)
    signed = sign(key, door, request.cmd, requests.arguments(request))
    result = sender.send(signed, patience_s or PATIENCE_S, _hint)
    if options.json:
        print_json(result)
    else:
        _print(result)
    return _EXIT_CODES.get(result["outcome"], ExitCode.BROKEN)


def _hint(progress: dict[str, Any]) -> None:
    print(progress["message"], file=sys.stderr)


def _person(person: dict[str, Any]) -> str:
    if "name" in person:
        return f"{person['name']}: {person['templates']} templates, since {person['enrolled_at']}"
    from facedoor.cli.rules import in_words

    return f"{person['person']}: {in_words(person)}"


def _print(result: dict[str, Any]) -> None:
    if result.get("rules"):
        print(json.dumps(result["rules"], indent=2))
    for image in result.get("images", ()):
        print(f"{'+' if image['accepted'] else '-'} {image['file']}: {image['reason']}")
    for person in result.get("people", ()):
        print(_person(person))
    for entry in result.get("entries", ()):
        print(f"{entry['time']} {entry['kind']} {json.dumps(entry['payload'], ensure_ascii=False)}")
    reason = f" ({result['reason']})" if result.get("reason") else ""
    print(f"{result['outcome']}: {result['message']}{reason}")

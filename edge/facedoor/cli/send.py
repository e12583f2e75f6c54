"""``facedoor send``: sign a command, send it to a door, and print what the door says to it."""

from __future__ import annotations

import argparse
import base64
import dataclasses
import json
import sys
from datetime import date
from typing import Any

from facedoor.cli.answers import print_json
from facedoor.config.options import Config
from facedoor.errors import ExitCode, UsageError

_EXIT_CODES = {"done": ExitCode.DONE, "refused": ExitCode.NEGATIVE, "failed": ExitCode.BROKEN}

PATIENCE_S = 15.0
"""How long the door may be silent; it answers in milliseconds unless it has to work."""

WORKING_S = 90.0
"""The same for an enrolment of many pictures."""


def ping(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Ask whether the door hears."""
    return _send(options, settings, "ping", {})


def list_people(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Who is enrolled at the door."""
    return _send(options, settings, "list", {})


def journal(options: argparse.Namespace, settings: Config) -> ExitCode:
    """The end of the door's journal."""
    args: dict[str, object] = {"limit": options.limit}
    if options.since:
        args["since"] = options.since
    return _send(options, settings, "journal", args)


def enroll(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Add pictures to a person: files, which are sent, or taken at the door now."""
    if not options.image:
        shots = {"frames": options.capture, "within_s": options.within}
        args = {"person": options.name, "capture": shots}
        return _send(options, settings, "enroll", args, PATIENCE_S + options.within)
    from facedoor.camera.pictures import fitted_picture
    from facedoor.wire.signing import picture_bytes

    most_bytes = picture_bytes(len(options.image))
    pictures = [fitted_picture(path, most_bytes) for path in options.image]
    images = [base64.b64encode(picture).decode() for picture in pictures]
    return _send(options, settings, "enroll", {"person": options.name, "images": images}, WORKING_S)


def remove(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Forget a person."""
    return _send(options, settings, "remove", {"person": options.name})


def rename(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Give a person another name."""
    return _send(options, settings, "rename", {"person": options.name, "to": options.to})


def unlock(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Release the door once."""
    return _send(options, settings, "unlock", {"reason": options.reason})


def mode(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Change whom the door is open to."""
    return _send(options, settings, "mode", {"mode": options.mode})


def rules(options: argparse.Namespace, settings: Config) -> ExitCode:
    """The door's rules, and what is said of whom."""
    return _send(options, settings, "rules", {})


def set_rules(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Put a document in the place of the door's rules."""
    from facedoor.access.document import as_object, parse
    from facedoor.cli.rules import read_document

    text = read_document(options.file)
    parse(text, str(options.file))
    return _send(options, settings, "set_rules", {"rules": as_object(text)})


def allow(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Say what a person may."""
    from facedoor.cli.rules import changes

    said = {
        _KEYS.get(name, name): value.isoformat() if isinstance(value, date) else value
        for name, value in changes(options).items()
    }
    return _send(options, settings, "allow", {"person": options.name, **said})


_KEYS = {"valid_from": "from", "valid_until": "until"}


def _send(
    options: argparse.Namespace,
    settings: Config,
    cmd: str,
    args: dict[str, object],
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
    signed = sign(key, door, cmd, args)
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

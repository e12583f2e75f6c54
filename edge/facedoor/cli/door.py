"""One small function for each command of ``facedoor``; each returns its exit code.

A command imports what it needs when it runs: listing people must not load a neural network.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from facedoor.cli.answers import DONE, NEGATIVE, print_json
from facedoor.config.options import Config
from facedoor.errors import UsageError

if TYPE_CHECKING:
    import sqlite3

    from facedoor.frames import Image
    from facedoor.identity.gallery import Gallery
    from facedoor.storage.vault import Vault
    from facedoor.vision.reader import FaceReader
    from facedoor.visit.recogniser import Identification, Verification

LAST_PORT = 65535


def enroll(options: argparse.Namespace, settings: Config) -> int:
    """Add pictures, from files or from a camera, to a person."""
    from facedoor.identity.enrolment import TEMPLATES_PER_PERSON
    from facedoor.visit.recogniser import Recogniser

    if not 1 <= options.count <= TEMPLATES_PER_PERSON:
        raise UsageError(f"--count is {options.count}; it can be 1 to {TEMPLATES_PER_PERSON}")
    with Recogniser(settings) as recogniser:
        result = recogniser.enrol(options.name, _pictures(options, settings, recogniser.reader))
    if options.json:
        print_json(dataclasses.asdict(result))
    else:
        for image in result.images:
            print(f"{'+' if image.accepted else '-'} {image.file}: {image.reason}")
        print(f"{result.person} has {result.templates} templates")
    return DONE if any(image.accepted for image in result.images) else NEGATIVE


def _pictures(
    options: argparse.Namespace, settings: Config, reader: FaceReader
) -> Iterator[tuple[str, Callable[[], Image]]]:
    """The pictures to enrol, each with the name under which its verdict is told."""
    from facedoor.camera.pictures import read_picture

    if options.image:
        for path in options.image:
            yield str(path), functools.partial(read_picture, path)
        return
    from facedoor.camera import open_camera
    from facedoor.visit.capture import capture

    with open_camera(options.camera or settings.camera.source, settings.camera) as camera:
        shots = capture(camera, reader, options.count, _hint)
    for number, shot in enumerate(shots, 1):
        yield f"picture {number}", _given(shot)


def _given(image: Image) -> Callable[[], Image]:
    return lambda: image


def _hint(text: str) -> None:
    print(text, file=sys.stderr)


def people_list(options: argparse.Namespace, settings: Config) -> int:
    """Who is enrolled."""
    with _gallery(settings) as gallery:
        people = gallery.people()
    if options.json:
        print_json({"people": [dataclasses.asdict(person) for person in people]})
    else:
        for person in people:
            print(f"{person.name}: {person.templates} templates, since {person.enrolled_at}")
        if not people:
            print("nobody is enrolled: facedoor enroll NAME --image FILE")
    return DONE


def people_rename(options: argparse.Namespace, settings: Config) -> int:
    """Give a person another name."""
    with _gallery(settings) as gallery:
        gallery.rename(options.name, options.to)
    return _done(options, f"{options.name} is now {options.to}", person=options.to)


def people_remove(options: argparse.Namespace, settings: Config) -> int:
    """Forget a person and all their templates."""
    with _gallery(settings) as gallery:
        gallery.remove(options.name)
    return _done(options, f"{options.name} is no longer enrolled", person=options.name)


def people_rekey(options: argparse.Namespace, settings: Config) -> int:
    """Seal everything with a new key."""
    from facedoor.storage.rekey import rekey

    path = rekey(settings, options.to)
    text = f"everything is sealed with the new key in {path}"
    if options.to:
        text += ": make it the credential facedoor-key, then start facedoor again"
    return _done(options, text, key_file=str(path))


def verify(options: argparse.Namespace, settings: Config) -> int:
    """Is this NAME?"""
    from facedoor.camera.pictures import read_picture
    from facedoor.visit.recogniser import Recogniser

    image = read_picture(options.image)
    with Recogniser(settings) as recogniser:
        answer = recogniser.verify(options.name, image)
    if options.json:
        print_json(dataclasses.asdict(answer))
    else:
        verdict = "the door opens" if answer.door_open else "the door stays shut"
        print(f"{verdict}: {_compared(answer.person, answer)}")
    return DONE if answer.door_open else NEGATIVE


def identify(options: argparse.Namespace, settings: Config) -> int:
    """Who is this?"""
    from facedoor.camera.pictures import read_picture
    from facedoor.visit.recogniser import Recogniser

    image = read_picture(options.image)
    with Recogniser(settings) as recogniser:
        answer = recogniser.identify(image)
    if options.json:
        print_json(dataclasses.asdict(answer))
    else:
        print(_compared(answer.person or "nobody who is enrolled", answer))
        if answer.runner_up:
            print(f"next: {answer.runner_up} at {answer.runner_up_distance:.3f}")
    return DONE if answer.person else NEGATIVE


def _compared(who: str, answer: Verification | Identification) -> str:
    if answer.distance is None:
        return f"{answer.reason.guidance} ({answer.reason})"
    return (
        f"{who}, {answer.reason.guidance}: distance {answer.distance:.3f}, "
        f"one person up to {answer.threshold:.3f}"
    )


def run(options: argparse.Namespace, settings: Config) -> int:
    """Run the door."""
    from facedoor.cli.console import JsonLines, PlainLines
    from facedoor.service.service import Service

    if options.camera:
        camera = dataclasses.replace(settings.camera, source=options.camera)
        settings = dataclasses.replace(settings, camera=camera)
    # Not sys.stdout itself, and never closed: where nobody reads, Python would wait for the reader
    # when it closes this stream, and when it ends if it were that one.
    fd, encoding = sys.stdout.fileno(), sys.stdout.encoding
    output = open(fd, "w", encoding=encoding, errors="backslashreplace", closefd=False)  # noqa: SIM115
    observer = JsonLines(output) if options.json else PlainLines(output)
    Service(settings, observer, once=options.once).run()
    return DONE


def relay_off(options: argparse.Namespace, _settings: Config) -> int:
    """Drive the relay off after the service has ended, and leave it so; systemd runs this."""
    import os

    from facedoor.config import file as config_file
    from facedoor.errors import RelayError
    from facedoor.hardware import relay_off as last_guard

    levels = last_guard.read_note()
    if levels is None:
        levels = last_guard.off_levels(config_file.load(options.config).door)
    if not levels:
        return _done(options, "nothing to drive: the relay is simulated", pins=[])
    exit_code = RelayError.exit_code
    try:
        last_guard.hold_off(levels)
        pins = ", ".join(f"GPIO{level.pin}" for level in levels)
        exit_code = _done(options, f"off and driven: {pins}", pins=[level.pin for level in levels])
    except RelayError as error:
        print(f"facedoor: {error}", file=sys.stderr, flush=True)
    finally:
        os._exit(exit_code)  # in any other way out the pins would float


def broker(options: argparse.Namespace, settings: Config) -> int:
    """Run a broker for this machine alone."""
    from facedoor.mqtt.broker import HOST, embedded_broker

    # Blocked before the broker's thread begins, so that they come here.
    signals = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    address = f"{HOST}:{settings.mqtt.port}"
    with embedded_broker(settings.mqtt.port):
        _done(options, f"listening at {address}, for this machine only", address=address)
        signal.sigwait(signals)
    return DONE


def broker_config(options: argparse.Namespace, settings: Config) -> int:
    """Print a configuration for mosquitto, or its ACL."""
    from facedoor.mqtt.broker import access, configuration

    if not 1 <= options.port <= LAST_PORT - 2:
        raise UsageError(f"--port is {options.port}; it can be 1 to {LAST_PORT - 2}")
    doors = options.door or [settings.door.name]
    if options.acl:
        text = access(doors, options.site)
    else:
        text = configuration(options.folder, options.port, doors)
    if options.json:
        print_json({"acl" if options.acl else "configuration": text})
    else:
        print(text, end="")
    return DONE


def site_key(options: argparse.Namespace, settings: Config) -> int:
    """Make the key of the site, unless it is there, and say where it is and which."""
    from facedoor.site.site import make_site_key

    path, key_id = make_site_key(settings)
    text = f"the site's key {key_id} is in {path}: every door of the site needs the same"
    return _done(options, text, key_file=str(path), key_id=key_id)


def check(options: argparse.Namespace, settings: Config) -> int:
    """Find what is misconfigured, and say for each what mends it."""
    from facedoor.checks import examine
    from facedoor.checks.installation import lines
    from facedoor.config.options import DEFAULT_FILE

    findings = examine(settings, options.config or DEFAULT_FILE)
    if options.json:
        print_json({"findings": [dataclasses.asdict(finding) for finding in findings]})
    else:
        for line in lines(findings, coloured=sys.stdout.isatty()):
            print(line)
    return DONE if all(finding.ok for finding in findings) else NEGATIVE


def setup(options: argparse.Namespace, _settings: Config) -> int:
    """Set the door up, step by step, by questions in the terminal."""
    from facedoor.config.options import DEFAULT_FILE
    from facedoor.setup import set_up
    from facedoor.setup.talk import Terminal

    is_fine = set_up(Terminal(sys.stdin, sys.stdout), options.config or DEFAULT_FILE)
    return DONE if is_fine else NEGATIVE


@contextmanager
def _gallery(settings: Config) -> Iterator[Gallery]:
    from facedoor.identity.gallery import Gallery

    with _state(settings) as (db, vault):
        yield Gallery(db, vault)


@contextmanager
def _state(settings: Config) -> Iterator[tuple[sqlite3.Connection, Vault]]:
    from facedoor.storage.key_file import load_vault
    from facedoor.storage.store import open_store, scrub_if_possible

    vault = load_vault(settings)
    with closing(open_store(settings.database, vault)) as db:
        yield db, vault
        scrub_if_possible(db)


def journal_verify(options: argparse.Namespace, settings: Config) -> int:
    """Look for entries that were removed, changed or reordered."""
    from facedoor.storage.audit import verify

    with _state(settings) as (db, vault):
        verdict = verify(db, vault)
    if options.json:
        print_json({"intact": verdict.intact, **dataclasses.asdict(verdict)})
    elif verdict.intact:
        print(
            f"the journal is intact: {verdict.entries} entries, and {verdict.removed} "
            "that were removed because they were old or there was no space"
        )
    else:
        print(f"the journal was tampered with or is damaged: {verdict.problem}")
    return DONE if verdict.intact else NEGATIVE


def journal_export(options: argparse.Namespace, settings: Config) -> int:
    """Print every entry, one JSON object a line."""
    from facedoor.access.rule_book import RuleBook
    from facedoor.storage.journal import Journal
    from facedoor.times import parse_time, utc_text

    with _state(settings) as (db, vault):
        since = ""
        if options.since:
            since = utc_text(parse_time(options.since, RuleBook(db, vault).zone(), past=True))
        for entry in Journal(db, vault).since(since):
            print(json.dumps(dataclasses.asdict(entry), ensure_ascii=False))
    return DONE


def backup(options: argparse.Namespace, settings: Config) -> int:
    """Copy the state file, while the door goes on."""
    from facedoor.storage.backup import backup as copy

    with _state(settings) as (db, _):
        copy(db, options.file)
    text = f"copied to {options.file}; it opens only with the key, which is not in it"
    return _done(options, text, file=str(options.file))


def _done(options: argparse.Namespace, text: str, **values: object) -> int:
    if options.json:
        print_json(values)
    else:
        print(text, flush=True)
    return DONE

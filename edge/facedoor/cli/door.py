"""The commands that run, examine and keep the door, but for people, rules and keys.

A command is a small function that returns its exit code, and imports what it needs when it runs:
listing people must not load a neural network.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys

from facedoor.cli import answer, hint, print_json, print_raw, tables, yes_or_no
from facedoor.config import file as config_file
from facedoor.config.options import DEFAULT_FILE, Config
from facedoor.errors import ExitCode, RelayError
from facedoor.languages import ENGLISH, _, of_reader, spoken


def run(options: argparse.Namespace, _settings: Config) -> ExitCode:
    """Run the door."""
    from facedoor.cli.console import JsonLines, PlainLines
    from facedoor.service.service import Service

    with spoken(ENGLISH):  # whatever the machine's language is: that of the console alone is it
        settings, wrong_mqtt = config_file.load_to_open(options.config)
    if options.camera:
        camera = dataclasses.replace(settings.camera, source=options.camera)
        settings = dataclasses.replace(settings, camera=camera)
    # A second stream on the same descriptor, never closed: where nobody reads, Python would wait
    # for the reader when it closes the stream, and closes sys.stdout itself at exit.
    fd, encoding = sys.stdout.fileno(), sys.stdout.encoding
    output = open(fd, "w", encoding=encoding, errors="backslashreplace", closefd=False)  # noqa: SIM115
    observer = JsonLines(output) if options.json else PlainLines(output, of_reader(os.environ))
    with spoken(ENGLISH):
        Service(settings, observer, once=options.once, wrong_mqtt=wrong_mqtt).run()
    return ExitCode.DONE


def relay_off(options: argparse.Namespace, _settings: Config) -> ExitCode:
    """Drive the relay off after the service has ended, and leave it so; systemd runs this."""
    from facedoor.hardware import relay_off as last_guard

    levels = last_guard.read_note()
    if levels is None:
        levels = last_guard.off_levels(config_file.load_to_open(options.config)[0].door)
    if not levels:
        return answer(options, {"pins": []}, _("nothing to drive: the relay is simulated"))
    exit_code = RelayError.exit_code
    try:
        last_guard.hold_off(levels)
        text = _("off and driven: {pins}").format(
            pins=", ".join(f"GPIO{level.pin}" for level in levels)
        )
        exit_code = answer(options, {"pins": [level.pin for level in levels]}, text)
    except RelayError as error:
        hint(f"facedoor: {error}")
    finally:
        os._exit(exit_code)  # in any other way out the pins would float


def witness(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Note, as root, how far the state file has come; systemd runs this."""
    from facedoor.storage.copies import witness_of, write_witness
    from facedoor.storage.key_file import look_at_state
    from facedoor.storage.place import is_there

    path = witness_of(settings.database)
    if not is_there(settings.database):
        return answer(options, {"witness": None}, _("there is no state file yet"))
    with look_at_state(settings) as (db, vault):
        is_newest = write_witness(db, vault, settings.database)
    text = _("noted in {path}").format(path=path)
    if not is_newest:
        text = _("{database} is older than what {path} says, which stays as it is").format(
            database=settings.database, path=path
        )
    return answer(options, {"witness": str(path)}, text, yes_or_no(is_newest))


def site_key(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Make the key of the site, unless it is there, and say where it is and which."""
    from facedoor.site.site import make_site_key

    path, key_id = make_site_key(settings)
    text = _("the site's key {key_id} is in {path}: every door of the site needs the same").format(
        key_id=key_id, path=path
    )
    return answer(options, {"key_file": str(path), "key_id": key_id}, text)


def check(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Find what is misconfigured, and say for each what mends it."""
    from facedoor.checks import examine
    from facedoor.checks.installation import lines

    findings = examine(settings, options.config or DEFAULT_FILE)
    if options.json:
        print_json({"findings": [dataclasses.asdict(finding) for finding in findings]})
    else:
        for line in lines(findings, sys.stdout.isatty(), tables.columns()):
            print_raw(line)
    return yes_or_no(all(finding.ok for finding in findings))


def setup(options: argparse.Namespace, _settings: Config) -> ExitCode:
    """Set the door up, step by step, by questions in the terminal."""
    from facedoor.setup import set_up
    from facedoor.setup.talk import Terminal

    return yes_or_no(set_up(Terminal(sys.stdin, sys.stdout), options.config or DEFAULT_FILE))


def backup(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Copy the state file, while the door goes on."""
    from facedoor.storage.backup import backup as copy
    from facedoor.storage.key_file import look_at_state

    with look_at_state(settings) as (db, _vault):
        copy(db, options.file)
    text = _("copied to {file}; it opens only with the key, which is not in it").format(
        file=options.file
    )
    return answer(options, {"file": str(options.file)}, text)

"""The command line: what can be asked, and how each answer or error leaves the process.

Exit codes are :class:`facedoor.errors.ExitCode`. With ``--json`` each answer is one object on one
line; errors are a sentence on stderr.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import os
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from facedoor import __version__
from facedoor.cli import LogFormat, hint, tables
from facedoor.cli import broker as broker_commands
from facedoor.cli import clock as clock_commands
from facedoor.cli import door as commands
from facedoor.cli import keys as key_commands
from facedoor.cli import people as people_commands
from facedoor.cli import rules as rules_commands
from facedoor.cli import visits as visit_commands
from facedoor.cli.completion import complete
from facedoor.cli.dashboard import dashboard
from facedoor.cli.demo import add_arguments as add_demo_arguments
from facedoor.cli.demo import demo
from facedoor.cli.enrolling import enroll
from facedoor.cli.send import add_broker, send
from facedoor.cli.watch import watch
from facedoor.config import file as config_file
from facedoor.config.file import as_in_the_unit
from facedoor.config.options import DEFAULT_FILE, Config
from facedoor.errors import ExitCode, FacedoorError, UsageError
from facedoor.languages import ENGLISH, of_reader, spoken
from facedoor.printable import printable
from facedoor.times import TIME_HELP
from facedoor.wire.mode import Mode
from facedoor.wire.roles import GIVEN_ROLES

_TIME = f"such as {TIME_HELP}; local time of the door"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    made = parser()
    complete(made)
    options = made.parse_args(arguments)
    # A name that this terminal cannot show is escaped rather than an error.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    language = ENGLISH if options.json else of_reader(os.environ)
    try:
        _start_log()
        with as_in_the_unit(options.config or DEFAULT_FILE), spoken(language):
            exit_code: ExitCode = options.command(options, options.load(options.config))
        print(end="", flush=True)  # here, where it may still fail; there may be no stdout at all
    except FacedoorError as error:
        for sentence in error.sentences:
            _complain(sentence)
        return error.exit_code
    except KeyboardInterrupt:
        return ExitCode.NEGATIVE
    except BrokenPipeError:  # whoever read our output has gone, as `head` does
        _discard_output()
        return ExitCode.NEGATIVE
    except ModuleNotFoundError as error:  # of what `facedoor-send` leaves out
        _complain(f"{error.name} is not installed here, and this needs it: pip install facedoor")
        return ExitCode.BROKEN
    except Exception as error:
        logging.getLogger(__name__).debug("unexpected", exc_info=True)
        _complain(
            f"unexpected {type(error).__name__}: {error}; run it again with FACEDOOR_LOG=debug "
            "and report what it prints"
        )
        return ExitCode.BROKEN
    return exit_code


def program() -> NoReturn:
    """The process ``facedoor``: one command, and its exit code."""
    exit_code = main()
    if any(thread.daemon for thread in threading.enumerate()):
        # A thread that hangs in a driver is left. Python would kill it in the middle, and native
        # code may then abort the process, so that a service that was stopped seemed to crash.
        for stream in filter(None, (sys.stdout, sys.stderr)):
            with contextlib.suppress(OSError):
                stream.flush()
        os._exit(exit_code)
    sys.exit(exit_code)


def _start_log() -> None:
    """FACEDOOR_LOG=debug shows what each part does; errors never show a traceback without it."""
    level = os.environ.get("FACEDOOR_LOG", "warning").upper()
    if level not in LOG_LEVELS:
        raise UsageError(f"FACEDOOR_LOG is {level.lower()!r}: set it to debug, info or warning")
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_name_the_room)
    handler.setFormatter(LogFormat())
    logging.basicConfig(level=level, handlers=[handler])


def _name_the_room(record: logging.LogRecord) -> bool:
    """Let ``facedoor.service.service`` be ``service``: a person reads it."""
    record.name = record.name.removeprefix("facedoor.").partition(".")[0]
    return True


def _complain(text: str) -> None:
    said = printable(f"facedoor: {' '.join(text.split())}")
    for line in tables.wrapped(said, tables.columns(sys.stderr)).splitlines():
        hint(line)


def _discard_output() -> None:
    """Keep Python from trying, and failing, to write the rest when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Parser(argparse.ArgumentParser):
    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Take files also after an option: argparse takes what stands in one place alone."""
        options, rest = super().parse_known_args(args, namespace)
        for action in self._actions:
            if action.nargs == "*" and not action.option_strings:
                more = [word for word in rest if not word.startswith("-")]
                kind: Callable[[str], Any] = action.type if callable(action.type) else str
                setattr(options, action.dest, [*getattr(options, action.dest), *map(kind, more)])
                rest = [word for word in rest if word.startswith("-")]
        return options, rest

    def error(self, message: str) -> NoReturn:
        self.exit(ExitCode.WRONG_USE, f"facedoor: {message}; see {self.prog} --help\n")


def _common(default: Any) -> argparse.ArgumentParser:
    """The options of every command, which may stand before it or after it."""
    common = _Parser(add_help=False, argument_default=default)
    common.add_argument(
        "--config", type=Path, metavar="FILE", help=f"configuration (default {DEFAULT_FILE})"
    )
    common.add_argument("--json", action="store_true", help="answer with one JSON object a line")
    return common


def parser() -> argparse.ArgumentParser:
    """What the command line can say."""
    made = _Parser(
        prog="facedoor",
        description="A face-verification door lock.",
        parents=[_common(default=None)],
    )
    made.set_defaults(load=config_file.load)
    made.add_argument("--version", action="version", version=f"facedoor {__version__}")
    subcommands = made.add_subparsers(required=True, metavar="COMMAND")
    running = _command(subcommands, "run", commands.run)
    running.add_argument("--camera", metavar="SPEC", help="instead of the configured camera")
    running.add_argument("--once", action="store_true", help="end when the source ends")
    running.set_defaults(load=lambda _: Config())  # it reads more of a wrong configuration
    # Reads the configuration only if it has to: it may have been edited into nonsense.
    relay_off = _command(subcommands, "relay-off", commands.relay_off)
    relay_off.set_defaults(load=lambda _: Config())
    _command(subcommands, "witness", commands.witness)
    watching = _command(subcommands, "watch", watch)
    watching.set_defaults(load=lambda _: Config())  # of others than root it may not be readable
    _add_people(subcommands)
    rules = _command(subcommands, "rules", rules_commands.show)
    _add_rules(rules.add_subparsers(metavar="ACTION"))
    _command(subcommands, "check", commands.check)
    _command(subcommands, "setup", commands.setup)
    _command(subcommands, "dashboard", dashboard)
    showing_off = subcommands.add_parser("demo", help=demo.__doc__, description=demo.__doc__)
    showing_off.set_defaults(command=demo, load=lambda _: Config())  # it writes its own
    add_demo_arguments(showing_off)
    _command(subcommands, "broker", broker_commands.broker)
    _add_broker_config(_command(subcommands, "broker-config", broker_commands.broker_config))
    _command(subcommands, "site-key", commands.site_key)
    keys = _command(subcommands, "keys", key_commands.keys_list)
    _add_keys(keys.add_subparsers(metavar="ACTION"))
    sending = subcommands.add_parser("send", help=send.__doc__, description=send.__doc__)
    _add_sending(sending.add_subparsers(required=True, dest="what", metavar="WHAT"))
    clock = _command(subcommands, "clock", clock_commands.show)
    actions = clock.add_subparsers(metavar="ACTION")
    _command(actions, "show", clock_commands.show)
    _command(actions, "trust", clock_commands.trust)
    _command(actions, "repair", clock_commands.repair)
    _command(subcommands, "backup", commands.backup).add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="where the copy goes, in the place of one that is there",
    )
    visits = _command(subcommands, "visits", visit_commands.visits_list)
    visit_commands.add_filters(visits, _TIME)
    listing = visits.add_subparsers(metavar="ACTION")
    visit_commands.add_filters(_command(listing, "list", visit_commands.visits_list), _TIME)
    showing = _command(listing, "show", visit_commands.visits_show)
    showing.add_argument("visit", metavar="ID", help="as facedoor visits --json says it")
    showing.add_argument("--output", type=Path, metavar="FILE", help="write its picture there")
    text = "What happened at the door."
    journal = subcommands.add_parser("journal", help=text, description=text)
    looks = journal.add_subparsers(required=True, metavar="ACTION")
    _command(looks, "verify", commands.journal_verify)
    _command(looks, "export", commands.journal_export).add_argument(
        "--since", metavar="TIME", help=_TIME
    )
    return made


def _command(
    group: Any,
    name: str,
    function: Callable[[argparse.Namespace, Config], ExitCode],
    text: str | None = None,
) -> argparse.ArgumentParser:
    # Without defaults, which would replace what was given before the command.
    added: argparse.ArgumentParser = group.add_parser(
        name,
        parents=[_common(default=argparse.SUPPRESS)],
        help=text or function.__doc__,
        description=text or function.__doc__,
    )
    added.set_defaults(command=function)
    return added


def _add_people(subcommands: Any) -> None:
    enrolling = _command(subcommands, "enroll", enroll)
    enrolling.add_argument("name", metavar="NAME", help="whose pictures they are")
    enrolling.add_argument(
        "files",
        type=Path,
        nargs="*",
        metavar="FILE|FOLDER",
        help="pictures, best taken on several days, and folders of them",
    )
    source = enrolling.add_mutually_exclusive_group()
    source.add_argument(
        "--image",
        type=Path,
        nargs="+",
        action="extend",
        metavar="FILE",
        help="the same as FILE|FOLDER",
    )
    source.add_argument(
        "--camera",
        nargs="?",
        const="",
        metavar="SPEC",
        help="take pictures now, with this camera or the configured one",
    )
    source.add_argument("--visit", metavar="ID", help="the picture that is kept of a visit")
    enrolling.add_argument("--count", type=int, default=5, help="pictures for --camera (default 5)")
    _add_similar(enrolling)

    people = _command(subcommands, "people", people_commands.people_list)
    actions = people.add_subparsers(metavar="ACTION")
    _command(actions, "list", people_commands.people_list)
    renaming = _command(actions, "rename", people_commands.people_rename)
    renaming.add_argument("name", metavar="NAME", help="what the person is called now")
    renaming.add_argument("to", metavar="NEW_NAME", help="and from now on")
    removing = _command(actions, "remove", people_commands.people_remove)
    removing.add_argument("name", metavar="NAME", help="whom to forget")
    anew = _command(actions, "re-enrol", people_commands.people_re_enrol)
    anew.add_argument("names", metavar="NAME", nargs="*", help="only these people")
    _add_similar(anew)
    _command(actions, "forget-pictures", people_commands.people_forget_pictures)
    allowing = _command(actions, "allow", rules_commands.allow)
    allowing.add_argument("name", metavar="NAME", help="who may")
    _add_permission(allowing)
    pin = allowing.add_mutually_exclusive_group()
    pin.add_argument("--pin", action="store_true", help="ask for a PIN")
    pin.add_argument("--pin-stdin", action="store_true", help="read the PIN from standard input")
    pin.add_argument("--no-pin", action="store_true", help="forget the PIN")
    rekeying = _command(actions, "rekey", people_commands.people_rekey)
    rekeying.add_argument("--to", type=Path, metavar="FILE", help="where the new key is written")

    verifying = _command(subcommands, "verify", people_commands.verify)
    verifying.add_argument("name", metavar="NAME", help="who it should be")
    identifying = _command(subcommands, "identify", people_commands.identify)
    for action in (verifying, identifying):
        action.add_argument("image", type=Path, metavar="IMAGE", help="a picture with a face")


def _add_broker_config(broker: argparse.ArgumentParser) -> None:
    broker.add_argument("--acl", action="store_true", help="who may say and hear what")
    broker.add_argument(
        "--home-assistant",
        action="store_true",
        help="for Home Assistant's Mosquitto: what to click; with --acl its rules",
    )
    broker.add_argument(
        "--make-certificates",
        type=Path,
        metavar="DIR",
        help="make or renew a CA, and certificates of the broker and the doors, in that folder",
    )
    broker.add_argument(
        "--host",
        nargs="+",
        action="extend",
        metavar="NAME",
        help="names and addresses of the broker, beside those of this machine",
    )
    broker.add_argument(
        "--user",
        nargs="+",
        action="extend",
        metavar="NAME",
        help="certificates for these users too, such as enroller, for facedoor send",
    )
    broker.add_argument(
        "--door", nargs="+", action="extend", metavar="NAME", help="instead of the configured door"
    )
    broker.add_argument("--site", metavar="NAME", help="the doors share the roster of this site")
    broker.add_argument(
        "--folder",
        type=Path,
        metavar="DIR",
        default=broker_commands.FOLDER,
        help="where certificates, passwords and ACL lie (default %(default)s)",
    )
    broker.add_argument(
        "--port", type=int, default=8883, help="the first of three (default %(default)s)"
    )


def _add_keys(actions: Any) -> None:
    _command(actions, "list", key_commands.keys_list)
    making = _command(actions, "make", key_commands.keys_make)
    making.add_argument(
        "--output", type=Path, metavar="FILE", help="write the private half there, not on screen"
    )
    adding = _command(actions, "add", key_commands.keys_add)
    inviting = _command(actions, "invite", key_commands.keys_invite)
    for action in (making, adding, inviting):
        action.add_argument("name", metavar="NAME", help="whose key it is, or which device's")
        action.add_argument(
            "--role",
            required=True,
            choices=[role.value for role in GIVEN_ROLES],
            help="what it may command",
        )
    adding.add_argument(
        "public_key", metavar="PUBLIC_KEY", help="its public half, as keys make prints it"
    )
    inviting.add_argument("--url", help="where the page is, instead of [dashboard] url")
    inviting.add_argument(
        "--expires", type=float, default=24.0, metavar="HOURS", help="until then (default 24)"
    )
    _command(actions, "reviewed", key_commands.keys_reviewed)
    _command(actions, "revoke", key_commands.keys_revoke).add_argument(
        "name", metavar="NAME", help="whose key or invitation"
    )


def _add_similar(enrolling: argparse.ArgumentParser) -> None:
    enrolling.add_argument(
        "--although-similar-to",
        dest="similar",
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME",
        help="whom it is not, although they look alike, such as a twin",
    )


def _add_permission(allowing: argparse.ArgumentParser) -> None:
    allowing.add_argument("--group", nargs="*", metavar="GROUP", help="all of theirs; none: none")
    allowing.add_argument("--from", dest="valid_from", metavar="DAY", help="2026-12-01, or none")
    allowing.add_argument(
        "--until", dest="valid_until", metavar="DAY", help="the last day, or none"
    )
    allowing.add_argument(
        "--duress",
        action=argparse.BooleanOptionalAction,
        help="whoever comes with this face is forced to: opens, and raises a silent event",
    )
    allowing.add_argument(
        "--false-match-rate", dest="rate", metavar="RATE", help="a smaller risk than the door's"
    )


def _add_rules(actions: Any) -> None:
    _command(actions, "show", rules_commands.show)
    _command(actions, "set", rules_commands.set_rules).add_argument(
        "file", type=Path, metavar="FILE", help="TOML or JSON, see docs/access.md"
    )
    _command(actions, "clear", rules_commands.clear)
    _command(actions, "check", rules_commands.check).add_argument(
        "file", type=Path, nargs="?", metavar="FILE", help="instead of the rules that hold"
    )
    explaining = _command(actions, "explain", rules_commands.explain)
    explaining.add_argument("name", metavar="NAME", help="who would come")
    explaining.add_argument("--at", metavar="TIME", help=_TIME)


def _add_sending(actions: Any) -> None:
    def sending(name: str, text: str, /, **arguments: str) -> argparse.ArgumentParser:
        added = _command(actions, name, send, text)
        for argument, meaning in arguments.items():
            added.add_argument(argument, metavar=argument.upper(), help=meaning)
        added.add_argument("--key", type=Path, required=True, metavar="FILE", help="who commands")
        added.add_argument("--door", metavar="NAME", help="instead of the configured door")
        add_broker(added)
        return added

    sending("ping", "Ask whether the door hears.")
    sending("list", "Who is enrolled at the door.")
    reading = sending("journal", "The end of the door's journal.")
    reading.add_argument("--since", metavar="TIME", help=_TIME)
    reading.add_argument("--limit", type=int, default=20, help="entries (default 20)")
    enrolling = sending(
        "enroll",
        "Add pictures to a person: files, which are sent, or taken at the door now.",
        name="whose pictures they are",
    )
    source = enrolling.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--image", type=Path, nargs="+", action="extend", metavar="FILE", help="pictures to send"
    )
    source.add_argument("--capture", type=int, metavar="N", help="good frames to take at the door")
    source.add_argument("--visit", metavar="ID", help="the picture that the door has of a visit")
    enrolling.add_argument(
        "--within", type=int, default=30, metavar="S", help="seconds for --capture (default 30)"
    )
    _add_similar(enrolling)
    visit = "the visit's id, as facedoor visits --json says it"
    sending("label", "Say whose a visit was.", visit=visit, name="who it was")
    sending("remove", "Forget a person.", name="whom to forget")
    renamed = {"name": "what the person is called now", "to": "and from now on"}
    sending("rename", "Give a person another name.", **renamed)
    sending("unlock", "Release the door once.").add_argument(
        "--reason", default="", metavar="TEXT", help="why, for the journal"
    )
    sending("mode", "Change whom the door is open to.").add_argument(
        "mode",
        choices=[mode.value for mode in Mode],
        help="normal: faces and commands; face_off: commands alone; lockdown: nothing",
    )
    sending("rules", "The door's rules, and what is said of whom.")
    sending("set-rules", "Put a document in the place of the door's rules.").add_argument(
        "file", type=Path, metavar="FILE", help="TOML or JSON, see docs/access.md"
    )
    _add_permission(sending("allow", "Say what a person may.", name="who may"))


if __name__ == "__main__":
    program()

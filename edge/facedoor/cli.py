"""The command line: what can be asked, and how each answer or error leaves the process.

Exit codes: 0 done, 1 refused or a negative answer, 2 wrong use or configuration, 3 something is
broken. With ``--json`` each answer is one object on one line; errors are a sentence on stderr.
"""

from __future__ import annotations

import argparse
import io
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from facedoor import __version__, commands, config_file
from facedoor.config import DEFAULT_FILE, Config
from facedoor.errors import FacedoorError, UsageError

WRONG_USE, BROKEN = 2, 3
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    # A name that this terminal cannot show is escaped rather than an error.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        _start_log()
        exit_code = int(options.command(options, config_file.load(options.config)))
        print(end="", flush=True)  # here, where it may still fail; there may be no stdout at all
    except FacedoorError as error:
        _complain(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        return commands.NEGATIVE
    except BrokenPipeError:  # whoever read our output has gone, as `head` does
        _discard_output()
        return commands.NEGATIVE
    except Exception as error:
        logging.getLogger(__name__).debug("unexpected", exc_info=True)
        _complain(
            f"unexpected {type(error).__name__}: {error}; run it again with FACEDOOR_LOG=debug "
            "and report what it prints"
        )
        return BROKEN
    return exit_code


def _start_log() -> None:
    """FACEDOOR_LOG=debug shows what each part does; errors never show a traceback without it."""
    level = os.environ.get("FACEDOOR_LOG", "warning").upper()
    if level not in LOG_LEVELS:
        raise UsageError(f"FACEDOOR_LOG is {level.lower()!r}: set it to debug, info or warning")
    logging.basicConfig(
        level=level, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr
    )


def _complain(text: str) -> None:
    print(f"facedoor: {' '.join(text.split())}", file=sys.stderr)


def _discard_output() -> None:
    """Keep Python from trying, and failing, to write the rest when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_USE, f"facedoor: {message}; see {self.prog} --help\n")


def _common(default: Any) -> argparse.ArgumentParser:
    """The options of every command, which may stand before it or after it."""
    common = _Parser(add_help=False, argument_default=default)
    common.add_argument(
        "--config", type=Path, metavar="FILE", help=f"configuration (default {DEFAULT_FILE})"
    )
    common.add_argument("--json", action="store_true", help="answer with one JSON object a line")
    return common


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="facedoor",
        description="A face-verification door lock.",
        parents=[_common(default=None)],
    )
    parser.add_argument("--version", action="version", version=f"facedoor {__version__}")
    subcommands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        group: Any, name: str, function: Callable[[argparse.Namespace, Config], int]
    ) -> argparse.ArgumentParser:
        # Without a default of its own, so that it leaves alone what stood before the command.
        added: argparse.ArgumentParser = group.add_parser(
            name,
            parents=[_common(default=argparse.SUPPRESS)],
            help=function.__doc__,
            description=function.__doc__,
        )
        added.set_defaults(command=function)
        return added

    running = command(subcommands, "run", commands.run)
    running.add_argument("--camera", metavar="SPEC", help="instead of the configured camera")
    running.add_argument("--once", action="store_true", help="end when the source ends")

    enrolling = command(subcommands, "enroll", commands.enroll)
    enrolling.add_argument("name", metavar="NAME")
    source = enrolling.add_mutually_exclusive_group()
    source.add_argument("--image", type=Path, nargs="+", action="extend", metavar="FILE")
    source.add_argument("--camera", metavar="SPEC", help="instead of the configured camera")
    enrolling.add_argument("--count", type=int, default=5, help="pictures to take (default 5)")

    group = command(subcommands, "people", commands.people_list)
    actions = group.add_subparsers(metavar="ACTION")
    command(actions, "list", commands.people_list)
    renaming = command(actions, "rename", commands.people_rename)
    renaming.add_argument("name", metavar="NAME")
    renaming.add_argument("to", metavar="NEW_NAME")
    command(actions, "remove", commands.people_remove).add_argument("name", metavar="NAME")

    rekeying = command(actions, "rekey", commands.people_rekey)
    rekeying.add_argument("--to", type=Path, metavar="FILE", help="where the new key is written")

    verifying = command(subcommands, "verify", commands.verify)
    verifying.add_argument("name", metavar="NAME")
    verifying.add_argument("image", type=Path, metavar="IMAGE")
    command(subcommands, "identify", commands.identify).add_argument(
        "image", type=Path, metavar="IMAGE"
    )
    command(subcommands, "check", commands.check)

    command(subcommands, "backup", commands.backup).add_argument("file", type=Path, metavar="FILE")
    journal = subcommands.add_parser("journal", help="What happened at the door.")
    looks = journal.add_subparsers(required=True, metavar="ACTION")
    command(looks, "verify", commands.journal_verify)
    command(looks, "export", commands.journal_export).add_argument(
        "--since", metavar="TIME", help="a day, 2026-11-24, or a time, 2026-11-24T09:30:00Z"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""How the command line is parsed: what all commands take, and what is said of a wrong one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from facedoor.cli import tables
from facedoor.config.options import DEFAULT_FILE, Config
from facedoor.errors import ExitCode
from facedoor.printable import printable
from facedoor.times import TIME_HELP

TIME = f"such as {TIME_HELP}; local time of the door"
"""How an argument that is a time is written."""


class Parser(argparse.ArgumentParser):
    """Complains in one sentence, and takes files wherever they stand."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Take files also after an option: argparse takes what stands in one place alone."""
        options, rest = super().parse_known_args(args, namespace)
        for action in self._actions:
            if action.nargs == "*" and not action.option_strings:
                end = rest.index("--") if "--" in rest else len(rest)
                rest, behind = rest[:end], rest[end + 1 :]
                more = [*(word for word in rest if not word.startswith("-")), *behind]
                kind: Callable[[str], Any] = action.type if callable(action.type) else str
                setattr(options, action.dest, [*getattr(options, action.dest), *map(kind, more)])
                rest = [word for word in rest if word.startswith("-")]
        return options, rest

    def error(self, message: str) -> NoReturn:
        said = printable(f"facedoor: {message}; see {self.prog} --help")
        self.exit(ExitCode.WRONG_USE, f"{tables.fitted(said, sys.stderr)}\n")


def common(default: Any) -> argparse.ArgumentParser:
    """The options of every command, which may stand before it or after it."""
    shared = Parser(add_help=False, argument_default=default)
    shared.add_argument(
        "--config", type=Path, metavar="FILE", help=f"configuration (default {DEFAULT_FILE})"
    )
    shared.add_argument("--json", action="store_true", help="answer with one JSON object a line")
    return shared


def command(
    group: Any,
    name: str,
    function: Callable[[argparse.Namespace, Config], ExitCode],
    text: str | None = None,
) -> argparse.ArgumentParser:
    """Add the command ``name``, which is ``function``; ``text`` says what it does, where its own
    first line does not."""
    # Without defaults, which would replace what was given before the command.
    added: argparse.ArgumentParser = group.add_parser(
        name,
        parents=[common(default=argparse.SUPPRESS)],
        help=text or function.__doc__,
        description=text or function.__doc__,
    )
    added.set_defaults(command=function)
    return added

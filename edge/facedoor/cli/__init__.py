"""The command line: what can be asked, and how each answer leaves the process: with ``--json`` as
one object on one line, else in sentences."""

from __future__ import annotations

import argparse
import copy
import json
import logging
import sys
from collections.abc import Mapping

from facedoor.errors import ExitCode
from facedoor.printable import printable, printable_lines

BY = "command line"
"""Who did it, in the journal."""

LAST_PORT = 65535


def show(text: str) -> None:
    """Print a text, which may have lines, on standard output, with nothing in it that a terminal
    would obey."""
    print(printable_lines(text), flush=True)


def print_raw(text: str) -> None:
    """Print what has been made printable, and then coloured."""
    print(text, flush=True)


def hint(text: str) -> None:
    """Print one line beside the answer, on standard error, just so."""
    print(printable(text), file=sys.stderr, flush=True)


def json_line(values: Mapping[str, object]) -> str:
    """``values`` as one object on one line, just so."""
    return printable(json.dumps(values, ensure_ascii=False))


def print_json(values: Mapping[str, object]) -> None:
    """Print ``values`` as one object on one line."""
    show(json_line(values))


def answer(
    options: argparse.Namespace,
    values: Mapping[str, object],
    text: str,
    exit_code: ExitCode = ExitCode.DONE,
) -> ExitCode:
    """Print ``values`` where JSON is asked for, else ``text``; what the command returns then."""
    if options.json:
        print_json(values)
    else:
        show(text.removesuffix("\n"))
    return exit_code


def yes_or_no(is_yes: bool) -> ExitCode:
    """The exit code of an answer to a question."""
    return ExitCode.DONE if is_yes else ExitCode.NEGATIVE


class LogFormat(logging.Formatter):
    """The form of a line in the log: whatever its message quotes, it is one line."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        line = copy.copy(record)
        line.msg, line.args = printable(record.getMessage()), None
        return printable_lines(super().format(line))  # of a traceback too

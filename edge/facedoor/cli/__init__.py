"""The command line: what can be asked, and how each answer leaves the process: with ``--json`` as
one object on one line, else in sentences."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping

from facedoor.errors import ExitCode


def print_json(values: Mapping[str, object]) -> None:
    """Print ``values`` as one object on one line."""
    print(json.dumps(values, ensure_ascii=False), flush=True)


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
        print(text.removesuffix("\n"), flush=True)
    return exit_code


def yes_or_no(is_yes: bool) -> ExitCode:
    """The exit code of an answer to a question."""
    return ExitCode.DONE if is_yes else ExitCode.NEGATIVE

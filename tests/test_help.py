"""What ``--help`` says, of every command of both programs."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator

import pytest

from facedoor.cli.arguments import parser as edge_parser
from facedoor_convert.cli.main import parser as convert_parser

WIDTH = 80
MARKUP = re.compile(r"`|\*\*|:\w+:|\bTrue\b|\bNone\b|%\(")


def commands(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parser of each command, and of what it has below it."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from commands(below)


COMMANDS = {
    command.prog: command
    for parser in (edge_parser, convert_parser)
    for command in commands(parser())
}


def test_help_is_plain_text_for_a_terminal_of_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    assert len(COMMANDS) > 50
    for name, command in COMMANDS.items():
        text = command.format_help()
        assert not MARKUP.search(text), f"{name}: {MARKUP.search(text)}"
        assert max(map(len, text.splitlines())) <= WIDTH, name


def test_every_command_and_every_argument_says_what_it_is() -> None:
    silent = []
    for name, command in COMMANDS.items():
        if not command.description:
            silent.append(name)
        for action in command._actions:
            if isinstance(action, argparse._SubParsersAction):
                silent += [f"{name} {c.dest}" for c in action._choices_actions if not c.help]
            elif not action.help:
                silent.append(f"{name} {'/'.join(action.option_strings) or action.metavar}")
    assert not silent

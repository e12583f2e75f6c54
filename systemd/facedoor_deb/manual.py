"""Manual pages of the command line out of its parser, as man(7) has them: one for each command."""

from __future__ import annotations

import argparse
import gzip
from collections.abc import Iterator
from datetime import UTC, datetime

_EXIT_STATUS = {
    "0": "done",
    "1": "refused, or a negative answer",
    "2": "wrong use or configuration",
    "3": "something is broken",
}

_HELP = argparse.HelpFormatter("", width=10_000)


def manual(parser: argparse.ArgumentParser, version: str, time_s: int) -> dict[str, bytes]:
    """The pages, compressed, by their file names such as ``facedoor-run.1.gz``.

    ``time_s`` (since 1970) is the date that stands in them: the same parser gives the same bytes.
    """
    date = datetime.fromtimestamp(time_s, UTC).date().isoformat()
    pages = {parser.prog: _overview(parser)}
    for command, below in _commands(parser):
        pages[f"{parser.prog}-{command.dest}"] = _page_of(command, below)
    return {
        f"{name}.1.gz": gzip.compress(
            "\n".join([_title(name, date, version), *lines, ""]).encode(), mtime=0
        )
        for name, lines in pages.items()
    }


def _title(name: str, date: str, version: str) -> str:
    return f'.TH {_text(name.upper())} 1 {date} "facedoor {version}" "facedoor"'


def _overview(parser: argparse.ArgumentParser) -> list[str]:
    """The page of the program itself."""
    lines = [*_name(parser.prog, parser.description), ".SH SYNOPSIS", *_synopsis(parser)]
    lines += [".SH COMMANDS"]
    for command, _ in _commands(parser):
        page = _text(f"{parser.prog}-{command.dest}")
        lines += _entry(f"\\fB{page}\\fR(1)", command.help)
    return [*lines, *_arguments(parser, ".SH OPTIONS"), *_exit_status()]


def _page_of(command: argparse.Action, parser: argparse.ArgumentParser) -> list[str]:
    """The page of one command, with what it has below it."""
    program, _, _ = parser.prog.partition(" ")
    lines = [*_name(f"{program}-{command.dest}", command.help), ".SH SYNOPSIS"]
    lines += _synopsis(parser)
    lines += [".SH DESCRIPTION", _text(parser.description)]
    lines += _arguments(parser, ".SH OPTIONS")
    if below := list(_commands(parser)):
        lines.append(".SH ACTIONS")
    said = frozenset(name for option in parser._actions for name in option.option_strings)
    for _, action in below:
        lines += [f".SS {_text(action.prog)}", *_synopsis(action), ".PP", _text(action.description)]
        lines += _arguments(action, "", but=said)
    return [*lines, *_exit_status(), ".SH SEE ALSO", f"\\fB{program}\\fR(1)"]


def _name(name: str, summary: str | None) -> list[str]:
    return [".SH NAME", f"{_text(name)} \\- {_text(summary).removesuffix('.')}"]


def _synopsis(parser: argparse.ArgumentParser) -> list[str]:
    usage = argparse.HelpFormatter(parser.prog, width=10_000)
    usage.add_usage(parser.usage, parser._actions, parser._mutually_exclusive_groups, prefix="")
    rest = usage.format_help().strip().removeprefix(parser.prog)
    return [f".B {_text(parser.prog)}", _text(rest)]


def _arguments(
    parser: argparse.ArgumentParser, heading: str, but: frozenset[str] = frozenset()
) -> list[str]:
    """What the command takes, without the commands below it, and ``but`` for some options."""
    entries = []
    for action in parser._actions:
        if not (isinstance(action, argparse._SubParsersAction) or but & {*action.option_strings}):
            entries += _entry(_invocation(action), _HELP._expand_help(action))
    return [heading, *entries] if heading else entries


def _invocation(action: argparse.Action) -> str:
    """How an argument is written: as it stands in bold, what it stands for in italics."""
    if not action.option_strings:
        return f"\\fI{_text(_HELP._format_args(action, action.dest))}\\fR"
    options = ", ".join(f"\\fB{_text(option)}\\fR" for option in action.option_strings)
    value = _HELP._format_args(action, action.dest.upper()) if action.nargs != 0 else ""
    return f"{options} \\fI{_text(value)}\\fR" if value else options


def _entry(term: str, meaning: str | None) -> list[str]:
    return [".TP", term, _text(meaning)]


def _exit_status() -> list[str]:
    lines = [".SH EXIT STATUS"]
    for code, meaning in _EXIT_STATUS.items():
        lines += _entry(f"\\fB{code}\\fR", meaning)
    return lines


def _commands(
    parser: argparse.ArgumentParser,
) -> Iterator[tuple[argparse.Action, argparse.ArgumentParser]]:
    """Each command below a parser, as it is listed there and as it is parsed."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for listed in action._choices_actions:
                yield listed, action.choices[listed.dest]


def _text(text: str | None) -> str:
    """A text in which nothing is a request to the formatter."""
    plain = " ".join((text or "").split())
    for character, escape in (("\\", "\\e"), ("-", "\\-"), ("'", "\\(aq")):
        plain = plain.replace(character, escape)
    return f"\\&{plain}" if plain.startswith(".") else plain

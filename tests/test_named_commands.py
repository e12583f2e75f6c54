"""Every command that a message or a page names is one that there is."""

from __future__ import annotations

import ast
import contextlib
import io
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from facedoor.cli.arguments import parser as edge_parser
from facedoor_convert.cli.main import parser as convert_parser

CLONE = Path(__file__).parents[1]
PAGES = [CLONE / "README.md", *sorted((CLONE / "docs").glob("*.md"))]
SOURCES = [
    path
    for package in ("edge/facedoor", "convert/facedoor_convert")
    for path in sorted((CLONE / package).rglob("*.py"))
]
PARSERS = {"facedoor": edge_parser(), "facedoor-convert": convert_parser()}
NAMED = re.compile(r"\b(facedoor(?:-convert)?) ([a-z][^\n`]*)")
GOES_ON = frozenset(
    {
        *{
            "again",
            "and",
            "asks",
            "at",
            "can",
            "cannot",
            "does",
            "for",
            "is",
            "knows",
            "on",
            "once",
        },
        *{
            "or",
            "picture",
            "reads",
            "run's",
            "runs",
            "says",
            "sets",
            "shows",
            "sign-in",
            "take",
            "so",
            "that",
            "then",
            "there",
        },
        *{"take", "takes", "tells", "to", "was", "which", "with", "writes"},
    }
)
"""Words of a sentence that follow the program's name, or a command."""

INCOMPLETE = re.compile(
    r"arguments? .*required|expected (one|at least one) argument|choice: '[A-Z]+'"
)
UNKNOWN = "X"
"""Stands for what a message puts in."""


def complaint(program: str, words: list[str]) -> str:
    """What the command line says against these words; empty if it takes them."""
    with contextlib.redirect_stderr(io.StringIO()) as said, contextlib.suppress(SystemExit):
        PARSERS[program].parse_args(words)
    return said.getvalue()


def named(text: str) -> Iterator[tuple[str, list[str]]]:
    """The commands in a text: the program, and the words up to where the sentence goes on."""
    for program, rest in NAMED.findall(text):
        words: list[str] = []
        for word in rest.split():
            bare = word.rstrip(",;:.)|")
            if bare in GOES_ON or (bare == UNKNOWN and len(words) < 2):
                break
            words.append(bare)
            if bare != word:
                break
        if words:
            yield program, words


def of_page(text: str) -> Iterator[str]:
    """What stands in backticks; of alternatives each, and what may be left out is there."""
    for span in re.findall(r"`([^`\n]+)`", text):
        before, inside, after = re.fullmatch(r"([^[]*)(?:\[([^]]*\|[^]]*)\])?(.*)", span).groups("")
        for choice in re.split(r" ?\\?\| ?", inside):
            yield re.sub(r"\.\.\.|[][]", "", f"{before}{choice}{after}")


def of_source(path: Path) -> Iterator[str]:
    """The texts of a module, without its documentation."""
    tree = ast.parse(path.read_text())
    parts = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr | ast.Expr)
        for part in (node.values if isinstance(node, ast.JoinedStr) else (node.value,))
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else UNKNOWN
                for part in node.values
            )
        elif isinstance(node, ast.Constant) and id(node) not in parts:
            yield re.sub(r"{\w+}", UNKNOWN, str(node.value))


def assert_exist(texts: Iterator[str]) -> int:
    """How many commands are named; what an example leaves out may be missing."""
    count = 0
    for text in texts:
        for program, words in named(text):
            said = complaint(program, words)
            assert not said or INCOMPLETE.search(said), (program, words, said, text)
            count += 1
    return count


def test_commands_in_messages_exist() -> None:
    assert sum(assert_exist(of_source(path)) for path in SOURCES) > 60


def test_commands_on_pages_exist() -> None:
    assert sum(assert_exist(of_page(path.read_text())) for path in PAGES) > 100


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_lines_to_type_are_taken_as_they_stand(page: Path) -> None:
    for block in re.findall(r"^```\w*\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE):
        for line in block.replace("\\\n", " ").splitlines():
            typed = re.split(r" [|>#] ?", f"{line} ")[0]
            found = re.match(r"(?:\$ )?(?:sudo )?(facedoor(?:-convert)?) (.*)", typed)
            if found and "..." not in typed:
                assert not complaint(found[1], shlex.split(found[2])), line


@pytest.mark.parametrize("program", PARSERS)
def test_every_command_stands_on_the_page_of_the_command_line(program: str) -> None:
    page = (CLONE / "docs" / "command-line.md").read_text()
    (commands,) = PARSERS[program]._subparsers._group_actions
    assert [name for name in commands.choices if f"`{program} {name}" not in page] == []


def test_command_that_there_is_not_would_be_noticed() -> None:
    for text in ("run facedoor unlock", "facedoor people forget NAME", "facedoor check --fix"):
        with pytest.raises(AssertionError):
            assert_exist(iter((text,)))

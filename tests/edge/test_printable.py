"""Nothing that comes from outside commands the terminal or the log that it is shown on."""

from __future__ import annotations

import argparse
import ast
import io
import json
import logging
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import facedoor
from facedoor.checks.installation import lines, problem
from facedoor.cli import LogFormat, answer, hint, print_json
from facedoor.cli.console import JsonLines, PlainLines
from facedoor.printable import printable, printable_lines
from facedoor.service.observer import Summary
from facedoor.setup.talk import Terminal
from facedoor.wire.decisions import ReleaseDecision
from facedoor.wire.events import OtherEvent
from printed import ALL, HOSTILE


def commands(text: str) -> set[str]:
    """What in ``text`` is not seen, save for its line ends."""
    allowed = "\n\u200c\u200d"
    return {c for c in text if unicodedata.category(c)[0] in "CZ" and c not in f" {allowed}"}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_commands_a_terminal_is_escaped(kind: str) -> None:
    shown = printable(f"Ada {HOSTILE[kind]} Bob")
    assert not commands(shown)
    assert "\n" not in shown
    assert shown.startswith("Ada ")


def test_what_people_write_is_left_as_it_is() -> None:
    persian, indian = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0915\u094d\u200d\u0937"
    for text in ("Émile Zatopek", "\u674e\u5c0f\u9f8d", persian, indian, "\U0001f6aa 5 °C", ""):
        assert printable(text) == text


@given(st.text(st.characters(exclude_categories=[])))
def test_nothing_invisible_gets_through_and_lines_stay_lines(text: str) -> None:
    assert not commands(printable(text))
    assert not commands(printable_lines(text)) - {"\t"}
    assert printable_lines(text).count("\n") == text.count("\n")


@given(st.recursive(st.text(st.characters()) | st.integers(), lambda value: st.lists(value)))
def test_json_that_is_printable_is_the_same_json(value: object) -> None:
    assert json.loads(printable(json.dumps(value, ensure_ascii=False))) == value


def test_every_way_out_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({ALL: ALL})
    hint(ALL)
    said = capsys.readouterr()
    assert not commands(said.out + said.err)
    assert said.out.count("\n") == said.err.count("\n") == 1
    assert json.loads(said.out) == {ALL: ALL}


def test_answer_of_several_lines_has_no_more(capsys: pytest.CaptureFixture[str]) -> None:
    answer(argparse.Namespace(json=False), {}, f"Ada: {HOSTILE['CSI']}\nBob")
    out = capsys.readouterr().out
    assert not commands(out)
    assert out.count("\n") == 2


@pytest.mark.parametrize("kind", [JsonLines, PlainLines])
def test_console_of_a_run_escapes(kind: type[JsonLines | PlainLines]) -> None:
    output = io.StringIO()
    console = kind(output)
    console.happened(ReleaseDecision.grant(ALL, ALL, "command"))
    console.happened(OtherEvent("now", ALL, more={"new": ALL}))
    console.ended(Summary())
    assert not commands(output.getvalue())
    assert output.getvalue().count("\n") == 3


def test_log_escapes_and_keeps_a_message_on_one_line() -> None:
    output = io.StringIO()
    handler = logging.StreamHandler(output)
    handler.setFormatter(LogFormat())
    log = logging.Logger("facedoor")
    log.addHandler(handler)
    log.warning("the broker says %s", ALL)
    assert output.getvalue().count("\n") == 1
    log.error("a message could not be taken", exc_info=ValueError(HOSTILE["CSI"]))
    assert not commands(output.getvalue())


def test_findings_of_a_check_escape_all_but_their_colours() -> None:
    found = [problem("mqtt", f"a broker says {ALL}", f"look at {ALL}")]
    assert not commands("\n".join(lines(found, coloured=False)))
    coloured = list(lines(found, coloured=True))
    assert len(coloured) == 2
    assert sum(line.count("\x1b") for line in coloured) == 2


def test_dialogue_of_setup_escapes() -> None:
    output = io.StringIO()
    terminal = Terminal(io.StringIO("yes\nyes\n"), output)
    terminal.say(ALL)
    terminal.ask(ALL, ALL)
    terminal.ask_secret(ALL)
    assert not commands(output.getvalue())


def test_nothing_prints_but_what_escapes() -> None:
    """Whoever wants to print finds here that it goes through ``facedoor.cli``."""
    package = Path(facedoor.__file__).parent
    printing = set()
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "print":
                printing.add(path.relative_to(package).as_posix())
    assert printing == {
        "cli/__init__.py",
        "cli/console.py",
        "cli/main.py",  # an end, to see whether there is still somebody
        "config/__main__.py",  # docs/configuration.md
        "demo/dashboard.py",  # a link and its QR code, made here
        "door/table.py",  # the tables of docs/door.md
    }

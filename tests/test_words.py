"""What people read is marked for the catalogues, and stands in them in German."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from string import Formatter

from facedoor.checks.titles import TITLES, title
from facedoor.languages import LOCALE, catalogue, spoken

EDGE = Path(__file__).parents[1] / "edge" / "facedoor"
SOURCES = sorted(EDGE.rglob("*.py"))
MARKS = {"_", "N_", "ngettext"}

READ = (
    *("checks", "history", "setup", "clock.py", "files.py", "names.py", "reasons.py", "setup"),
    *(f"access/{name}.py" for name in ("document", "pin", "public_holidays", "review")),
    *(f"camera/{name}.py" for name in ("live", "opencv", "picamera2", "picture_files", "recorded")),
    *(f"camera/{name}.py" for name in ("heic", "pictures", "sent", "source")),
    *(f"cli/{name}.py" for name in ("clock", "console", "dashboard", "door")),
    *(f"cli/{name}.py" for name in ("enrolling", "journal", "keys", "people", "rules", "send")),
    *(f"cli/{name}.py" for name in ("live_screen", "live_words", "tables", "visitors", "visits")),
    "cli/watch.py",
    *(f"commands/{name}.py" for name in ("hearing", "known_doors", "sender", "used")),
    *(
        f"config/{name}.py"
        for name in ("asking", "combinations", "dashboard", "judging", "likeness")
    ),
    *(f"config/{name}.py" for name in ("mistakes", "names", "pins", "statements", "syntax")),
    *(f"dashboard/{name}.py" for name in ("hosting", "own_certificate")),
    *(f"identity/{name}.py" for name in ("batch", "enrolment", "enrolment_anew", "refusals")),
    *(f"identity/{name}.py" for name in ("other_network", "risk")),
    *(f"mqtt/{name}.py" for name in ("probe", "trouble")),
    *(f"storage/{name}.py" for name in ("backup", "copies", "key_file")),
    *("site/site.py", "vision/loading.py", "vision/pack.py", "vision/second.py"),
    *("visit/liveness.py", "visit/recogniser.py", "wire/prompts.py", "wire/sentences.py"),
    "wire/outcomes.py",
)
"""The files and rooms of which people read every text."""

ERRORS = {
    *("FacedoorError", "UsageError", "OvertakenError", "ConfigError", "PackError", "CameraError"),
    *("ImageError", "StoreError", "BusError", "DashboardError", "StrictError"),
}

NOT_SHOWN = (
    *("camera/script.py", "commands", "demo", "service", "site/roster_book.py", "wire"),
    *(f"dashboard/{name}.py" for name in ("api", "app", "commands", "link", "sessions")),
    *("dashboard/signing_in.py", "dashboard/tokens.py", "vision/liveness.py"),
    "cli/main.py",
)
"""The rooms whose errors go to programs, over MQTT or to the page, which know them by a code; or to
whoever makes a demonstration."""

PROSE = re.compile(r"[A-Za-z]+[,;:]? [A-Za-z]{3,}|[A-Za-z]{2,}[,;:]? [A-Za-z]{2,}")
"""Two words beside each other: no code, no name, no number with its unit."""

COMMAND = re.compile(
    r"(sudo|sudoedit|facedoor|facedoor-convert|pip|df|rpicam-hello|vcgencmd) (?!.*[,;:] [a-z])"
)
"""What is typed just so in every language."""

FOR_PROGRAMMERS = {
    *("debug", "info", "warning", "error", "exception"),  # the log, which is English
    *("TypeError", "RuntimeError", "compile", "execute"),
    *("reading", "trusting", "transaction"),  # what was to be done, in an error of the state file
}
HELP = {"help", "description"}
"""Keywords whose text --help shows: that is English."""


def _called(node: ast.AST) -> str:
    """By which name something is called; empty for what is no call."""
    if not isinstance(node, ast.Call):
        return ""
    return getattr(node.func, "id", "") or getattr(node.func, "attr", "")


def unmarked(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The lines at which there is prose that no catalogue can have, and that prose.

    Documentation is none, nor is what only programmers or :data:`HELP` show. A text that is put
    together before it is marked cannot be found in a catalogue, so it is unmarked as well.
    """

    def walk(node: ast.AST, is_marked: bool) -> Iterator[tuple[int, str]]:
        if isinstance(node, ast.JoinedStr):
            parts = [str(part.value) for part in node.values if isinstance(part, ast.Constant)]
            text = "X".join(parts)
            if (is_marked or PROSE.search(text)) and not COMMAND.match(text):
                yield node.lineno, text
            for part in node.values:
                if isinstance(part, ast.FormattedValue):
                    yield from walk(part.value, False)
            return
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if not is_marked and PROSE.search(node.value) and not COMMAND.match(node.value):
                yield node.lineno, node.value
            return
        name = _called(node)
        if name in FOR_PROGRAMMERS or (isinstance(node, ast.keyword) and node.arg in HELP):
            return
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return
        for child in ast.iter_child_nodes(node):
            yield from walk(child, name in MARKS)

    yield from walk(tree, False)


@dataclass
class Marks:
    """What the sources have marked."""

    texts: dict[str, str | None] = field(default_factory=dict)
    """Each with its form for many where it has one."""
    unfilled: list[str] = field(default_factory=list)
    """Where something else is put in than a text has places for."""
    overruled: list[str] = field(default_factory=list)
    """Functions that speak, and call something else by the name of the mark."""


@functools.cache
def marks() -> Marks:
    found = Marks()
    for path, text in zip(SOURCES, map(Path.read_text, SOURCES), strict=True):
        if "facedoor.languages" not in text:
            continue
        nodes = list(ast.walk(ast.parse(text)))
        is_bound = any(map(_is_bound, nodes))
        for node in nodes:
            where = f"{path.relative_to(EDGE)}:{getattr(node, 'lineno', 0)}"
            if is_bound and isinstance(node, ast.FunctionDef):
                own = list(_own(node))
                if any(_called(part) == "_" for part in own) and any(map(_is_bound, own)):
                    found.overruled.append(where)
            elif _called(node) in MARKS and (texts := _texts(node)):
                one, *many = texts
                found.texts[one] = many[0] if many else None
            elif _called(node) == "format" and isinstance(node, ast.Call):
                said = getattr(node.func, "value", node)
                filled = {word.arg for word in node.keywords}
                if _called(said) in MARKS and any(
                    filled != {name for name, *_ in places(one)} for one in _texts(said)
                ):
                    found.unfilled.append(where)
    return found


def _texts(call: ast.AST) -> list[str]:
    assert isinstance(call, ast.Call)
    return [str(part.value) for part in call.args if isinstance(part, ast.Constant)]


def _is_bound(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "_" and isinstance(node.ctx, ast.Store)


def _own(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """What stands in a function and in no comprehension or function within it, which have names of
    their own."""
    left: list[ast.AST] = list(function.body)
    while left:
        node = left.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.Lambda | ast.comprehension):
            left += ast.iter_child_nodes(node)


def places(text: str) -> set[tuple[str, str | None, str | None]]:
    """What is put into a text, and in which form."""
    return {part[1:] for part in Formatter().parse(text) if part[1] is not None}


def test_whatever_people_read_is_marked() -> None:
    files = [[path for path in SOURCES if path.is_relative_to(EDGE / room)] for room in READ]
    assert all(files)
    found = [
        f"{path.relative_to(EDGE)}:{line}: {text!r}"
        for path in {path for room in files for path in room}
        for line, text in unmarked(ast.parse(path.read_text()))
    ]
    assert found == [], "mark it with _() of facedoor.languages, then: make words"


def test_texts_that_no_catalogue_can_have_are_found() -> None:
    def has_any(code: str) -> bool:
        return any(unmarked(ast.parse(code)))

    assert has_any('say("a door")')
    assert has_any('say(f"{a} door is {b}")')
    assert has_any('say(_(f"the door {a}"))')
    assert has_any('say(_("the door {a}").format(a="too far"))')
    assert not has_any('say(_("the door"))')
    assert not has_any('say(_("a {b}").format(b=1))')
    assert not has_any('say("sudo facedoor check")')
    assert not has_any('parser.add_argument("x", help="what it is")')
    assert not has_any('"""What it does."""')


def test_errors_that_commands_show_are_marked() -> None:
    begins = re.compile(rf"({'|'.join(ERRORS)})\(\s*(f?[\"']|\()")  # what is marked does not
    found = [
        f"{path.relative_to(EDGE)}:{line}: {said!r}"
        for path, text in zip(SOURCES, map(Path.read_text, SOURCES), strict=True)
        if not any(path.is_relative_to(EDGE / room) for room in NOT_SHOWN) and begins.search(text)
        for node in ast.walk(ast.parse(text))
        if _called(node) in ERRORS
        for line, said in unmarked(ast.Module([ast.Expr(node)], []))
    ]
    assert found == [], "mark it with _() of facedoor.languages, then: make words"


def test_what_is_put_into_a_text_has_a_place_there_and_no_place_stays_empty() -> None:
    assert marks().unfilled == []


def test_who_speaks_calls_nothing_else_by_the_same_name() -> None:
    """Unpacking into ``_`` makes it a name of the whole function, and what was marked fails."""
    assert marks().overruled == []


def test_german_has_every_text_and_no_other() -> None:
    assert catalogue("de").keys() == marks().texts.keys(), (
        "make words, then translate what is empty"
    )
    assert "fuzzy" not in (LOCALE / "de" / "LC_MESSAGES" / "facedoor.po").read_text("utf-8")


def test_german_puts_in_what_english_does_and_has_one_and_many() -> None:
    for one, many in marks().texts.items():
        forms = catalogue("de")[one]
        assert len(forms) == (1 if many is None else 2), one
        assert [places(form) for form in forms] == [places(many or one)] * len(forms), one
        assert [form[-1:] == "\n" for form in forms] == [one[-1:] == "\n"] * len(forms), one


def test_problems_have_the_titles_that_they_have_on_the_page() -> None:
    for language in ("en", "de"):
        page = (EDGE.parent / "page" / "src" / "words" / f"codes.{language}.ts").read_text()
        with spoken(language):
            titles = {code: title(code) for code in TITLES}
        assert titles == dict(re.findall(r'"problem\.(\w+)": "([^"]+)"', page))

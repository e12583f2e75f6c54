"""A configuration's text, statement by statement: so a mistake in one hides none in the next.

What TOML means by a statement is left to :mod:`tomllib`. A text without a mistake is read as one;
only where that fails, what is made of its statements is put together here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from facedoor.config.mistakes import Mistake
from facedoor.config.options import sections
from facedoor.config.syntax import header_of, is_section, key_of, why_broken
from facedoor.languages import _
from facedoor.strict import closest, short

Path: TypeAlias = tuple[str, ...]

_MOST_LINES = 100
"""Of one statement; no option needs more than one."""


@dataclass(slots=True)
class Statements:
    """What a text says, as far as that can be read: ``tables``, and on which of its ``lines``."""

    tables: dict[str, Any] = field(default_factory=dict)
    lines: dict[Path, int] = field(default_factory=dict)
    """Where the statement of a section, or of a section and a key, begins; the first is 1."""
    mistakes: list[Mistake] = field(default_factory=list)
    unread: set[Path] = field(default_factory=set)
    """The sections and keys of which something stands there that cannot be read."""

    def lines_of(self, *path: str) -> tuple[int, ...]:
        """The line of a section, or a section and a key, if it stands there."""
        return (self.lines[path],) if path in self.lines else ()


def read_statements(text: str) -> Statements:
    """Read the TOML ``text``. Raises nothing, whatever it is."""
    found = _put_together(text)
    try:
        found.tables = tomllib.loads(text)
        found.mistakes, found.unread = [], set()
    except (ValueError, RecursionError) as error:  # tomllib lets a number of 5000 digits slip
        if not found.mistakes:
            found.mistakes.append(
                Mistake((), _("it is not valid TOML: {error}").format(error=short(str(error))))
            )
    return found


def _put_together(text: str) -> Statements:
    found = Statements()
    section: Path | None = ()
    for line, statement, table, error in _statements(text):
        is_header = statement.lstrip().startswith("[")
        if table is None:
            if is_header or is_section(statement):
                is_header, section = True, header_of(statement)
            known = (closest(section[0], sections()) or "") if section else ""
            found.mistakes.append(Mistake((line,), why_broken(statement, known, error)))
            if section and not is_header and (key := key_of(statement, known)):
                found.unread.add((known, key))
                found.lines.setdefault((known, key), line)
        elif is_header:
            section = _begin(found, line, table, statement)
        elif section is not None:
            for path, value in _leaves(table):
                _set(found, (*section, *path), value, line)
    return found


def _begin(found: Statements, line: int, table: dict[str, Any], statement: str) -> Path:
    """Begin the section of a header, which may be there already."""
    path = next(_leaves(table))[0]
    name = ".".join(map(short, path))
    if statement.lstrip().startswith("[["):
        found.mistakes.append(
            Mistake((line,), _("[[{name}]] is no section: write [{name}]").format(name=name))
        )
        found.lines.setdefault(path, line)
    elif path in found.lines and isinstance(_at(found.tables, path), dict):
        first = found.lines[path]
        found.mistakes.append(
            Mistake(
                (line,),
                _(
                    "there is a second [{name}], the first is in line {first}: write its keys "
                    "below the first, and take this line out"
                ).format(name=name, first=first),
            )
        )
    else:
        _set(found, path, {}, line)
    return path


def _set(found: Statements, path: Path, value: Any, line: int) -> None:
    above = _at(found.tables, path[:-1], make=True)
    if not isinstance(above, dict) or path[-1] in above:
        section, *key = path
        first = found.lines.get(path)
        named = f"[{short(section)}] {'.'.join(map(short, key))}".strip()
        said = _("{named} is there twice: take one of the two out")
        if first:
            said = _("{named} is there twice, first in line {first}: take one of the two out")
        found.mistakes.append(Mistake((line,), said.format(named=named, first=first)))
        return
    above[path[-1]] = value
    for length in range(1, len(path) + 1):
        found.lines.setdefault(path[:length], line)
    for inner, _leaf in _leaves(value) if isinstance(value, dict) and value else ():
        found.lines.setdefault((*path, *inner), line)


def _at(tables: Any, path: Path, *, make: bool = False) -> Any:
    for key in path:
        if not isinstance(tables, dict) or (key not in tables and not make):
            return None
        tables = tables.setdefault(key, {})
    return tables


def _leaves(table: dict[str, Any]) -> Iterator[tuple[Path, Any]]:
    """What one statement sets, by the keys that lead to it; a header sets an empty table."""
    for key, value in table.items():
        if isinstance(value, dict) and value:
            for path, leaf in _leaves(value):
                yield (key, *path), leaf
        else:
            yield (key,), value


def _statements(text: str) -> Iterator[tuple[int, str, dict[str, Any] | None, str]]:
    """Each statement: its first line, its text, what TOML makes of it alone, or why it does not."""
    lines = text.replace("\r\n", "\n").split("\n")
    begin = 0
    while begin < len(lines):
        if _says_nothing(lines[begin]):
            begin += 1
            continue
        end, table, error = _cut(lines, begin)
        yield begin + 1, "\n".join(lines[begin:end]), table, error
        begin = end


def _cut(lines: list[str], begin: int) -> tuple[int, dict[str, Any] | None, str]:
    """Where the statement that begins on a line ends, and what it is."""
    table, error = _loaded(lines[begin])
    if table is not None or not _is_open(lines[begin]):
        return begin + 1, table, error
    for end in range(begin + 2, min(len(lines), begin + _MOST_LINES) + 1):
        table, _ = _loaded("\n".join(lines[begin:end]))
        if table is not None:
            return end, table, ""
    end = begin + 1
    while end < len(lines) and not _says_nothing(lines[end]) and not _begins(lines[end]):
        end += 1  # what was to be the rest of it
    return end, None, error


def _loaded(text: str) -> tuple[dict[str, Any] | None, str]:
    try:
        return tomllib.loads(text), ""
    except (ValueError, RecursionError) as error:
        return None, str(error)


def _says_nothing(line: str) -> bool:
    return not line.strip(" \t") or line.lstrip(" \t").startswith("#")


def _begins(line: str) -> bool:
    """Whether a line looks like the beginning of a statement."""
    return line.lstrip().startswith("[") or "=" in line


def _is_open(line: str) -> bool:
    """Whether a statement may go on below the line."""
    value = line.partition("=")[2]
    return '"""' in value or "'''" in value or "[" in value or "{" in value

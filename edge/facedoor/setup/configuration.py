"""The configuration file while setup changes it: value by value, never half written, and with
everything else in it as it is, byte for byte.

A parser would lose the comments, and a configuration is half comments. So the text is cut into
statements, only as far as needed to see where each one and its value begin and end; what TOML means
by them is left to :mod:`tomllib`, which also has the last word on every result.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from facedoor.config import file as config_file
from facedoor.config.options import Config
from facedoor.errors import ConfigError
from facedoor.files import write_file
from facedoor.languages import N_, _

Value: TypeAlias = str | bool | int | float

_PIECE = re.compile(
    r"""
    (?P<string> \"{3} (?:\\.|[^\\])*? \"{3,5} | '{3} .*? '{3,5} | "(?:\\.|[^"\\\n])*" | '[^'\n]*' )
    | (?P<comment> \#[^\n]* )
    | (?P<newline> \n )
    | (?P<blank> [ \t\r]+ )
    | (?P<open> [\[{] )
    | (?P<close> [\]}] )
    | (?P<equals> = )
    | (?P<word> [^\s"'\#\[\]{}=]+ )
    | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_NOTHING = {"blank", "comment", "newline"}


class TomlLineError(ValueError):
    """The value cannot be set by changing or adding one line."""


@dataclass(frozen=True, slots=True)
class _Statement:
    """A header, ``key = value``, or a line without either; offsets into the text."""

    begin: int
    end: int
    """Just after its newline."""
    path: tuple[str, ...] | None
    """Of a value, with its section; of anything else ``None``."""
    section: tuple[str, ...] | None
    """The section that it belongs to, or begins; ``None`` in a list of tables."""
    value: slice


def with_value(text: str, section: str, key: str, value: Value) -> str:
    """``text`` with ``key`` of ``[section]`` set to ``value``.

    Where it stands, its value is replaced. Otherwise a line is added: below the same key if it
    stands there in a comment, else at the end of the section, else with the section at the end of
    the text. Raises :class:`TomlLineError`, and ``ValueError`` for a text that is not TOML.
    """
    wanted = tomllib.loads(text)
    table = wanted.setdefault(section, {})
    if isinstance(table, dict):
        table[key] = value
    changed = _changed(text, section, key, literal(value))
    if _parsed(changed) != wanted:
        raise TomlLineError(
            _("write {key} = {value} under [{section}] by hand").format(
                key=key, value=literal(value), section=section
            )
        )
    return changed


def literal(value: Value) -> str:
    """``value`` as TOML writes it, on one line."""
    if isinstance(value, str):
        # JSON's escapes are TOML's too, but JSON lets the character DEL be.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value)


def _changed(text: str, section: str, key: str, written: str) -> str:
    commented = re.compile(rf"[ \t]*#[ \t]*{re.escape(key)}[ \t]*=")
    after: _Statement | None = None
    after_comment: _Statement | None = None
    for statement in _statements(text):
        if statement.path == (section, key):
            return text[: statement.value.start] + written + text[statement.value.stop :]
        if statement.section == (section,):
            if statement.path is not None or text[statement.begin :].lstrip(" \t").startswith("["):
                after = statement
            elif commented.match(text, statement.begin):
                after_comment = statement
    after = after_comment or after
    newline = "\r\n" if "\r\n" in text else "\n"
    line = f"{key} = {written}{newline}"
    if after is None:
        gap = newline if text else ""
        line, end = f"{gap}[{section}]{newline}{line}", len(text)
    else:
        end = after.end
    before = text[:end]
    if before and not before.endswith("\n"):
        before += newline
    return before + line + text[end:]


def _statements(text: str) -> Iterator[_Statement]:
    section: tuple[str, ...] | None = ()
    begin = 0
    while begin < len(text):
        pieces = list(_pieces(text, begin))
        end = pieces[-1].end()
        said = [piece for piece in pieces if piece.lastgroup not in _NOTHING]
        path, value = None, slice(0, 0)
        if said and said[0].lastgroup == "open":
            header = text[said[0].start() : said[-1].end()]
            section = None if header.startswith("[[") else _path(header)
        elif said:
            equals = next(n for n, piece in enumerate(said) if piece.lastgroup == "equals")
            value = slice(said[equals + 1].start(), said[-1].end())
            own = _path(f"{text[said[0].start() : said[equals].start()]} = 0")
            path = None if section is None else (*section, *own)
        yield _Statement(begin, end, path, section, value)
        begin = end


def _pieces(text: str, begin: int) -> Iterator[re.Match[str]]:
    """The pieces of one statement: up to a newline that is in no list or table."""
    depth = 0
    for piece in _PIECE.finditer(text, begin):
        yield piece
        depth += {"open": 1, "close": -1}.get(piece.lastgroup or "", 0)
        if piece.lastgroup == "newline" and depth == 0:
            return


def _path(text: str) -> tuple[str, ...]:
    """The keys that a header, or a key with a value, leads through."""
    table: Any = tomllib.loads(text)
    keys = []
    while isinstance(table, dict) and table:
        ((key, table),) = table.items()
        keys.append(key)
    return tuple(keys)


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except ValueError:
        return None


_NEW = N_(
    "# The configuration of facedoor; facedoor setup asks for it, docs/configuration.md explains "
    "each option.\n"
)


@dataclass(slots=True)
class Configuration:
    """The file at ``path``, which may not exist yet. Its comments and order are kept."""

    path: Path
    backup: Path | None = field(default=None, init=False)
    """The file as it was before the first change, once there is one."""

    def settings(self) -> Config:
        """What the file says now. Raises :class:`ConfigError`."""
        return config_file.load(self.path) if self.path.exists() else Config()

    def says(self, section: str, key: str) -> bool:
        """True if the file itself has the key, whatever its value."""
        table = tomllib.loads(self._text()).get(section)
        return isinstance(table, dict) and key in table

    def set(self, section: str, **values: Value) -> None:
        """Change values of a section, all or none. Raises :class:`ConfigError`."""
        text = self._text()
        for key, value in values.items():
            try:
                text = with_value(text, section, key, value)
            except TomlLineError as error:
                raise ConfigError(
                    _("{path} is laid out unusually: {error}").format(path=self.path, error=error)
                ) from error
        config_file.parse(text, self.path)
        if text != self._text():
            self._write(text)

    def require_writable(self) -> None:
        """Raise :class:`ConfigError` where this user cannot change the file."""
        folder = next(folder for folder in self.path.absolute().parents if folder.is_dir())
        if not os.access(folder, os.W_OK) or (
            self.path.exists() and not os.access(self.path, os.R_OK)
        ):
            raise ConfigError(
                _("this user cannot change {path}: run sudo facedoor setup").format(path=self.path)
            )

    def _text(self) -> str:
        if not self.path.exists():
            return _(_NEW)
        # As bytes, since reading as text would convert the line ends.
        return self.path.read_bytes().decode("utf-8-sig")

    def _write(self, text: str) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.path.exists() and self.backup is None:
                backup = self.path.with_name(f"{self.path.name}.bak")
                write_file(backup, self.path.read_bytes(), like=self.path)
                self.backup = backup
            write_file(self.path, text.encode(), mode=0o644, like=self.path)
        except OSError as error:
            raise ConfigError(
                _("cannot write {path} ({strerror}): run sudo facedoor setup").format(
                    path=self.path, strerror=error.strerror
                )
            ) from error

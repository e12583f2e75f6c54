"""The configuration file: from TOML text to :class:`Config`, or to an error that helps.

A key that does not exist, a value of the wrong type and a value outside its range are errors that
name the key, the line and the nearest right key.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
import tomllib
import types
import typing
from pathlib import Path
from typing import Any, Literal

from facedoor.config.options import DEFAULT_FILE, KIND_NAMES, Config
from facedoor.config.pins import require_possible
from facedoor.errors import ConfigError

_QUOTED_CHARACTERS = 60
"""How much of a wrong value an error message quotes."""


def load(path: Path | None) -> Config:
    """Read ``path``; without one, ``/etc/facedoor/facedoor.toml`` if it exists, else the defaults.

    Relative paths in the file are taken from the file's own folder. Raises :class:`ConfigError`.
    """
    file = path or DEFAULT_FILE
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        if path is None:
            return Config()
        raise ConfigError(f"there is no configuration {file}: check the name") from error
    except OSError as error:
        raise ConfigError(
            f"cannot read the configuration {file} ({error.strerror}): "
            "it has to be a file that this user may read"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"the configuration {file} is not text: save it as UTF-8") from error
    return parse(text, file)


def parse(text: str, path: Path) -> Config:
    """Parse configuration ``text``; ``path`` names it in errors and anchors relative paths.

    Raises :class:`ConfigError`, whatever the text is.
    """
    try:
        tables = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # tomllib lets a number of 5000 digits slip
        raise ConfigError(f"{path} is not valid TOML: {short(str(error))}") from error
    hints = typing.get_type_hints(Config)
    values: dict[str, Any] = {}
    for name, table in tables.items():
        if name not in hints:
            problem = f"there is no section [{short(name)}]{nearest(name, hints)}"
        elif not isinstance(table, dict):
            problem = f"{name} is a section: write [{name}] on a line of its own"
        else:
            values[name] = _section(hints[name], name, table, text, path)
            continue
        raise ConfigError(f"{path}, line {_line_of(text, name)}: {problem}")
    settings = Config(**values)
    require_possible(settings, path)
    return settings


class _WrongError(ValueError):
    """What is wrong with a key or its value; where it stands is known elsewhere."""


def _section(kind: type, name: str, table: dict[str, Any], text: str, path: Path) -> Any:
    options = {item.name: item.metadata["range"] for item in dataclasses.fields(kind)}
    hints = typing.get_type_hints(kind)
    values: dict[str, Any] = {}
    for key, value in table.items():
        try:
            _require(key, options)
            values[key] = _anchored(key, _checked(value, hints[key], options[key]), path.parent)
        except _WrongError as error:
            line = _line_of(text, name, key)
            raise ConfigError(f"{path}, line {line}: [{name}] {short(key)} {error}") from error
    return kind(**values)


def _require(key: str, options: typing.Iterable[str]) -> None:
    if key not in options:
        raise _WrongError(f"does not exist{nearest(key, options)}")


def _checked(value: Any, hint: Any, allowed: tuple[float | None, float | None]) -> Any:
    """``value`` if it is of the type ``hint`` and in range."""
    if typing.get_origin(hint) is Literal:
        choices = typing.get_args(hint)
        if value not in choices:
            raise _WrongError(f"is {shown(value)}; it can be {' or '.join(map(repr, choices))}")
        return value
    kinds = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    kind = next(kind for kind in kinds if kind is not type(None))
    if type(value) is not kind and not (kind is float and type(value) is int):
        raise _WrongError(f"is {shown(value)}; it has to be {KIND_NAMES[kind]}{_unit_hint(value)}")
    low, high = allowed
    # Written so that nan, which TOML allows, is outside every range.
    if low is not None and high is not None and not low <= value <= high:
        raise _WrongError(f"is {shown(value)}; it has to be between {low:g} and {high:g}")
    if isinstance(value, str) and re.search(r"[\x00-\x1f\x7f]", value):
        raise _WrongError("has a control character in it: leave that out")
    return kind(value)


def _anchored(key: str, value: Any, folder: Path) -> Any:
    """``value`` with a relative path in it made relative to ``folder``, if it is a path at all."""
    prefix, path = "", value
    if key == "source":
        kind, colon, path = value.partition(":")
        if kind not in {"file", "folder", "sim"}:
            return value
        prefix = kind + colon
    elif key not in {"directory", "pack", "password_file", "ca_file", "cert_file", "key_file"}:
        return value
    if not path:
        return value
    try:
        return prefix + str(folder / Path(path).expanduser())
    except RuntimeError as error:
        raise _WrongError(f"is {shown(path)}, and there is no such home: write it out") from error


def _unit_hint(value: Any) -> str:
    if isinstance(value, str) and re.fullmatch(r"\s*[\d.]+\s*[a-zA-Z]+\s*", value):
        return ", without a unit: the unit stands in the key's name"
    return ""


def nearest(name: str, known: typing.Iterable[str]) -> str:
    """The end of a sentence about a ``name`` that does not exist: which one may be meant."""
    known = list(known)
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else f"; there are {', '.join(known)}"


def shown(value: Any) -> str:
    """``value`` as an error message can quote it: on one line, and not too long."""
    try:
        return short(repr(value))
    except (ValueError, RecursionError):
        return "something very long"


def short(text: str) -> str:
    """``text`` as an error message can quote it."""
    text = text if text.isprintable() else ascii(text)
    return text if len(text) <= _QUOTED_CHARACTERS else f"{text[:_QUOTED_CHARACTERS]}..."


def _line_of(text: str, *keys: str) -> int:
    """The line on which the statement begins that gives ``keys``: a section, or one and its key.

    Found by parsing the text up to each line, so that it holds for every way TOML has to write it.
    """
    lines = text.split("\n")
    begins = 1
    for number in range(1, len(lines) + 1):
        try:
            tables = tomllib.loads("\n".join(lines[:number]))
        except ValueError:  # in the middle of a statement
            continue
        if _has(tables, keys):
            break
        begins = number + 1
    return begins


def _has(tables: Any, keys: tuple[str, ...]) -> bool:
    for key in keys:
        if not isinstance(tables, dict) or key not in tables:
            return False
        tables = tables[key]
    return True

"""What is wrong with a line that is no TOML, and how it is written rightly.

Nobody learns TOML for one file: what stands there is mostly what other files allow, or what an
editor or a web page has made of it. So the line is guessed at, and what is proposed is TOML.
"""

from __future__ import annotations

import json
import re
import tomllib
import typing
import unicodedata
from typing import Any, Literal

from facedoor.config.likeness import which_key
from facedoor.config.options import kinds, known, sections
from facedoor.languages import _
from facedoor.strict import KIND_NAMES, StrictError, closest, short

_TRUE, _FALSE = {"true", "yes", "on", "y"}, {"false", "no", "off", "n"}
_QUOTES = {'"', "'"}
_NOTHING = {"none", "null", "nil", "unset", "undefined"}
_CURLY = "\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u201b\xab\xbb\u2039\u203a\xb4`"
"""Quotes of print, of other languages, and what stands for one."""
_KEY = re.compile(r"[A-Za-z0-9_-]+")
_REMARK = re.compile(r"[ \t]*(?://|;|--|/\*|<!--)")
_NUMBER = r"[+-]?\d+(?:\.\d+)?"


def header_of(line: str) -> tuple[str, ...] | None:
    """The section that a broken header may mean; ``None``: nobody knows."""
    name = closest(_header_word(line), sections())
    return (name,) if name else None


def is_section(line: str) -> bool:
    """Whether it is a section as other files have one, without brackets."""
    return line.strip().rstrip(":] \t") in sections()


def key_of(line: str, section: str) -> str:
    """The key of ``section`` that a broken line is about; empty: none."""
    name = re.split(r"[=:\s]", line.strip(), maxsplit=1)[0].strip("'\"")
    return name if (section, name) in known() else ""


def why_broken(statement: str, section: str, error: str) -> str:
    """What is wrong with a ``statement`` below the header of ``section``; ``error`` is
    :mod:`tomllib`'s word."""
    line = statement.split("\n", 1)[0].strip(" \t\r")
    if _REMARK.match(line):
        return _("a remark begins with #, and nothing else does: write # in front of it")
    if blank := _false_blank(line):
        return _(
            "there is a character that looks like a blank and is none ({blank}), as web "
            "pages have it: type the line anew"
        ).format(blank=blank)
    if line.startswith("["):
        return _of_header(line)
    key, equals, value = (part.strip() for part in line.partition("="))
    if not equals or not _KEY.fullmatch(key):
        return _of_no_statement(line, section, error)
    if section and (section, key) not in known():
        return _("{named} does not exist{which_key}").format(
            named=_named(section, key), which_key=which_key(section, key)
        )
    return f"{_named(section, key)} {_of_value(section, key, value)}"


def _header_word(line: str) -> str:
    found = re.match(r"\s*\[*\s*[\"']?([A-Za-z0-9_-]*)", line)
    return found[1] if found else ""


def _of_header(line: str) -> str:
    word = _header_word(line)
    name = closest(word, sections()) or word
    if re.match(r"\[[^\[\]]*\]\s*[^\s#]", line):
        return _("[{said}] has to stand on a line of its own: write what follows below it").format(
            said=short(name)
        )
    if name:
        return _("{said} is no section: write [{name}]").format(said=short(line), name=short(name))
    return _("{said} is no section: write one such as [door]").format(said=short(line))


def _of_no_statement(line: str, section: str, error: str) -> str:
    """Of a line in which no single key stands in front of a ``=``."""
    found = re.fullmatch(r"([A-Za-z0-9_-]+)\s*(:=|:|\s)\s*(.+)", line)
    if found and "=" not in found[1] + found[2] and (section, found[1]) in known():
        key, value = found[1], found[3].removeprefix("=").strip()
        mark = ":" if ":" in found[2] else "nothing"
        proposed = _proposed(section, key, value)
        return _("{named} has {mark} where = has to be{proposed}").format(
            named=_named(section, key), mark=mark, proposed=_so(proposed)
        )
    if "=" not in line:
        word = line.rstrip(":] \t")
        if word in sections():
            return _("{word} is a section: write [{word}]").format(word=word)
        if (section, word) in known():
            return _("{named} has no value: write {word} = and the value").format(
                named=_named(section, word), word=word
            )
        return _(
            "{said} is neither a section, such as [door], nor a key with its value, such "
            "as pin = 17: take it out, or write # in front of it"
        ).format(said=short(line))
    return _("{said} is no TOML ({error}): write key = value").format(
        said=short(line), error=short(error)
    )


def _of_value(section: str, key: str, value: str) -> str:
    """Of a key whose value cannot be read; secrets that nobody asked for are not quoted."""
    kind = kinds().get((section, key))
    if not value or value.startswith("#"):
        return _("has no value: write one behind the =, or take the line out")
    proposed = _proposed(section, key, value) if kind else ""
    bare = _bare(value)
    if any(quote in _CURLY for quote in value.partition(" #")[0]) and not _is_literal(value):
        return _("has curly quotes or the like; TOML has straight ones{proposed}").format(
            proposed=_so(proposed)
        )
    if value.startswith('"') and "\\" in value:
        return _(
            'has a \\ between " and ", where it begins an escape: write / in its place, or '
            "put the text between ' and '{proposed}"
        ).format(proposed=_so(proposed))
    if value[0] in "[{":
        return _("is a list or table, and it has to be {kind}").format(kind=_kind_name(kind))
    if _is_half_quoted(value):
        return _("has a quote that is not closed, or not opened{proposed}").format(
            proposed=_so(proposed)
        )
    if re.search(r"\S\s*(//|;)", value) and (proposed or value[0] in _QUOTES):
        return _(
            "has something behind its value: a remark begins with #, and no line ends with a "
            ";{proposed}"
        ).format(proposed=_so(proposed))
    if bare.lower() in _NOTHING:
        return _("has no value: take the line out, so that it is unset")
    if _is_text(kind) or kind is None:
        return _("is text without quotes: put it in quotes{proposed}").format(
            proposed=_so(proposed)
        )
    if kind is bool:
        return _("is {said}; it has to be true or false, in small letters{proposed}").format(
            said=short(bare), proposed=_so(proposed)
        )
    if re.fullmatch(r"[+-]?\d+,\d+", bare):
        return _("has a comma: the decimals stand behind a point{proposed}").format(
            proposed=_so(proposed)
        )
    if re.fullmatch(rf"{_NUMBER}\s*[^\W\d_%°]+|{_NUMBER}\s*[%°]", bare):
        return _(
            "has a unit, which stands in the key's name: write the number alone{proposed}"
        ).format(proposed=_so(proposed))
    return _("is {said}; it has to be {kind}{proposed}").format(
        said=short(bare), kind=_kind_name(kind), proposed=_so(proposed)
    )


def _proposed(section: str, key: str, value: str) -> str:
    """The line as it may be meant; empty: it cannot be told, or would be refused too."""
    kind = kinds()[section, key]
    said: Any = _value_of(kind, _bare(value))
    if said is None or said == "":
        return ""
    form = known()[section, key].metadata["form"]
    if form is not None and said:
        try:
            form(said)
        except StrictError:
            return ""
    text = json.dumps(said, ensure_ascii=False)
    if isinstance(said, str) and "\\" in said and "'" not in said:
        text = f"'{said}'"
    try:
        tomllib.loads(f"{key} = {text}")
    except ValueError:
        return ""
    return f"{key} = {text}"


def _value_of(kind: Any, bare: str) -> str | int | float | bool | None:
    """What a value without its quotes may mean for an option of this kind."""
    kinds_of = {part for part in typing.get_args(kind) if part is not type(None)} or {kind}
    if typing.get_origin(kind) is Literal:
        choices = {str(choice): choice for choice in typing.get_args(kind)}
        name = closest(bare.lower(), choices)
        return None if name is None else typing.cast("str | int", choices[name])
    if bool in kinds_of:
        return {**dict.fromkeys(_TRUE, True), **dict.fromkeys(_FALSE, False)}.get(bare.lower())
    if str in kinds_of:
        return bare if len(bare) < 200 and bare.isprintable() else None
    number = re.search(_NUMBER, bare.replace(",", "."))
    if number is None or len(re.findall(_NUMBER, bare.replace(",", "."))) > 1 or len(number[0]) > 9:
        return None
    whole = number[0].isdecimal()
    return int(number[0]) if whole else float(number[0]) if float in kinds_of else None


def _bare(value: str) -> str:
    """A value without what is around it: quotes of any kind, a remark, a ``;`` at its end."""
    value = re.split(r"\s#|\s//|\s;|;\s*$", value, maxsplit=1)[0]
    return value.strip().strip(f"\"'{_CURLY}").strip()


def _kind_name(kind: Any) -> str:
    """What an option has to be, in words."""
    parts = [part for part in typing.get_args(kind) or (kind,) if part is not type(None)]
    if typing.get_origin(kind) is Literal:
        return _(" or ").join(json.dumps(part) for part in parts)
    name = KIND_NAMES.get(parts[0])
    return _("one value") if name is None else _(name)


def _is_text(kind: Any) -> bool:
    parts = typing.get_args(kind) or (kind,)
    return any(part is str or isinstance(part, str) for part in parts)


def _is_literal(value: str) -> bool:
    """Whether it is a text in straight quotes, whatever stands in it."""
    return bool(re.match(r"'[^']*'|\"[^\"\\]*\"", value))


def _is_half_quoted(value: str) -> bool:
    """Whether a quote at one end of a value lacks its like at the other."""
    end = re.split(r"\s#|\s//|\s?;", value, maxsplit=1)[0].rstrip()
    first, last = value[0], end[-1:]
    return (first in _QUOTES or last in _QUOTES) and (first != last or end.count(first) % 2 == 1)


def _named(section: str, key: str) -> str:
    return f"[{section}] {short(key)}" if section else short(key)


def _so(proposed: str) -> str:
    return _(", as {proposed}").format(proposed=proposed) if proposed else ""


def _false_blank(line: str) -> str:
    """The number of a character outside of quotes that seems to be a blank; empty: none is."""
    outside = re.sub(r"'[^']*'|\"[^\"]*\"", "", line).partition("#")[0]
    for character in outside:
        if character not in " \t" and unicodedata.category(character) in {"Zs", "Cf", "Zl", "Zp"}:
            return f"U+{ord(character):04X}"
    return ""

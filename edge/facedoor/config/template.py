"""The options in words, and a configuration file to start from.

It says what :mod:`facedoor.config.options` says, so there is nothing to keep in step. The package
for Debian brings such a file along, in which every option is commented out.
"""

from __future__ import annotations

import dataclasses
import json
import textwrap
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from facedoor.config.options import Config
from facedoor.strict import KIND_NAMES

HEADER = """\
# The configuration of facedoor. Each option stands here with its default: take the # in front of it
# away to change it, then run `facedoor check` and `systemctl restart facedoor`. Secrets do not
# belong here, where everybody can read them, but into files or credentials of systemd.
"""

_WIDTH = 99


@dataclass(frozen=True, slots=True)
class Option:
    """What there is to say about one option."""

    section: str
    name: str
    default: str
    """As TOML writes it; empty: unset."""
    can_be: str
    doc: str


def options() -> Iterator[Option]:
    """Every option, section by section."""
    for section, kind in typing.get_type_hints(Config).items():
        hints = typing.get_type_hints(kind)
        for item in dataclasses.fields(kind):
            default = "" if item.default is None else json.dumps(item.default)
            can_be = _can_be(hints[item.name], item.metadata["range"])
            yield Option(section, item.name, default, can_be, item.metadata["doc"])


def _can_be(hint: Any, allowed: tuple[float | None, float | None]) -> str:
    if typing.get_origin(hint) is Literal:
        return " or ".join(f"`{json.dumps(choice)}`" for choice in typing.get_args(hint))
    low, high = allowed
    if low is not None and high is not None:
        return f"{low:g} to {high:g}"
    return KIND_NAMES[hint]


def template(values: Mapping[tuple[str, str], str | int | float | bool]) -> str:
    """The file as text: ``values``, by section and name, are set, the others commented out.

    Raises ``KeyError`` for an option that does not exist.
    """
    known = {(option.section, option.name): option for option in options()}
    for place in values:
        known[place]
    lines = [HEADER]
    section = ""
    for place, option in known.items():
        if option.section != section:
            section = option.section
            lines.append(f"[{section}]\n")
        lines.append(f"{_explained(option)}\n{_statement(option, values.get(place))}\n")
    return "\n".join(lines)


def _explained(option: Option) -> str:
    text = f"{option.doc} ({option.can_be})".replace("`", "")
    return textwrap.fill(text, _WIDTH, initial_indent="# ", subsequent_indent="# ")


def _statement(option: Option, value: str | int | float | bool | None) -> str:
    if value is not None:
        return f"{option.name} = {json.dumps(value)}"
    return f"#{option.name} = {option.default}".rstrip()

"""A configuration file to start from: every option with its meaning, commented out.

It says what :mod:`facedoor.config.options` says, so there is nothing to keep in step. The package
for Debian brings such a file along.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping

from facedoor.config.options import Option, options

HEADER = """\
# The configuration of facedoor. Each option stands here with its default: take the # in front of it
# away to change it, then run `facedoor check` and `systemctl restart facedoor`. Secrets do not
# belong here, where everybody can read them, but into files or credentials of systemd.
"""

_WIDTH = 99


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

"""People's names: which are allowed, how they are kept, and when two are the same."""

from __future__ import annotations

import unicodedata

from facedoor.errors import UsageError

NAME_CHARACTERS = 64
"""Longest name: it has to fit a line of a log and a field of a form."""


def clean_name(text: str) -> str:
    """``text`` as a name is kept: NFC, without blanks around it. Raises :class:`UsageError`."""
    name = unicodedata.normalize("NFC", text).strip()
    if not 1 <= len(name) <= NAME_CHARACTERS:
        raise UsageError(
            f"a name has 1 to {NAME_CHARACTERS} characters, this one has {len(name)}: "
            "choose another"
        )
    # Control characters, halves of surrogate pairs, and what else would break a line.
    if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in name):
        raise UsageError(f"the name {name!r} has a control character in it: leave that out")
    return name


def name_key(name: str) -> str:
    """What decides whether two names are the same: Anna and anna are."""
    return unicodedata.normalize("NFC", name.casefold())

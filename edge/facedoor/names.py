"""People's names: which are allowed, how they are kept, and when two are the same.

Two names that look the same must not be two people, as far as Unicode's own tables go: case, width,
ligatures and characters that show nothing make no difference. Letters of different scripts that
look alike, such as a Latin and a Cyrillic a, are beyond those tables and do make one.
"""

from __future__ import annotations

import re
import unicodedata

from facedoor.errors import UsageError
from facedoor.languages import _

NAME_CHARACTERS = 64
"""Longest name: it has to fit a line of a log and a field of a form."""

_BREAKS = {"Cc", "Cs", "Zl", "Zp"}
"""Control characters, halves of surrogate pairs, and what else would break a line."""

_HIDDEN = {"Cf", "Cn", "Co", *_BREAKS}
"""Also controls of format, such as those that turn the direction, tags, and what is nobody's."""

_FILLERS = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0]")
"""Letters and marks that show nothing."""

_VARIANTS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Choose one of several pictures of the character before; Japanese names have them."""

_NON_JOINER, _JOINER = "\u200c", "\u200d"
"""Persian and Indian names have them, where they change what is seen."""

_VIRAMA = 9
"""Combining class of the signs after which a joiner changes what is seen, RFC 5892, A.1."""


def said_name(text: str) -> str:
    """``text`` as the name of somebody who may be enrolled, whenever that was.

    NFC, without blanks around it. Raises :class:`UsageError` for what never was a name.
    """
    name = unicodedata.normalize("NFC", text).strip()
    if not 1 <= len(name) <= NAME_CHARACTERS:
        raise UsageError(
            _("a name has 1 to {most} characters, this one has {count}: choose another").format(
                most=NAME_CHARACTERS, count=len(name)
            )
        )
    for character in name:
        if unicodedata.category(character) in _BREAKS:
            raise _hidden(character)
    return name


def clean_name(text: str) -> str:
    """``text`` as the name of somebody new, with single blanks between words.

    Raises :class:`UsageError`, also for one with a character that nobody can see.
    """
    name = " ".join(said_name(text).split())
    for place, character in enumerate(name):
        hides = unicodedata.category(character) in _HIDDEN or _FILLERS.match(character)
        if (hides or _VARIANTS.match(character)) and not _is_seen(name, place):
            raise _hidden(character)
    return name


def name_key(name: str) -> str:
    """What decides whether two names are the same: Anna and anna are, and whatever looks so."""
    seen = _VARIANTS.sub("", _FILLERS.sub("", unicodedata.normalize("NFD", name)))
    seen = "".join(c for c in seen if unicodedata.category(c) not in {"Cf", "Cc"} or c.isspace())
    # Twice: what a compatible form stands for can have a case, and the other way round.
    for _twice in range(2):
        seen = unicodedata.normalize("NFKC", seen).casefold()
    return " ".join(unicodedata.normalize("NFKC", seen).split())


def _is_seen(name: str, place: int) -> bool:
    """Whether a character that shows nothing by itself changes how its neighbours look."""
    character, before = name[place], name[place - 1 : place]
    after = name[place + 1 : place + 2]
    if _VARIANTS.match(character):
        return unicodedata.name(before, "").startswith("CJK ") if before else False
    if character in {_NON_JOINER, _JOINER} and before and unicodedata.combining(before) == _VIRAMA:
        return True
    joins = {unicodedata.bidirectional(letter) for letter in (before, after) if letter}
    return character == _NON_JOINER and bool(after) and joins == {"AL"}


def _hidden(character: str) -> UsageError:
    return UsageError(
        _("the name has a character in it that cannot be seen, U+{code:04X}: leave it out").format(
            code=ord(character)
        )
    )

"""The names of doors and sites, which are words in the topics of MQTT."""

from __future__ import annotations

import re
import unicodedata

from facedoor.languages import _
from facedoor.strict import StrictError, shown
from facedoor.wire.topics import is_word

_SHARP_S = {"ß": "ss", "ẞ": "SS"}


def require_word(name: str) -> None:
    """Raises :class:`StrictError` for a name that cannot be in a topic."""
    if is_word(name):
        return
    word = _as_word(name)
    example = _(', such as "{word}"').format(word=word) if word else ""
    raise StrictError(
        _(
            "is {shown}; it is part of MQTT topics, so write one word of letters a to z, "
            "digits, - and _{example}"
        ).format(shown=shown(name), example=example)
    )


def _as_word(name: str) -> str:
    """The word that looks most like ``name``; empty: there is none."""
    letters = "".join(_SHARP_S.get(letter, letter) for letter in name[:40])
    plain = unicodedata.normalize("NFKD", letters).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-zA-Z0-9_]+", "-", plain).strip("-")

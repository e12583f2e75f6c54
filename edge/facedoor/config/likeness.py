"""Which key, and of which section, somebody may have meant."""

from __future__ import annotations

from facedoor.config.options import known
from facedoor.languages import _
from facedoor.strict import closest, nearest

_ALIKE = 0.75
"""A key of another section has to be this much like one that there is not."""


def keys_of(section: str) -> list[str]:
    """Every key of a section."""
    return [key for of, key in known() if of == section]


def homes_of(key: str) -> str:
    """The sections that have a key, in words; empty: none has."""
    return _(" or ").join(f"[{section}]" for section in _having(key))


def sections_meant(section: str, key: str, value: object) -> frozenset[str]:
    """The sections of which something may stand in ``section``, by a key that it does not have or a
    value that it cannot have; empty: it may be any.

    What is a list or has lines may have swallowed whole sections.
    """
    if isinstance(value, dict | list) or (isinstance(value, str) and "\n" in value):
        return frozenset()
    if (section, key) in known():
        return frozenset({section})
    return frozenset({section, *_having(key), *_having(_elsewhere(section, key))})


def _having(key: str | None) -> list[str]:
    return [section for section, of in known() if of == key]


def _elsewhere(section: str, key: str) -> str | None:
    """The key of another section that is like ``key``, unless one of ``section`` is."""
    if closest(key, keys_of(section), _ALIKE) is not None:
        return None
    return closest(key, {of for _, of in known()}, _ALIKE)


def which_key(section: str, key: str) -> str:
    """The end of a sentence about a ``key`` that ``section`` does not have."""
    if homes := homes_of(key):
        return _("; it is a key of {homes}").format(homes=homes)
    if (other := _elsewhere(section, key)) is not None:
        return _("; did you mean {other} of {homes}?").format(other=other, homes=homes_of(other))
    return nearest(key, keys_of(section))

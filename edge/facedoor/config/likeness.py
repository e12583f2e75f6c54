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
    return _(" or ").join(f"[{section}]" for section, of in known() if of == key)


def which_key(section: str, key: str) -> str:
    """The end of a sentence about a ``key`` that ``section`` does not have."""
    if homes := homes_of(key):
        return _("; it is a key of {homes}").format(homes=homes)
    if closest(key, keys_of(section), _ALIKE) is None:
        other = closest(key, {of for _, of in known()}, _ALIKE)
        if other is not None:
            return _("; did you mean {other} of {homes}?").format(
                other=other, homes=homes_of(other)
            )
    return nearest(key, keys_of(section))

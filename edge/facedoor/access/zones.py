"""Time zones by their names of today.

Names change: ``US/Eastern`` is kept in the time zone database only as a link to
``America/New_York``, and systems leave such links out; Debian 13 has them in a package of its own.
So the package tzdata comes with facedoor: it resolves every name there ever was, and says what a
link points to. A link that is a country's own name for its time, as ``Europe/Stockholm``, stays.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import resources
from zoneinfo import ZoneInfo


def zone(name: str) -> ZoneInfo:
    """The time zone of that name. Raises ``KeyError``, ``ValueError`` or ``OSError``."""
    return ZoneInfo(name_of_today(name))


def name_of_today(name: str) -> str:
    """``name``, or, if that is an old one, what it is a link to."""
    links, places = _links(), _places()
    while name in links and name not in places:
        name = links[name]
    return name


@functools.cache
def _links() -> Mapping[str, str]:
    """Where each link points to. A line of the database's own source is ``L target name``."""
    lines = (line.split() for line in _text("tzdata.zi").splitlines() if line.startswith("L "))
    return {name: target for _, target, name in lines}


@functools.cache
def _places() -> frozenset[str]:
    """The names by which countries know their time, and the one that every system has."""
    # Code of the country, coordinates, name, and perhaps a remark.
    lines = (line.split("\t") for line in _text("zone.tab").splitlines() if line[:1] != "#")
    return frozenset((*(columns[2] for columns in lines), "UTC"))


def _text(file: str) -> str:
    return resources.files("tzdata.zoneinfo").joinpath(file).read_text(encoding="utf-8")

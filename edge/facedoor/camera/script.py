"""The script of a simulated walk-up: who comes to the door, in TOML.

::

    seed = 7
    width_px = 1280
    height_px = 720
    fps = 15
    gap_s = 1.0               # empty hallway before, between and after the visitors

    [[visitor]]
    name = "Ada"              # for logs and for the truth; recognition never sees it
    photos = ["ada.jpg"]      # relative to the script, shown one after another; none: nobody comes
    stay_s = 3.0              # from coming into view to being gone
    from_px = 60              # width of the whole photo in the picture, far away ...
    to_px = 260               # ... and at the door; a face is about half of its photo
    light = 1.0               # brightness of the whole scene
    blur_px = 0.0             # sigma of a blur over the photo
    tilt_deg = 6.0            # how far the head swings to each side

Everything but ``name`` has a default. An unknown key, a wrong type and a value outside its range
are each a :class:`ConfigError` that names the file and the key.
"""

from __future__ import annotations

import dataclasses
import tomllib
import typing
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from facedoor.errors import ConfigError


def _number(default: float, at_least: float, at_most: float) -> Any:
    return field(default=default, metadata={"range": (at_least, at_most)})


@dataclass(frozen=True, slots=True)
class Visitor:
    """One visit: whose photos are shown, for how long, how large and in what light."""

    name: str
    photos: tuple[str, ...] = ()
    stay_s: float = _number(3.0, 0.1, 3600)
    from_px: float = _number(60, 8, 2000)
    to_px: float = _number(260, 8, 2000)
    light: float = _number(1.0, 0, 4)
    blur_px: float = _number(0.0, 0, 50)
    tilt_deg: float = _number(6.0, 0, 45)


@dataclass(frozen=True, slots=True)
class Script:
    """A whole script; its visitors in the order in which they come."""

    visitors: tuple[Visitor, ...]
    seed: int = _number(7, 0, 2**31)
    width_px: int = _number(1280, 160, 3840)
    height_px: int = _number(720, 120, 2160)
    fps: float = _number(15, 1, 60)
    gap_s: float = _number(1.0, 0.1, 3600)


def read_script(path: Path) -> Script:
    """Read the script in ``path``. Raises :class:`ConfigError`."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the script {path} cannot be read ({error}): check its name") from error
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"the script {path} is not valid TOML: {error}") from error
    tables = table.pop("visitor", None)
    if not isinstance(tables, list) or not tables:
        raise ConfigError(f"the script {path} has no visitor: add a [[visitor]] table")
    visitors = tuple(
        _read(Visitor, entry, f"{path}: visitor {number}") for number, entry in enumerate(tables, 1)
    )
    script: Script = _read(Script, table, str(path), visitors=visitors)
    return script


def _read(kind: Any, table: Any, where: str, **known: Any) -> Any:
    """Make the dataclass ``kind`` from a TOML table and the fields that are ``known`` already."""
    if not isinstance(table, dict):
        raise ConfigError(f"{where} has to be a table: write [[visitor]] on a line of its own")
    hints = typing.get_type_hints(kind)
    fields = {item.name: item for item in dataclasses.fields(kind) if item.name not in known}
    for key in table:
        if key not in fields:
            raise ConfigError(f"{where}: {key} does not exist; there are {', '.join(fields)}")
    for key, item in fields.items():
        if key not in table and item.default is dataclasses.MISSING:
            raise ConfigError(f"{where}: {key} is missing")
    values = {
        key: _checked(f"{where}: {key}", value, hints[key], fields[key].metadata.get("range"))
        for key, value in table.items()
    }
    return kind(**values, **known)


def _checked(where: str, value: Any, hint: Any, allowed: tuple[float, float] | None) -> Any:
    name, fits = _KINDS[hint]
    if not fits(value):
        raise ConfigError(f"{where} is {value!r}; it has to be {name}")
    # Written so that nan, which TOML allows, is outside every range.
    if allowed and not allowed[0] <= value <= allowed[1]:
        raise ConfigError(
            f"{where} is {value}; it has to be between {allowed[0]:g} and {allowed[1]:g}"
        )
    return tuple(value) if isinstance(value, list) else value


def _is_list_of_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


_KINDS: dict[Any, tuple[str, Callable[[Any], bool]]] = {
    str: ("text in quotes", lambda value: isinstance(value, str)),
    int: ("a whole number", lambda value: type(value) is int),
    float: ("a number", lambda value: type(value) in (int, float)),
    tuple[str, ...]: ('a list like ["one.jpg", "two.jpg"]', _is_list_of_names),
}

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

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from facedoor import strict
from facedoor.errors import ConfigError
from facedoor.strict import Prose

_Kind = TypeVar("_Kind")


def _number(default: float, at_least: float, at_most: float) -> Any:
    return field(default=default, metadata=strict.more(allowed=(at_least, at_most)))


@dataclass(frozen=True, slots=True)
class Visitor:
    """One visit: whose photos are shown, for how long, how large and in what light."""

    name: Prose
    photos: tuple[Prose, ...] = ()
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
    return _read(Script, table, str(path), visitors=visitors)


def _read(kind: type[_Kind], table: object, where: str, **known: Any) -> _Kind:
    try:
        return strict.read(kind, table, **known)
    except strict.StrictError as error:
        raise ConfigError(f"{where}: {error}") from error

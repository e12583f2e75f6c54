"""The script of a simulated walk-up: who comes to the door, when, and as what.

The script is TOML::

    seed = 7
    width_px = 1280
    height_px = 720
    fps = 15
    gap_s = 1.0               # empty hallway before, between and after the visitors
    light = 1.0               # brightness of the whole scene: 0.1 is a night ...
    lamp = 1.0                # ... to which the door's lamp adds so much while it is on

    [[visitor]]
    name = "Ada"              # for logs and for the truth; recognition never sees it
    photos = ["ada.jpg"]      # relative to the script, shown one after another; none: nobody comes
    as = "head"               # or, held up by somebody: "print", "bent print", "cut print",
                              # "phone", or "screen", which is all picture up to its edge
    landmarks = [[[118, 130], [176, 131], [147, 162], [147, 190]]]
                              # of each photo, in its pixels: the eyes (the left one in the picture
                              # first), the tip of the nose, the mouth. Left out: a face in the
                              # middle, half as wide as the photo
    stay_s = 3.0              # from coming into view to being gone
    from_px = 60              # width of the whole photo in the picture, far away ...
    to_px = 260               # ... and at the door; a face is about half of its photo
    light = 1.0               # how many times as bright the scene is while this visitor is there
    blur_px = 0.0             # sigma of a blur over the photo
    tilt_deg = 6.0            # how far the head swings to each side
    turns = [[1.5, 35], [2.5, 0]]
                              # from 1.5 s of the stay on it turns, and looks 35 degrees further to
                              # the picture's right than the photo does; from 2.5 s on back again

    [[poster]]                # a print that hangs in the hallway, behind all who come
    photo = "ada.jpg"
    x = 0.2                   # of its middle, in widths of the picture
    y = 0.4                   # in heights of the picture
    width_px = 200            # of the photo on it
    from_s = 0.0              # when it is hung up ...
    until_s = 3600            # ... and when it is taken down

Everything but ``name``, ``photo``, ``x`` and ``y`` has a default. An unknown key, a wrong type and
a value outside its range are each a :class:`ConfigError` that names the file and the key.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar

from facedoor import strict
from facedoor.errors import ConfigError
from facedoor.files import read_text
from facedoor.printable import counted
from facedoor.strict import Prose

_Kind = TypeVar("_Kind")
_Pair: TypeAlias = tuple[float, float]
PointsPx: TypeAlias = tuple[_Pair, _Pair, _Pair, _Pair]
"""Where both eyes, the nose and the mouth are in a photo, in its pixels."""

As: TypeAlias = Literal["head", "print", "bent print", "cut print", "phone", "screen"]


def _number(default: float, at_least: float, at_most: float) -> Any:
    return field(default=default, metadata=strict.more(allowed=(at_least, at_most)))


def _share() -> Any:
    return field(metadata=strict.more(allowed=(-1, 2)))


@dataclass(frozen=True, slots=True)
class Visitor:
    """One visit: whose photos are shown, as what, for how long, how large and in what light."""

    name: Prose
    photos: tuple[Prose, ...] = ()
    stay_s: float = _number(3.0, 0.1, 3600)
    from_px: float = _number(60, 8, 2000)
    to_px: float = _number(260, 8, 2000)
    light: float = _number(1.0, 0, 4)
    blur_px: float = _number(0.0, 0, 50)
    tilt_deg: float = _number(6.0, 0, 45)
    shown_as: As = field(default="head", metadata=strict.more("as"))
    landmarks: tuple[PointsPx, ...] = ()
    turns: tuple[_Pair, ...] = ()
    """When in the stay, in seconds, the head begins to turn, and to which yaw in degrees."""

    def __post_init__(self) -> None:
        if self.landmarks and len(self.landmarks) != len(self.photos):
            marked = counted(len(self.landmarks), "entry", "entries")
            photos = counted(len(self.photos), "photo")
            raise ValueError(f"landmarks has {marked} for {photos}: add one for each")
        if any(abs(yaw_deg) > MAX_TURN_DEG for _, yaw_deg in self.turns):
            raise ValueError(f"turns goes further than {MAX_TURN_DEG:g} degrees to a side")


MAX_TURN_DEG = 60.0
"""Beyond this a photo shows too little of a head to turn it."""


@dataclass(frozen=True, slots=True)
class Poster:
    """A print on the wall: whose photo, where, how large, and from when until when."""

    photo: Prose
    x: float = _share()
    y: float = _share()
    width_px: float = _number(200, 8, 2000)
    from_s: float = _number(0.0, 0, 1e6)
    until_s: float = _number(1e6, 0, 1e6)


@dataclass(frozen=True, slots=True)
class Script:
    """A whole script; its visitors in the order in which they come."""

    visitors: tuple[Visitor, ...]
    seed: int = _number(7, 0, 2**31)
    width_px: int = _number(1280, 160, 3840)
    height_px: int = _number(720, 120, 2160)
    fps: float = _number(15, 1, 60)
    gap_s: float = _number(1.0, 0.1, 3600)
    light: float = _number(1.0, 0, 4)
    lamp: float = _number(1.0, 0, 4)
    posters: tuple[Poster, ...] = field(default=(), metadata=strict.more("poster"))


def read_script(path: Path) -> Script:
    """Read the script in ``path``. Raises :class:`ConfigError`."""
    try:
        text = read_text(path)
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

"""The simulated doors of ``make dashboard``: who lives behind them, and who walks up to each."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from facedoor.camera.script import As, PointsPx
from facedoor.config import file as config_file
from facedoor.config.options import Config
from facedoor.config.template import template

FPS = 10
"""Enough to watch a head turn; two doors at once are to run on a small machine."""

WIDTH_PX, HEIGHT_PX = 960, 540

DARK = 0.13
DIM = 0.55
"""Share of the light that is left in the hallway."""


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody who is enrolled: from how many photos of which folder of ``train/``."""

    name: str
    folder: str
    photos: int
    group: str


RESIDENTS = (
    Resident("Jerry", "jerry_seinfeld", 5, "family"),
    Resident("Mindy", "mindy_kaling", 5, "family"),
    Resident("Ben", "ben_afflek", 5, "guests"),
    Resident("Madonna", "madonna", 1, "family"),
)
"""The last one has a single photo, as people have who were enrolled in a hurry."""

RULES = """\
time_zone = "Europe/Berlin"
holidays = ["12-24", "12-25", "12-26", "01-01"]
default_group = "guests"

[schedules.daytime]
mon-fri = ["07:00-23:30"]
sat-sun = ["08:00-02:00"]
holidays = ["10:00-22:00"]

[groups.family]

[groups.guests]
schedule = "daytime"
"""

STRANGER = "elton_john"


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who walks up: which photo of ``val/``, shown as what, in what light; without a
    folder it is nobody."""

    folder: str = ""
    number: int = 0
    shown_as: As = "head"
    light: float = 1.0
    stay_s: float = 5.0

    def photo(self, photos: Path) -> Path:
        """Nobody is enrolled from those of ``val/``."""
        return sorted((photos / "val" / self.folder).glob("*.jpg"))[self.number].resolve()


NOBODY = Caller(stay_s=65.0)
"""After a refusal; or whoever is let in next would be taken for who was refused."""


@dataclass(frozen=True, slots=True)
class SimulatedDoor:
    """One door: its name, who comes to it over and over, and how long nobody is there between."""

    name: str
    callers: tuple[Caller, ...]
    gap_s: float


DOORS = (
    SimulatedDoor(
        "front",
        (
            Caller("jerry_seinfeld"),
            Caller("mindy_kaling", 1),
            Caller("ben_afflek", 4),
            Caller(STRANGER),
            NOBODY,
            Caller("jerry_seinfeld", shown_as="phone"),
            Caller("madonna", light=DARK),
            NOBODY,
        ),
        gap_s=14.0,
    ),
    SimulatedDoor(
        "back",
        (
            Caller("mindy_kaling"),
            Caller(STRANGER, 2, light=DIM),
            NOBODY,
            Caller("ben_afflek", 2),
            Caller("jerry_seinfeld", 1),
            Caller("mindy_kaling", 3, shown_as="screen"),
            NOBODY,
        ),
        gap_s=19.0,
    ),
)

_NEAR_PX = {"head": 345, "phone": 165, "screen": 320}
"""How wide a photo is in the end, in a picture of that width; a medium has to be all in view."""


def write_script(
    path: Path, door: SimulatedDoor, photos: Path, landmarks: Callable[[Path], PointsPx]
) -> None:
    """Write who comes to ``door``; ``landmarks`` says where the face is in a photo."""
    lines = ["seed = 7", f"width_px = {WIDTH_PX}", f"height_px = {HEIGHT_PX}", f"fps = {FPS}"]
    lines += [f"gap_s = {door.gap_s}"]
    for caller in door.callers:
        lines += ["", "[[visitor]]", f"name = {json.dumps(caller.folder)}"]
        if not caller.folder:
            lines += [f"stay_s = {caller.stay_s}"]
            continue
        photo = caller.photo(photos)
        lines += [f"photos = [{json.dumps(str(photo))}]", f'as = "{caller.shown_as}"']
        lines += [f"landmarks = [{json.dumps(landmarks(photo))}]"]
        lines += [f"stay_s = {caller.stay_s}", f"light = {caller.light}"]
        lines += ["from_px = 98", f"to_px = {_NEAR_PX[caller.shown_as]}"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_door(folder: Path, door: SimulatedDoor, pack: Path, broker: tuple[str, int]) -> Path:
    """Write the configuration of ``door`` into ``folder``; returns its path."""
    host, port = broker
    return _write(
        folder / f"{door.name}.toml",
        {
            ("door", "name"): door.name,
            ("door", "relay"): "simulated",
            ("camera", "source"): f"sim:{door.name}.script.toml",
            ("camera", "width_px"): WIDTH_PX,
            ("camera", "height_px"): HEIGHT_PX,
            ("camera", "fps"): float(FPS),
            ("mqtt", "host"): host,
            ("mqtt", "port"): port,
            ("mqtt", "publish_names"): True,
            ("storage", "directory"): f"{door.name}-state",
            ("storage", "keep_pictures"): "all",
            ("models", "pack"): str(pack.resolve()),
        },
    )


def write_page(folder: Path, broker: tuple[str, int], port: int) -> Path:
    """Write the configuration of the page at ``port`` into ``folder``; returns its path."""
    host, broker_port = broker
    return _write(
        folder / "dashboard.toml",
        {
            ("mqtt", "host"): host,
            ("mqtt", "port"): broker_port,
            ("dashboard", "url"): f"https://localhost:{port}",
            ("dashboard", "listen"): "127.0.0.1",
            ("dashboard", "port"): port,
            ("dashboard", "username"): "",
            ("dashboard", "directory"): "dashboard-state",
        },
    )


def load(path: Path) -> Config:
    """What was written."""
    return config_file.load(path)


def _write(path: Path, values: dict[tuple[str, str], str | int | float | bool]) -> Path:
    path.write_text(template(values), encoding="utf-8")
    return path

"""Pictures of people who walk up to the door, for a camera that shows a folder, one a second."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import cv2

from facedoor.camera.pictures import read_picture
from facedoor.camera.scene import Figure, Pose, Scene
from facedoor.frames import Image

WIDTH_PX, HEIGHT_PX = 960, 540
BEFORE, STAYS, AFTER = 3, 8, 1800
"""How many pictures show the empty hallway, the visitor, and the hallway again: nobody else comes
while a test looks at what the first visitor did."""


@dataclass(frozen=True)
class Visitor:
    """Who comes: a folder of the five-celebrities photos, and which picture of ``val/``."""

    folder: str
    picture: int


RESIDENT = Visitor("mindy_kaling", 1)
STRANGER = Visitor("elton_john", 0)

ENROLLED = 3
"""From how many pictures of ``train/`` the resident is known."""


def enrolment_photos(photos: Path) -> list[Path]:
    """The pictures that the resident is enrolled from; none is a picture of the visit."""
    return sorted((photos / "train" / RESIDENT.folder).glob("*.jpg"))[:ENROLLED]


def draw(folder: Path, photos: Path, visitor: Visitor | None) -> None:
    """Draw a visit into ``folder``: the visitor comes a little nearer from picture to picture."""
    folder.mkdir(parents=True)
    hallway = Scene(WIDTH_PX, HEIGHT_PX, seed=5)
    pictures = [hallway.empty() for _ in range(BEFORE + STAYS + 1)]
    if visitor is not None:
        photo = sorted((photos / "val" / visitor.folder).glob("*.jpg"))[visitor.picture]
        figure = Figure(read_picture(photo), coat=0)
        for number in range(STAYS):
            x_px, width_px = WIDTH_PX / 2 + 6 * (number % 3), 200 + 10 * number
            figure.paint(pictures[BEFORE + number], Pose(x_px, 280, width_px, 0, 0))
    for number, picture in enumerate(pictures):
        _write(folder / f"{number:04}.jpg", hallway.exposed(picture, light=1.0, number=number))
    last = folder / f"{len(pictures) - 1:04}.jpg"
    for number in range(len(pictures), len(pictures) + AFTER):
        os.link(last, folder / f"{number:04}.jpg")


def _write(file: Path, picture: Image) -> None:
    if not cv2.imwrite(str(file), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)):
        raise OSError(f"{file} could not be written")

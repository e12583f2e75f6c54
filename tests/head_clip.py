"""Video clips of heads that turn and move, made from photos by warping them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from facedoor.camera.scene import Figure, Pose, Scene
from facedoor.frames import Face, Image

FPS = 15
WIDTH_PX, HEIGHT_PX = 960, 540
FACE_PX = 150
"""Width of a face in the clip, at its own scale."""


@dataclass(frozen=True)
class Head:
    """A photo, and where the face is in it."""

    photo: Image
    face: Face

    def turned(self, yaw_deg: float, pitch_deg: float) -> Image:
        """The photo as if the head were half an egg that turns before its flat background.

        Positive yaw turns it to the image's right, positive pitch upwards.
        """
        height, width = self.photo.shape[:2]
        radius = 0.9 * self.face.box.width_px
        middle_x, middle_y = self.face.box.centre
        y, x = np.mgrid[:height, :width].astype(np.float32)
        right, down = (x - middle_x) / radius, (y - middle_y) / radius / 1.2
        depth = np.sqrt(np.maximum(0, 1 - right**2 - down**2))
        yaw, pitch = math.radians(yaw_deg), math.radians(pitch_deg)
        # Where each pixel of the surface was before the turn; at the rim nothing has moved.
        from_x = x - depth * radius * (math.sin(yaw) * depth + right * (1 - math.cos(yaw)))
        from_y = y + depth * radius * (math.sin(pitch) * depth - down * (1 - math.cos(pitch)))
        turned = cv2.remap(
            self.photo,
            from_x.astype(np.float32),
            from_y.astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return turned.astype(np.uint8)


def posed(head: Head, time_s: float) -> tuple[Image, Pose]:
    """The photo and its place at a time: the head turns, nods, tilts, sways and comes closer."""
    turn, nod, sway = (math.sin(2 * math.pi * time_s / period_s) for period_s in (3, 2.2, 4))
    photo = head.turned(yaw_deg=25 * turn, pitch_deg=12 * nod)
    scale = FACE_PX / head.face.box.width_px
    place = Pose(
        x_px=WIDTH_PX / 2 + 0.6 * FACE_PX * sway,
        y_px=HEIGHT_PX / 2 + 0.1 * FACE_PX * nod,
        width_px=photo.shape[1] * scale * (1 + 0.15 * turn),
        turn_deg=8 * sway,
        blur_px=0,
    )
    return photo, place


def write_clip(path: Path, *scenes: tuple[Head | None, float]) -> Path:
    """Write an AVI file: each head for so many seconds, in the place of the one before."""
    codec = cv2.VideoWriter.fourcc(*"MJPG")
    writer = cv2.VideoWriter(str(path), codec, FPS, (WIDTH_PX, HEIGHT_PX))
    hallway = Scene(WIDTH_PX, HEIGHT_PX, seed=3)
    heads = [head for head, seconds in scenes for _ in range(round(seconds * FPS))]
    for number, head in enumerate(heads):
        picture = hallway.empty()
        if head is not None:
            photo, place = posed(head, number / FPS)
            Figure(photo, coat=0).paint(picture, place)
        picture = hallway.exposed(picture, light=1.0, number=number)
        writer.write(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    writer.release()
    return path

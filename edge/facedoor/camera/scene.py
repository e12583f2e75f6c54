"""What the simulated camera sees: the hallway, a visitor in it, the light and the sensor's noise.

The same seed always gives the same bytes, whatever was drawn before.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from facedoor.camera.body import paint_body
from facedoor.camera.hallway import draw_hallway
from facedoor.camera.relief import Landmarks, Relief
from facedoor.frames import Image

_NOISE_SIGMA = 2.0
_NOISE_SHIFT_PX = 64


@dataclass(frozen=True, slots=True)
class Pose:
    """How a visitor's photo stands in the picture: its centre, width, turn and blur.

    ``yaw_deg`` turns what is shown to the image's right, ``pitch_deg`` upwards.
    """

    x_px: float
    y_px: float
    width_px: float
    turn_deg: float
    blur_px: float
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0


@dataclass(frozen=True, slots=True)
class Window:
    """The part of the picture that something is painted into."""

    left: int
    top: int
    width: int
    height: int

    @classmethod
    def around(cls, outline: NDArray[np.float64], margin_px: float, picture: Image) -> Window:
        """What the picture has of ``outline``, points of shape (n, 2), and of a margin about it."""
        size = picture.shape[1], picture.shape[0]
        low = np.clip(np.floor(outline.min(axis=0) - margin_px), 0, size).astype(int)
        high = np.clip(np.ceil(outline.max(axis=0) + margin_px) + 1, low, size).astype(int)
        return cls(int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1]))


class Shown(Protocol):
    """What a visitor has where a head is: a head, or a medium that shows one."""

    def body_width_px(self, pose: Pose) -> float:
        """How wide a photo of the visitor's own head would be, behind what is shown."""

    def outline(self, pose: Pose) -> NDArray[np.float64]:
        """Points of the picture that surround all that is seen of it: shape (n, 2)."""

    def posed(self, pose: Pose, window: Window) -> Image:
        """What of it is seen in the window: RGBA, uint8 (height, width, 4).

        Its colours are multiplied by their opacity.
        """


class Scene:
    """A hallway as the camera at the door sees it."""

    def __init__(self, width_px: int, height_px: int, seed: int) -> None:
        self._seed = seed
        random = np.random.default_rng(seed)
        self._empty = draw_hallway(width_px, height_px, random)
        sheet = (height_px + _NOISE_SHIFT_PX, width_px + _NOISE_SHIFT_PX, 3)
        self._noise = np.rint(_NOISE_SIGMA * random.standard_normal(sheet, np.float32))
        self._noise = self._noise.astype(np.int16)

    def empty(self) -> Image:
        """The hallway with nobody in it, to be painted on."""
        return self._empty.copy()

    def exposed(self, picture: Image, light: float, number: int) -> Image:
        """``picture`` as the sensor gives it: ``light`` times as bright, and noisy."""
        if light != 1:
            picture = cv2.convertScaleAbs(picture, alpha=light).astype(np.uint8, copy=False)
        # One sheet of noise, moved at random: as good as new noise at a tenth of the cost.
        x, y = np.random.default_rng((self._seed, number)).integers(0, _NOISE_SHIFT_PX, 2)
        height, width = picture.shape[:2]
        noise = self._noise[y : y + height, x : x + width]
        return cv2.add(picture, noise, dtype=cv2.CV_8U).astype(np.uint8, copy=False)


class Figure:
    """A visitor: a head, or what is held up instead of one, on a plainly drawn body."""

    def __init__(self, shown: Image | Shown, coat: int) -> None:
        """``shown`` may be a photo, RGB, of which a head is made; ``coat`` chooses a colour."""
        self._shown = Head(shown) if isinstance(shown, np.ndarray) else shown
        self._coat = coat

    def paint(self, picture: Image, pose: Pose) -> None:
        """Paint the figure into ``picture``; what lies outside of it is cut off."""
        body_px = self._shown.body_width_px(pose)
        paint_body(picture, (pose.x_px, pose.y_px), body_px, self._coat)
        paint_shown(picture, self._shown, pose)


def paint_shown(picture: Image, shown: Shown, pose: Pose) -> None:
    """Paint a head or a medium alone, without anybody who has it."""
    window = Window.around(shown.outline(pose), 3 * pose.blur_px + 1, picture)
    if window.width == 0 or window.height == 0:
        return
    patch = shown.posed(pose, window)
    if pose.blur_px > 0:
        patch = cv2.GaussianBlur(patch, (0, 0), pose.blur_px).astype(np.uint8, copy=False)
    rows = slice(window.top, window.top + window.height)
    columns = slice(window.left, window.left + window.width)
    seen = picture[rows, columns].astype(np.float32)
    clear = 1 - patch[..., 3:].astype(np.float32) / 255
    picture[rows, columns] = np.rint(seen * clear + patch[..., :3])


class Head:
    """A photo with a soft edge, over the relief of a face: it has depth when it turns."""

    def __init__(self, photo: Image, landmarks: Landmarks | None = None) -> None:
        """``photo`` is RGB. Without landmarks its face is taken to be in the middle."""
        height, width = photo.shape[:2]
        opacity = _soft_edge(width, height)[..., None]
        self._photo = np.rint(np.dstack([photo * opacity, 255 * opacity])).astype(np.uint8)
        self._relief = Relief(landmarks or Landmarks.of_a_portrait(height / width))

    def body_width_px(self, pose: Pose) -> float:
        return pose.width_px

    def outline(self, pose: Pose) -> NDArray[np.float64]:
        height, width = self._photo.shape[:2]
        reach = math.hypot(width, height) * pose.width_px / width / 2  # enough for every turn
        centre = np.array((pose.x_px, pose.y_px))
        return np.stack([centre - reach, centre + reach])

    def posed(self, pose: Pose, window: Window) -> Image:
        photo = reduced(self._photo, pose.width_px)
        height, width = photo.shape[:2]
        middle = (width - 1) / 2, (height - 1) / 2
        matrix = cv2.getRotationMatrix2D(middle, pose.turn_deg, pose.width_px / width)
        matrix[:, 2] += np.subtract((pose.x_px - window.left, pose.y_px - window.top), middle)
        size = window.width, window.height
        if not pose.yaw_deg and not pose.pitch_deg:
            return cv2.warpAffine(photo, matrix, size, flags=cv2.INTER_LINEAR).astype(np.uint8)
        back = cv2.invertAffineTransform(matrix).astype(np.float32)
        x = np.arange(window.width, dtype=np.float32)
        y = np.arange(window.height, dtype=np.float32)[:, None]
        moved = self._relief.moved(pose.yaw_deg, pose.pitch_deg) * np.float32(width)
        cells = matrix @ np.vstack([self._relief.in_photo * width, [0, 0, 1]])
        away = cv2.warpAffine(moved, cells, size, flags=cv2.INTER_LINEAR)
        from_x = back[0, 0] * x + back[0, 1] * y + back[0, 2] + away[..., 0]
        from_y = back[1, 0] * x + back[1, 1] * y + back[1, 2] + away[..., 1]
        return cv2.remap(photo, from_x, from_y, cv2.INTER_LINEAR).astype(np.uint8)


def reduced(photo: Image, width_px: float) -> Image:
    """``photo`` no wider than need be, by an area filter: a warp alone would skip pixels."""
    scale = width_px / photo.shape[1]
    if scale >= 1:
        return photo
    size = math.ceil(photo.shape[1] * scale), math.ceil(photo.shape[0] * scale)
    return cv2.resize(photo, size, interpolation=cv2.INTER_AREA).astype(np.uint8)


def _soft_edge(width: int, height: int) -> NDArray[np.float32]:
    """Opacity of a photo, 0 to 1: a rounded rectangle that fades out over a tenth of it."""
    x = np.linspace(-1, 1, width, dtype=np.float32)
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    inside = 1 - np.cbrt(np.abs(x) ** 3 + np.abs(y) ** 3)
    edge: NDArray[np.float32] = np.clip(inside / 0.1, 0, 1)
    return edge

"""Is this face good enough to be judged? If not, the reason is guidance for the visitor.

A poor view gives a poor embedding, and a poor embedding is nearer to strangers. So the gate comes
before the embedder, and what it refuses is never evidence for or against anybody.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from facedoor.frames import Face, Image
from facedoor.reasons import Reason
from facedoor.views import View
from facedoor.vision import cover, pose


@dataclass(frozen=True, slots=True)
class Demands:
    """What a view of a face has to be.

    The face's box is at least ``min_face_px`` wide; the mean of the crop's middle, in grey levels,
    is between two bounds; for ``min_sharpness`` see :func:`sharpness`.
    """

    min_face_px: float
    min_brightness: float
    max_brightness: float
    min_sharpness: float
    pose: pose.Limits
    bare_eyes: bool
    """Sunglasses do no harm at the door, but a template made with them does."""


AT_THE_DOOR = Demands(40, 40, 225, 0.09, pose.AT_THE_DOOR, bare_eyes=False)
"""Of a visitor, who is seen many times. 99 % of LFW's photos have a sharpness of more than 0.11;
blurred by 4 px, half of them have less than 0.07."""

FOR_ENROLMENT = Demands(50, 50, 215, 0.15, pose.FOR_ENROLMENT, bare_eyes=True)
"""Of a picture that decides for years who comes in. 97 % of LFW's photos have a sharpness of more
than 0.15, and of those that were shrunk to faces of 27 px and enlarged again a third or less."""


def view_of(face: Face, crop: Image) -> View:
    """How ``face`` is to be seen. ``crop`` is the aligned face."""
    grey = np.asarray(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), np.uint8)
    brightness = float(_middle(grey).mean())
    return View(brightness, sharpness(grey), face.box.width_px, pose.yaw_deg(face))


def assess(face: Face, crop: Image, image: Image, demands: Demands = AT_THE_DOOR) -> Reason | None:
    """Why ``face`` cannot be judged, or ``None``. ``crop`` is the aligned face of ``image``."""
    return fault_of(view_of(face, crop), face, image, demands)


def fault_of(view: View, face: Face, image: Image, demands: Demands = AT_THE_DOOR) -> Reason | None:
    """Why ``face``, which is to be seen so in ``image``, cannot be judged, or ``None``."""
    if view.face_px < demands.min_face_px:
        return Reason.TOO_FAR
    if not _inside(face, image):
        return Reason.TOO_CLOSE
    if pose.is_turned_away(face, demands.pose):
        return Reason.TURNED_AWAY
    if view.brightness < demands.min_brightness:
        return Reason.TOO_DARK
    if view.brightness > demands.max_brightness:
        return Reason.TOO_BRIGHT
    if view.sharpness < demands.min_sharpness:
        return Reason.BLURRED
    return Reason.COVERED if is_covered(cover.network().judge(image, face), demands) else None


def is_covered(found: cover.Cover, demands: Demands = AT_THE_DOOR) -> bool:
    """True if what has to be bare is covered."""
    return found.mouth > 0 or (demands.bare_eyes and found.eyes > 0)


def sharpness(grey: Image) -> float:
    """Share of the crop's contrast that lies in fine detail, about 0.01 (blurred) to 0.3 (crisp).

    The standard deviation of the Laplacian over that of the crop, so that light cancels out.
    """
    middle = _middle(grey).astype(np.float32)
    contrast = float(middle.std())
    if contrast == 0:
        return 0.0
    return float(cv2.Laplacian(middle, cv2.CV_32F).std()) / contrast


def _middle(grey: Image) -> Image:
    """The inner quarter of the crop: the face without hair, ears and background."""
    height, width = grey.shape[:2]
    return grey[height // 4 : -height // 4, width // 4 : -width // 4]


def _inside(face: Face, image: Image) -> bool:
    """True if eyes and mouth lie in the picture: a face that fills it loses them first."""
    size = np.array([image.shape[1], image.shape[0]], np.float32)
    points = face.landmarks[[0, 1, 3]]
    return bool(((points >= 0) & (points < size)).all())

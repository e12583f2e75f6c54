"""Is this face good enough to be judged? If not, the reason is guidance for the visitor.

A poor view gives a poor embedding, and a poor embedding is nearer to strangers. So the gate comes
before the embedder, and what it refuses is never evidence for or against anybody.
"""

from __future__ import annotations

import cv2
import numpy as np

from facedoor.frames import Face, Image
from facedoor.reasons import Reason
from facedoor.vision import pose

MIN_FACE_PX = 40.0
"""Width of the face box below which too little is left of a face."""

MIN_BRIGHTNESS = 40.0
MAX_BRIGHTNESS = 225.0
"""Mean of the crop's middle, in grey levels."""

MIN_SHARPNESS = 0.09
"""See :func:`sharpness`. 99 % of LFW's photos have more than 0.11; blurred by 4 px, half of them
have less than 0.07."""


def assess(face: Face, crop: Image, image: Image) -> Reason | None:
    """Why ``face`` cannot be judged, or ``None``. ``crop`` is the aligned face of ``image``."""
    if face.box.width_px < MIN_FACE_PX:
        return Reason.TOO_FAR
    if not _inside(face, image):
        return Reason.TOO_CLOSE
    if pose.is_turned_away(face):
        return Reason.TURNED_AWAY
    grey = np.asarray(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), np.uint8)
    brightness = float(_middle(grey).mean())
    if brightness < MIN_BRIGHTNESS:
        return Reason.TOO_DARK
    if brightness > MAX_BRIGHTNESS:
        return Reason.TOO_BRIGHT
    if sharpness(grey) < MIN_SHARPNESS:
        return Reason.BLURRED
    return None


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

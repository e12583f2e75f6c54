"""Is this face good enough to be judged? If not, the reason is guidance for the visitor.

A poor view gives a poor embedding, and a poor embedding is nearer to strangers. So the gate comes
before the embedder, and what it refuses is never evidence for or against anybody.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from facedoor.frames import Face, Image
from facedoor.reasons import Reason

MIN_FACE_PX = 40.0
"""Width of the face box below which too little is left of a face."""

MIN_BRIGHTNESS = 40.0
MAX_BRIGHTNESS = 225.0
"""Mean of the crop's middle, in grey levels."""

MIN_SHARPNESS = 0.09
"""See :func:`sharpness`. 99 % of LFW's photos have more than 0.11; blurred by 4 px, half of them
have less than 0.07."""

MAX_YAW_DEG = 40.0
MAX_ROLL_DEG = 45.0

_NOSE_DEPTH = 0.58
"""How far the nose tip stands before the eyes, in eye distances: 37 of 64 mm in the canonical face
of MediaPipe's face mesh."""


def assess(face: Face, crop: Image, image: Image) -> Reason | None:
    """Why ``face`` cannot be judged, or ``None``. ``crop`` is the aligned face of ``image``."""
    if face.box.width_px < MIN_FACE_PX:
        return Reason.TOO_FAR
    if not _inside(face, image):
        return Reason.TOO_CLOSE
    if abs(yaw_deg(face)) > MAX_YAW_DEG or abs(roll_deg(face)) > MAX_ROLL_DEG:
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


def yaw_deg(face: Face) -> float:
    """How far the head is turned, in degrees; 0 looks at the camera, positive to the image's right.

    The nose stands before the plane of the eyes, so a turn moves it from their middle by
    ``depth * tan(yaw)``, both in eye distances.
    """
    left, right, nose = face.landmarks[:3].astype(np.float64)
    axis = right - left
    along = float(np.dot(nose - left, axis) / max(np.dot(axis, axis), 1e-9))
    return math.degrees(math.atan((along - 0.5) / _NOSE_DEPTH))


def roll_deg(face: Face) -> float:
    """How far the head is tilted, in degrees; positive is clockwise in the image."""
    x, y = (face.landmarks[1] - face.landmarks[0]).astype(np.float64)
    return math.degrees(math.atan2(y, x))


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

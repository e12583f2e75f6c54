"""How a head is turned, from the six landmarks alone; and when it is turned too far to be judged.

The landmarks are those of a head in three dimensions, seen from the front: the nose stands before
the plane of the eyes, the ears behind it, the mouth a little before it. A face that is turned away,
lifted or bent down gives an embedding of its own kind, far from the same person's and no nearer to
them than to strangers; so does a profile that the detector took for a smaller, frontal face.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from facedoor.frames import Face, Vector


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a head may be turned, in degrees, to either side, upwards and downwards.

    The ears are coarser landmarks than the nose, but a profile's nose may be an invented one.
    """

    yaw: float
    ear_yaw: float
    up: float
    down: float
    roll: float


AT_THE_DOOR = Limits(yaw=40, ear_yaw=50, up=35, down=25, roll=45)
"""In a clip of somebody who looks up and down, looks beyond these are 0.80 from the person's
frontal mean, in the median, and those within them 0.13."""

FOR_ENROLMENT = Limits(yaw=30, ear_yaw=40, up=25, down=22, roll=30)

MIN_EYES = 0.25
MIN_EYES_TO_MOUTH, MAX_EYES_TO_MOUTH = 0.38, 0.5
"""In widths of the face's box. Of 1,500 photos of LFW 99.9 % are within, frontal ones are 0.38 from
eye to eye and 0.42 from the eyes to the mouth."""

_NOSE_DEPTH = 0.58
"""How far the nose tip stands before the eyes, in eye distances: 37 of 64 mm in the canonical face
of MediaPipe's face mesh."""
_MOUTH_DEPTH = 0.2
_NOSE_BELOW, _MOUTH_BELOW = 0.6, 1.1
"""How far below the eyes nose tip and mouth are; the median of LFW's ratio of the two is 0.54."""
_EAR_DEPTHS = 1.7
"""What both ears together stand behind the eyes, in eye distances, as the landmarks network sees
them: it draws hidden ears nearer than they are."""


def is_turned_away(face: Face, limits: Limits = AT_THE_DOOR) -> bool:
    """True if ``face`` is turned, lifted, bent or tilted too far, or is too foreshortened."""
    return (
        abs(yaw_deg(face)) > limits.yaw
        or abs(ear_yaw_deg(face)) > limits.ear_yaw
        or not -limits.down <= pitch_deg(face) <= limits.up
        or abs(roll_deg(face)) > limits.roll
        or _is_foreshortened(face)
    )


def yaw_deg(face: Face) -> float:
    """How far the head is turned, in degrees; 0 looks at the camera, positive to the image's right.

    The nose stands before the plane of the eyes, so a turn moves it from their middle by
    ``depth * tan(yaw)``, both in eye distances.
    """
    along, _ = _nose(face)
    return math.degrees(math.atan(along / _NOSE_DEPTH))


def ear_yaw_deg(face: Face) -> float:
    """The same, by the ears: the one that turns to the camera moves away from its eye."""
    left, right = (_in_eye_distances(face, point)[0] for point in face.landmarks[4:6])
    return math.degrees(math.atan((-left - right) / _EAR_DEPTHS))


def pitch_deg(face: Face) -> float:
    """How far the head is lifted, in degrees; 0 looks at the camera, negative looks down.

    Lifting moves the nose towards the eyes, and the mouth less, since it stands less far before
    them. Turning shortens neither of the two distances.
    """
    _, nose = _nose(face)
    _, mouth = _in_eye_distances(face, face.landmarks[3])
    rise = _NOSE_BELOW * mouth - _MOUTH_BELOW * nose
    run = _NOSE_DEPTH * mouth - _MOUTH_DEPTH * nose
    return math.degrees(math.atan2(rise, run))


def roll_deg(face: Face) -> float:
    """How far the head is tilted, in degrees; positive is clockwise in the image."""
    x, y = (face.landmarks[1] - face.landmarks[0]).astype(np.float64)
    return math.degrees(math.atan2(y, x))


def _nose(face: Face) -> tuple[float, float]:
    return _in_eye_distances(face, face.landmarks[2])


def _in_eye_distances(face: Face, point: Vector) -> tuple[float, float]:
    """Where ``point`` lies from the middle of the eyes, along their line and at right angles to it,
    downwards."""
    left, right = face.landmarks[:2].astype(np.float64)
    axis = right - left
    offset = point.astype(np.float64) - (left + right) / 2
    squared = max(float(np.dot(axis, axis)), 1e-9)
    down = float(axis[0] * offset[1] - axis[1] * offset[0])
    return float(np.dot(offset, axis)) / squared, down / squared


def _is_foreshortened(face: Face) -> bool:
    """True if the eyes are too near each other, or too near the mouth or too far from it, for a
    face of this width."""
    left, right, _, mouth = face.landmarks[:4].astype(np.float64)
    width = max(face.box.width_px, 1e-9)
    eyes = math.dist(left, right) / width
    to_mouth = math.dist((left + right) / 2, mouth) / width
    return eyes < MIN_EYES or not MIN_EYES_TO_MOUTH <= to_mouth <= MAX_EYES_TO_MOUTH

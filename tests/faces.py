"""Made-up faces: the landmarks of a head in three dimensions, and how a detector says them."""

from __future__ import annotations

import math

import numpy as np

from facedoor.frames import Box, Face
from facedoor.vision.detector import View

_HEAD = np.array(
    [
        *((-0.5, 0, 0), (0.5, 0, 0)),  # eyes
        *((0, 0.6, 0.58), (0, 1.1, 0.2)),  # tip of the nose, middle of the mouth
        *((-1.1, 0.2, -0.85), (1.1, 0.2, -0.85)),  # ears
    ]
)
"""In eye distances: to the image's right, downwards, towards the camera."""

_EYES_TO_MOUTH = 0.42
"""How far the detector sees the mouth from the eyes, in widths of its box, also of a head that is
lifted or bent."""


def face_at(
    x_px: float = 320,
    y_px: float = 240,
    width_px: float = 100,
    yaw_deg: float = 0,
    pitch_deg: float = 0,
    roll_deg: float = 0,
    score: float = 0.9,
) -> Face:
    """A face whose box is a square about a point.

    Positive yaw turns it to the image's right, positive pitch lifts it, positive roll tilts it
    clockwise.
    """
    yaw, pitch, roll = math.radians(yaw_deg), math.radians(pitch_deg), math.radians(roll_deg)
    x, y, depth = _HEAD.T
    y, depth = (
        y * math.cos(pitch) - depth * math.sin(pitch),
        depth * math.cos(pitch) + y * math.sin(pitch),
    )
    x = x * math.cos(yaw) + depth * math.sin(yaw)
    y = y - 0.45
    x, y = x * math.cos(roll) - y * math.sin(roll), x * math.sin(roll) + y * math.cos(roll)
    landmarks = np.stack([x, y], axis=1)
    eyes, mouth = landmarks[:2].mean(axis=0), landmarks[3]
    landmarks *= width_px * _EYES_TO_MOUTH / math.dist(eyes, mouth)
    landmarks += (x_px, y_px)
    half = width_px / 2
    box = Box(x_px - half, y_px - half, x_px + half, y_px + half)
    return Face(box, landmarks.astype(np.float32), score)


def answer_for(face: Face, centres: np.ndarray, view: View, anchor: int) -> np.ndarray:
    """What a network says when it sees ``face`` at one anchor: regressors of shape (n, 16)."""
    origin = np.array([view.left, view.top])
    size = np.array([face.box.width_px, face.box.height_px]) * view.scale
    centre = (np.array(face.box.centre) - origin) * view.scale
    landmarks = (face.landmarks - origin) * view.scale
    regressors = np.zeros((len(centres), 16), np.float32)
    relative = np.concatenate([centre[np.newaxis], landmarks]) - centres[anchor]
    regressors[anchor] = np.concatenate([relative[0], size, *relative[1:]])
    return regressors

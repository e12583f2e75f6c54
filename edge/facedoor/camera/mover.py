"""How a visitor of the simulated walk-up moves: the walk, the turns of the head, a living body.

Nobody who lives is ever still: whoever stands sways, breathes, and moves the head by a degree or
two. A medium has none of that of its own, but the hands that hold it shake.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from facedoor.camera.hallway import HORIZON
from facedoor.camera.scene import Pose
from facedoor.camera.script import Script, Visitor

WALKING_SHARE = 0.4
"""Share of a stay that is spent walking up; then the visitor stands for a moment."""

LEAVING_SHARE = 0.2
"""Share of a stay that is spent walking out of view, to one side."""

TURNING_DEG_PER_S = 80.0
"""How fast a head turns that was asked to."""

_STEPS_PER_S = 1.8
_SWINGS_PER_S = 0.3
_BREATHS_PER_S = 0.27
_WALKING_BLUR_PX = 0.7


@dataclass(frozen=True, slots=True)
class _Restlessness:
    """Small movements: how often in a second, and how far, each with one half as fast."""

    per_s: float
    yaw_deg: float
    pitch_deg: float
    shift: float
    """In widths of the photo."""


_HEAD = _Restlessness(0.55, 1.8, 1.2, 0.004)
_HAND = _Restlessness(2.6, 2.5, 2.0, 0.008)


class Mover:
    """Moves one visitor of a script through the stay."""

    def __init__(self, play: Script, visitor: Visitor, index: int) -> None:
        self._play, self._visitor = play, visitor
        random = np.random.default_rng((play.seed, index))
        self._sway, self._step = random.uniform(-1, 1, 2)
        self._phases = random.uniform(0, 2 * math.pi, 8)
        self._yaw_deg = 0.0
        self._posed_s = 0.0

    def pose(self, progress: float, asked_yaw_deg: float | None) -> Pose:
        """How the visitor stands when the share ``progress`` of the stay is over.

        ``asked_yaw_deg`` is where the head is to turn; ``None`` leaves that to the script.
        """
        play, visitor = self._play, self._visitor
        side = 1 if self._sway < 0 else -1
        coming = _ease(progress / WALKING_SHARE)
        leaving = max(0.0, (progress - 1 + LEAVING_SHARE) / LEAVING_SHARE)
        walking = 1 - coming if leaving == 0 else 1.0
        time_s = progress * visitor.stay_s
        # A person who comes nearer at an even pace grows as the reciprocal of the distance shrinks.
        far, near = 1 / visitor.from_px, 1 / visitor.to_px
        width = 1 / (far + (near - far) * coming)
        bob = 0.02 * abs(math.sin(math.pi * (_STEPS_PER_S * time_s + self._step))) * walking
        swing = math.sin(2 * math.pi * (_SWINGS_PER_S * time_s + self._step))
        breath = 0.004 * math.sin(2 * math.pi * _BREATHS_PER_S * time_s + self._phases[0])
        restless = _HEAD if visitor.shown_as == "head" else _HAND
        right, down, yaw, pitch = self._small(restless.per_s * time_s)
        x = play.width_px / 2 + width * (0.5 * self._sway * (1 - 0.6 * coming) + 0.06 * swing)
        x += side * (play.width_px / 2 + width) * leaving**2
        self._turn(time_s, asked_yaw_deg)
        return Pose(
            x_px=x + width * restless.shift * right,
            y_px=play.height_px * HORIZON + width * (0.06 - bob + breath + restless.shift * down),
            width_px=width,
            turn_deg=visitor.tilt_deg * swing,
            blur_px=math.hypot(visitor.blur_px, _WALKING_BLUR_PX * walking),
            yaw_deg=self._yaw_deg + restless.yaw_deg * yaw,
            pitch_deg=restless.pitch_deg * pitch,
        )

    def _small(self, beats: float) -> list[float]:
        """Four small movements, each within -1 to 1."""
        return [
            0.6 * math.sin(2 * math.pi * beats + quick)
            + 0.4 * math.sin(math.pi * (1.1 + 0.1 * number) * beats + slow)
            for number, (quick, slow) in enumerate(self._phases.reshape(4, 2))
        ]

    def _turn(self, time_s: float, asked_yaw_deg: float | None) -> None:
        begun = [yaw_deg for from_s, yaw_deg in self._visitor.turns if from_s <= time_s]
        target = begun[-1] if begun else 0.0
        if asked_yaw_deg is not None:
            target = asked_yaw_deg
        most = TURNING_DEG_PER_S * max(0.0, time_s - self._posed_s)
        self._posed_s = time_s
        self._yaw_deg += min(most, max(-most, target - self._yaw_deg))


def _ease(share: float) -> float:
    """0 to 1 with an even pace at first and a soft stop; 1 for everything past the end."""
    return 1 - math.pow(1 - min(1.0, share), 1.6)

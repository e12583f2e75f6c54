"""How well a face was to be seen: measured by the quality gate, told in decisions."""

from __future__ import annotations

from dataclasses import dataclass, field

from facedoor.strict import more


def _rounded(value: float) -> float:
    return round(value, 3)


@dataclass(frozen=True, slots=True)
class View:
    """How well a face was to be seen in one picture: what the quality gate goes by.

    ``brightness`` is the mean grey level of the face's middle, 0 to 255; ``sharpness`` as
    :func:`facedoor.vision.quality.sharpness` says it; ``face_px`` the width of its box;
    ``yaw_deg`` how far the head was turned, 0 straight on, positive to the image's right.
    """

    brightness: float = field(metadata=more(told=_rounded))
    sharpness: float = field(metadata=more(told=_rounded))
    face_px: float = field(metadata=more(told=_rounded))
    yaw_deg: float = field(metadata=more(told=_rounded))

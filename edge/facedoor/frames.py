"""The plain values that travel through the house, from the camera to the bus.

Nothing here has behaviour beyond simple geometry, and nothing here imports another room. Images
are ``uint8`` arrays of shape (height, width, 3) in **RGB** order everywhere; a camera that delivers
BGR converts before it makes a :class:`Frame`. Coordinates are pixels of ``Frame.main``, with the
origin at the top left corner and y downwards.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping

Image: TypeAlias = NDArray[np.uint8]
Vector: TypeAlias = NDArray[np.float32]


class Reason(enum.StrEnum):
    """Why a face was accepted, refused, or is not judged yet. One enum for the whole house."""

    RECOGNISED = "recognised"
    NO_FACE = "no_face"
    TOO_FAR = "too_far"
    TOO_CLOSE = "too_close"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    BLURRED = "blurred"
    TURNED_AWAY = "turned_away"
    SEVERAL_FACES = "several_faces"
    UNKNOWN = "unknown"
    AMBIGUOUS = "ambiguous"
    NOT_LIVE = "not_live"
    NOT_ALLOWED_NOW = "not_allowed_now"
    LOCKED_OUT = "locked_out"
    DOOR_BUSY = "door_busy"
    DEGRADED = "degraded"
    COMMANDED = "commanded"
    EXIT_REQUESTED = "exit_requested"
    SECOND_PERSON = "second_person"
    SECOND_FACTOR = "second_factor"
    WRONG_CODE = "wrong_code"
    NOT_VALID = "not_valid"

    @property
    def guidance(self) -> str:
        """What to tell the person in front of the camera, in plain words."""
        return _GUIDANCE[self]


_GUIDANCE: Mapping[Reason, str] = {
    Reason.RECOGNISED: "welcome",
    Reason.NO_FACE: "no face to be seen: look at the camera",
    Reason.TOO_FAR: "come closer",
    Reason.TOO_CLOSE: "step back a little",
    Reason.TOO_DARK: "too dark: turn on a light",
    Reason.TOO_BRIGHT: "too bright: step out of the glare",
    Reason.BLURRED: "hold still for a moment",
    Reason.TURNED_AWAY: "look straight at the camera",
    Reason.SEVERAL_FACES: "one person at a time",
    Reason.UNKNOWN: "not recognised",
    Reason.AMBIGUOUS: "two enrolled people look too much alike here: use another way in",
    Reason.NOT_LIVE: "this does not look like a live face",
    Reason.NOT_ALLOWED_NOW: "not allowed at this time",
    Reason.LOCKED_OUT: "too many refusals: wait a while",
    Reason.DOOR_BUSY: "the door is already open",
    Reason.DEGRADED: "the door is not working properly: use the key",
    Reason.COMMANDED: "released by a command",
    Reason.EXIT_REQUESTED: "released by the exit button",
    Reason.SECOND_PERSON: "one more person has to come to the camera",
    Reason.SECOND_FACTOR: "now type your code or press the button",
    Reason.WRONG_CODE: "wrong code: try again",
    Reason.NOT_VALID: "this door is not open to you",
}


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture from a camera, in two sizes.

    ``main`` is what faces are cut from; ``lores`` is the same view, smaller, for motion and for
    finding faces (it may be the same array). ``time_s`` is the capture time in seconds on the
    source's own steady clock; only differences mean anything.
    """

    main: Image
    lores: Image
    time_s: float
    number: int


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle, in pixels: left, top, right, bottom."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width_px(self) -> float:
        return self.right - self.left

    @property
    def height_px(self) -> float:
        return self.bottom - self.top

    @property
    def centre(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def overlap(self, other: Box) -> float:
        """Intersection over union, 0 to 1."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        if width <= 0 or height <= 0:
            return 0.0
        shared = width * height
        total = self.width_px * self.height_px + other.width_px * other.height_px - shared
        return shared / total

    def scaled(self, x: float, y: float) -> Box:
        return Box(self.left * x, self.top * y, self.right * x, self.bottom * y)


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A face that the detector found.

    ``landmarks`` is float32 of shape (6, 2), in pixels: the eye at the image's left, the eye at its
    right, the tip of the nose, the middle of the mouth, the ear at the left, the ear at the right.
    ``score`` is the detector's confidence, 0 to 1.
    """

    box: Box
    landmarks: Vector
    score: float

    @property
    def eye_distance_px(self) -> float:
        return float(np.hypot(*(self.landmarks[1] - self.landmarks[0])))

    def scaled(self, x: float, y: float) -> Face:
        """The same face in an image that is ``x`` times as wide and ``y`` times as high."""
        landmarks = self.landmarks * np.array([x, y], np.float32)
        return Face(self.box.scaled(x, y), landmarks, self.score)


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What a still picture of one person gives.

    Either ``embedding`` (float32 of shape (D,), length 1) and no ``refusal``, or the reason why
    there is none. ``face`` is the face that was read, where one was found.
    """

    embedding: Vector | None
    refusal: Reason | None
    face: Face | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """The nearest person in the gallery to one embedding, and the nearest other person.

    Distances are those that thresholds are about: L2 between unit vectors, 0 to 2, to which the
    pack's cohort, if it has one, adds something for faces that resemble many; ``plain_distance`` is
    then the L2 distance behind ``distance``, else ``None``. ``person`` is the nearest whether or
    not that is near enough; whoever reads it compares ``distance`` with a threshold. An empty
    gallery gives ``person=None`` and infinite distances.
    """

    person: str | None
    distance: float
    runner_up: str | None
    runner_up_distance: float
    plain_distance: float | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The one answer that a visit gets.

    ``time`` is RFC 3339 UTC. ``person`` is set when somebody was recognised, granted or not.
    ``frames`` counts the embeddings that the decision rests on. ``latency_ms`` names the stages of
    the last of them, and ``total``: from the first good frame of the face to the decision.
    ``liveness`` stays ``None`` until a pack brings a liveness model. ``distance`` and
    ``plain_distance`` are as in :class:`Match`.
    """

    time: str
    track: int
    granted: bool
    person: str | None
    reason: Reason
    distance: float
    threshold: float
    frames: int
    latency_ms: Mapping[str, float] = field(default_factory=dict)
    liveness: float | None = None
    plain_distance: float | None = None
    rule: str | None = None
    """Which access rule decided, in words, where there are any."""

    def as_json(self) -> dict[str, object]:
        """The keys of the ``run --json`` contract; an infinite distance becomes ``None``."""
        rule = {} if self.rule is None else {"rule": self.rule}
        return {
            "time": self.time,
            "decision": "granted" if self.granted else "refused",
            "person": self.person,
            "reason": self.reason.value,
            "distance": _finite(self.distance),
            "plain_distance": _finite(self.plain_distance),
            "threshold": self.threshold,
            "liveness": self.liveness,
            "frames": self.frames,
            "latency_ms": {stage: round(ms, 2) for stage, ms in self.latency_ms.items()},
            "track": self.track,
            **rule,
        }


def _finite(distance: float | None) -> float | None:
    """``distance`` as JSON can say it."""
    return None if distance is None or not np.isfinite(distance) else round(distance, 4)

"""What one frame led to, for whoever watches a run: faces, decisions, and what each stage took."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from facedoor.frames import Box, Face, Image, Match
from facedoor.languages import _
from facedoor.reasons import Reason
from facedoor.wire.decisions import Decision
from facedoor.wire.prompts import Prompt

_EVERY_PX = 4
"""Of a face's rows and columns every so many tell how bright it is."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceView:
    """One face of the frame, as a live view shows it."""

    track: int
    face: Face
    match: Match | None
    """The last comparison with the gallery."""
    refusal: Reason | None
    """Why this frame's view of the face was not judged."""
    decision: Decision | None
    liveness: float | None = None
    """How much alive the visit looks so far, 0 to 1, where that is judged."""

    @property
    def words(self) -> str:
        """Who it is, or what the visitor should do, or that the door is still looking."""
        if self.decision is not None:
            granted_to = self.decision.person if self.decision.granted else None
            return granted_to or self.decision.reason.guidance
        return self.refusal.guidance if self.refusal else _("looking ...")


@dataclass(frozen=True, slots=True, eq=False)
class FrameReport:
    """What one frame led to. ``latency_ms`` has an entry for each stage that ran."""

    moved: bool
    faces: tuple[FaceView, ...] = ()
    decisions: tuple[Decision, ...] = ()
    latency_ms: dict[str, float] = field(default_factory=dict)
    fixtures: tuple[Box, ...] = ()
    """Where in the frame pictures of faces hang, which are not judged."""
    prompts: tuple[Prompt, ...] = ()
    """What somebody is asked from this frame on, or no longer, in this order."""


def face_brightness(image: Image, report: FrameReport) -> float | None:
    """Mean grey level, 0 to 255, of the inside of the widest face in the RGB ``image`` that the
    report is about; ``None``: there is none."""
    if not report.faces:
        return None
    box = max((view.face.box for view in report.faces), key=lambda box: box.width_px)
    x, y = box.centre
    rows, columns = (
        slice(max(0, round(middle - size / 4)), max(0, round(middle + size / 4)) + 1, _EVERY_PX)
        for middle, size in ((y, box.height_px), (x, box.width_px))
    )
    inside = image[rows, columns]
    return float(inside.mean()) if inside.size else None


class Stopwatch:
    """Adds up what each stage of a frame took, in milliseconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.ms: dict[str, float] = {}
        self.clock = clock

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        start = self.clock()
        try:
            yield
        finally:
            self.ms[stage] = self.ms.get(stage, 0.0) + (self.clock() - start) * 1000

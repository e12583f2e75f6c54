"""What to train, on what, how, and about how long it takes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from facedoor_convert.training.fitting import Course

PREPARE = "fetching what the training starts from"
CUT = "cutting out the faces"
FEATURES = "preparing what the network sees"
BEFORE = "measuring before"
TEACH = "asking the teacher"
TRAIN = "training"
AFTER = "measuring after"
WRITE = "writing picture and pack"


class _Plan(NamedTuple):
    course: Course
    people: int
    images: int
    step_s: float
    """Seconds for a step on a small workstation."""


# Found by trying on LFW. A network that has learned is changed slowly, or it forgets.
_SCRATCH = _Plan(Course(steps=1500, learning_rate=2e-3, weight_decay=1e-4), 16, 4, 0.2)
_LAST = _Plan(Course(steps=100, learning_rate=1e-4, weight_decay=1e-4), 10, 6, 0.05)
_ALL = _Plan(Course(steps=100, learning_rate=2e-6, weight_decay=1e-4), 8, 4, 5.0)


@dataclass(frozen=True, slots=True)
class Order:
    """One training. ``None`` takes the number that trials found good."""

    folder: Path
    start: Literal["facenet", "scratch"]
    layers: Literal["last", "all"] = "last"
    """How much of FaceNet learns; a network from scratch learns as a whole."""
    mining: Literal["semi-hard", "batch-hard"] = "semi-hard"
    distil: bool = False
    """Learn the embeddings of the pack's own embedder, instead of who is who."""
    steps: int | None = None
    people: int | None = None
    """Train on so many people, the most photographed, and measure on the others."""
    photos: int | None = None
    """Use so many photos of everybody who has them."""
    seed: int = 0

    @property
    def course(self) -> Course:
        course = self._plan.course
        return course if self.steps is None else course._replace(steps=self.steps)

    @property
    def people_and_images(self) -> tuple[int, int]:
        """The number of people in a batch, and of images of each."""
        return self._plan.people, self._plan.images

    @property
    def _plan(self) -> _Plan:
        if self.start == "scratch":
            return _SCRATCH
        return _LAST if self.layers == "last" else _ALL

    def expected_s(self) -> dict[str, float]:
        """About how long each step takes; all but the training depend on the number of photos."""
        faces_s = 20.0 if self.start == "facenet" else 5.0
        return {
            PREPARE: 2.0 if self.start == "facenet" else 0.1,
            CUT: 60.0,
            FEATURES: faces_s,
            BEFORE: faces_s,
            TEACH: 20.0 if self.distil else 0.1,
            TRAIN: 10 + self.course.steps * self._plan.step_s,
            AFTER: 10 + faces_s,
            WRITE: 5.0,
        }

    def describe(self) -> str:
        """How it is trained, for the manifest."""
        how = "distilled from the pack's embedder" if self.distil else f"{self.mining} triplets"
        start = "the published FaceNet" if self.start == "facenet" else "nothing"
        return f"{how}, starting from {start}"

"""A hallway in which people stand before the camera, and a frame path that looks at them."""

from __future__ import annotations

from dataclasses import dataclass, field

from facedoor.camera.pictures import two_streams
from facedoor.camera.scene import Figure, Pose, Scene
from facedoor.config.options import CameraConfig
from facedoor.frames import Frame, Image
from facedoor.visit.frame_path import FramePath, FrameReport
from facedoor.wire.events import Decision

FPS = 5
CAMERA = CameraConfig()
HALLWAY = Scene(960, 540, seed=5)
LEFT, MIDDLE, RIGHT = 250, 480, 710


@dataclass(frozen=True, eq=False)
class Person:
    """Somebody who stands before the camera: whose photo, where, how wide."""

    photo: Image
    x_px: float = MIDDLE
    width_px: float = 230


@dataclass
class Stage:
    """A frame path, the frames that it is shown, and what it made of them."""

    path: FramePath
    time_s: float = 0.0
    reports: list[FrameReport] = field(default_factory=list)

    def show(self, seconds: float, *people: Person, light: float = 1.0) -> list[Decision]:
        """Let people stand before the camera; the decisions that this led to."""
        figures = [(Figure(person.photo, 0), person) for person in people]
        before = len(self.reports)
        for _ in range(round(seconds * FPS)):
            picture = HALLWAY.empty()
            for figure, person in figures:
                figure.paint(picture, Pose(person.x_px, 280, person.width_px, 0, 0))
            number = len(self.reports)
            main, lores = two_streams(HALLWAY.exposed(picture, light, number), CAMERA)
            self.time_s += 1 / FPS
            self.reports.append(self.path.process(Frame(main, lores, self.time_s, number)))
        return [decision for report in self.reports[before:] for decision in report.decisions]

"""The simulated walk-up: a camera in which scripted visitors come to the door and leave again.

:mod:`facedoor.camera.script` says what a script looks like.
"""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass
from pathlib import Path

from facedoor.camera.body import coat_colour
from facedoor.camera.media import Medium
from facedoor.camera.mover import Mover
from facedoor.camera.pictures import read_picture, shrunk_to_fit, two_streams
from facedoor.camera.recorded import Pacing, RecordedCamera
from facedoor.camera.relief import Landmarks
from facedoor.camera.scene import Figure, Head, Pose, Scene, Shown, paint_shown
from facedoor.camera.script import PointsPx, Script, Visitor, read_script
from facedoor.config.options import CameraConfig
from facedoor.errors import ConfigError, ImageError
from facedoor.frames import Frame, Image


@dataclass(frozen=True, slots=True)
class Visit:
    """The truth about one visit: who is in view from ``start_s`` until just before ``end_s``."""

    name: str
    start_s: float
    end_s: float


class SimulatedCamera(RecordedCamera):
    """Plays a script at its own speed; the size and rate of its pictures are the script's."""

    def __init__(
        self, script: str | Path, config: CameraConfig, pacing: Pacing | None = None
    ) -> None:
        """Raises :class:`ConfigError` for a script that is missing or wrong, or names no photo."""
        script = Path(script)
        play = read_script(script)
        self._play, self._config = play, config
        self._figures = [
            _figures(script, play, number, visitor)
            for number, visitor in enumerate(play.visitors, 1)
        ]
        self._posters = _posters(script, play)
        self._scene = Scene(play.width_px, play.height_px, play.seed)
        self._movers = [Mover(play, visitor, index) for index, visitor in enumerate(play.visitors)]
        self.visitors = _visits(play)
        """Every visit of the script, in order of time; also those in which nobody is seen."""
        self.asked_yaw_deg: float | None = None
        """Where whoever is in view has been asked to look, as ``turns`` has it, instead of where
        the script has them look; may be set at any time, and holds until it is set again."""
        self.lamp_is_on = False
        """Whether the door's lamp lights the scene; may be set at any time."""
        self.fps = play.fps
        self.frame_count = math.floor((self.visitors[-1].end_s + play.gap_s) * play.fps)
        frames = (self.frame(number) for number in range(self.frame_count))
        super().__init__(frames, f"the script {script} is over before its first frame", pacing)

    def meter(self, _brightness: float | None, is_lit: bool, /) -> None:
        self.lamp_is_on = is_lit

    def frame(self, number: int) -> Frame:
        """The frame of that number; where a head turns, frames have to be asked for in order."""
        time_s = number / self._play.fps
        picture, light = self._scene.empty(), self._play.light
        for hung in self._posters:
            if hung.from_s <= time_s < hung.until_s:
                paint_shown(picture, hung.poster, hung.pose)
        index = _visit_at(self.visitors, time_s)
        if index is not None:
            visitor, visit = self._play.visitors[index], self.visitors[index]
            light *= visitor.light
            progress = (time_s - visit.start_s) / visitor.stay_s
            if own := self._figures[index]:
                figure = own[min(int(progress * len(own)), len(own) - 1)]
                figure.paint(picture, self._movers[index].pose(progress, self.asked_yaw_deg))
        if self.lamp_is_on:
            light += self._play.lamp
        main, lores = two_streams(self._scene.exposed(picture, light, number), self._config)
        return Frame(main, lores, time_s, number)


def _figures(script: Path, play: Script, number: int, visitor: Visitor) -> list[Figure]:
    """What the visitor shows, one after another."""
    widest = math.ceil(max(visitor.from_px, visitor.to_px))
    points: list[PointsPx | None] = [*visitor.landmarks] or [None] * len(visitor.photos)
    figures = []
    for name, points_px in zip(visitor.photos, points, strict=True):
        photo = _photo(script, name, f"visitor {number}: photos")
        landmarks = None if points_px is None else _landmarks(points_px, photo.shape[1])
        photo = shrunk_to_fit(photo, widest, photo.shape[0])
        coat = number - 1
        figures.append(Figure(_shown(visitor, photo, landmarks, coat, play.width_px), coat))
    return figures


def _photo(script: Path, name: str, where: str) -> Image:
    try:
        return read_picture(script.parent / name)
    except ImageError as error:
        raise ConfigError(f"{script}: {where}: {error}") from error


def _landmarks(points_px: PointsPx, width_px: int) -> Landmarks:
    return Landmarks(*[(x / width_px, y / width_px) for x, y in points_px])


def _shown(
    visitor: Visitor, photo: Image, landmarks: Landmarks | None, coat: int, picture_width_px: int
) -> Shown:
    sleeve = coat_colour(coat)
    if visitor.shown_as == "head":
        return Head(photo, landmarks)
    if visitor.shown_as in {"phone", "screen"}:
        return Medium.phone(
            photo,
            has_bezel=visitor.shown_as == "phone",
            sleeve=sleeve,
            picture_width_px=picture_width_px,
        )
    return Medium.print(
        photo,
        landmarks,
        is_cut=visitor.shown_as == "cut print",
        is_bent=visitor.shown_as == "bent print",
        sleeve=sleeve,
        picture_width_px=picture_width_px,
    )


@dataclass(frozen=True, slots=True)
class _Hung:
    """A poster, where it hangs, and from when until when."""

    poster: Medium
    pose: Pose
    from_s: float
    until_s: float


def _posters(script: Path, play: Script) -> list[_Hung]:
    hung = []
    for number, poster in enumerate(play.posters, 1):
        photo = _photo(script, poster.photo, f"poster {number}: photo")
        photo = shrunk_to_fit(photo, math.ceil(poster.width_px), photo.shape[0])
        place = poster.x * play.width_px, poster.y * play.height_px
        pose = Pose(*place, poster.width_px, turn_deg=0, blur_px=0)
        medium = Medium.poster(photo, play.width_px)
        hung.append(_Hung(medium, pose, poster.from_s, poster.until_s))
    return hung


def _visits(play: Script) -> tuple[Visit, ...]:
    visits = []
    start_s = play.gap_s
    for visitor in play.visitors:
        visits.append(Visit(visitor.name, start_s, start_s + visitor.stay_s))
        start_s += visitor.stay_s + play.gap_s
    return tuple(visits)


def _visit_at(visits: tuple[Visit, ...], time_s: float) -> int | None:
    """The index in ``visits`` of the visit at ``time_s``, if any."""
    index = bisect.bisect_right(visits, time_s, key=lambda visit: visit.start_s) - 1
    return index if index >= 0 and time_s < visits[index].end_s else None

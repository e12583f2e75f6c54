"""From a clip to visits: the looks that the door would have had, each judged by each network.

A visit is 2.5 s of looks at the widest face in view, from the first one that counts as evidence.
Detector, crop, gate, pace and networks are the door's own. What is left at the end of a clip is no
visit if it has fewer looks than the door can act on. A clip of which no look counts is one visit
without looks: whoever came got no answer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from facedoor.camera.opencv import VideoFile
from facedoor.camera.pictures import shrunk_to_fit
from facedoor.camera.recorded import Pacing
from facedoor.config.options import CameraConfig, RecognitionConfig
from facedoor.identity.liveness import OPEN_LOOKS
from facedoor.visit.visit import EMBED_EVERY_S, HURRIED_LOOKS, PATIENT_EVERY_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from facedoor.frames import Face, Frame, Image, Vector
    from facedoor.vision.liveness import LivenessLook, LivenessNetworks
    from facedoor.vision.reader import FaceReader
    from facedoor_convert.liveness.clips import Clip

VISIT_S = 2.5
"""In this time the door has twelve looks, after which it refuses whom it does not know."""

PICTURE_SCALE, PICTURE_PX = 2.7, 160
"""How much of a face's surroundings a report shows, in sizes of the face, and how large at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Visit:
    """What the door would have seen of one visit. All sequences are of one length, one for each
    look, in the order of time; ``looks`` has one for each network, or set of networks, by name."""

    clip: Clip
    start_s: float
    """When the first look was, in the time of the clip."""
    looks: Mapping[str, list[LivenessLook]]
    embeddings: list[Vector] = field(default_factory=list)
    pictures: list[Image] = field(default_factory=list)
    """The face and what surrounds it, small, RGB."""


class _AtOnce(Pacing):
    """Lets a recording be read as fast as it can be."""

    def wait_until(self, time_s: float, meanwhile: Callable[[], None]) -> None:
        pass


def visits_of(
    clip: Clip, reader: FaceReader, judges: Mapping[str, LivenessNetworks]
) -> list[Visit]:
    """The visits of a clip, at least one. Raises :class:`CameraError` for what is no video."""
    visits: list[Visit] = []
    last: Face | None = None
    due_s = -math.inf
    for frame in _frames(clip):
        if frame.time_s < due_s:
            continue
        last = face = _widest(reader, frame, last)
        if face is None:
            continue
        embedding = _evidence(reader, frame, face, is_upright=bool(visits))
        if embedding is None:
            continue
        if not visits or frame.time_s >= visits[-1].start_s + VISIT_S:
            visits.append(Visit(clip, frame.time_s, {name: [] for name in judges}))
        visit = visits[-1]
        for name, networks in judges.items():
            visit.looks[name].append(networks.look(frame.main, face))
        visit.embeddings.append(embedding)
        visit.pictures.append(_surroundings(frame.main, face))
        # Whoever comes next is looked at as soon as they are there.
        due_s = min(frame.time_s + _pause_s(len(visit.embeddings)), visit.start_s + VISIT_S)
    acted_on = [visit for visit in visits if len(visit.embeddings) >= OPEN_LOOKS]
    return acted_on or visits[:1] or [Visit(clip, 0.0, {name: [] for name in judges})]


def _frames(clip: Clip) -> Iterator[Frame]:
    with VideoFile(clip.path, CameraConfig(), _AtOnce()) as camera:
        while (frame := camera.read()) is not None:
            yield frame


def _widest(reader: FaceReader, frame: Frame, last: Face | None) -> Face | None:
    followed = last and reader.detector.follow(frame.main, last.box)
    if followed is not None:
        return followed
    found = reader.detector.find(frame.main, frame.lores)
    return found[0] if found else None


def _evidence(reader: FaceReader, frame: Frame, face: Face, *, is_upright: bool) -> Vector | None:
    """The embedding of a look that a door as it comes would take for evidence, else ``None``.

    ``is_upright``: an earlier look of the clip was.
    """
    if face.box.width_px < RecognitionConfig().opens_at_px(frame.main.shape[1]):
        return None
    return reader.view(frame.main, face, is_upright=is_upright).embedding


def _pause_s(looks: int) -> float:
    """How long the door waits after so many looks of a visit."""
    return EMBED_EVERY_S if looks < HURRIED_LOOKS else PATIENT_EVERY_S


def _surroundings(image: Image, face: Face) -> Image:
    half = PICTURE_SCALE * max(face.box.width_px, face.box.height_px) / 2
    x, y = face.box.centre
    height, width = image.shape[:2]
    left, right = max(0, round(x - half)), min(width, round(x + half))
    top, bottom = max(0, round(y - half)), min(height, round(y + half))
    return shrunk_to_fit(image[top:bottom, left:right].copy(), PICTURE_PX, PICTURE_PX)

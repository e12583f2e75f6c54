"""Fixtures: faces that belong to the place and not to a visitor, such as a poster on the wall.

A picture that hangs in view is found by the detector like any other face. What tells it from a
visitor is that it does not move at all: whoever lives sways, breathes and blinks. So each face's
place is watched, at a fixed spot of the frame, for how far what is seen there has shifted and how
much it has changed otherwise. A face that stayed unchanged for :data:`STILL_S`, or that was hidden
and came back unchanged to the hair's breadth, is a fixture. From then on it is left out of the
search for as long as its place looks as before, at least by half; a face that hides it is a face
like any other.

A picture that moves in the wind or is held by a hand is none of this: to know it is what the check
for liveness is for.

What was measured: docs/liveness.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from facedoor.frames import Box, Face, Image
from facedoor.vision.detector import is_among
from facedoor.visit.patches import (
    INTACT_LIKENESS,
    QUARTERS,
    TRACEABLE_SHIFT,
    Change,
    Patch,
    change,
    cut,
    intact_quarters,
)

STILL_S = 10.0
"""So long in all a face has to stay unchanged to be a fixture."""

REMEMBERED_AFTER_S = 2.0
"""A face that was unchanged for so long and was then hidden is known again when it comes back."""

BACK_S = 0.4
"""So long a face that came back has to stay unchanged until it is taken for the fixture it was."""

MOST_SHIFT = 0.004
"""Of a still face, in face widths: 0.6 mm for a face of 15 cm."""

LEAST_LIKENESS = 0.95
"""Correlation of a still face with what was seen in its place before."""

ALIVE_AFTER_S = 2.0
"""A fixture that is out of its place for so long was none, or the camera was moved: a door that
falls shut shakes it for less."""

FORGOTTEN_AFTER_S = 120.0
"""A fixture that was looked for and not seen for so long is gone."""

MOST_PLACES = 24
"""Places that are remembered, of fixtures and of faces that may become one."""

_ABSENT_S = 0.5
"""A face that was not looked at for so long was not there."""

_BLENDS_S = 10.0
"""Time constant with which the memory of a place follows the light."""


@dataclass(slots=True, eq=False)
class _Place:
    """What was seen at one spot of the frame."""

    box: Box
    patch: Patch
    seen_s: float
    looks: int = 1
    still_s: float = 0.0
    back_s: float = math.inf
    """When the face came back after it was hidden."""
    is_fixture: bool = False
    is_hidden: bool = False
    """Whether something else was seen here last."""
    shifted_s: float | None = None
    """Since when a fixture has been out of its place."""
    missed_s: float = 0.0


class Fixtures:
    """Watches the places of faces. Belongs to one thread; times are the frames' ``time_s``."""

    def __init__(self) -> None:
        self._places: list[_Place] = []
        self._looked_s = -math.inf

    @property
    def boxes(self) -> tuple[Box, ...]:
        """Where the fixtures are, in pixels of the frame, also those that are hidden just now."""
        return tuple(place.box for place in self._places if place.is_fixture)

    def forget(self) -> None:
        """Another source follows: nothing is where it was."""
        self._places = []
        self._looked_s = -math.inf

    def visible(self, image: Image, time_s: float) -> tuple[Box, ...]:
        """The fixtures that ``image``, an RGB frame, shows: no face is to be searched there."""
        step_s = min(max(time_s - self._looked_s, 0.0), _ABSENT_S)
        self._looked_s = time_s
        found = []
        for place in [place for place in self._places if place.is_fixture]:
            if self._is_seen(place, cut(image, place.box), time_s):
                place.missed_s = 0.0
                found.append(place.box)
                continue
            place.missed_s += step_s
            if place.missed_s > FORGOTTEN_AFTER_S:
                place.is_fixture = False
        return tuple(found)

    def watch(self, image: Image, faces: Iterable[Face], time_s: float) -> list[Face]:
        """Look at the places of ``faces``, found in ``image``: those that have become fixtures."""
        return [face for face in faces if self._place_of(image, face, time_s).is_fixture]

    def _place_of(self, image: Image, face: Face, time_s: float) -> _Place:
        """The place of a face, after this look at it."""
        here = [place for place in self._places if is_among(face.box, [place.box])]
        for place in here:
            patch = cut(image, place.box)
            seen = change(place.patch, patch)
            if seen.shift <= MOST_SHIFT and seen.likeness >= LEAST_LIKENESS:
                _stays(place, patch, time_s)
                return place
            if _is_shifted(seen) and not place.is_fixture:
                self._places.remove(place)
            else:
                place.is_hidden = True
        new = _Place(face.box, cut(image, face.box), time_s)
        self._places = [place for place in self._places if _is_worth_keeping(place, time_s)]
        self._places = [*self._places[-MOST_PLACES + 1 :], new]
        return new

    def _is_seen(self, place: _Place, patch: Patch, time_s: float) -> bool:
        """Whether a fixture is in view, at least by half. One that moved is none any more."""
        intact = intact_quarters(place.patch, patch)
        if intact < QUARTERS // 2:
            return False
        seen = change(place.patch, patch)
        if intact < QUARTERS or seen.shift <= MOST_SHIFT:
            place.shifted_s = None
            if seen.likeness >= LEAST_LIKENESS:
                _blend(place, patch, max(0.0, time_s - place.seen_s))
                place.seen_s = time_s
        elif place.shifted_s is None:
            place.shifted_s = time_s
        elif time_s - place.shifted_s >= ALIVE_AFTER_S:
            self._places.remove(place)
            return False
        return True


def described(box: Box, image_width_px: int, image_height_px: int) -> str:
    """Where in a picture ``box`` is, and how wide, in words: "at the top right, 120 px wide"."""
    x, y = box.centre
    column = ("left", "", "right")[min(2, max(0, int(3 * x / image_width_px)))]
    row = ("top", "", "bottom")[min(2, max(0, int(3 * y / image_height_px)))]
    words = " ".join(word for word in (row, column) if word)
    where = f"at the {words}" if words else "in the middle"
    return f"{where}, {round(box.width_px)} px wide"


def _stays(place: _Place, patch: Patch, time_s: float) -> None:
    """The face of ``place`` was seen there once more, unchanged."""
    step_s = time_s - place.seen_s
    if step_s <= _ABSENT_S and not place.is_hidden:
        place.still_s += step_s
    elif place.still_s >= REMEMBERED_AFTER_S:
        place.back_s = time_s
    place.seen_s, place.is_hidden = time_s, False
    _blend(place, patch, step_s)
    is_back = time_s - place.back_s >= BACK_S
    place.is_fixture = place.is_fixture or place.still_s >= STILL_S or is_back


def _is_shifted(seen: Change) -> bool:
    """Whether a face has changed as one does that moves, and not as one that something hides."""
    return MOST_SHIFT < seen.shift <= TRACEABLE_SHIFT and seen.likeness >= INTACT_LIKENESS


def _is_worth_keeping(place: _Place, time_s: float) -> bool:
    """Whether the face of ``place`` may be one that is hidden just now, and not one that moved."""
    is_in_view = time_s - place.seen_s <= _ABSENT_S and not place.is_hidden
    return place.is_fixture or place.still_s >= REMEMBERED_AFTER_S or is_in_view


def _blend(place: _Place, patch: Patch, step_s: float) -> None:
    """Let the memory of a place follow the light; the first looks average the noise away."""
    place.looks += 1
    share = max(1 / place.looks, 1 - math.exp(-step_s / _BLENDS_S))
    place.patch = place.patch + np.float32(share) * (patch - place.patch)

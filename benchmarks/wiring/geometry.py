"""Where things lie on the paper of a drawing: points, pieces of wire, rectangles, and words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeAlias

import matplotlib as mpl
from PIL import ImageFont

Point: TypeAlias = tuple[float, float]
Segment: TypeAlias = tuple[Point, Point]


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle."""

    left: float
    top: float
    right: float
    bottom: float

    def grown(self, by: float) -> Area:
        return Area(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def meets(self, other: Area) -> bool:
        """Whether the two have more in common than an edge."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def holds(self, other: Area) -> bool:
        return (
            self.left <= other.left
            and other.right <= self.right
            and self.top <= other.top
            and other.bottom <= self.bottom
        )


def is_level(segment: Segment) -> bool:
    """Whether it is not upright."""
    return segment[0][1] == segment[1][1]


def strip(segment: Segment) -> Area:
    """What a wire covers."""
    (x, y), (other_x, other_y) = segment
    return Area(min(x, other_x), min(y, other_y), max(x, other_x), max(y, other_y)).grown(1.25)


def is_on(point: Point, segment: Segment) -> bool:
    """Whether a piece of wire comes by a point, or ends there."""
    (x, y), (other_x, other_y) = segment
    return min(x, other_x) <= point[0] <= max(x, other_x) and (
        min(y, other_y) <= point[1] <= max(y, other_y)
    )


def is_inside(point: Point, segment: Segment) -> bool:
    """Whether a piece of wire comes by a point, and does not end there."""
    return is_on(point, segment) and point not in segment


def shared(one: Segment, two: Segment) -> Point | None:
    """A point of both, if there is one."""
    if is_level(one) != is_level(two):
        level, upright = (one, two) if is_level(one) else (two, one)
        point = (upright[0][0], level[0][1])
        return point if is_on(point, one) and is_on(point, two) else None
    ends = [p for p in one if is_on(p, two)] + [p for p in two if is_on(p, one)]
    return ends[0] if ends else None


def sides(segment: Segment, point: Point) -> Iterator[tuple[bool, bool]]:
    """In which directions a wire leaves a point on it."""
    if is_on(point, segment):
        for end in segment:
            if end != point:
                yield is_level(segment), end > point


@cache
def _font(bold: bool) -> ImageFont.FreeTypeFont:
    """DejaVu Sans: among the sans-serifs that browsers take it is the widest."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(Path(mpl.get_data_path(), "fonts", "ttf", name), 100)


def extent(at: Point, words: str, anchor: str, bold: bool, size: float) -> Area:
    """What words cover."""
    width = _font(bold).getlength(words) * size / 100
    left = at[0] - {"start": 0.0, "middle": width / 2, "end": width}[anchor]
    return Area(left, at[1] - 0.76 * size, left + width, at[1] + 0.22 * size)

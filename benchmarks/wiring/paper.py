"""The paper of a drawing: wires of several nets, what they connect, and words beside them.

Lengths are in pixels of a screen that is 360 wide, as phones are. x goes to the right, y down.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Literal

from benchmarks.wiring.geometry import (
    Area,
    Point,
    Segment,
    extent,
    is_inside,
    is_level,
    is_on,
    shared,
    sides,
    strip,
)

WIDTH = 360.0
TEXT_SIZE = 13.2
"""As small as words get: 12 pixels where a phone's page leaves 328 to the drawing."""
MINUS_SIGN = "\N{MINUS SIGN}"
INK = "#1f2933"
HOP = 5.0
"""Radius of the bow in which a wire goes over another one."""
MARGIN = 2.0
"""What is kept free about words."""


class DrawingError(Exception):
    """The drawing says something that it must not, such as a short circuit."""


@dataclass(frozen=True, slots=True)
class Net:
    """What is connected by wires, and so has one voltage."""

    name: str
    colour: str


@dataclass(frozen=True, slots=True)
class Part:
    """Something that wires go to: its ``kind``, and which net each terminal is on, by name."""

    kind: str
    terminals: dict[str, str]


class Paper:
    """A drawing in the making; :meth:`svg` refuses one that is wrong."""

    def __init__(self, title: str, says: str) -> None:
        """``says`` is for those who hear the drawing read out."""
        self.title = title
        self.says = says
        self.parts: list[Part] = []
        self._wires: list[tuple[Net, tuple[Point, ...]]] = []
        self._terminals: list[tuple[str, Point]] = []
        self._words: list[tuple[Area, str, str | None]] = []
        self._boxes: list[Area] = []
        self._bodies: list[Area] = []
        self._filled: list[Area] = []
        self._layers: dict[str, list[str]] = defaultdict(list)

    def wire(self, net: Net, *points: Point) -> None:
        """A wire along lines that are level or upright."""
        for (x, y), (other_x, other_y) in itertools.pairwise(points):
            if (x == other_x) == (y == other_y):
                raise DrawingError(f"{net.name} is askew from {x}, {y} to {other_x}, {other_y}")
        self._wires.append((net, points))

    def part(self, kind: str, **terminals: tuple[Net, Point]) -> None:
        """Note what a part that is drawn is connected to; a wire has to come to each terminal."""
        self.parts.append(Part(kind, {name: net.name for name, (net, _) in terminals.items()}))
        self._terminals += [(net.name, point) for net, point in terminals.values()]

    def box(self, area: Area, fill: str, edge: str) -> None:
        """A device, with words inside or outside, not on its edge."""
        self._boxes.append(area)
        self._layers["boxes"].append(
            f'<rect x="{area.left:g}" y="{area.top:g}" width="{area.right - area.left:g}" '
            f'height="{area.bottom - area.top:g}" rx="6" fill="{fill}" stroke="{edge}" '
            'stroke-width="1.5"/>'
        )

    def ink(self, svg: str, body: Area | None = None) -> None:
        """Draw ``svg``; where it has a ``body``, neither wires nor words may lie on that."""
        self._layers["parts"].append(svg)
        if body is not None:
            self._bodies.append(body)

    def ground(self, svg: str, filled: Area | None = None) -> None:
        """Draw ``svg`` beneath the wires; where it is ``filled``, no words may lie on that."""
        self._layers["boxes"].append(svg)
        if filled is not None:
            self._filled.append(filled)

    def text(
        self,
        at: Point,
        words: str,
        *,
        anchor: Literal["start", "middle", "end"] = "start",
        bold: bool = False,
        size: float = TEXT_SIZE,
        colour: str = INK,
    ) -> None:
        """Words, with their base line ``at`` that point."""
        area = extent(at, words, anchor, bold, size)
        self._words.append((area, words, None))
        self._layers["words"].append(_text(at, words, anchor, bold, size, colour))

    def tag(self, net: Net, middle: Point, words: str) -> None:
        """Words on a wire."""
        base = (middle[0], middle[1] + 0.36 * TEXT_SIZE)
        area = extent(base, words, "middle", True, TEXT_SIZE).grown(3)
        self._words.append((area, words, net.name))
        self._layers["words"].append(
            f'<rect x="{area.left:g}" y="{area.top:g}" width="{area.right - area.left:g}" '
            f'height="{area.bottom - area.top:g}" rx="4" fill="#fff" stroke="{net.colour}"/>'
        )
        self._layers["words"].append(_text(base, words, "middle", True, TEXT_SIZE, net.colour))

    @property
    def height(self) -> float:
        """As much as the words need, the last of which stand at the foot."""
        return math.ceil(max(area.bottom for area, _, _ in self._words)) + 14

    def svg(self) -> str:
        """The drawing as a file. Raises :class:`DrawingError`."""
        self._check_wires()
        self._check_words()
        wires = [
            f'<path d="{self._path(points)}" stroke="{net.colour}" stroke-width="2.5" '
            'fill="none" stroke-linejoin="round" stroke-linecap="round"/>'
            for net, points in self._wires
        ]
        joints = [
            f'<circle cx="{x:g}" cy="{y:g}" r="4" fill="{colour}"/>'
            for colour, (x, y) in self.joints()
        ]
        drawn = [
            *(self._layers["boxes"] + wires + joints + self._layers["parts"]),
            *self._layers["words"],
        ]
        lines = [
            '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title desc"',
            f'  viewBox="0 0 {WIDTH:g} {self.height:g}" width="{WIDTH:g}"',
            f'  height="{self.height:g}"',
            """  font-family="Arial, Helvetica, 'DejaVu Sans', sans-serif">""",
            f'<title id="title">{escape(self.title)}</title>',
            f'<desc id="desc">{escape(self.says)}</desc>',
            f'<rect x="1" y="1" width="{WIDTH - 2:g}" height="{self.height - 2:g}" rx="10"',
            '  fill="#fffefa" stroke="#ced4da" stroke-width="2"/>',
            *drawn,
            "</svg>",
        ]
        return "\n".join(lines) + "\n"

    def joints(self) -> Iterator[tuple[str, Point]]:
        """Where three or four wires of a net meet, with the colour of the net."""
        for net in dict.fromkeys(net for net, _ in self._wires):
            own = [segment for other, segment in self._segments() if other.name == net.name]
            for point in dict.fromkeys(itertools.chain(*own)):
                if len({side for segment in own for side in sides(segment, point)}) > 2:
                    yield net.colour, point

    def crossings(self) -> Iterator[tuple[Segment, Point]]:
        """Where a level wire goes over an upright one of another net."""
        for (net, level), (other, upright) in itertools.permutations(self._segments(), 2):
            if net.name != other.name and is_level(level) and not is_level(upright):
                point = (upright[0][0], level[0][1])
                if is_inside(point, level) and is_inside(point, upright):
                    yield level, point

    def _segments(self) -> Iterator[tuple[Net, Segment]]:
        for net, points in self._wires:
            for segment in itertools.pairwise(points):
                yield net, segment

    def _path(self, points: tuple[Point, ...]) -> str:
        crossings = list(self.crossings())
        path = "M{:g} {:g}".format(*points[0])
        for segment in itertools.pairwise(points):
            (begin_x, y), end = segment
            step = HOP if end[0] > begin_x else -HOP
            over = sorted({x for level, (x, _) in crossings if level == segment})
            for x in over if step > 0 else reversed(over):
                path += f"L{x - step:g} {y:g}"
                path += f"A{HOP:g} {HOP:g} 0 0 {int(step > 0)} {x + step:g} {y:g}"
            path += "L{:g} {:g}".format(*end)
        return path

    def _check_wires(self) -> None:
        segments = list(self._segments())
        crossings = {point for _, point in self.crossings()}
        for (net, one), (other, two) in itertools.combinations(segments, 2):
            touched = shared(one, two)
            if net.name != other.name and touched is not None and touched not in crossings:
                raise DrawingError(f"{net.name} touches {other.name} at {touched}")
        for name, point in self._terminals:
            if not any(net.name == name and is_on(point, s) for net, s in segments):
                raise DrawingError(f"no wire of {name} comes to {point}")
        for net, points in self._wires:
            for end in (points[0], points[-1]):
                others = [s for other, s in segments if other.name == net.name and is_on(end, s)]
                if len(others) < 2 and (net.name, end) not in self._terminals:
                    raise DrawingError(f"{net.name} ends in the air at {end}")

    def _check_words(self) -> None:
        sheet = Area(8, 8, WIDTH - 8, self.height - 8)
        for area, words, tagged in self._words:
            if not sheet.holds(area):
                raise DrawingError(f"{words!r} leaves the paper: {area}")
            near = area.grown(MARGIN)
            for body in self._bodies + self._filled:
                if near.meets(body):
                    raise DrawingError(f"{words!r} lies on a part at {body}")
            for box in self._boxes:
                if near.meets(box) and not box.holds(near) and tagged is None:
                    raise DrawingError(f"{words!r} lies on the edge of {box}")
            for net, segment in self._segments():
                if net.name != tagged and near.meets(strip(segment)):
                    raise DrawingError(f"{words!r} lies on {net.name}, {segment}")
        for (one, words, _), (two, others, _) in itertools.combinations(self._words, 2):
            if one.grown(MARGIN / 2).meets(two):
                raise DrawingError(f"{words!r} lies on {others!r}")
        for net, segment in self._segments():
            for body in self._bodies:
                if strip(segment).grown(-0.5).meets(body):
                    raise DrawingError(f"{net.name}, {segment}, goes through a part at {body}")


def _text(at: Point, words: str, anchor: str, bold: bool, size: float, colour: str) -> str:
    return (
        f'<text x="{at[0]:g}" y="{at[1]:g}" font-size="{size:g}" fill="{colour}"'
        + (f' text-anchor="{anchor}"' if anchor != "start" else "")
        + (' font-weight="bold"' if bold else "")
        + f">{escape(words)}</text>"
    )

"""The Raspberry Pi's header, as far as a drawing needs it, with its pins where they are."""

from __future__ import annotations

from benchmarks.wiring.geometry import Area, Point
from benchmarks.wiring.paper import TEXT_SIZE, Net, Paper
from benchmarks.wiring.pins import HEADER

PITCH = 26.0
ODD_X, EVEN_X = 136.0, 162.0
EDGE_X = 178.0
"""The Pi's edge, from which wires go on to the right."""
TOP_Y = 62.0

_BOARD, _EDGE = "#e9f6ec", "#2b8a3e"


class Header:
    """Pins ``first`` to ``last`` of the 40, two in a row, the odd ones at the left."""

    def __init__(self, paper: Paper, first: int, last: int, used: dict[int, Net]) -> None:
        """``used`` says what is on the pins that are used. ``first`` is odd, ``last`` even."""
        self._paper = paper
        self._first = first
        rows = (last - first + 1) // 2
        self.bottom = TOP_Y + PITCH * rows + 22
        self._draw_board(torn_above=first > 1, torn_below=last < 40)
        strip = Area(ODD_X - 13, self._y(first) - 13, EVEN_X + 13, self._y(last) + 13)
        paper.ground(
            f'<rect x="{strip.left:g}" y="{strip.top:g}" width="{strip.right - strip.left:g}" '
            f'height="{strip.bottom - strip.top:g}" rx="3" fill="#343a40"/>',
            strip,
        )
        for number in range(first, last + 1):
            self._draw_pin(number, used.get(number))

    def _y(self, number: int) -> float:
        return TOP_Y + 24 + PITCH * ((number - self._first) // 2)

    def lead(self, number: int) -> list[Point]:
        """How a wire begins that goes from a pin to the right: an odd one's goes between two even
        ones."""
        if number % 2:
            return [(ODD_X, self._y(number)), (ODD_X, self._y(number) + PITCH / 2)]
        return [(EVEN_X, self._y(number))]

    def wire(self, net: Net, number: int, *points: Point) -> None:
        """A wire from a pin to the right as far as the first point's x, then to each point."""
        lead = self.lead(number)
        turn = (points[0][0], lead[-1][1])
        self._paper.wire(net, *lead, turn, *(point for point in points if point != turn))

    def _draw_pin(self, number: int, net: Net | None) -> None:
        x, y = ODD_X if number % 2 else EVEN_X, self._y(number)
        fill, text = (net.colour, "#fff") if net else ("#dee2e6", "#495057")
        self._paper.ink(
            f'<circle cx="{x:g}" cy="{y:g}" r="10.5" fill="{fill}"/>'
            f'<text x="{x:g}" y="{y + 4.5:g}" text-anchor="middle" font-size="{TEXT_SIZE:g}" '
            f'font-weight="{"bold" if net else "normal"}" fill="{text}">{number}</text>'
        )
        if net is None:
            return
        self._paper.part("pin", **{f"{number}": (net, (x, y))})
        if number % 2:
            at = (ODD_X - 19, y + 4.5)
            self._paper.text(at, HEADER[number], anchor="end", bold=True, colour=net.colour)

    def _draw_board(self, torn_above: bool, torn_below: bool) -> None:
        """The Pi's end, or a piece of it, torn where it goes on."""
        left, right = 12.0, EDGE_X
        teeth = 8
        step = (right - left) / teeth
        top = "".join(f"l{step / 2:g} -5l{step / 2:g} 5" for _ in range(teeth))
        bottom = "".join(f"l{-step / 2:g} 5l{-step / 2:g} -5" for _ in range(teeth))
        self._paper.ground(
            f'<path d="M{left:g} {TOP_Y:g}'
            + (top if torn_above else f"H{right:g}")
            + f"V{self.bottom:g}"
            + (bottom if torn_below else f"H{left:g}")
            + f'Z" fill="{_BOARD}" stroke="{_EDGE}" stroke-width="1.5"/>'
        )
        self._paper.text((19, self._y(self._first) + 4.5), "Raspberry Pi", bold=True)
        for number, line in enumerate(("seen from", "above, its", "USB ports", "below"), 1):
            self._paper.text((19, self._y(self._first) + 4.5 + 17 * number), line)

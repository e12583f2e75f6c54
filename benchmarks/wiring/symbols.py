"""The symbols of IEC 60617 that a door needs; each has two ends, 20 px from its middle."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.wiring.geometry import Area, Point
from benchmarks.wiring.paper import INK, Net, Paper

REACH = 20.0
TURNS = {0: (1, 0), 90: (0, 1), 180: (-1, 0), 270: (0, -1)}
"""Where a symbol's second end is, by how far it is turned, in degrees."""

_LINE = f'fill="none" stroke="{INK}" stroke-width="2" stroke-linecap="round"'
_PAPER = f'fill="#fff" stroke="{INK}" stroke-width="2"'

_LEADS = f'<path d="M-20 0H-{{0}}M{{0}} 0H20" {_LINE}/>'
_RESISTOR = _LEADS.format(13) + f'<rect x="-13" y="-5.5" width="26" height="11" {_PAPER}/>'
_TRIANGLE = (
    _LEADS.format(8)
    + f'<path d="M-8 -8L8 0L-8 8Z" fill="{INK}" stroke="{INK}"/>'
    + f'<path d="M8 -9V9" {_LINE}/>'
)
_RAYS = "".join(
    f'<path d="M{x} -11l6 -8m-5 1.5l5 -1.5l.2 5" {_LINE} style="stroke-width:1.5"/>'
    for x in (-5, 4)
)
_OPEN = _LEADS.format(12) + f'<path d="M-12 0L10 -10" {_LINE}/>'
_CLOSED = _LEADS.format(12) + f'<path d="M-12 0L14 -3M12 0V-7" {_LINE}/>'
_ENDS = "".join(f'<circle cx="{x}" cy="0" r="3" {_PAPER}/>' for x in (-12, 12))


@dataclass(frozen=True, slots=True)
class Symbol:
    """What is drawn, how far it reaches to the sides, and what its two ends are called."""

    svg: str
    above_px: float
    below_px: float
    first: str = "a"
    second: str = "b"


SYMBOLS = {
    "resistor": Symbol(_RESISTOR, 7, 7),
    "varistor": Symbol(_RESISTOR + f'<path d="M-18 11H-12L12 -11" {_LINE}/>', 12, 12),
    "diode": Symbol(_TRIANGLE, 9, 9, "anode", "cathode"),
    "led": Symbol(_TRIANGLE + _RAYS, 20, 9, "anode", "cathode"),
    "contact": Symbol(_OPEN + _ENDS, 12, 4),
    "button": Symbol(
        _OPEN + f'<path d="M-1 -5V-17M-7 -17H5" {_LINE}/>' + _ENDS,
        *(19, 4),
    ),
    "breaking button": Symbol(
        _CLOSED + f'<path d="M-1 -2V-17M-7 -17H5" {_LINE}/>' + _ENDS,
        *(19, 4),
    ),
    "coil": Symbol(
        _LEADS.format(16) + f'<rect x="-16" y="-8" width="32" height="16" {_PAPER}/>'
        f'<path d="M-8 8L8 -8" {_LINE}/>',
        *(9, 9),
    ),
    "motor": Symbol(
        f'<circle r="20" {_PAPER}/><text y="7" text-anchor="middle" font-size="20" '
        f'font-weight="bold" fill="{INK}">M</text>',
        *(21, 21),
    ),
    "buzzer": Symbol(
        _LEADS.format(12) + f'<path d="M-12 5V0A12 12 0 0 1 12 0V5Z" {_PAPER}/>',
        *(13, 6, "plus", "minus"),
    ),
}


def symbol(
    paper: Paper, kind: str, middle: Point, first: Net, second: Net, turned: int = 0
) -> tuple[Point, Point]:
    """Draw a symbol between two nets; where its ends are, the first one's first.

    ``turned`` clockwise by so many degrees; else the first end is at the left.
    """
    x, y = middle
    to_x, to_y = TURNS[turned]
    ends = (x - REACH * to_x, y - REACH * to_y), (x + REACH * to_x, y + REACH * to_y)
    shape = SYMBOLS[kind]
    long, above, below = REACH - 2, shape.above_px, shape.below_px
    sides = {
        0: (long, above, long, below),
        90: (below, long, above, long),
        180: (long, below, long, above),
        270: (above, long, below, long),
    }
    left, up, right, down = sides[turned]
    paper.ink(
        f'<g transform="translate({x:g} {y:g}) rotate({turned})">{shape.svg}</g>',
        Area(x - left, y - up, x + right, y + down),
    )
    paper.part(kind, **{shape.first: (first, ends[0]), shape.second: (second, ends[1])})
    return ends


def terminal(paper: Paper, at: Point) -> None:
    """A screw that a wire goes to."""
    x, y = at
    paper.ink(
        f'<rect x="{x - 6:g}" y="{y - 6:g}" width="12" height="12" rx="2" fill="#fff" '
        f'stroke="{INK}" stroke-width="1.5"/><path d="M{x - 3:g} {y + 3:g}l6 -6" {_LINE}/>'
    )


def ways(paper: Paper, pivot: Point, rests_left: bool, reach_px: float, base_y: float) -> None:
    """The contacts of a relay without a current: the arm at ``pivot``, a contact at each side above
    it, and leads from those down to ``base_y``, ``reach_px`` from the middle."""
    x, y = pivot
    top = y - 34
    for side in (-1, 1):
        paper.ink(
            f'<path d="M{x + 22 * side:g} {top:g}H{x + reach_px * side:g}V{base_y:g}" {_LINE}/>'
            f'<circle cx="{x + 22 * side:g}" cy="{top:g}" r="3.5" {_PAPER}/>'
        )
    side = -1 if rests_left else 1
    paper.ink(
        f'<path d="M{x:g} {base_y:g}V{y:g}L{x + 19 * side:g} {top + 1:g}" {_LINE}/>'
        f'<path d="M{x + 10 * side:g} {y - 18:g}V{top - 18:g}" {_LINE} stroke-dasharray="3 4"/>'
        f'<circle cx="{x:g}" cy="{y:g}" r="3.5" {_PAPER}/>'
        f'<rect x="{x - 20:g}" y="{top - 36:g}" width="40" height="18" {_PAPER}/>'
        f'<path d="M{x - 9:g} {top - 18:g}l18 -18" {_LINE}/>',
        Area(x - 24, top - 38, x + 24, y + 2),
    )

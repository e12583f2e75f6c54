"""Whether all that is written in a chart can be read: by matplotlib's own extents of its texts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Text


def illegible(figure: Figure) -> list[str]:
    """Texts that lie over each other, by twos, and texts that the figure cuts off."""
    figure.set_dpi(40)
    figure.draw_without_rendering()
    boxes = [(text.get_text(), text.get_window_extent()) for text in _written(figure)]
    wide, high = figure.bbox.width, figure.bbox.height
    found = [
        f"cut off: {text}"
        for text, box in boxes
        if box.x0 < -2 or box.y0 < -2 or box.x1 > wide + 2 or box.y1 > high + 2
    ]
    return found + [
        f"{text} / {other}"
        for (text, box), (other, theirs) in combinations(boxes, 2)
        if box.overlaps(theirs)
    ]


def _written(figure: Figure) -> Iterator[Text]:
    ticks = {
        label: False
        for axes in figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks())
        for label in (tick.label1, tick.label2)
    }
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            ticks |= dict.fromkeys(_shown(axis), True)
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        if text.get_visible() and text.get_text().strip() and ticks.get(text, True):
            yield text


def _shown(axis: Axis) -> Iterator[Text]:
    """The labels of ticks within the axis's limits; others exist, and are not drawn."""
    low, high = sorted(axis.get_view_interval())
    for tick in axis.get_major_ticks():
        if low <= tick.get_loc() <= high and tick.label1.get_visible():
            yield tick.label1

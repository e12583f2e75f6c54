"""When the view is searched for faces, and where.

A search costs as much as everything else that a frame takes, so nobody pays for one at every frame:
while something moves and no face is followed, there are five a second, the first of them at once.
Every other one looks at what moves alone, which costs half as much and sees smaller faces, since
what moves fills more of the network's input than it would of the whole frame; those in between look
at everything, for somebody who hardly moves, or is so near that only a part of the face does.

Pure; times are the frames' ``time_s``. What it finds: docs/detection.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from facedoor.frames import Box

SEARCH_EVERY_S = 0.2
"""How often the view is searched while no face is followed."""

SEARCH_BESIDE_EVERY_S = 0.5
"""How often it is searched for further faces while one is followed."""

WIDEST_REGION = 0.8
"""Of the longer side of the frame: in a larger square the landmarks network would miss faces that
the search network finds in the whole frame."""

NARROWEST_REGION = 0.25
"""Of the longer side: what moves of a face may be its outline, or its mouth, alone."""

_WIDTHS, _HEIGHTS = 1.5, 1.2
"""The square's side in widths and heights of what moves. A head alone has to leave room about it,
or the network does not see it as one; somebody from head to foot is eight faces high, and would get
too small."""

_EARLY_S = 0.02
"""A search that is due so soon is done now: frames do not come to the millisecond."""


@dataclass(frozen=True, slots=True)
class Search:
    """One search: of the whole frame, or of the square about ``centre``, in pixels of lores."""

    centre: tuple[float, float] = (0.0, 0.0)
    side_px: float = math.inf

    @property
    def is_whole(self) -> bool:
        return math.isinf(self.side_px)


WHOLE = Search()


class SearchPlan:
    """Says of each frame whether it is searched. Belongs to one thread."""

    def __init__(self) -> None:
        self._searched_s = -math.inf
        self._was_whole = True

    def next(
        self,
        time_s: float,
        moving: Box | None,
        size_px: tuple[int, int],
        *,
        is_following: bool,
    ) -> Search | None:
        """The search that a frame at ``time_s`` is due, if it is.

        ``moving`` is around all that moves, in pixels of a frame of ``size_px``, width and height.
        """
        every_s = SEARCH_BESIDE_EVERY_S if is_following else SEARCH_EVERY_S
        if time_s - self._searched_s < every_s - _EARLY_S:
            return None
        self._searched_s = time_s
        search = WHOLE
        if self._was_whole and not is_following and moving is not None:
            search = _about(moving, size_px)
        self._was_whole = search.is_whole
        return search


def _about(moving: Box, size_px: tuple[int, int]) -> Search:
    longest = max(size_px)
    side_px = max(
        _WIDTHS * moving.width_px, _HEIGHTS * moving.height_px, NARROWEST_REGION * longest
    )
    return WHOLE if side_px > WIDEST_REGION * longest else Search(moving.centre, side_px)

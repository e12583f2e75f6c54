"""The best view of a visit: what is told of it, and what a picture of it shows."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass

from facedoor.frames import Box, Image
from facedoor.views import View
from facedoor.visit.portrait import Portrait, cut_out

_JUDGED_ABOVE = 1e6
"""In sharp pixels: more than any view has."""


@dataclass(slots=True)
class BestView:
    """The best so far of the views that it :meth:`see` gets; ``None`` before the first."""

    view: View | None = None
    is_judged: bool = False
    """Whether it passed the quality gate."""
    portrait: Portrait | None = None
    """What it shows, where pictures are kept."""
    handed_over: Portrait | None = None
    """The last one that was taken by whoever keeps pictures."""

    def see(self, view: View | None, *, is_judged: bool) -> bool:
        """One more ``view`` of the face: whether it is the best so far.

        Any that passed the gate is better than those that did not; among them large, sharp and
        straight ones are.
        """
        if view is None or not all(map(math.isfinite, astuple(view))):
            return False
        if self.view is not None and (self.is_judged, _worth(self.view)) >= (
            is_judged,
            _worth(view),
        ):
            return False
        self.view, self.is_judged = view, is_judged
        return True

    def take_portrait(self) -> Portrait | None:
        """The portrait, unless it was taken before."""
        if self.portrait is self.handed_over:
            return None
        self.handed_over = self.portrait
        return self.portrait

    def portray(self, image: Image, box: Box) -> None:
        """Keep what the best view shows: the face in ``box`` of an RGB ``image``."""
        if self.view is not None:
            score = _worth(self.view) + self.is_judged * _JUDGED_ABOVE
            self.portrait = Portrait(cut_out(image, box), score)


def _worth(view: View) -> float:
    """How much of the face is to be made out, in sharp pixels of its width."""
    return view.face_px * view.sharpness * math.cos(math.radians(view.yaw_deg))

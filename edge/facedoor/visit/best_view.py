"""The best view of a visit: what is told of it, and what a picture of it shows."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass

from facedoor.views import View


@dataclass(slots=True)
class BestView:
    """The best so far of the views that it :meth:`see` gets; ``None`` before the first."""

    view: View | None = None
    is_judged: bool = False
    """Whether it passed the quality gate."""

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


def _worth(view: View) -> float:
    """How much of the face is to be made out, in sharp pixels of its width."""
    return view.face_px * view.sharpness * math.cos(math.radians(view.yaw_deg))

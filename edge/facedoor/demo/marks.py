"""How a face is marked, in the live view and in the picture: the same colour and the same words."""

from __future__ import annotations

from facedoor.visit.frame_path import FaceView

GRANTED = (38, 162, 105)
REFUSED = (200, 50, 47)
UNDECIDED = (229, 165, 10)


def colour(view: FaceView) -> tuple[int, int, int]:
    """RGB: green for a granted visitor, red for a refused one, amber before the decision."""
    if view.decision is None:
        return UNDECIDED
    return GRANTED if view.decision.granted else REFUSED


def caption(view: FaceView) -> str:
    """Who it is, or what the visitor should do, or that the door is still looking."""
    if view.decision is not None:
        return view.decision.person or view.decision.reason.guidance
    return view.refusal.guidance if view.refusal else "looking ..."

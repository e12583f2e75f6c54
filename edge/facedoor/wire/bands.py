"""How near a face came, as listeners are told: one of three bands, and never a number.

A distance is a measurement of the template. Who hears it to four decimals, of a few hundred faces
that they know, can work the template out and make a face of it: tests/template_attack.py does. A
band that strangers hardly ever leave tells nobody more than the answer itself. The numbers stand in
the journal on the disk and its export, and an admin's command reads them.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping
from typing import Any

from facedoor.reasons import Reason

NEAR = 1.1
"""Up to so many times the limit is near: with the default pack and risk one comparison of 10,000
strangers."""


_JUDGED = frozenset({Reason.RECOGNISED, Reason.AMBIGUOUS, Reason.UNKNOWN})


class Band(enum.StrEnum):
    """How far a face is from the nearest person, beside the limit for one person."""

    WITHIN = "within"
    NEAR = "near"
    FAR = "far"


RATIOS: Mapping[Band, float | None] = {Band.WITHIN: 1.0, Band.NEAR: NEAR, Band.FAR: None}
"""Distance divided by limit: at most so much; ``None`` where nothing bounds it."""


def told(payload: Mapping[str, Any]) -> dict[str, Any]:
    """An entry's ``payload`` for whoever may only listen.

    Every key that speaks of a distance or threshold is taken out, also one that only a newer
    facedoor knows, and so is ``nearest``, since nobody said that it was them. In place of the
    distances come ``distance_band`` and ``distance_ratio``, which are null where no face was
    compared with anybody. Of the ``looks`` at somebody who was not recognised it is not told how
    many were near enough: they are all ``unknown``.
    """
    said: dict[str, Any] = {}
    is_nobody = payload.get("person") is None and payload.get("decision") != "granted"
    for key, value in payload.items():
        if key == "distance":
            band = _band(value, payload.get("threshold"))
            said |= {"distance_band": band, "distance_ratio": band and RATIOS[band]}
        elif key == "looks" and isinstance(value, Mapping) and is_nobody:
            said[key] = _without_nearness(value)
        elif key != "nearest" and "distance" not in key and "threshold" not in key:
            said[key] = value
    return said


def _without_nearness(looks: Mapping[str, Any]) -> dict[str, Any]:
    judged = [number for reason, number in looks.items() if reason in _JUDGED]
    others = {reason: number for reason, number in looks.items() if reason not in _JUDGED}
    return {Reason.UNKNOWN.value: sum(judged), **others} if judged else others


def _band(distance: object, threshold: object) -> Band | None:
    if not (isinstance(distance, int | float) and isinstance(threshold, int | float)):
        return None
    if not (math.isfinite(distance) and threshold > 0):
        return None
    if distance <= threshold:
        return Band.WITHIN
    return Band.NEAR if distance <= NEAR * threshold else Band.FAR

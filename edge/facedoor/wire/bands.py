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

NEAR = 1.1
"""Up to so many times the limit is near: with the default pack and risk one comparison of 10,000
strangers."""


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
    facedoor knows. In their place come ``distance_band`` and ``distance_ratio``, which are null
    where no face was compared with anybody.
    """
    said: dict[str, Any] = {}
    for key, value in payload.items():
        if key == "distance":
            band = _band(value, payload.get("threshold"))
            said |= {"distance_band": band, "distance_ratio": band and RATIOS[band]}
        elif "distance" not in key and "threshold" not in key:
            said[key] = value
    return said


def _band(distance: object, threshold: object) -> Band | None:
    if not (isinstance(distance, int | float) and isinstance(threshold, int | float)):
        return None
    if not (math.isfinite(distance) and threshold > 0):
        return None
    if distance <= threshold:
        return Band.WITHIN
    return Band.NEAR if distance <= NEAR * threshold else Band.FAR

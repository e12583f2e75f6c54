"""Whom a door's risk shuts out, as its pack says: the table of docs/calibration.md.

``python -m benchmarks.refusals`` takes a second and no photos: all of it is in the pack's manifest.
"""

from __future__ import annotations

import sys

from benchmarks import PACK
from facedoor.config.options import RecognitionConfig
from facedoor.errors import ConfigError, FacedoorError
from facedoor.identity.refusals import percent, rate
from facedoor.identity.risk import Risk
from facedoor.printable import counted
from facedoor.vision import pack
from facedoor.vision.calibration import Refusals

PEOPLE = (1, 2, 5, 7, 10, 20, 40, 50, 100, 200)
RISKS = (1e-5, 1e-4)


def main() -> int:
    try:
        manifest = pack.load(PACK).manifest
    except FacedoorError as error:
        print(f"refusals: {error}", file=sys.stderr)
        return error.exit_code
    told = _told(manifest)
    if not told:
        print(f"refusals: the pack in {PACK} does not say what is refused: build it anew")
        return 1
    for measured in told:
        looks = f"{measured.comparisons:,} looks of {measured.people:,} people"
        print(f"{counted(measured.photos, 'photo')}: {looks}")
    photos = [measured.photos for measured in told]
    print(f"\n{'enrolled':>8}" + "".join(f"{rate(at):>8} x{n}" for at in RISKS for n in photos))
    for people in PEOPLE:
        shares = [_share(manifest, at, people, n) for at in RISKS for n in photos]
        print(f"{people:>8}" + "".join(f"{share:>10}" for share in shares))
    return 0


def _told(manifest: pack.Manifest) -> tuple[Refusals, ...]:
    """By the distance that a door goes by as it comes."""
    if manifest.calibration is None:
        return ()
    return (manifest.calibration.corrected or manifest.calibration.plain).refusals


def _share(manifest: pack.Manifest, at: float, people: int, photos: int) -> str:
    try:
        risk = Risk(manifest, RecognitionConfig(false_match_rate=at))
        share = risk.expected_refusals(people, photos)
    except ConfigError:
        return "no table"
    return "" if share is None else percent(share)


if __name__ == "__main__":
    sys.exit(main())

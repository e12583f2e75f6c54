"""Whom a door's risk shuts out: the table of docs/calibration.md.

``python -m benchmarks.refusals`` takes a second and no photos: all of it is in the pack's manifest.
``FACEDOOR_LFW=DIR python -m benchmarks.refusals FILE`` measures it anew for a calibration in FILE,
which was measured on the people of LFW's pairs, and leaves thresholds and cohort as they are there.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks import PACK, lfw
from facedoor.config.options import RecognitionConfig
from facedoor.errors import ConfigError, FacedoorError, UsageError
from facedoor.identity.refusals import percent, rate
from facedoor.identity.risk import Risk
from facedoor.printable import counted
from facedoor.vision import pack
from facedoor.vision.calibration import Refusals
from facedoor_convert.calibration import calibrate
from facedoor_convert.evaluation import embeddings
from facedoor_convert.progress import Progress

PEOPLE = (1, 2, 5, 7, 10, 20, 40, 50, 100, 200)
RISKS = (1e-5, 1e-4)
_READ, _MEASURE = "reading photos", "measuring"


def main() -> int:
    try:
        models = pack.load(PACK)
        if files := sys.argv[1:]:
            return _measure_anew(models, Path(files[0]))
    except FacedoorError as error:
        print(f"refusals: {error}", file=sys.stderr)
        return error.exit_code
    return _show(models.manifest)


def _measure_anew(models: pack.Pack, file: Path) -> int:
    calibration = pack.parse_calibration(file.read_text(encoding="utf-8"), file)
    if calibration.embedder_sha256 != models.manifest.embedder.sha256:
        raise UsageError(f"{file} is about another embedder than that of {PACK}")
    paths = calibrate.Subjects.of(*lfw.places()).paths
    with Progress({_READ: 0.0, _MEASURE: 100.0}, sys.stderr) as progress:
        with progress.step(_READ) as report:
            found = embeddings.embed(paths, models, report)
        with progress.step(_MEASURE):
            known = {photo: given.embedding for photo, given in found.items()}
            calibrate.write(calibrate.with_refusals(calibration, known), file)
    return 0


def _show(manifest: pack.Manifest) -> int:
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

"""How well the door tells people apart, on Labeled Faces in the Wild.

``FACEDOOR_LFW=DIR python -m benchmarks.lfw``, with ``DIR/lfw/PERSON/PERSON_0001.jpg`` and so on and
the set's ``DIR/pairs.txt`` (or ``FACEDOOR_LFW_PAIRS=FILE``). Photos are searched, cut and embedded
by the product's own code. Two views of the same embeddings:

* **the protocol**: ten folds of 600 pairs, to be compared with what others report. There is no
  quality gate, and where no face is found, no pair of the photo is accepted. The face nearest to
  the middle counts: LFW's photos are cut about the person they name, and a larger face beside is
  somebody else's. What the largest face would give stands in the table too.
* **strangers**: one photo of each person against every other's, millions of comparisons. Only these
  tell which distance stands for a false match rate of 1e-5.

Writes ``build/lfw.json``, ``lfw.png`` and ``lfw_missed.png``. Embeddings are kept, so that the next
run with the same pack and code takes seconds.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks import BUILD, PACK, SEED_THRESHOLD, charts
from benchmarks.album import Album, Photo
from benchmarks.lfw_pairs import Pair, locate, read_pairs
from benchmarks.lfw_protocol import carried_over, everybody, measured, protocol, without_missed
from benchmarks.rates import Pairs, pooled
from facedoor.camera.pictures import read_picture
from facedoor.errors import FacedoorError, UsageError
from facedoor.vision import pack
from facedoor_convert.progress import Progress

THRESHOLDS = (SEED_THRESHOLD, 0.755, 0.9, 1.0, 1.1)
STRANGER_RATES = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)

CAVEAT = (
    "Many people of LFW are probably in the network's training set, so these figures flatter; its "
    "photos lie years and poses apart, so frontal photos of one day separate better than these."
)
_READ, _COMPARE = "reading photos", "comparing all with all"


def main() -> int:
    try:
        directory, pairs_file = _places()
        _measure(directory, pairs_file)
    except FacedoorError as error:
        print(f"lfw: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("\nlfw: interrupted; run it again to go on from here", file=sys.stderr)
        return 130
    return 0


def _places() -> tuple[Path, Path]:
    """The folder of the photos, and the pairs file."""
    directory = os.environ.get("FACEDOOR_LFW")
    if not directory:
        raise UsageError(
            "set FACEDOOR_LFW to the folder that holds LFW's photos (as lfw/PERSON/PERSON_0001.jpg "
            "or PERSON/PERSON_0001.jpg) and its pairs.txt, or FACEDOOR_LFW_PAIRS to that file"
        )
    pairs = os.environ.get("FACEDOOR_LFW_PAIRS")
    return Path(directory), Path(pairs) if pairs else Path(directory) / "pairs.txt"


def _measure(directory: Path, pairs_file: Path) -> None:
    pairs = read_pairs(pairs_file)
    paths = locate(sorted({name for fold in pairs for p in fold for name in p.photos}), directory)
    models = pack.load(PACK)
    album = Album.open(BUILD / "lfw_embeddings.npz", models)
    with closing(Progress({_READ: 0.0, _COMPARE: 0.0}, sys.stderr)) as progress:
        with progress.step(_READ) as report:
            album.add(paths, models, report)
        photos = {name: album.photos[name] for name in paths}
        with progress.step(_COMPARE):
            compared = everybody({name: photo.central for name, photo in photos.items()})
    missed = [name for name, photo in photos.items() if photo.central is None]
    result = {
        "embedder_sha256": models.manifest.embedder.sha256,
        "caveat": CAVEAT,
        "photos": _about_photos(photos, missed),
        "protocol": _about_folds(pairs, photos),
        "strangers": _about_strangers(compared),
    }
    (BUILD / "lfw.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    _draw(compared, models.manifest.threshold)
    seen = {Path(name).stem: read_picture(paths[name]) for name in missed}
    charts.save(charts.contact_sheet(seen), BUILD / "lfw_missed.png")
    _print(result)


def _about_photos(photos: Mapping[str, Photo], missed: list[str]) -> dict[str, Any]:
    found = [photo for photo in photos.values() if photo.central is not None]
    refused = Counter(photo.refusal.value for photo in found if photo.refusal)
    return {
        "photos": len(photos),
        "missed": len(missed),
        "missed_share": len(missed) / len(photos),
        "missed_photos": missed,
        "larger_face_beside": sum(photo.larger is not None for photo in found),
        "quality_gate_would_refuse": dict(refused.most_common()),
        "quality_gate_share": refused.total() / len(photos),
    }


def _about_folds(pairs: list[list[Pair]], photos: Mapping[str, Photo]) -> dict[str, Any]:
    central = {name: photo.central for name, photo in photos.items()}
    largest = {
        name: photo.central if photo.larger is None else photo.larger
        for name, photo in photos.items()
    }
    folds = [measured(fold, central) for fold in pairs]
    half = len(folds) // 2
    return {
        "all folds": protocol(folds),
        f"folds 1 to {half}": protocol(folds[:half]),
        f"folds {half + 1} to {len(folds)}": protocol(folds[half:]),
        "both faces found": protocol([without_missed(fold) for fold in folds]),
        "largest face instead": protocol([measured(fold, largest) for fold in pairs]),
        "tuned on the first half": carried_over(folds[:half], folds[half:]),
        "rates": [pooled(folds).rates_at(threshold) for threshold in THRESHOLDS],
    }


def _about_strangers(compared: Pairs) -> dict[str, Any]:
    return {
        "comparisons": len(compared.impostor),
        "genuine_pairs": len(compared.genuine),
        "at_fmr": [
            {"at_most": rate} | compared.rates_at(compared.threshold_at_fmr(rate))
            for rate in STRANGER_RATES
        ],
        "rates": [compared.rates_at(threshold) for threshold in THRESHOLDS],
    }


def _draw(compared: Pairs, threshold: float) -> None:
    marks = {"original threshold": SEED_THRESHOLD, "pack's threshold": threshold}
    figure, (left, right) = charts.sheet(10, 4.4, rows=1, columns=2)
    kinds = (
        f"one person ({len(compared.genuine):,})",
        f"two people ({len(compared.impostor):,})",
    )
    charts.histogram(left, "LFW: distances", compared, marks, kinds)
    charts.error_curve(right, "LFW: what a threshold costs", compared.curve(), marks)
    charts.save(figure, BUILD / "lfw.png")


def _print(result: Mapping[str, Any]) -> None:
    photos, folds, strangers = result["photos"], result["protocol"], result["strangers"]
    print(
        f"LFW, {photos['photos']:,} photos: {photos['missed']} without an accepted face "
        f"({photos['missed_share']:.3%}): {', '.join(photos['missed_photos']) or 'none'}\n"
        f"{photos['larger_face_beside']} with a larger face beside the one in the middle; "
        f"the quality gate would refuse {photos['quality_gate_share']:.1%}: "
        + ", ".join(f"{n} {reason}" for reason, n in photos["quality_gate_would_refuse"].items())
    )
    print(f"\n{'protocol':<26}{'accuracy':>17}{'EER':>9}{'TAR at 1e-2':>14}{'at 1e-3':>10}")
    for name, row in folds.items():
        if "eer" in row:
            print(
                f"{name:<26}{row['accuracy']:>9.2%} ± {row['accuracy_sd']:.2%}{row['eer']:>9.2%}"
                f"{row['tar_at_fmr_1e-2']:>14.2%}{row['tar_at_fmr_1e-3']:>10.2%}"
            )
    tuned = folds["tuned on the first half"]
    print(
        f"second half at the best distance of the first, {tuned['threshold']:.3f}: "
        f"{tuned['accuracy']:.2%}"
    )
    print(f"\n{'distance':<10}{'pairs: FMR':>12}{'FNMR':>9}{'all with all: FMR':>22}{'FNMR':>9}")
    for row, wide in zip(folds["rates"], strangers["rates"], strict=True):
        print(
            f"{row['threshold']:<10g}{row['fmr']:>12.3%}{row['fnmr']:>9.2%}"
            f"{wide['fmr']:>22.1e}{wide['fnmr']:>9.2%}"
        )
    print(
        f"\n{strangers['comparisons']:,} comparisons of two people, "
        f"{strangers['genuine_pairs']:,} of one"
    )
    for row in strangers["at_fmr"]:
        print(f"FMR {row['at_most']:.0e} at {row['threshold']:.3f}: FNMR {row['fnmr']:.1%}")
    print(f"\n{result['caveat']}")


if __name__ == "__main__":
    sys.exit(main())

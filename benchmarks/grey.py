"""What it costs that one picture of two has no colour, as that of an infrared camera at night.

``FACEDOOR_LFW=DIR python -m benchmarks.grey``, see :mod:`benchmarks.lfw`: the photos of folds 6 to
10, of each person :data:`MOST` at most, as they are and as greys, are read by the door's own code
and compared all against all, by the distances that the door goes by. Some ten minutes the first
time; then the embeddings are in the user's cache. Figures go to ``build/grey.json``.

A grey photo is no infrared one: skin, eyes and cloth reflect infrared light otherwise than they
reflect what people see. So this is the least that a night costs.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from benchmarks import BUILD, PACK, lfw
from facedoor.camera.pictures import read_picture
from facedoor.config.options import RecognitionConfig
from facedoor.errors import FacedoorError
from facedoor.frames import Image, Vector
from facedoor.identity.risk import Risk
from facedoor.identity.search import mean_direction
from facedoor.vision import pack
from facedoor_convert.calibration.joint import end_to_end
from facedoor_convert.evaluation import comparisons, embeddings, pairs
from facedoor_convert.evaluation.bootstrap import PersonBootstrap
from facedoor_convert.evaluation.pairs import person_of
from facedoor_convert.evaluation.performance import Performance, measure
from facedoor_convert.progress import Progress

if TYPE_CHECKING:
    from facedoor_convert.evaluation.comparisons import Measure
    from facedoor_convert.evaluation.embeddings import EmbeddedPhoto

FOLDS = slice(5, 10)
"""6 to 10: nothing was tuned on them."""

MOST = 4
"""Photos of each person: whoever has hundreds shall not speak for everybody."""

RATE = 1e-5

KINDS = {
    "colour / colour": (False, False),
    "colour / grey": (False, True),
    "grey / grey": (True, True),
}
"""Of the enrolled picture and of the visitor's: whether it is grey."""

TWO = 2
ENROLLED = {
    "two in colour": (False, False),
    "one of each": (False, True),
    "two grey": (True, True),
}
"""Of each of the photos by which somebody is enrolled: whether it is grey."""

_COLOUR, _GREY, _COMPARE = "reading photos", "reading them in grey", "comparing"


def main() -> int:
    try:
        with Progress({_COLOUR: 200.0, _GREY: 200.0, _COMPARE: 60.0}, sys.stderr) as progress:
            figures = _measured(progress)
    except FacedoorError as error:
        print(f"grey: {error}", file=sys.stderr)
        return error.exit_code
    (BUILD / "grey.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    _print(figures)
    return 0


def _measured(progress: Progress) -> dict[str, Any]:
    models = pack.load(PACK)
    paths = _photos()
    with progress.step(_COLOUR) as report:
        colour = embeddings.embed(paths, models, report)
    with progress.step(_GREY) as report, tempfile.TemporaryDirectory(prefix="facedoor-grey-") as at:
        grey = embeddings.embed(_in_grey(paths, Path(at)), models, report)
    both = joined(colour, grey)
    *_, (_, base) = lfw.kinds(lfw.calibration_of(models.manifest)).values()
    threshold = Risk(models.manifest, RecognitionConfig()).limit(1).threshold
    with progress.step(_COMPARE):
        rows = {kind: _compared(both, between(base, *of), threshold) for kind, of in KINDS.items()}
        by_two = {
            f"{kind}, a {'grey' if is_grey else 'colour'} look": row
            for is_grey in (False, True)
            for kind, row in enrolled_by_two(both, base, threshold, is_grey=is_grey).items()
        }
    return {
        "photos": len(paths),
        "people": len({person_of(photo) for photo in paths}),
        "threshold": round(threshold, 3),
        "refused": {"colour": _refused(colour), "grey": _refused(grey)},
        "rows": rows,
        "enrolled_by_two": by_two,
    }


def _photos() -> dict[str, Path]:
    """The photos that are compared, by name."""
    images, pairs_file = lfw.places()
    folds = pairs.read_pairs(pairs_file)[FOLDS]
    named = {name for fold in folds for pair in fold for name in (pair.first, pair.second)}
    own: defaultdict[str, list[str]] = defaultdict(list)
    for name in sorted(named):
        own[person_of(name)].append(name)
    return {name: images / name for names in own.values() for name in names[:MOST]}


def _in_grey(paths: Mapping[str, Path], folder: Path) -> dict[str, Path]:
    """Copies without colour, and without loss, in ``folder``."""
    copies = {name: folder / f"{number}.png" for number, name in enumerate(paths)}
    for name, copy in copies.items():
        cv2.imwrite(str(copy), as_grey(read_picture(paths[name])), [cv2.IMWRITE_PNG_COMPRESSION, 1])
    return copies


def as_grey(image: Image) -> Image:
    """An RGB image as a camera would deliver it that tells no colours: still three channels."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return np.repeat(grey[..., np.newaxis], 3, axis=2).astype(np.uint8)


def joined(
    colour: Mapping[str, EmbeddedPhoto], grey: Mapping[str, EmbeddedPhoto]
) -> dict[str, Vector | None]:
    """Both embeddings of each photo one after the other, float32 (2 D,)."""
    return {
        name: end_to_end(photo.embedding, grey[name].embedding) for name, photo in colour.items()
    }


def enrolled_by_two(
    vectors: Mapping[str, Vector | None], base: Measure, threshold: float, *, is_grey: bool
) -> dict[str, dict[str, float]]:
    """What becomes of a look, which ``is_grey`` or not, at a person who is enrolled by two photos,
    as the door compares: by their mean. ``vectors`` as :func:`joined` gives them."""
    own = {name: np.stack(each) for name, each in comparisons.vectors_by_person(vectors).items()}
    places = [place for place, each in enumerate(own.values()) if len(each) > TWO]
    people = [each for each in own.values() if len(each) > TWO]
    strangers = _half(np.stack([each[0] for each in own.values()]), is_grey)
    looks = [_half(each[TWO:], is_grey) for each in people]
    found = {}
    for kind, greys in ENROLLED.items():
        means = np.stack(
            [
                mean_direction(np.concatenate([_half(each[[n]], g) for n, g in enumerate(greys)]))
                for each in people
            ]
        )
        apart = base(means, strangers)
        apart[np.arange(len(places)), places] = np.inf
        genuine = np.concatenate(
            [base(mean[np.newaxis], own)[0] for mean, own in zip(means, looks, strict=True)]
        )
        found[kind] = {
            "people": len(people),
            "looks": len(genuine),
            "fnmr": round(float(np.mean(genuine > threshold)), 4),
            "strangers": apart.size - len(places),
            "taken_for_somebody": int(np.count_nonzero(apart <= threshold)),
        }
    return found


def between(base: Measure, first_is_grey: bool, second_is_grey: bool) -> Measure:
    """``base`` between the one embedding of the first photo and the other of the second."""

    def measured(first: Vector, second: Vector) -> Vector:
        return base(_half(first, first_is_grey), _half(second, second_is_grey))

    return measured


def _half(vectors: Vector, is_grey: bool) -> Vector:
    return np.ascontiguousarray(np.split(vectors, 2, axis=1)[is_grey])


def _compared(
    vectors: Mapping[str, Vector | None], of: Measure, threshold: float
) -> dict[str, Any]:
    found = comparisons.all_against_all(vectors, of)
    return _told(measure(found, PersonBootstrap(found), [threshold]))


def _told(found: Performance) -> dict[str, Any]:
    point, (risk,) = found.points[RATE], found.risks
    return {
        "genuine_pairs": found.genuine_pairs,
        "impostor_pairs": found.impostor_pairs,
        "tar_at_1e-5": None if point is None else point.tar.as_json(),
        "threshold_at_1e-5": None if point is None else round(point.threshold.value, 3),
        "fnmr": risk.fnmr.as_json(),
        "fmr": risk.fmr.as_json(),
    }


def _refused(photos: Mapping[str, EmbeddedPhoto]) -> dict[str, int]:
    """Of how many photos the door would say why it does not judge them."""
    reasons = Counter(photo.refusal for photo in photos.values() if photo.refusal is not None)
    return {reason.value: count for reason, count in reasons.most_common()}


def _print(figures: Mapping[str, Any]) -> None:
    photos, people, threshold = (figures[key] for key in ("photos", "people", "threshold"))
    print(f"{photos:,} photos of {people:,} people; at {threshold}")
    for kind, of in figures["refused"].items():
        print(f"not judged in {kind}: {sum(of.values())} {of}")
    for kind, row in {**figures["rows"], **figures["enrolled_by_two"]}.items():
        print(f"{kind}: {row}")


if __name__ == "__main__":
    sys.exit(main())

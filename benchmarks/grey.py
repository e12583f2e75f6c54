"""What it costs that one picture of two has no colour, as that of an infrared camera at night.

``FACEDOOR_LFW=DIR python -m benchmarks.grey``, see :mod:`benchmarks.lfw`: the photos of folds 6 to
10, of each person :data:`MOST` at most, in each of :data:`LIGHTS`, are read by the door's own code
and compared all against all, by the distances that the door goes by. Some ten minutes the first
time; then the embeddings are in the user's cache. Figures go to ``build/grey.json``.

A photo without colour is no infrared one: skin, eyes and cloth reflect infrared light otherwise
than they reflect what people see. So this is the least that a night costs.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
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

LIGHTS = ("colour", "grey")
"""How each photo is shown."""
COLOUR, GREY = range(len(LIGHTS))
COUPLES = ((COLOUR, COLOUR), (COLOUR, GREY), (GREY, GREY))
"""How somebody is enrolled, and seen; or enrolled by two photos."""

TWO = 2
"""Photos by which somebody is enrolled, who is looked at in the others."""

_COMPARE = "comparing"


def main() -> int:
    try:
        steps = {**{_reading(light): 200.0 for light in LIGHTS}, _COMPARE: 60.0}
        with Progress(steps, sys.stderr) as progress:
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
    read: dict[str, dict[str, EmbeddedPhoto]] = {}
    for light in LIGHTS:
        with (
            progress.step(_reading(light)) as report,
            tempfile.TemporaryDirectory(prefix="facedoor-grey-") as folder,
        ):
            read[light] = embeddings.embed(_in(light, paths, Path(folder)), models, report)
    vectors = joined([read[light] for light in LIGHTS])
    *_, (_, base) = lfw.kinds(lfw.calibration_of(models.manifest)).values()
    threshold = Risk(models.manifest, RecognitionConfig()).limit(1).threshold
    with progress.step(_COMPARE):
        rows = {
            f"{LIGHTS[enrolled]} / {LIGHTS[seen]}": _compared(
                vectors, between(base, enrolled, seen), threshold
            )
            for enrolled, seen in COUPLES
        }
        by_two = {
            f"{LIGHTS[one]} and {LIGHTS[other]} / {light}": enrolled_by_two(
                vectors, base, threshold, (one, other), seen
            )
            for seen, light in enumerate(LIGHTS)
            for one, other in COUPLES
        }
    return {
        "photos": len(paths),
        "people": len({person_of(photo) for photo in paths}),
        "threshold": round(threshold, 3),
        "refused": {light: _refused(photos) for light, photos in read.items()},
        "rows": rows,
        "enrolled_by_two": by_two,
    }


def _reading(light: str) -> str:
    return f"reading photos in {light}"


def _photos() -> dict[str, Path]:
    """The photos that are compared, by name."""
    images, pairs_file = lfw.places()
    folds = pairs.read_pairs(pairs_file)[FOLDS]
    named = {name for fold in folds for pair in fold for name in (pair.first, pair.second)}
    own: defaultdict[str, list[str]] = defaultdict(list)
    for name in sorted(named):
        own[person_of(name)].append(name)
    return {name: images / name for names in own.values() for name in names[:MOST]}


def _in(light: str, paths: Mapping[str, Path], folder: Path) -> Mapping[str, Path]:
    """The photos as they are, or copies without colour, and without loss, in ``folder``."""
    if light == LIGHTS[COLOUR]:
        return paths
    copies = {name: folder / f"{number}.png" for number, name in enumerate(paths)}
    for name, copy in copies.items():
        grey = without_colour(read_picture(paths[name]))
        cv2.imwrite(str(copy), grey, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    return copies


def without_colour(image: Image) -> Image:
    """An RGB image as a camera would deliver it that tells no colours: still three channels."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return np.repeat(grey[..., np.newaxis], 3, axis=2).astype(np.uint8)


def joined(lights: Sequence[Mapping[str, EmbeddedPhoto]]) -> dict[str, Vector | None]:
    """The embeddings of each photo in each light one after the other, not a number where no face
    was found; ``None`` where none was in any."""
    found: dict[str, Vector | None] = {}
    for name in lights[0]:
        vectors = [photos[name].embedding for photos in lights]
        size = next((len(vector) for vector in vectors if vector is not None), None)
        if size is None:
            found[name] = None
        else:
            missed = np.full(size, np.nan, np.float32)
            found[name] = np.concatenate([missed if v is None else v for v in vectors])
    return found


def enrolled_by_two(
    vectors: Mapping[str, Vector | None],
    base: Measure,
    threshold: float,
    enrolled: tuple[int, int],
    seen: int,
) -> dict[str, float]:
    """What becomes of looks in the light ``seen`` at people who are enrolled by two photos in those
    lights, as the door compares: by their mean. ``vectors`` as :func:`joined` gives them."""
    own = {name: np.stack(each) for name, each in comparisons.vectors_by_person(vectors).items()}
    # The same people in every light: whose photos for the enrolment show a face in all of them.
    places = [
        place
        for place, each in enumerate(own.values())
        if len(each) > TWO and not np.isnan(each[:TWO]).any()
    ]
    everybody = list(own.values())
    people = [everybody[place] for place in places]
    strangers = _part(np.stack([each[0] for each in everybody]), seen)
    means = np.stack(
        [
            mean_direction(
                np.concatenate([_part(each[[n]], light) for n, light in enumerate(enrolled)])
            )
            for each in people
        ]
    )
    apart = base(means, strangers)
    apart[np.arange(len(places)), places] = np.inf
    genuine = np.concatenate(
        [
            base(mean[np.newaxis], _part(each[TWO:], seen))[0]
            for mean, each in zip(means, people, strict=True)
        ]
    )
    return {
        "people": len(people),
        "looks": len(genuine),
        "fnmr": round(1 - float(np.mean(genuine <= threshold)), 4),
        "strangers": apart.size - len(places),
        "taken_for_somebody": int(np.count_nonzero(apart <= threshold)),
    }


def between(base: Measure, enrolled: int, seen: int) -> Measure:
    """``base`` between the first photo in one light and the second in another; infinite where no
    face was found."""

    def measured(first: Vector, second: Vector) -> Vector:
        apart = base(_part(first, enrolled), _part(second, seen))
        apart[np.isnan(apart)] = np.inf
        return apart

    return measured


def _part(vectors: Vector, light: int) -> Vector:
    return np.ascontiguousarray(np.split(vectors, len(LIGHTS), axis=1)[light])


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

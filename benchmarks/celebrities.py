"""Five well-known people, from the photos that come inside the weights' own package.

``python -m benchmarks.celebrities`` enrols them from ``train/`` as the door would and compares
every photo of ``val/`` with everybody. It also compares the int8 network with the float one that it
was made of, on all pairs of photos.

Writes ``build/celebrities.json`` and ``build/celebrities.png``.
"""

from __future__ import annotations

import functools
import json
import os
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from benchmarks import BUILD, PACK, RECIPE, float_model, recipe_of
from facedoor.camera.pictures import read_picture
from facedoor.config.options import RecognitionConfig
from facedoor.errors import FacedoorError
from facedoor.frames import Image, Vector
from facedoor.identity.batch import Mandate
from facedoor.identity.enrolment import ImageVerdict, enrol
from facedoor.identity.gallery import Gallery
from facedoor.identity.risk import Risk
from facedoor.identity.search import GalleryIndex
from facedoor.identity.templates import Templates
from facedoor.reasons import Reason
from facedoor.storage.store import open_store
from facedoor.storage.vault import KEY_BYTES, Vault
from facedoor.vision import pack
from facedoor.vision.embedder import Embedder
from facedoor.vision.interpreter import Network
from facedoor.vision.reader import EnrolmentReader, FaceReader
from facedoor_convert.evaluation import charts, comparisons
from facedoor_convert.evaluation.error_rates import Distances
from facedoor_convert.evaluation.evaluate import ORIGINAL_THRESHOLD
from facedoor_convert.packs import float_models, recipe
from facedoor_convert.progress import Progress

CAVEAT = (
    "All five people are probably in the network's training set, so these figures flatter; and so "
    "few photos are a demonstration, not a measurement of risk."
)
SMALL_DIFFERENCE = 0.03
KEPT_TARGET = 0.95
"""The form of the pack has to change the distance of at least this share of pairs by less than the
difference."""

STANDARDS = {
    "the original's, plain distance": RecognitionConfig(threshold=ORIGINAL_THRESHOLD),
    "the door's own, corrected distance": RecognitionConfig(),
}

_FETCH, _ENROL, _VISIT, _FLOAT = (
    "fetching the photos",
    "enrolling from train/",
    "comparing val/ with everybody",
    "comparing with float",
)
_EXPECTED_S = {_FETCH: 0.0, _ENROL: 4.0, _VISIT: 1.0, _FLOAT: 12.0}


@dataclass(frozen=True, slots=True)
class _Standard:
    """A way to compare, how far apart it finds visitors and people, and its threshold."""

    name: str
    visits: Distances
    threshold: float


def main() -> int:
    try:
        with Progress(_EXPECTED_S, sys.stderr) as progress:
            result, standards = _measure(progress)
    except FacedoorError as error:
        print(f"celebrities: {error}", file=sys.stderr)
        return error.exit_code
    (BUILD / "celebrities.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    _draw(standards)
    _print(result)
    return 0


def _measure(progress: Progress) -> tuple[dict[str, Any], list[_Standard]]:
    plan, models = recipe.load(RECIPE), pack.load(PACK)
    faces = FaceReader.of(models)
    with progress.step(_FETCH) as report:
        train, val = _photos(plan, report)
    with progress.step(_ENROL):
        enrolled, verdicts = _enrolled(train, faces, models.manifest)
    with progress.step(_VISIT):
        probes, turned_away = _probes(val, faces)
        standards = [
            _judged(name, probes, enrolled, Risk(models.manifest, recognition))
            for name, recognition in STANDARDS.items()
        ]
    with progress.step(_FLOAT):
        change = _against_float((train | val).values(), faces, models)
    result = {
        "caveat": CAVEAT,
        "embedder_sha256": models.manifest.embedder.sha256,
        "form": models.manifest.embedder.quantisation,
        "enrolment": {
            "photos": len(train),
            "templates": {name: len(enrolled.of(name)) for name in enrolled.names},
            "refused": {v.file: v.reason for v in verdicts if not v.accepted},
        },
        "visits": {"photos": len(val), "refused": turned_away},
        "comparisons": {
            "genuine": len(standards[0].visits.genuine),
            "impostor": len(standards[0].visits.impostor),
        },
        "rates": [
            {
                "standard": standard.name,
                "threshold": round(standard.threshold, 3),
                "fmr": standard.visits.fmr(standard.threshold),
                "fnmr": standard.visits.fnmr(standard.threshold),
            }
            for standard in standards
        ],
        "against_float": {
            "pairs": len(change),
            "share_below_0.03": float(np.mean(change < SMALL_DIFFERENCE)),
            "median": float(np.median(change)),
            "largest": float(change.max()),
        },
    }
    return result, standards


def _photos(
    plan: recipe.Recipe, on_progress: Callable[[float], None]
) -> tuple[dict[str, Image], dict[str, Image]]:
    """The RGB photos of ``train/`` and of ``val/``, by name: ``train/PERSON/FILE.jpg``."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        float_models.unpack_photos(plan, folder, on_progress)
        train, val = (
            {
                str(path.relative_to(folder)): read_picture(path)
                for path in sorted(folder.glob(f"{part}/*/*.jpg"))
            }
            for part in ("train", "val")
        )
        return train, val


def _person_of(photo: str) -> str:
    return PurePosixPath(photo).parent.name


def _enrolled(
    train: Mapping[str, Image], faces: FaceReader, manifest: pack.Manifest
) -> tuple[Templates, list[ImageVerdict]]:
    """Everybody in a gallery of their own, and what became of each photo."""
    people: dict[str, list[str]] = defaultdict(list)
    for photo in train:
        people[_person_of(photo)].append(photo)
    verdicts: list[ImageVerdict] = []
    model, risk = manifest.embedder.sha256, Risk(manifest, RecognitionConfig())
    vault = Vault(os.urandom(KEY_BYTES))
    with (
        tempfile.TemporaryDirectory() as work,
        closing(open_store(Path(work) / "db", vault)) as db,
    ):
        gallery = Gallery(db, vault)
        for person, names in people.items():
            pictures = [(name, functools.partial(train.__getitem__, name)) for name in names]
            mandate = Mandate("benchmark", is_admin=True)
            verdicts += enrol(
                person, pictures, gallery, EnrolmentReader(faces), risk.enrolment_policy, mandate
            ).images
        return gallery.templates(model), verdicts


def _probes(
    val: Mapping[str, Image], faces: FaceReader
) -> tuple[dict[str, Vector], dict[str, str]]:
    """The embedding of each photo, and why some photos cannot be judged."""
    probes, refused = {}, {}
    for photo, image in val.items():
        reading = faces.read(image)
        if reading.embedding is None:
            refused[photo] = (reading.refusal or Reason.NO_FACE).value
        else:
            probes[photo] = reading.embedding
    return probes, refused


def _judged(name: str, probes: Mapping[str, Vector], enrolled: Templates, risk: Risk) -> _Standard:
    """Each probe compared with everybody."""
    index = GalleryIndex(enrolled, risk.correction)
    distances: dict[bool, list[float]] = {True: [], False: []}
    for photo, probe in probes.items():
        for person in index.names:
            distances[person == _person_of(photo)].append(index.match_with(person, probe).distance)
    visits = Distances.of(distances[True], distances[False])
    return _Standard(name, visits, risk.limit(len(index.names)).threshold)


def _against_float(images: Iterable[Image], faces: FaceReader, models: pack.Pack) -> Vector:
    """How much the distance of every two photos differs between the two networks."""
    crops = [
        faces.crop(image, found[0]) for image in images if (found := faces.detector.find(image))
    ]
    with tempfile.TemporaryDirectory() as name:
        exact = Path(name) / "float.tflite"
        float_model.write(recipe_of(models.manifest.name), exact)
        embedder = models.manifest.embedder
        other = _distances(crops, models.path(embedder), embedder.normalisation)
        change: Vector = np.abs(other - _distances(crops, exact, embedder.normalisation))
        return change


def _distances(crops: Sequence[Image], model: Path, normalisation: str) -> Vector:
    embedder = Embedder(Network(model), normalisation)
    vectors = np.stack([embedder.embed(crop) for crop in crops])
    every: Vector = comparisons.l2(vectors, vectors)[np.triu_indices(len(vectors), 1)]
    return every


def _draw(standards: Sequence[_Standard]) -> None:
    figure = charts.histogram(
        {f"visits of five celebrities, {one.name}": one.visits for one in standards},
        {one.name: one.threshold for one in standards},
    )
    (BUILD / "celebrities.png").write_bytes(charts.png(figure))


def _print(result: Mapping[str, Any]) -> None:
    enrolment, visits, count = result["enrolment"], result["visits"], result["comparisons"]
    given = Counter(_person_of(photo) for photo in enrolment["refused"])
    print(f"enrolled from {enrolment['photos']} photos:")
    for person, templates in enrolment["templates"].items():
        print(f"  {person:<18}{templates:>3} templates, {given[person]} photos refused")
    for photo, reason in (enrolment["refused"] | visits["refused"]).items():
        print(f"  refused {_shortened(photo)}: {reason}")
    print(
        f"{visits['photos']} visits, {len(visits['refused'])} refused before a comparison\n\n"
        f"{'threshold':<44}{'strangers accepted (FMR)':>26}{'people rejected (FNMR)':>26}"
    )
    for row in result["rates"]:
        threshold = f"{row['threshold']:<7g}{row['standard']}"
        print(
            f"{threshold:<44}{_share(row['fmr'], count['impostor']):>26}"
            f"{_share(row['fnmr'], count['genuine']):>26}"
        )
    kept = result["against_float"]
    share = kept["share_below_0.03"]
    print(
        f"\n{result['form']} against float, {kept['pairs']:,} pairs: {share:.2%} of the distances "
        f"differ by less than {SMALL_DIFFERENCE} (target {KEPT_TARGET:.0%}, "
        f"{'met' if share >= KEPT_TARGET else 'MISSED'}); "
        f"median {kept['median']:.4f}, largest {kept['largest']:.4f}\n\n{result['caveat']}"
    )


def _share(rate: float, of: int) -> str:
    return f"{round(rate * of)} of {of} ({rate:.1%})"


def _shortened(photo: str) -> str:
    path = PurePosixPath(photo)
    return f"{path.parent}/{path.stem[:12]}..{path.stem[-12:]}"


if __name__ == "__main__":
    sys.exit(main())

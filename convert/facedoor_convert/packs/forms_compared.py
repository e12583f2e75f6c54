"""Every form of one embedder side by side: what it costs, what it keeps, which one to take.

Times are ratios to float32, taken in turns on one thread, because machines differ. Accuracy is that
of all pairs of faces at one threshold, the one that is best for float32: a form that shifts
distances is charged for it.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from facedoor.errors import ImageError
from facedoor.vision.embedder import Embedder
from facedoor.vision.interpreter import Network
from facedoor_convert.errors import QualityError
from facedoor_convert.evaluation.comparisons import l2
from facedoor_convert.evaluation.error_rates import Distances
from facedoor_convert.packs.forms_work import ROUNDS, SLOW, SLOW_FACES, SLOW_ROUNDS, FormsWork
from facedoor_convert.readers.photo_source import person_of, several_of_each
from facedoor_convert.tflite import quantise
from facedoor_convert.tflite.forms import FORMS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from facedoor.frames import Image, Vector
    from facedoor_convert.packs.float_models import FloatModels
    from facedoor_convert.readers.photo_source import PhotoSource
    from facedoor_convert.tflite.forms import Form
    from facedoor_convert.tflite.ranges import Ranges

EXPECTED_S = 40.0
"""About how long the photos of the recipe's own package take."""
PHOTOS, PHOTOS_EACH = 600, 4
"""Photos of a folder or archive that are compared at most, and of one person."""
WORST = 4
"""Faces of each form that are kept to be looked at."""
ALIKE_TIME, ALIKE_BYTES = 1.10, 1.05
"""Within these factors two forms count as equally fast, or equally large: less is noise, or not
worth an answer that depends on the processor."""

_THRESHOLDS = np.arange(0.005, 2, 0.005).tolist()


@dataclass(frozen=True, slots=True)
class PairRates:
    """How well a form tells people apart, by all pairs of the photos."""

    accuracy: float
    """Mean of the shares of genuine and impostor pairs that are told rightly."""
    loss_points: float
    """How many percentage points of accuracy float32 has more."""
    equal_error_rate: float
    distance_change: float
    """What 95 % of the pairs' distances change by at most."""


@dataclass(frozen=True, slots=True)
class FormRow:
    """What was measured of one form."""

    form: Form
    bytes: int
    time_ratio: float
    """Time of one face in that of float32."""
    xnnpack_share: float
    """Share of the operators that XNNPACK runs."""
    can_be_built: bool
    """False where XNNPACK should run it in one piece and does not."""
    faces: int
    cosine_mean: float
    cosine_min: float
    rates: PairRates | None
    """None for a slow form: its few faces say nothing about people."""
    worst: tuple[tuple[str, float], ...]
    """The photos whose embeddings differ most, with their cosines."""

    @property
    def in_tolerance(self) -> bool:
        return self.cosine_mean >= self.form.cosine_mean and self.cosine_min >= self.form.cosine_min


@dataclass(frozen=True, slots=True)
class FormChoice:
    """The form to take, and why, in a sentence."""

    form: Form
    reason: str


def faces_of(
    made: FloatModels, source: PhotoSource | None, report: Callable[[float], None]
) -> dict[str, Image]:
    """The aligned faces to compare on, by photo; without a ``source`` those of the recipe.
    ``report`` gets the share that is done.

    Damaged photos, and photos without a face, are left out. Raises :class:`QualityError` when there
    are not two photos of one person and one of another.
    """
    if source is None:
        plan = made.recipe.embedder
        photos = made.photos(plan.representative) | made.photos(plan.parity.photos)
    else:
        photos = source.read(several_of_each(source.names(), PHOTOS, PHOTOS_EACH))
    faces: dict[str, Image] = {}
    for number, (name, data) in enumerate(photos.items()):
        report(number / len(photos))
        try:
            face = made.face(data, name)
        except ImageError:
            continue
        if face is not None:
            faces[name] = face
    people = set(map(person_of, faces))
    if not 1 < len(people) < len(faces):
        raise QualityError(
            f"{len(photos)} photos show {len(faces)} faces of {len(people)} people: forms are "
            "compared on folders person/photo.jpg, two people at least, one of them twice"
        )
    return faces


def measure(
    made: FloatModels,
    recorded: Ranges | None,
    faces: Mapping[str, Image],
    forms: Iterable[Form],
    report: Callable[[float], None],
) -> list[FormRow]:
    """A row for float32, then one for each other form; ``report`` gets the share that is done of
    the time that all of it takes."""
    names = list(faces)
    exact = Network(made.path)
    normalisation = made.graph.normalisation
    others = [form for form in forms if form.name != "float32"]
    work = FormsWork(others, len(names), report)
    truth = _embed(exact, list(faces.values()), normalisation, work.embedded)
    work.float_done()
    rows = [_row(FORMS["float32"], made.path, 1.0, exact, names, truth, truth)]
    with TemporaryDirectory(dir=made.path.parent) as folder:
        path = Path(folder) / "form.tflite"
        for form in others:
            path.write_bytes(quantise.to_form(made.model, made.graph, form, recorded))
            network = Network(path)
            work.made()
            ratio = _time_ratio(exact, network)
            chosen = names if ratio <= SLOW else several_of_each(names, SLOW_FACES, PHOTOS_EACH)
            work.timed(ratio, len(chosen))
            vectors = _embed(
                network, [faces[name] for name in chosen], normalisation, work.embedded
            )
            theirs = truth[[names.index(name) for name in chosen]]
            rows.append(_row(form, path, ratio, network, chosen, theirs, vectors))
            path.unlink()
            work.form_done()
    return rows


def choose(
    made: FloatModels,
    recorded: Ranges | None,
    faces: Mapping[str, Image],
    budget_points: float,
    report: Callable[[float], None],
) -> FormChoice:
    """Measure all forms that XNNPACK can run, and recommend one of them."""
    able = [form for form in FORMS.values() if form.in_xnnpack]
    return recommend(measure(made, recorded, faces, able, report), budget_points)


def recommend(rows: Sequence[FormRow], budget_points: float) -> FormChoice:
    """The fastest form that loses no more than ``budget_points`` of accuracy.

    Of forms that are about as fast, the smallest; of those about as small, the one that stands
    first in :data:`~facedoor_convert.tflite.forms.FORMS`.
    """
    able = [
        (row, row.rates)
        for row in rows
        if row.in_tolerance and row.can_be_built
        if row.rates and row.rates.loss_points <= budget_points
    ]
    if not able:
        raise QualityError(f"no form loses {budget_points} points or less")
    quick = min(row.time_ratio for row, _ in able) * ALIKE_TIME
    fast = [(row, rates) for row, rates in able if row.time_ratio <= quick]
    little = min(row.bytes for row, _ in fast) * ALIKE_BYTES
    small = {row.form.name: (row, rates) for row, rates in fast if row.bytes <= little}
    row, rates = next(small[name] for name in FORMS if name in small)
    return FormChoice(
        row.form,
        f"{row.form.name} takes {row.time_ratio:.2f} of float32's time and "
        f"{row.bytes / 1e6:.1f} MB and loses {max(0.0, rates.loss_points):.2f} points of accuracy "
        f"where {budget_points:g} are allowed; no form that keeps within it is clearly faster, nor "
        "as fast and clearly smaller",
    )


def _row(
    form: Form,
    path: Path,
    ratio: float,
    network: Network,
    names: Sequence[str],
    truth: Vector,
    vectors: Vector,
) -> FormRow:
    cosines = np.sum(truth * vectors, axis=1)
    delegation = network.delegation()
    worst = np.argsort(cosines)[:WORST]
    people = list(map(person_of, names))
    return FormRow(
        form=form,
        bytes=path.stat().st_size,
        time_ratio=ratio,
        xnnpack_share=delegation.share,
        can_be_built=delegation.is_full or not form.in_xnnpack,
        faces=len(names),
        cosine_mean=float(cosines.mean()),
        cosine_min=float(cosines.min()),
        rates=pair_rates(people, truth, vectors) if ratio <= SLOW else None,
        worst=tuple((names[index], float(cosines[index])) for index in worst),
    )


def _embed(
    network: Network,
    crops: Sequence[Image],
    normalisation: str,
    on_face: Callable[[int], None],
) -> Vector:
    """The embeddings of all ``crops``; ``on_face`` gets how many there are after each."""
    embedder = Embedder(network, normalisation)
    vectors = []
    for number, crop in enumerate(crops, 1):
        vectors.append(embedder.embed(crop))
        on_face(number)
    return np.stack(vectors)


def _time_ratio(exact: Network, other: Network) -> float:
    """How long one run of ``other`` takes in runs of ``exact``: medians, in turns, CPU time."""
    times: dict[Network, list[float]] = {exact: [], other: []}
    tensors = {network: np.zeros(network.input_shape, network.input_dtype) for network in times}
    for turn in range(1 + ROUNDS):
        for network, taken in times.items():
            start = time.process_time()
            network.run(tensors[network])
            if turn:  # the first run of a network packs its weights
                taken.append(time.process_time() - start)
        if turn == SLOW_ROUNDS and times[other][0] > SLOW * times[exact][0]:
            break
    return statistics.median(times[other]) / statistics.median(times[exact])


def pair_rates(people: Sequence[str], truth: Vector, vectors: Vector) -> PairRates:
    """The rates of ``vectors`` (n, D), where ``truth`` are float32's of the same n faces.

    ``people`` says whose face each is; there have to be two faces of one, and two people.
    """
    names = np.array(people)
    every_two = np.triu_indices(len(names), 1)
    genuine = (names[:, np.newaxis] == names)[every_two]
    before, after = (l2(faces, faces)[every_two] for faces in (truth, vectors))
    exact, changed = (Distances.of(found[genuine], found[~genuine]) for found in (before, after))
    threshold = max(_THRESHOLDS, key=lambda each: _accuracy(exact, each))
    accuracy = _accuracy(changed, threshold)
    return PairRates(
        accuracy=accuracy,
        loss_points=100 * (_accuracy(exact, threshold) - accuracy),
        equal_error_rate=changed.equal_error_rate(),
        distance_change=float(np.quantile(np.abs(after - before), 0.95)),
    )


def _accuracy(distances: Distances, threshold: float) -> float:
    return 1 - (distances.fmr(threshold) + distances.fnmr(threshold)) / 2

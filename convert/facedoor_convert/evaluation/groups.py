"""Error rates by group: one threshold does not treat everybody alike.

A group is a label on people, brought along or found from the embeddings themselves: people who
stand close together there are those whom the network finds hard to tell apart. Found groups are
made of the very embeddings that they are measured on, so their false match rates are high by
construction: they show where the risk lies, and are no estimate for a population.

A file of groups is a table, CSV in UTF-8: the line ``person,group``, then one line for each person.
A person is called what the folder of their photos is called.
"""

from __future__ import annotations

import csv
import dataclasses
import io
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from facedoor.errors import UsageError
from facedoor_convert import files
from facedoor_convert.evaluation import bootstrap
from facedoor_convert.evaluation.bootstrap import PersonBootstrap
from facedoor_convert.evaluation.comparisons import vectors_by_person
from facedoor_convert.evaluation.pairs import person_of
from facedoor_convert.evaluation.performance import rate_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from facedoor.frames import Vector
    from facedoor_convert.evaluation.comparisons import Comparisons
    from facedoor_convert.evaluation.intervals import Estimate

FOUND_CAVEAT = (
    "These groups are neighbourhoods of people, made of the very embeddings that they are measured "
    "on, so their false match rates are high by construction: they show where the risk lies, and "
    "are no estimate for a population."
)

HEAD = ["person", "group"]
"""The first line of a file of groups."""

RATES = (1e-3, 1e-4, 1e-5)
"""False match rates over all, at whose thresholds groups are looked at."""

GROUP_PEOPLE = 100
"""People in a found group, on average."""

_ROUNDS = 30
_SEED = 2007


@dataclass(frozen=True, slots=True)
class Group:
    """How often strangers of one group are taken for each other."""

    name: str
    people: int
    comparisons: int
    fmr: Mapping[float, Estimate]
    """Within the group, by the rate over all at the same threshold."""

    def as_json(self) -> dict[str, object]:
        return {
            "group": self.name,
            "people": self.people,
            "comparisons": self.comparisons,
            "fmr": {rate_name(rate): fmr.as_json() for rate, fmr in self.fmr.items()},
        }


@dataclass(frozen=True, slots=True)
class ByGroup:
    """All groups of the people of a set, the worst first, by two kinds of distance."""

    are_found: bool
    """True for neighbourhoods of the embeddings, false for labels that were given."""
    unlabelled: int
    """People who are in no group."""
    plain: list[Group]
    corrected: list[Group] | None
    """By the distance that the pack's cohort corrects, if it has one, at thresholds of its own."""

    @property
    def rates(self) -> list[float]:
        """The rates over all that so many comparisons of strangers can tell."""
        return list(self.plain[0].fmr)

    def as_json(self) -> dict[str, object]:
        corrected = self.corrected
        return {
            "found": self.are_found,
            "people_without_label": self.unlabelled,
            "plain": [group.as_json() for group in self.plain],
            "corrected": None if corrected is None else [group.as_json() for group in corrected],
        }


def read_groups(file: Path, known: Collection[str]) -> dict[str, str]:
    """The group of each person whom ``file`` names, all of them ``known``.

    Raises :class:`UsageError`, naming the line, when the file is not as it should be.
    """
    return parse_groups(files.read_text(file, "groups"), str(file), known)


def parse_groups(text: str, file: str, known: Collection[str]) -> dict[str, str]:
    """The same of a ``text``, which errors call ``file``."""
    rows = _rows(text, file)
    where, head = next(rows, (f"{file}, line 1", []))
    if head != HEAD:
        raise UsageError(f"{where}: a file of groups begins with the line {','.join(HEAD)}")
    groups: dict[str, str] = {}
    for where, row in rows:
        if len(row) != len(HEAD) or not all(cell and cell.isprintable() for cell in row):
            raise UsageError(f"{where}: {','.join(row)[:80]!r} is not a person and a group")
        person, group = row
        if person not in known:
            raise UsageError(
                f"{where}: nobody in the photos is called {person[:80]!r}: write people as the "
                "folders of their photos are called"
            )
        if person in groups:
            raise UsageError(f"{where}: {person} has a group already: take one of the lines out")
        groups[person] = group
    return groups


def _rows(text: str, file: str) -> Iterator[tuple[str, list[str]]]:
    """The place and the cells of each line that is not empty."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            if row:
                yield f"{file}, line {reader.line_num}", [cell.strip() for cell in row]
    except csv.Error as error:
        raise UsageError(f"{file}, line {reader.line_num}: this is no CSV ({error})") from error


def worst(groups: list[Group], rate: float) -> Group:
    """The group with the highest FMR at the threshold that gives ``rate`` over all."""
    return max(groups, key=lambda group: group.fmr[rate].value)


def fmr_by_group(
    comparisons: Comparisons, labels: Mapping[str, str], thresholds: Mapping[float, float]
) -> list[Group]:
    """The FMR among the people of each group at some ``thresholds``, given by the FMR over all.

    The worst come first: those with the highest FMR at the strictest threshold. ``labels`` are
    groups by person; people without one, and comparisons across groups, are left out, and so is a
    group without any comparison of strangers.
    """
    members: dict[str, set[str]] = defaultdict(set)
    for person, label in labels.items():
        members[label].add(person)
    within = _within(comparisons, labels)
    found = []
    for label, people in members.items():
        own = within.among(people)
        if not len(own.impostor):
            continue
        drawn = PersonBootstrap(own)
        fmr = {rate: _fmr(own, drawn, threshold) for rate, threshold in thresholds.items()}
        found.append(Group(label, len(own.people()[0]), len(own.impostor), fmr))
    strictest_first = sorted(thresholds, key=thresholds.__getitem__)
    return sorted(found, key=lambda g: ([-g.fmr[rate].value for rate in strictest_first], g.name))


def _within(comparisons: Comparisons, labels: Mapping[str, str]) -> Comparisons:
    """Only the comparisons of strangers who are in one group."""
    number = {label: place for place, label in enumerate(set(labels.values()))}
    of_person = {person: number[label] for person, label in labels.items()}
    of_photo = np.array([of_person.get(person_of(p), -1) for p in comparisons.photos], np.int32)
    first, second = of_photo[comparisons.impostor_photos].T
    inside = (first == second) & (first >= 0)
    return dataclasses.replace(
        comparisons,
        genuine=comparisons.genuine[:0],
        genuine_photos=comparisons.genuine_photos[:0],
        impostor=comparisons.impostor[inside],
        impostor_photos=comparisons.impostor_photos[inside],
    )


def _fmr(own: Comparisons, drawn: PersonBootstrap, threshold: float) -> Estimate:
    rate = float(np.mean(own.impostor <= np.float32(threshold)))
    return bootstrap.rate_estimate(rate, drawn.fmr(threshold), len(own.impostor))


def neighbourhoods(embeddings: Mapping[str, Vector | None], count: int) -> dict[str, str]:
    """A label for each person who has an embedding: one of ``count`` neighbourhoods.

    Lloyd's k-means on each person's mean direction, by the cosine, begun as in Arthur and
    Vassilvitskii, "k-means++" (2007); the same embeddings always give the same groups.
    """
    own = vectors_by_person(embeddings)
    means = _unit(np.array([np.mean(vectors, axis=0) for vectors in own.values()], np.float32))
    centres = _spread(means, min(count, len(means)))
    for _ in range(_ROUNDS):
        nearest = (means @ centres.T).argmax(axis=1)
        sums = np.zeros_like(centres)
        np.add.at(sums, nearest, means)
        # A neighbourhood that everybody has left stays where it was.
        centres = np.where(sums.any(axis=1, keepdims=True), _unit(sums), centres)
    nearest = (means @ centres.T).argmax(axis=1)
    width = len(str(count))
    return {
        person: f"{place:0{width}d}" for person, place in zip(own, nearest.tolist(), strict=True)
    }


def _spread(vectors: Vector, count: int) -> Vector:
    """Rows of ``vectors`` that lie apart: each is drawn by its squared distance from the others."""
    draw = np.random.default_rng(_SEED)
    chosen = [int(draw.integers(len(vectors)))]
    while len(chosen) < count:
        squared = (2 - 2 * vectors @ vectors[chosen].T).min(axis=1).clip(0).astype(np.float64)
        squared[chosen] = 0
        total = squared.sum()
        if total == 0:
            break
        chosen.append(int(draw.choice(len(vectors), p=squared / total)))
    return vectors[chosen]


def _unit(vectors: Vector) -> Vector:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    divisors: Vector = np.maximum(lengths, np.finfo(np.float32).tiny)
    return vectors / divisors

"""Measures a pack's liveness check on clips: as a whole, and each network by itself."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from facedoor.errors import UsageError
from facedoor.identity.liveness import LivenessPolicy
from facedoor.vision.liveness import LivenessNetworks
from facedoor.vision.pack import BUILD_HINT, Pack
from facedoor.vision.reader import FaceReader
from facedoor_convert.evaluation.error_rates import Distances
from facedoor_convert.liveness import thresholds
from facedoor_convert.liveness.clips import LIVE
from facedoor_convert.liveness.outcomes import Counts, outcome_of, score_of, worst
from facedoor_convert.liveness.people import people_of
from facedoor_convert.liveness.visits import visits_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from facedoor.vision.pack import Liveness, LivenessModel
    from facedoor_convert.liveness.clips import Clip
    from facedoor_convert.liveness.outcomes import Outcome
    from facedoor_convert.liveness.thresholds import LeftOut
    from facedoor_convert.liveness.visits import Visit

TOGETHER = "all networks"
"""Where a pack has several: the mean of their scores, by which the door decides."""


@dataclass(frozen=True, slots=True)
class Rates:
    """One kind of presentation, the living or a species: how its visits, and its clips, ended."""

    by_visit: Counts
    by_clip: Counts


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """One network, or all of a pack together."""

    name: str
    scores: Mapping[bool, Sequence[float]]
    """Of the visits that were judged: those of the living under ``True``."""
    policy: LivenessPolicy | None
    """The thresholds that these very visits set; ``None`` if visits of one kind are missing."""
    left_out: tuple[LeftOut, ...]

    @property
    def distances(self) -> Distances | None:
        """One less the scores: the living are the genuine pairs, attacks the impostors."""
        kinds = ([1 - score for score in self.scores[kind]] for kind in (True, False))
        return Distances.of(*kinds) if all(self.scores.values()) else None

    @property
    def left_out_totals(self) -> tuple[Counts, Counts]:
        """Of the living and of attacks: how the visits of all who were left out ended."""
        return (
            Counts.summed(each.live for each in self.left_out),
            Counts.summed(each.attacks for each in self.left_out),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Measurement:
    """What was measured of a pack. ``rates``, by kind, are those at the pack's own thresholds, and
    ``outcomes`` those of each of ``visits``."""

    models: Pack
    liveness: Liveness
    visits: tuple[Visit, ...]
    outcomes: tuple[Outcome, ...]
    people: Mapping[str, int]
    """Whom each clip shows."""
    rates: Mapping[str, Rates]
    subjects: tuple[Subject, ...]
    """The last one is what the door decides by."""

    @property
    def decisive(self) -> str:
        """The name of the subject that the door decides by."""
        return self.subjects[-1].name


def judges_of(models: Pack) -> dict[str, LivenessNetworks]:
    """Each liveness network of a pack by its name, and last, if there are several, all together.

    Raises :class:`UsageError` for a pack without any.
    """
    liveness = _demanded(models)
    names = _names(liveness)
    alone = {name: (model,) for name, model in zip(names, liveness.networks, strict=True)}
    sets = alone if len(alone) == 1 else alone | {TOGETHER: liveness.networks}
    judges = {name: LivenessNetworks.of(_with(models, liveness, s)) for name, s in sets.items()}
    return {name: networks for name, networks in judges.items() if networks is not None}


def measure(models: Pack, clips: Sequence[Clip], report: Callable[[float], None]) -> Measurement:
    """Measure the clips; ``report`` gets the share that is done.

    Raises :class:`UsageError` for a pack without networks, and :class:`CameraError` for a clip that
    is no video.
    """
    liveness = _demanded(models)
    judges = judges_of(models)
    reader = FaceReader.of(models)
    sizes = [clip.path.stat().st_size for clip in clips]
    visits: list[Visit] = []
    for number, clip in enumerate(clips):
        visits += visits_of(clip, reader, judges)
        report(sum(sizes[: number + 1]) / max(1, sum(sizes)))
    return measured(models, liveness, visits, list(judges))


def measured(
    models: Pack, liveness: Liveness, visits: Sequence[Visit], names: Sequence[str]
) -> Measurement:
    """What the visits come to, for the networks of these names, the decisive one last."""
    policy = LivenessPolicy.of(liveness)
    outcomes = tuple(outcome_of(visit.looks[names[-1]], policy) for visit in visits)
    people = people_of(visits, models.manifest.threshold)
    return Measurement(
        models,
        liveness,
        tuple(visits),
        outcomes,
        people,
        _rates(visits, outcomes),
        tuple(_subject(visits, people, name) for name in names),
    )


def _demanded(models: Pack) -> Liveness:
    liveness = models.manifest.liveness
    if liveness is None:
        raise UsageError(f"the pack {models.directory} has no liveness network: {BUILD_HINT}")
    return liveness


def _rates(visits: Sequence[Visit], outcomes: Sequence[Outcome]) -> dict[str, Rates]:
    by_clip: dict[Clip, list[Outcome]] = {}
    for visit, outcome in zip(visits, outcomes, strict=True):
        by_clip.setdefault(visit.clip, []).append(outcome)
    rates = {}
    for species in dict.fromkeys(clip.species for clip in by_clip):
        own = [found for clip, found in by_clip.items() if clip.species == species]
        rates[species] = Rates(
            Counts.of(outcome for found in own for outcome in found),
            Counts.of(worst(found, is_live=species == LIVE) for found in own),
        )
    return rates


def _subject(visits: Sequence[Visit], people: Mapping[str, int], name: str) -> Subject:
    scored = [(visit.clip.is_live, score_of(visit.looks[name])) for visit in visits]
    scores = {
        kind: [score for is_live, score in scored if is_live == kind and score is not None]
        for kind in (True, False)
    }
    return Subject(
        name,
        scores,
        thresholds.chosen(visits, name),
        thresholds.leave_one_out(visits, people, name),
    )


def _names(liveness: Liveness) -> list[str]:
    """What the networks were called where they come from, or else their files in the pack."""
    names = [PurePosixPath(network.origin.file).stem for network in liveness.networks]
    if len(set(names)) == len(names):
        return names
    return [network.file for network in liveness.networks]


def _with(models: Pack, liveness: Liveness, networks: tuple[LivenessModel, ...]) -> Pack:
    chosen = dataclasses.replace(liveness, networks=networks)
    return Pack(models.directory, dataclasses.replace(models.manifest, liveness=chosen))

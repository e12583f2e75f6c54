"""Which faces of a batch may become templates of a person, and why the others may not.

Pure: templates in, a judgement out. What is asked of a batch as a whole:

* It shows nobody else who is enrolled. If one face of it, or all together, look like somebody else,
  nothing of it is taken: else the one photo of five that the door does not recognise would give a
  person a second name.
* What the person looks like is the mean of the templates that were there before, and of a first
  batch that of its majority. A face that was just taken says nothing about the next: else a few
  steps, each of them small, would lead from one person to another.
* The mean stays within ``drift_distance`` of that of the first batch. Only an admin moves it
  further: whoever may say who comes in may also say what they look like.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from facedoor.frames import Vector
from facedoor.identity.search import Correction, GalleryIndex, distances, mean_direction
from facedoor.identity.templates import Templates
from facedoor.languages import _
from facedoor.wire.people_requests import TEMPLATES_PER_PERSON

SAME_PICTURE = 0.05
"""Distance under which two templates are taken for the same picture, perhaps saved again. Of all
frames of several videos the nearest to a selfie of the same person was 0.18 away."""


@dataclass(frozen=True, slots=True)
class EnrolmentPolicy:
    """What a door asks of new templates; none of it changes with the number of people.

    ``model_sha256`` is the embedder behind the reader. After ``correction``, if there is one: a
    face may be ``own_distance`` from the mean of its person, and has to be farther from anybody
    else; the mean of a batch has to be farther than ``other_distance`` from anybody else. Plain:
    beyond ``unlike_distance`` two faces of a first batch are not taken for one person, and
    ``drift_distance`` is how far a mean may get from that of the first batch.
    """

    model_sha256: str
    own_distance: float
    other_distance: float
    unlike_distance: float
    drift_distance: float
    correction: Correction | None = None
    second_sha256: str = ""
    """The second embedder, whose templates are kept beside, and judge nothing; empty: none."""


@dataclass(frozen=True, slots=True)
class Mandate:
    """Who wants an enrolment: ``by`` for the journal, and what only an admin may ask for.

    ``although_similar_to`` are people, by their names as they are kept, whom the new pictures may
    look like: an admin says that they are somebody else.
    """

    by: str
    is_admin: bool = False
    although_similar_to: tuple[str, ...] = ()
    visit: str | None = None
    """That of which the picture is, if it is the one that was kept: it was that person's."""


@dataclass(frozen=True, slots=True, eq=False)
class Enrolee:
    """A person before the batch: ``templates`` is float32 (n, D), n = 0 for somebody new; ``first``
    are those of them that came first, or from an admin."""

    name: str
    templates: Vector
    first: Vector


@dataclass(frozen=True, slots=True)
class JudgedBatch:
    """Faces by their number in the batch: those that were ``accepted``, and the ``refusals``, of
    which some are of pictures that are ``known`` already.

    ``moved_distance`` is how far the person's mean moves, ``None`` where there was none;
    ``first_distance`` is how far it lies then from that of the first batch. Both are plain.
    """

    accepted: tuple[int, ...] = ()
    refusals: Mapping[int, str] = field(default_factory=dict)
    moved_distance: float | None = None
    first_distance: float = 0.0
    known: tuple[int, ...] = ()


def judge_batch(
    faces: Mapping[int, Vector],
    person: Enrolee,
    enrolled: Templates,
    policy: EnrolmentPolicy,
    mandate: Mandate,
) -> JudgedBatch:
    """Judge ``faces``, unit vectors of shape (D,), beside all who are ``enrolled``."""
    if not faces:
        return JudgedBatch()
    batch = _Batch(faces, person, policy)
    batch.refuse_what_is_unlike()
    others = enrolled.without({person.name, *mandate.although_similar_to})
    if (said := batch.of_somebody_else(others, mandate.is_admin)) is not None:
        return JudgedBatch((), said)
    batch.refuse_what_is_more_like(enrolled.only(mandate.although_similar_to))
    return batch.taken(may_drift=mandate.is_admin)


def _enrolled(name: str, is_admin: bool) -> str:
    if is_admin:
        option = f"--although-similar-to {shlex.quote(name)}"
        return _("who is enrolled already; if they are two people, say so: {option}").format(
            option=option
        )
    return _("who is enrolled already; only an admin may say otherwise, --although-similar-to")


class _Batch:
    """A batch while it is judged."""

    def __init__(
        self, faces: Mapping[int, Vector], person: Enrolee, policy: EnrolmentPolicy
    ) -> None:
        self._faces = faces
        self._person = person
        self._policy = policy
        self._refusals: dict[int, str] = {}

    def refuse_what_is_unlike(self) -> None:
        """Whatever does not show the person, or the majority of a first batch."""
        name, policy = self._person.name, self._policy
        if len(self._person.templates):
            own = _index(name, self._person.templates, policy.correction)
            unlike = {n for n in self._faces if self._beyond(own, n, policy.own_distance)}
            reason = _("does not look like {name} as enrolled").format(name=name)
        else:
            mean = mean_direction(self._majority())
            unlike = {n for n in self._faces if self._apart(mean, n) > policy.unlike_distance}
            reason = _("does not look like the other pictures of {name}").format(name=name)
        self._refusals |= dict.fromkeys(unlike, reason)

    def of_somebody_else(self, others: Templates, is_admin: bool) -> dict[int, str] | None:
        """Why nothing is taken, if one of the faces, or all that are left, look like somebody of
        ``others``, and what whoever asked can do."""
        index = GalleryIndex(others, self._policy.correction)
        looks_like: dict[int, str] = {}
        for n, face in self._faces.items():
            match = index.match(face)
            if match.person is not None and match.distance <= self._policy.own_distance:
                looks_like[n] = match.person
        if looks_like:
            name = next(iter(looks_like.values()))
            reasons = dict.fromkeys(
                self._faces, _("not taken, since another one looks like {name}").format(name=name)
            )
            return reasons | {
                n: _("looks like {who}, {enrolled}").format(
                    who=who, enrolled=_enrolled(who, is_admin)
                )
                for n, who in looks_like.items()
            }
        left = [face for n, face in self._faces.items() if n not in self._refusals]
        mean = mean_direction(np.stack(left)) if left else np.zeros(0, np.float32)
        if mean.any():
            match = index.match(mean)
            if match.distance <= self._policy.other_distance:
                who = str(match.person)
                said = _("looks like {who}, with the others beside it, {enrolled}").format(
                    who=who, enrolled=_enrolled(who, is_admin)
                )
                return dict.fromkeys(self._faces, said)
        return None

    def refuse_what_is_more_like(self, similar: Templates) -> None:
        """Whatever is nearer to somebody ``similar`` than to the person."""
        if not similar.names or not len(self._person.templates):
            return
        own = _index(self._person.name, self._person.templates, self._policy.correction)
        theirs = GalleryIndex(similar, self._policy.correction)
        for n, face in self._faces.items():
            match = theirs.match(face)
            if match.distance <= own.match(face).distance:
                self._refusals.setdefault(
                    n, _("looks more like {person}").format(person=match.person)
                )

    def taken(self, may_drift: bool) -> JudgedBatch:
        """What becomes of all, now that those who are left show the person."""
        name, known, first = self._person.name, self._person.templates, self._person.first
        own = list(known)
        accepted: list[int] = []
        again: list[int] = []
        for n in self._in_order():
            grown = np.stack([*own, self._faces[n]])
            if own and distances(np.stack(own), self._faces[n]).min() < SAME_PICTURE:
                self._refusals[n] = _("the same picture again")
                again.append(n)
            elif len(own) >= TEMPLATES_PER_PERSON:
                said = _("{name} has {count} templates already, the most that are kept").format(
                    name=name, count=len(own)
                )
                self._refusals[n] = said
            elif len(first) and not may_drift and self._drifts(grown):
                self._refusals[n] = _(
                    "would move {name} too far from the first pictures: only an admin may add it"
                ).format(name=name)
            else:
                own.append(self._faces[n])
                accepted.append(n)
        if not accepted:
            return JudgedBatch((), self._refusals, known=tuple(again))
        moved = _between(known, np.stack(own)) if len(known) else None
        anchor = first if len(first) else np.stack(own)
        return JudgedBatch(
            tuple(sorted(accepted)),
            self._refusals,
            moved,
            _between(anchor, np.stack(own)),
            tuple(again),
        )

    def _drifts(self, templates: Vector) -> bool:
        return _between(self._person.first, templates) > self._policy.drift_distance

    def _beyond(self, own: GalleryIndex, number: int, distance: float) -> bool:
        return own.match(self._faces[number]).distance > distance

    def _apart(self, mean: Vector, number: int) -> float:
        return float(distances(mean[np.newaxis], self._faces[number])[0])

    def _majority(self) -> Vector:
        """The faces that resemble the one that resembles the most; the first of equals."""
        every = np.stack(list(self._faces.values()))
        alike = np.stack([distances(every, face) for face in every]) <= self._policy.unlike_distance
        most: Vector = every[alike[alike.sum(axis=1).argmax()]]
        return most

    def _in_order(self) -> list[int]:
        """Those that are left, nearest to the first pictures first, so that the most find room."""
        left = [n for n in self._faces if n not in self._refusals]
        if not len(self._person.first):
            return left
        mean = mean_direction(self._person.first)
        return sorted(left, key=lambda n: self._apart(mean, n))


def _index(name: str, templates: Vector, correction: Correction | None) -> GalleryIndex:
    owners = np.zeros(len(templates), np.intp)
    return GalleryIndex(Templates((name,), templates, owners), correction)


def _between(one: Vector, other: Vector) -> float:
    """The plain distance of two people's means; each is float32 (n, D)."""
    return float(np.linalg.norm(mean_direction(one) - mean_direction(other)))

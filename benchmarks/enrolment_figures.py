"""The measurements of :mod:`benchmarks.enrolment`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.enrolment_people import RISK, Everybody, Gallery, Morphs, Photo, vectors
from facedoor.frames import Vector
from facedoor.identity.evidence import judge
from facedoor.identity.search import GalleryIndex, mean_direction
from facedoor.identity.templates import Templates
from facedoor.reasons import Reason

SEED = 2026
PAIRS = 40
MARGIN = 0.05
SHARES = np.linspace(0.1, 1, 10)
SENT = 5
"""Photos of the second person that are sent, or morphed with; the others come to the door."""

Report = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: ``count`` of ``of``. ``by_picture`` as in
    :class:`benchmarks.enrolment_people.Gallery`."""

    what: str
    by_picture: bool
    count: int
    of: int


def morphs(people: Everybody, report: Report) -> list[Row]:
    """Of pairs of people: how often the second gets the first one's place by morphs.

    One picture after the other is sent: of ten morphs with the second the nearest to them that is
    taken, until the first has as many templates as there can be. The second is served when half of
    their other photos or more are within the threshold of a door for one person, or for ten.
    """
    enough = [name for name, photos in people.items() if len(photos) >= 2 * SENT + 1]
    random = np.random.default_rng(SEED)
    chosen = {
        "any two": [tuple(random.permutation(enough)[:2]) for _ in range(PAIRS)],
        "the nearest other": _nearest(people, enough)[:PAIRS],
    }
    rows, maker = [], Morphs()
    total = sum(map(len, chosen.values()))
    done = 0
    for kind, pairs in chosen.items():
        ends: dict[tuple[int, bool], list[tuple[Vector, Vector, Vector]]] = {}
        for one, other in pairs:
            first, second = people[one], people[other]
            steps = [maker.between(first[n % SENT], second[n], SHARES[::-1]) for n in range(SENT)]
            for begun in (1, SENT):
                for by_picture in (True, False):
                    grown = _driven(vectors(first[:begun]), steps, by_picture)
                    end = (grown, vectors(second[SENT:]), vectors(first[SENT:]))
                    ends.setdefault((begun, by_picture), []).append(end)
            done += 1
            report(done / total)
        for (begun, by_picture), found in ends.items():
            for enrolled in (1, 10):
                threshold = RISK.limit(enrolled).threshold
                served = sum(_share(grown, probes, threshold) >= 0.5 for grown, probes, _ in found)
                shut = sum(_share(grown, probes, threshold) < 0.5 for grown, _, probes in found)
                what = f"{kind}, begun with {begun}, threshold of {enrolled}"
                rows.append(Row(f"{what}: second served", by_picture, served, len(found)))
                rows.append(Row(f"{what}: first shut out", by_picture, shut, len(found)))
    return rows


def _driven(begun: Vector, steps: Sequence[Sequence[Vector]], by_picture: bool) -> Vector:
    """The templates of a person after everything that could be added."""
    gallery = Gallery(by_picture)
    gallery.put("first", begun)
    stuck = 0
    step = 0
    while stuck < len(steps):
        taken = any(gallery.add("first", face[np.newaxis]) for face in steps[step % len(steps)])
        stuck = 0 if taken else stuck + 1
        step += 1
    return gallery.own["first"]


def _share(templates: Vector, probes: Vector, threshold: float) -> float:
    index = _alone(templates)
    return float(np.mean([index.match(probe).distance <= threshold for probe in probes]))


def _alone(templates: Vector) -> GalleryIndex:
    owners = np.zeros(len(templates), np.intp)
    return GalleryIndex(Templates(("one",), templates, owners), RISK.correction)


def _nearest(people: Everybody, names: Sequence[str]) -> list[tuple[str, str]]:
    """Everybody with whoever is the most like them, the most alike first."""
    means = np.stack([mean_direction(vectors(people[name][:SENT])) for name in names])
    cosines = means @ means.T
    np.fill_diagonal(cosines, -1)
    order = np.argsort(-cosines.max(axis=1), kind="stable")
    return [(names[place], names[int(cosines[place].argmax())]) for place in order]


def strangers(people: Everybody, report: Report) -> list[Row]:
    """How many pictures of strangers pass as further pictures of a person."""
    random = np.random.default_rng(SEED)
    faces = {name: photos[0].embedding for name, photos in people.items()}
    rows = []
    for number, templates in enumerate((1, 5, 15)):
        for by_picture in (True, False):
            count = of = 0
            for name, photos in people.items():
                if len(photos) < templates:
                    continue
                gallery = Gallery(by_picture)
                gallery.put(name, vectors(photos[:templates]))
                for other in random.permutation(list(faces))[:100]:
                    if other != name:
                        count += len(gallery.would_take(name, faces[other][np.newaxis]))
                        of += 1
                if of > 5_000:
                    break
            rows.append(Row(f"a stranger's picture, {templates} templates", by_picture, count, of))
        report((number + 1) / 3)
    return rows


def two_names(people: Everybody, report: Report, count: int = 40) -> list[Row]:
    """How many of 40 people can be enrolled again under another name, and how many who are not
    enrolled cannot be enrolled at all."""
    rows = []
    enough = [photos for photos in people.values() if len(photos) >= 2 * SENT]
    chosen = enough[:count]
    for number, photos in enumerate((1, SENT)):
        for by_picture in (True, False):
            everybody = _enrolled(chosen, photos, by_picture)
            again = [vectors(own[photos : 2 * photos]) for own in chosen]
            twice = sum(bool(len(everybody.would_take("new", faces))) for faces in again)
            what = f"again under another name, {photos} photos, all enrolled"
            rows.append(Row(what, by_picture, twice, len(again)))
            twice = 0
            for own, faces in zip(chosen, again, strict=True):
                alone = _enrolled([own], photos, by_picture)
                twice += bool(len(alone.would_take("new", faces)))
            what = f"again under another name, {photos} photos, alone"
            rows.append(Row(what, by_picture, twice, len(again)))
            others = [own for own in people.values() if len(own) >= photos and own not in chosen]
            for enrolled in (10, count):
                here = _enrolled(chosen[:enrolled], photos, by_picture)
                news = [vectors(own[:photos]) for own in others]
                refused = sum(not len(here.would_take("new", faces)) for faces in news)
                what = f"somebody new, {photos} photos, {enrolled} enrolled: refused"
                rows.append(Row(what, by_picture, refused, len(news)))
        report((number + 1) / 2)
    return rows


def _enrolled(chosen: Sequence[Sequence[Photo]], photos: int, by_picture: bool) -> Gallery:
    gallery = Gallery(by_picture)
    for number, own in enumerate(chosen):
        gallery.put(f"person {number}", vectors(own[:photos]))
    return gallery


def further(people: Everybody, report: Report) -> list[Row]:
    """How many further pictures of the same person are refused, sent together."""
    rows = []
    for number, first in enumerate((1, 2, 3, 5)):
        for sent in (1, 4):
            enough = [vectors(own) for own in people.values() if len(own) >= first + sent]
            for by_picture in (True, False):
                taken = 0
                for faces in enough:
                    gallery = Gallery(by_picture)
                    gallery.put("one", faces[:first])
                    taken += len(gallery.would_take("one", faces[first : first + sent]))
                of = sent * len(enough)
                what = f"{sent} further of the same person, {first} first: refused"
                rows.append(Row(what, by_picture, of - taken, of))
            threshold = RISK.limit(10).threshold
            refused = sum(
                int(_alone(faces[:first]).match(face).distance > threshold)
                for faces in enough
                for face in faces[first : first + sent]
            )
            what = f"{sent} further, {first} first: beyond the threshold of a door for ten"
            rows.append(Row(what, False, refused, of))
        report((number + 1) / 4)
    return rows


def alike(people: Everybody, report: Report) -> list[Row]:
    """Looks at one of two who are alike: how many are let in, and how many by the wrong name.

    LFW has no twins: its most alike pairs stand for them, the same drawn together by half of what
    is between them, and one person under two names. ``by_picture``: by the margin of distances
    alone.
    """
    enough = [name for name, photos in people.items() if len(photos) >= SENT + 3]
    kinds: dict[str, list[tuple[Vector, Vector, Vector, Vector]]] = {
        "most alike pairs": [],
        "the same, drawn together by half": [],
        "one person under two names": [],
    }
    seen: set[frozenset[str]] = set()
    for one, other in _nearest(people, enough):
        if frozenset((one, other)) in seen or len(seen) == PAIRS:
            continue
        seen.add(frozenset((one, other)))
        a, b = vectors(people[one]), vectors(people[other])
        kinds["most alike pairs"].append((a[:SENT], b[:SENT], a[SENT:], b[SENT:]))
        near = b + 0.5 * (mean_direction(a[:SENT]) - mean_direction(b[:SENT]))
        near = (near / np.linalg.norm(near, axis=1, keepdims=True)).astype(np.float32)
        drawn = (a[:SENT], near[:SENT], a[SENT:], near[SENT:])
        kinds["the same, drawn together by half"].append(drawn)
    for photos in people.values():
        if len(photos) >= 2 * SENT + 1:
            own = vectors(photos)
            twice = (own[:SENT], own[SENT : 2 * SENT], own[2 * SENT :], own[:0])
            kinds["one person under two names"].append(twice)
    rows = []
    for number, (kind, pairs) in enumerate(kinds.items()):
        threshold = RISK.limit(2).threshold
        matches = [
            (index.match(probe), name)
            for ada, ida, *looks in pairs
            for index in [_two(ada, ida)]
            for name, probes in zip(("Ada", "Ida"), looks, strict=True)
            for probe in probes
        ]
        for by_picture in (True, False):
            let_in = [
                match.person == name
                for match, name in matches
                if judge(match, threshold, MARGIN) is Reason.RECOGNISED
                or (
                    by_picture
                    and match.distance <= threshold
                    and match.runner_up_distance - match.distance >= MARGIN
                )
            ]
            right, wrong = sum(let_in), len(let_in) - sum(let_in)
            rows.append(Row(f"{kind}: let in by the right name", by_picture, right, len(matches)))
            rows.append(Row(f"{kind}: by the wrong one", by_picture, wrong, len(matches)))
        report((number + 1) / len(kinds))
    return rows


def _two(ada: Vector, ida: Vector) -> GalleryIndex:
    owners = np.repeat(np.arange(2), [len(ada), len(ida)])
    return GalleryIndex(
        Templates(("Ada", "Ida"), np.concatenate([ada, ida]), owners), RISK.correction
    )

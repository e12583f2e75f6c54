"""The report on a measurement, one HTML file. It shows people: do not publish it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from facedoor_convert.evaluation import page
from facedoor_convert.evaluation.page import Cell, Chart, Sheet, Table
from facedoor_convert.liveness.clips import LIVE
from facedoor_convert.liveness.outcomes import Counts, Outcome, score_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from facedoor_convert.evaluation.intervals import Estimate
    from facedoor_convert.liveness.measure import Measurement, Subject
    from facedoor_convert.liveness.visits import Visit

UNKNOWN = "-"
SHOWN = 12
"""Worst cases of each kind."""

LIMITS = (
    "Visits of one clip resemble each other, so bounds by visit are too narrow: believe those by "
    "clip. Where nothing passed, the rule of three (3 / n) bounds the rate. A species says nothing "
    "about another one, a phone nothing about a print or a mask."
)
METHOD = (
    "A visit is 2.5 s of looks that the door would take for evidence, at its pace. Opened: found "
    "alive, so that a face that the door knows is let in. Denied: found not alive, for good. "
    "Asked: neither; the visitor is asked to turn the head, or refused where the door cannot ask. "
    "No response: no look could be judged, because no face was good enough, the face was too "
    "close, or the picture has no colour; such a visitor is asked too. APCER is the share opened "
    "of the attacks of a species that were judged, BPCER the share denied of the living who were; "
    "APNRR and BPNRR are the shares without response (ISO/IEC 30107-3). By clip the worst of its "
    "visits counts. Bounds hold with 95 % confidence for independent presentations (Wilson)."
)
LEFT_OUT = (
    "Leave one person out: denied below half of the least score that a living visitor had when the "
    "door could deny, opened from half way between 1 and the highest score that an attack had when "
    "the door could open, both set on all other people."
)
_HEAD = ("", "presented", "judged", "opened", "asked", "denied", "no response", "error rate")


def render(measurement: Measurement, charts: Mapping[str, bytes]) -> str:
    """The report; ``charts`` are PNG files by name."""
    liveness = measurement.liveness
    clips, people = len(measurement.people), len(set(measurement.people.values()))
    return page.render(
        "liveness.html",
        title=f"How well {measurement.models.manifest.name} tells the living from attacks",
        lead=sentence(measurement),
        counted=f"{clips} clips of {people} people, {len(measurement.visits)} visits.",
        limits=LIMITS,
        decisive=measurement.decisive,
        thresholds=f"Denied below {liveness.deny_below:g}, opened from {liveness.open_from:g}.",
        threshold_source=liveness.threshold_source,
        rates=[
            _rates("By visit", {k: rates.by_visit for k, rates in measurement.rates.items()}),
            _rates("By clip", {k: rates.by_clip for k, rates in measurement.rates.items()}),
        ],
        charts=[Chart(name, png) for name, png in charts.items()],
        networks=_subjects(measurement.subjects),
        left_out=LEFT_OUT,
        left_out_tables=[_left_out(subject) for subject in measurement.subjects],
        sheets=_worst(measurement),
        method=METHOD,
    )


def sentence(measurement: Measurement) -> str:
    """What became of the visits, in one sentence."""
    visits = {kind: rates.by_visit for kind, rates in measurement.rates.items()}
    attacks = [counts for kind, counts in visits.items() if kind != LIVE]
    opened, came = (
        sum(getattr(counts, name) for counts in attacks) for name in ("opened", "presentations")
    )
    live = visits[LIVE]
    return (
        f"Of {came} attack visits {opened or 'none'} would be taken for alive; of "
        f"{live.presentations} visits of living people {live.denied or 'none'} would be denied, "
        f"and {live.asked + live.no_response or 'none'} asked to turn the head."
    )


def _rates(caption: str, kinds: Mapping[str, Counts]) -> Table:
    rows = [[kind, *_counted(counts), _error_rate(kind, counts)] for kind, counts in kinds.items()]
    return Table(caption, _HEAD, rows)


def _counted(counts: Counts) -> list[str]:
    numbers = (counts.presentations, counts.judged, counts.opened, counts.asked, counts.denied)
    share = counts.non_response
    shown = (
        ""
        if share is None
        else Markup(' <span class="bounds">({})</span>').format(f"{share.value:.0%}")
    )
    return [*map(str, numbers), Markup("{}{}").format(counts.no_response, shown)]


def _error_rate(kind: str, counts: Counts) -> Markup:
    if kind != LIVE:
        return Markup("APCER {}").format(_share(counts.apcer))
    return Markup("BPCER {}<br><small>without asking {}</small>").format(
        _share(counts.bpcer), _share(counts.bpcer_unasked)
    )


def _share(estimate: Estimate | None) -> str:
    return UNKNOWN if estimate is None else page.percent(estimate)


def _subjects(subjects: Sequence[Subject]) -> Table:
    rows = []
    for subject in subjects:
        live, attacks, distances = subject.scores[True], subject.scores[False], subject.distances
        rows.append(
            [
                subject.name,
                f"{len(live)} and {len(attacks)}",
                f"{distances.area_under_curve():.3f}" if distances else UNKNOWN,
                f"{min(live):.3f}" if live else UNKNOWN,
                f"{max(attacks):.3f}" if attacks else UNKNOWN,
            ]
        )
    head = ("", "living and attack visits judged", "AUC", "least living", "highest attack")
    return Table("Scores of whole visits", head, rows)


def _left_out(subject: Subject) -> Table:
    rows = [
        [
            f"{number.person}: " + ", ".join(number.clips),
            f"{number.policy.deny_below:.2f}",
            f"{number.policy.open_from:.2f}",
            *(_ended(counts) for counts in (number.live, number.attacks)),
        ]
        for number in subject.left_out
    ]
    live, attacks = subject.left_out_totals
    rows.append([Markup("<b>all</b>"), "", "", _ended(live), _ended(attacks)])
    head = ("person", "deny below", "open from", "living", "attacks")
    caption = f"{subject.name}: visits opened / asked / denied / no response"
    return Table(caption, head, rows)


def _ended(counts: Counts) -> str:
    numbers = (counts.opened, counts.asked, counts.denied, counts.no_response)
    return " / ".join(map(str, numbers)) if counts.presentations else UNKNOWN


def _worst(measurement: Measurement) -> list[Sheet]:
    """The visits that came nearest to a mistake, or were one, as pictures."""
    cases = [
        (visit, outcome, score_of(visit.looks[measurement.decisive]))
        for visit, outcome in zip(measurement.visits, measurement.outcomes, strict=True)
    ]
    scored = [case for case in cases if case[2] is not None]
    attacks = sorted((c for c in scored if not c[0].clip.is_live), key=lambda c: -(c[2] or 0))
    live = sorted((c for c in scored if c[0].clip.is_live), key=lambda c: c[2] or 0)
    silent = [case for case in cases if case[2] is None]
    sheets = (("Attacks that score highest", attacks), ("Living people who score lowest", live))
    return [
        Sheet(title, [_case(case, measurement.decisive) for case in found[:SHOWN]])
        for title, found in (*sheets, ("Visits without response", silent))
        if found
    ]


def _case(case: tuple[Visit, Outcome, float | None], subject: str) -> Cell:
    visit, outcome, score = case
    scores = [look.score for look in visit.looks[subject]]
    pictures = []
    if scores:
        judged = [0.5 if score is None else score for score in scores]
        telling = np.argmin(judged) if visit.clip.is_live else np.argmax(judged)
        pictures = [page.thumbnail(visit.pictures[int(telling)])]
    told = outcome.value if score is None else f"{score:.3f}, {outcome.value}"
    return Cell(pictures, [told, f"{visit.clip.name} at {visit.start_s:.1f} s"])

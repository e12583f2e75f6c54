"""Writes what was measured: JSON, charts and a report, all or nothing."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

from facedoor_convert import files
from facedoor_convert.evaluation.charts import png
from facedoor_convert.liveness import charts, report
from facedoor_convert.liveness.clips import LIVE
from facedoor_convert.liveness.outcomes import score_of

if TYPE_CHECKING:
    from pathlib import Path

    from facedoor.identity.liveness import LivenessPolicy
    from facedoor_convert.evaluation.intervals import Estimate
    from facedoor_convert.liveness.measure import Measurement, Rates, Subject
    from facedoor_convert.liveness.outcomes import Counts


def write(measurement: Measurement, output: Path) -> None:
    """Put ``liveness.json``, ``roc.png``, ``scores.png`` and ``report.html`` into the folder
    ``output``. Raises :class:`ConvertError`; files that lay there are replaced only when all new
    ones are whole.
    """
    pictures = {
        "scores.png": png(charts.scores(measurement)),
        "roc.png": png(charts.roc(measurement.subjects)),
    }
    html = report.render(measurement, pictures)
    found = json.dumps(as_json(measurement), indent=2) + "\n"
    files.write_all(
        output, pictures | {"report.html": html.encode(), "liveness.json": found.encode()}
    )


def as_json(measurement: Measurement) -> dict[str, object]:
    """The object that ``liveness --json`` prints."""
    liveness = measurement.liveness
    return {
        "pack": str(measurement.models.directory),
        "networks": [
            {"file": network.file, "sha256": network.sha256} for network in liveness.networks
        ],
        "deny_below": liveness.deny_below,
        "open_from": liveness.open_from,
        "threshold_source": liveness.threshold_source,
        "clips": len(measurement.people),
        "people": len(set(measurement.people.values())),
        "decided_by": measurement.decisive,
        "kinds": {kind: _rates(kind, rates) for kind, rates in measurement.rates.items()},
        "scores": [_subject(subject) for subject in measurement.subjects],
        "visits": [
            {
                "clip": visit.clip.name,
                "person": measurement.people[visit.clip.name],
                "start_s": round(visit.start_s, 3),
                "looks": len(visit.embeddings),
                "outcome": outcome.value,
                "scores": {
                    name: None if (score := score_of(looks)) is None else round(score, 4)
                    for name, looks in visit.looks.items()
                },
            }
            for visit, outcome in zip(measurement.visits, measurement.outcomes, strict=True)
        ],
    }


def _rates(kind: str, rates: Rates) -> dict[str, object]:
    return {
        "by_visit": _counts(kind, rates.by_visit),
        "by_clip": _counts(kind, rates.by_clip),
    }


def _counts(kind: str, counts: Counts) -> dict[str, object]:
    shares = (
        {"bpcer": counts.bpcer, "bpcer_unasked": counts.bpcer_unasked, "bpnrr": counts.non_response}
        if kind == LIVE
        else {"apcer": counts.apcer, "apnrr": counts.non_response}
    )
    return {
        "presentations": counts.presentations,
        **dataclasses.asdict(counts),
        **{name: _estimate(share) for name, share in shares.items()},
    }


def _subject(subject: Subject) -> dict[str, object]:
    distances = subject.distances
    live, attacks = subject.left_out_totals
    return {
        "name": subject.name,
        "auc": round(distances.area_under_curve(), 7) if distances else None,
        "least_live": round(min(subject.scores[True]), 4) if subject.scores[True] else None,
        "highest_attack": round(max(subject.scores[False]), 4) if subject.scores[False] else None,
        "thresholds": None if subject.policy is None else _policy(subject.policy),
        "leave_one_out": {
            "live": dataclasses.asdict(live),
            "attacks": dataclasses.asdict(attacks),
            "people": [
                {
                    "person": each.person,
                    "clips": each.clips,
                    **_policy(each.policy),
                    "live": dataclasses.asdict(each.live),
                    "attacks": dataclasses.asdict(each.attacks),
                }
                for each in subject.left_out
            ],
        },
    }


def _policy(policy: LivenessPolicy) -> dict[str, float]:
    return {"deny_below": round(policy.deny_below, 4), "open_from": round(policy.open_from, 4)}


def _estimate(share: Estimate | None) -> list[float] | None:
    return None if share is None else share.as_json()

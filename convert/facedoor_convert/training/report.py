"""What came of a training, for people and as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from facedoor_convert.training.held_out import Comparison, Figures


@dataclass(frozen=True, slots=True)
class Report:
    """What a training has made; ``pack`` is ``None`` when it got worse and none was written."""

    comparison: Comparison
    picture: Path
    pack: Path | None
    trained_people: int
    trained_photos: int
    missed_photos: int
    steps: int
    seconds: float

    def as_json(self) -> dict[str, object]:
        """The keys of ``train --json``."""
        return {
            **self.comparison.as_json(),
            "picture": str(self.picture),
            "pack": None if self.pack is None else str(self.pack),
            "trained_people": self.trained_people,
            "trained_photos": self.trained_photos,
            "missed_photos": self.missed_photos,
            "steps": self.steps,
            "seconds": round(self.seconds, 1),
        }

    def describe(self) -> str:
        """The result in words, verdict last."""
        compared = self.comparison

        def row(name: str, figures: Figures) -> str:
            auc, eer, tar = figures.auc, 100 * figures.eer, 100 * figures.tar
            return f"{name:6}  {auc:.4f}  {eer:5.2f} %  {tar:5.1f} %"

        if compared.auc_change is None or compared.tar_change is None:
            change = "how sure that is cannot be told from so few people: leave out five or more"
        else:
            auc_low, auc_high = compared.auc_change
            low, high = (100 * bound for bound in compared.tar_change)
            change = (
                f"change in 95 of 100 draws of people: AUC {auc_low:+.4f} to {auc_high:+.4f}, "
                f"accepted {low:+.1f} to {high:+.1f} points"
            )
        if self.pack is None:
            end = "It got worse, so no pack was written: add photos, or train fewer steps."
        else:
            end = (
                f"{self.pack} refuses everybody until its distances are measured, which is the "
                f"next step: facedoor-convert calibrate --pack {self.pack} --images DIR, on other "
                f"people; {self.picture} shows more"
            )
        measured = (
            f"{compared.genuine_pairs} pairs of one person, {compared.impostor_pairs} of strangers"
        )
        lines = (
            f"{self.steps} steps on {self.trained_photos} photos of {self.trained_people} people",
            f"measured on {compared.people} people left out: {measured}",
            f"without a face or unreadable: {self.missed_photos} photos",
            "        AUC     EER      accepted at FMR 1e-3",
            row("before", compared.before),
            row("after", compared.after),
            change,
            f"verdict: {compared.verdict}",
            end,
        )
        return "\n".join(lines)

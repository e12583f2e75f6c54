"""A measured figure, beside what it should be."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """``value`` in ``unit``. ``target`` is the most that it should be, or the least if ``at_least``
    says so, ``None`` where nothing is promised; ``against`` says what the target is, or what the
    figure covers. A ``value`` of ``None`` was not measured, and ``against`` says why."""

    value: float | str | None
    unit: str
    target: float | None = None
    against: str = ""
    at_least: bool = False

    @property
    def verdict(self) -> str:
        if self.target is None or self.value is None or isinstance(self.value, str):
            return ""
        is_met = self.value >= self.target if self.at_least else self.value <= self.target
        return "met" if is_met else "MISSED"


Figures = Mapping[str, Figure]


def left_out(why: str) -> Figure:
    """A figure that could not be measured here; ``why`` also says what would make it possible."""
    return Figure(None, "", against=why)


def measured(figures: Figures) -> Figures:
    """``figures`` without those that were left out."""
    return {name: figure for name, figure in figures.items() if figure.value is not None}


def to_json(figures: Figures) -> str:
    rounded = {
        name: dataclasses.asdict(figure)
        | {
            key: float(f"{value:.4g}")
            for key in ("value", "target")
            if isinstance(value := getattr(figure, key), float)
        }
        for name, figure in figures.items()
    }
    return json.dumps(rounded, indent=2, ensure_ascii=False) + "\n"


def from_json(text: str) -> Figures:
    return {name: Figure(**values) for name, values in json.loads(text).items()}


def table(figures: Figures) -> str:
    """One line for each figure."""
    width = max(map(len, figures)) + 2
    lines = [f"{'':<{width}}{'measured':>12}        {'target':>9}"]
    for name, figure in figures.items():
        target = ""
        if figure.target is not None:
            target = f"{'>=' if figure.at_least else '<='} {figure.target:.4g}"
        lines.append(
            f"{name:<{width}}{_shown(figure.value):>12} {figure.unit:<7}{target:>9} "
            f"{figure.verdict:<7}{figure.against}".rstrip()
        )
    return "\n".join(lines)


def _shown(value: float | str | None) -> str:
    if value is None:
        return "left out"
    return value if isinstance(value, str) else f"{value:.4g}"

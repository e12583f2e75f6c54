"""A measured figure, beside what it should be."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """``value`` in ``unit``. ``target`` is the most that it should be, ``None`` where nothing is
    promised; ``against`` says what the target is, or what the figure covers."""

    value: float | str
    unit: str
    target: float | None = None
    against: str = ""

    @property
    def verdict(self) -> str:
        if self.target is None or isinstance(self.value, str):
            return ""
        return "met" if self.value <= self.target else "MISSED"


Figures = Mapping[str, Figure]


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
    lines = [f"{'':<{width}}{'measured':>12}        {'target':>8}"]
    for name, figure in figures.items():
        value = figure.value if isinstance(figure.value, str) else f"{figure.value:.4g}"
        target = "" if figure.target is None else f"{figure.target:.4g}"
        lines.append(
            f"{name:<{width}}{value:>12} {figure.unit:<7}{target:>8} {figure.verdict:<7}"
            f"{figure.against}".rstrip()
        )
    return "\n".join(lines)

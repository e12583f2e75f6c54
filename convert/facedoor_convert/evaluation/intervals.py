"""How far a counted share may lie from the truth, where only the count is known: at 95 %.

Observations are supposed to be independent. Comparisons that share a person are not: for them take
:mod:`~facedoor_convert.evaluation.bootstrap`, wherever an error was seen at all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

CONFIDENCE = 0.95
_Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measured value, and the bounds between which the true one lies with 95 % confidence."""

    value: float
    low: float
    high: float

    def as_json(self) -> list[float]:
        return [round(number, 7) for number in (self.value, self.low, self.high)]

    def complement(self) -> Estimate:
        """The same of the share of all others: a TAR of an FNMR."""
        return Estimate(1 - self.value, 1 - self.high, 1 - self.low)


def rule_of_three(trials: int) -> float:
    """The largest error rate that leaves one chance in twenty of no error in ``trials``: 3 / n.

    ISO/IEC 19795-1's rule: (1 - p)^n = 0.05 has the solution p = 3 / n but for a small remainder.
    It holds for ``trials`` that are independent, so it is the least that can be asked of a set.
    """
    return min(1.0, 3 / trials)


def supports(rate: float, trials: int) -> bool:
    """True if so many ``trials`` can tell a ``rate`` from a smaller one."""
    return rule_of_three(trials) <= rate * (1 + 1e-9)


def share(errors: int, trials: int) -> Estimate:
    """The share of errors in independent ``trials``.

    Where there was none, the rule of three; otherwise the interval of Wilson, "Probable inference,
    the law of succession, and statistical inference" (1927).
    """
    if errors == 0:
        return Estimate(0.0, 0.0, rule_of_three(trials))
    p, z2 = errors / trials, _Z**2 / trials
    middle, half = p + z2 / 2, math.sqrt(z2 * (p * (1 - p) + z2 / 4))
    return Estimate(p, (middle - half) / (1 + z2), min(1.0, (middle + half) / (1 + z2)))

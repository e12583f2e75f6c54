"""How much of the time of measuring all forms is over, so that what is said to be left is true.

What a face takes in float32 is known after the first one, and what making a form takes after the
first form. So the seconds of every form are counted from what this machine took so far, and those
of a form's own faces from its ratio as soon as that is measured.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from facedoor_convert.tflite.forms import Form

ROUNDS = 15
"""Runs of each network that a time is the median of."""
SLOW, SLOW_ROUNDS, SLOW_FACES = 5.0, 2, 24
"""A form so many times slower than float32 gets fewer runs and faces."""

OUTSIDE = 20.0
"""What a form that XNNPACK does not run is expected to take of float32's time until it is timed:
int16 took 18 to 26 times as long, by the network (``models/*.forms.json``)."""

MAKING_FACES = 15.0
"""In the time of how many faces in float32 a form is made, about, until one was."""


class FormsWork:
    """Told of each thing that is done, it tells ``report`` the share of the time that is over."""

    def __init__(
        self,
        forms: Sequence[Form],
        faces: int,
        report: Callable[[float], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``forms`` are all but float32, in their order; ``faces`` are embedded by each."""
        self._faces, self._report, self._clock = faces, report, clock
        self._ratios = [1.0 if form.in_xnnpack else OUTSIDE for form in forms]
        self._face_s = 0.0  # in float32, when that is known
        self._making_s, self._made = 0.0, 0
        self._chosen = faces
        self._start_s = self._since_s = clock()

    def embedded(self, count: int) -> None:
        """So many faces are embedded by this network."""
        face_s = (self._clock() - self._since_s) / count
        own_s = face_s * (self._chosen - count)
        later_s = self._later_s if self._made else self._all_s(face_s, self._ratios)
        self._say(own_s + later_s)
        if count == self._chosen:
            # What comes until the next network runs, its row, making and loading, is one to it.
            self._since_s = self._clock()

    def float_done(self) -> None:
        """All faces are embedded by float32."""
        self._face_s = (self._since_s - self._start_s) / self._faces

    def made(self) -> None:
        """The next form is made, and will be timed."""
        self._making_s += self._clock() - self._since_s
        self._made += 1
        self._say(self._run_s(self._ratios[0], self._face_s) + self._later_s)

    def timed(self, ratio: float, faces: int) -> None:
        """It takes so many times as long as float32, and so many faces will be embedded."""
        self._chosen, self._since_s = faces, self._clock()
        self._say(ratio * self._face_s * faces + self._later_s)

    def form_done(self) -> None:
        """All of its faces are embedded."""
        left_s = self._later_s
        del self._ratios[0]
        self._say(left_s)

    @property
    def _later_s(self) -> float:
        """What all forms after this one will take."""
        return self._all_s(self._face_s, self._ratios[1:])

    def _all_s(self, face_s: float, ratios: Sequence[float]) -> float:
        making_s = self._making_s / self._made if self._made else MAKING_FACES * face_s
        return sum(making_s + self._run_s(ratio, face_s) for ratio in ratios)

    def _run_s(self, ratio: float, face_s: float) -> float:
        """What a form takes to be timed, in turns with float32, and to embed its faces."""
        is_slow = ratio > SLOW
        rounds = 1 + (SLOW_ROUNDS if is_slow else ROUNDS)
        faces = min(SLOW_FACES, self._faces) if is_slow else self._faces
        return face_s * (rounds * (1 + ratio) + faces * ratio)

    def _say(self, left_s: float) -> None:
        taken_s = self._clock() - self._start_s
        whole_s = taken_s + left_s
        self._report(taken_s / whole_s if whole_s else 0.0)

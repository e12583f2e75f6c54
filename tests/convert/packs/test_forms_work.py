"""What is said to be left of a comparison, against what it then took, on a clock of its own."""

from __future__ import annotations

import pytest

from doorway import Clock
from facedoor_convert.packs.forms_work import ROUNDS, SLOW_FACES, SLOW_ROUNDS, FormsWork
from facedoor_convert.tflite.forms import FORMS

FACES = 118


def run(ratios: dict[str, float], making_s: float, face_s: float) -> list[tuple[float, float]]:
    """The seconds taken and the share said at each report, of a machine with these figures."""
    clock = Clock()
    start_s = clock()
    told: list[tuple[float, float]] = []
    forms = [form for form in FORMS.values() if form.name != "float32"]

    def report(share: float) -> None:
        told.append((clock() - start_s, share))

    work = FormsWork(forms, FACES, report, clock)

    def embed(faces: int, seconds: float) -> None:
        for number in range(1, faces + 1):
            clock.now_s += seconds
            work.embedded(number)

    embed(FACES, face_s)
    work.float_done()
    for form in forms:
        ratio = ratios.get(form.name, 1.0)
        clock.now_s += making_s
        work.made()
        rounds, faces = (ROUNDS, FACES) if ratio < 5 else (SLOW_ROUNDS, SLOW_FACES)
        clock.now_s += (1 + rounds) * (1 + ratio) * face_s
        work.timed(ratio, faces)
        embed(faces, ratio * face_s)
        clock.now_s += making_s / 4  # its row of the table
        work.form_done()
    return told


@pytest.mark.parametrize(
    ("ratios", "making_s", "face_s"),
    [
        ({"int16": 20.8}, 2.0, 0.03),
        ({"int8": 0.28, "int8_float_io": 0.26, "dynamic": 0.27, "int16": 19.8}, 2.0, 0.03),
        ({"int16": 26.4}, 0.3, 0.01),
        ({"int16": 18.0}, 9.0, 0.2),
    ],
)
def test_the_time_left_is_true_to_a_third_from_the_first_form_on(
    ratios: dict[str, float], making_s: float, face_s: float
) -> None:
    told = run(ratios, making_s, face_s)
    whole_s = told[-1][0]
    assert told[-1][1] == pytest.approx(1)
    for taken_s, share in told[FACES:]:
        left_s = taken_s * (1 - share) / share
        assert left_s == pytest.approx(whole_s - taken_s, rel=0.34, abs=0.02 * whole_s)

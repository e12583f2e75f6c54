from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor.frames import Box, Face
from facedoor.reasons import Reason

edges = st.floats(-1000, 1000)
sizes = st.floats(0.1, 1000)
boxes = st.builds(lambda x, y, w, h: Box(x, y, x + w, y + h), edges, edges, sizes, sizes)


@given(boxes, boxes)
def test_overlap_is_a_share_and_the_same_from_both_sides(one: Box, other: Box) -> None:
    assert 0 <= one.overlap(other) <= 1 + 1e-9
    assert one.overlap(other) == pytest.approx(other.overlap(one))
    assert one.overlap(one) == pytest.approx(1)
    assert one.overlap(Box(one.right, one.top, one.right + 10, one.bottom)) == 0
    assert Box(0, 0, 2, 1).overlap(Box(1, 0, 3, 1)) == pytest.approx(1 / 3)


@given(boxes, st.floats(0.1, 10), st.floats(0.1, 10))
def test_scaling_keeps_overlap_and_moves_the_centre(box: Box, x: float, y: float) -> None:
    scaled = box.scaled(x, y)
    assert scaled.width_px == pytest.approx(box.width_px * x, abs=1e-6)
    assert scaled.height_px == pytest.approx(box.height_px * y, abs=1e-6)
    assert scaled.centre == pytest.approx((box.centre[0] * x, box.centre[1] * y), abs=1e-6)


def test_face_is_scaled_with_its_landmarks() -> None:
    face = Face(Box(0, 0, 10, 10), np.array([[3, 4], [6, 8]] * 3, np.float32), 0.9)
    larger = face.scaled(2, 2)
    assert larger.box == Box(0, 0, 20, 20)
    assert larger.landmarks.tolist() == [[6, 8], [12, 16]] * 3
    assert larger.landmarks.dtype == np.float32


def test_every_reason_tells_people_what_to_do() -> None:
    for reason in Reason:
        assert reason.guidance, reason
        assert "_" not in reason.guidance

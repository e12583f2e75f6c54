from __future__ import annotations

import numpy as np
import pytest

from facedoor.camera.pictures import SNAPSHOT_WIDTH_PX, decode_picture, snapshot


@pytest.mark.parametrize(
    ("size", "becomes"),
    [
        ((960, 1280), (480, SNAPSHOT_WIDTH_PX)),
        ((200, 300), (200, 300)),
        ((1, 4000), (1, SNAPSHOT_WIDTH_PX)),
    ],
)
def test_large_frame_becomes_smaller_and_keeps_its_shape(
    size: tuple[int, int], becomes: tuple[int, int]
) -> None:
    picture = decode_picture(snapshot(np.full((*size, 3), 90, np.uint8)), "snapshot")
    assert picture.shape == (*becomes, 3)


def test_red_stays_red() -> None:
    red = np.zeros((40, 60, 3), np.uint8)
    red[..., 0] = 200
    mean = decode_picture(snapshot(red), "snapshot").mean(axis=(0, 1))
    assert mean == pytest.approx([200, 0, 0], abs=4)

"""The two sizes of a frame."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from facedoor.camera.pictures import two_streams
from facedoor.config.options import CameraConfig


def test_a_large_picture_is_shrunk_to_the_configured_sizes():
    main, lores = two_streams(np.zeros((1440, 1920, 3), np.uint8), CameraConfig())
    assert main.shape == (960, 1280, 3)
    assert lores.shape == (480, 640, 3)


def test_a_small_picture_is_both_streams_untouched():
    picture = np.zeros((250, 250, 3), np.uint8)
    main, lores = two_streams(picture, CameraConfig())
    assert main is picture
    assert lores is picture


def test_shrinking_averages_instead_of_picking_pixels():
    stripes = np.zeros((960, 1280, 3), np.uint8)
    stripes[:, ::2] = 200
    assert (two_streams(stripes, CameraConfig())[1] == 100).all()


@given(width=st.integers(1, 3000), height=st.integers(1, 3000))
def test_streams_fit_keep_the_aspect_and_never_grow(width, height):
    picture = np.zeros((height, width, 3), np.uint8)
    config = CameraConfig()
    main, lores = two_streams(picture, config)
    assert main.shape[1] <= min(width, config.width_px)
    assert main.shape[0] <= min(height, config.height_px)
    assert lores.shape[1] <= min(main.shape[1], config.lores_width_px)
    scale = main.shape[1] / width
    assert abs(main.shape[0] - height * scale) <= 1 + height / width

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from facedoor_convert.errors import WeightsError
from facedoor_convert.readers import dlib_dat
from workbench import (
    dlib_affine,
    dlib_array,
    dlib_con,
    dlib_file,
    dlib_plain,
)

KERNEL = np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2)
BIAS = np.array([-1.5, 2.5], np.float32)
WHOLE = dlib_file(dlib_con(KERNEL, BIAS), dlib_affine(BIAS, BIAS), dlib_plain("relu_"))


def read(folder: Path, data: bytes) -> dlib_dat.DlibNetwork:
    path = folder / "network.dat"
    path.write_bytes(data)
    return dlib_dat.read(path)


def test_layers_come_in_the_order_in_which_they_run(tmp_path: Path) -> None:
    network = read(tmp_path, WHOLE)
    assert [layer.kind for layer in network.layers] == ["con", "affine", "relu"]
    assert network.mean_rgb == pytest.approx((122, 117, 104))
    assert network.size_px == (150, 150)


def test_a_kernel_comes_as_height_width_in_out(tmp_path: Path) -> None:
    con = read(tmp_path, WHOLE).layers[0]
    assert con.arrays["kernel"].tolist() == KERNEL.transpose(2, 3, 1, 0).tolist()
    assert con.arrays["bias"].tolist() == BIAS.tolist()
    assert con.settings["stride_y"] == 1


def test_a_file_cut_at_any_byte_is_refused(tmp_path: Path) -> None:
    for size in range(len(WHOLE)):
        with pytest.raises(WeightsError):
            read(tmp_path, WHOLE[:size])


def test_what_stands_behind_the_last_layer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="what follows the last layer is"):
        read(tmp_path, WHOLE + dlib_plain("relu_"))


def test_tags_belong_to_the_layer_before(tmp_path: Path) -> None:
    network = read(tmp_path, dlib_file(dlib_con(KERNEL, BIAS), dlib_plain("relu_"), tags=2))
    assert [layer.tags for layer in network.layers] == [0, 2]


def test_the_first_wrong_thing_is_named(tmp_path: Path) -> None:
    for data, named in (
        (b"", "1 bytes have to follow"),
        (b"no network", "begins no integer"),
        (WHOLE.replace(b"loss_metric_2", b"loss_metric_3"), "the loss is 'loss_metric_3'"),
        (dlib_file(dlib_plain("sig_")), "a layer 'sig_'"),
        (dlib_file(dlib_con(KERNEL * np.nan, BIAS)), "not a finite number"),
        (
            dlib_file(dlib_con(KERNEL, BIAS)).replace(
                dlib_array(np.zeros(26))[:10], dlib_array(np.empty(0), (2**60, 1, 1, 1)), 1
            ),
            "the file ends before",
        ),
    ):
        with pytest.raises(WeightsError, match="not a network of dlib") as refused:
            read(tmp_path, data)
        assert named in str(refused.value), named

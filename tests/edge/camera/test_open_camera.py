from __future__ import annotations

import cv2
import numpy as np
import pytest

from facedoor.camera.recorded import FolderCamera
from facedoor.camera.source import open_camera
from facedoor.config.options import CameraConfig
from facedoor.errors import CameraError, UsageError


@pytest.mark.parametrize("spec", ["", "webcam", "usb", "usb:", "usb:x", "file:", "folder:", "sim:"])
def test_a_spec_of_no_known_kind_is_wrong_use(spec):
    with pytest.raises(UsageError, match="usb:0"):
        open_camera(spec, CameraConfig())


@pytest.mark.parametrize("spec", ["usb:97", "file:nowhere.mp4", "folder:nowhere"])
def test_a_camera_that_is_not_there_is_an_error(spec):
    with pytest.raises(CameraError):
        open_camera(spec, CameraConfig())


def test_a_folder_opens(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((9, 9, 3), np.uint8))
    with open_camera(f"folder:{tmp_path}", CameraConfig()) as camera:
        assert isinstance(camera, FolderCamera)
        assert camera.read() is not None

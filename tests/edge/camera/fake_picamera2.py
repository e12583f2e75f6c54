"""A stand-in for picamera2 and libcamera: the names, checks, memory layouts and errors of the real
modules (0.3.36), as far as the adapter touches them, in front of a camera made of numbers.
"""

from __future__ import annotations

import types
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

_RGB = {"BGR888", "RGB888", "XBGR8888", "XRGB8888"}
_YUV = {"YUV420", "YVU420"}
_STREAM_KEYS = {"format", "size", "stride", "preserve_ar"}


@dataclass(frozen=True)
class Transform:
    hflip: bool = False
    vflip: bool = False


class ColorSpace:
    @staticmethod
    def Smpte170m() -> str:  # noqa: N802 - the real name
        return "SMPTE170M"


@dataclass
class Hardware:
    """What stands before the software: change a field and the camera behaves so."""

    view: Any
    attached: bool = True
    busy: bool = False
    main_format: str | None = None
    """The format that main is adjusted to, whatever was asked for."""
    lores_format: str | None = None
    can_flip: bool = True
    row_alignment: int = 64
    frames: int | None = None
    """How many frames come before the camera falls silent."""
    requests_out: int = 0
    opened: int = 0
    is_pisp: bool = False
    """A Pi 5; its elders insist on a YUV lores stream."""
    waits: list[Any] = field(default_factory=list)
    controls: frozenset[str] = frozenset({"FrameRate", "ExposureValue"})
    was_told: list[dict[str, Any]] = field(default_factory=list)
    """The controls that were set while it ran, in this order."""


def modules(hardware: Hardware) -> dict[str, types.ModuleType]:
    """The modules to put into ``sys.modules``."""
    picamera2 = types.ModuleType("picamera2")
    libcamera = types.ModuleType("libcamera")
    vars(picamera2)["Picamera2"] = lambda: Picamera2(hardware)
    vars(libcamera).update(Transform=Transform, ColorSpace=ColorSpace)
    return {"picamera2": picamera2, "libcamera": libcamera}


class Picamera2:
    def __init__(self, hardware: Hardware) -> None:
        if not hardware.attached:
            raise IndexError("list index out of range")
        if hardware.busy:
            raise RuntimeError("Camera __init__ sequence did not complete.")
        hardware.opened += 1
        self.hardware = hardware
        self.camera_config: dict[str, Any] = {}
        self.is_open, self.started, self.pending_jobs = True, False, 0
        self.number = 0

    def create_video_configuration(
        self,
        main: dict[str, Any],
        lores: dict[str, Any] | None = None,
        raw: dict[str, Any] | None = None,
        transform: Transform = Transform(),
        colour_space: Any = None,
        controls: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        streams = {
            "main": {"format": "XBGR8888", "size": (1280, 720), "preserve_ar": True} | main,
            "lores": lores and {"format": "YUV420", "preserve_ar": False} | lores,
        }
        for stream in filter(None, streams.values()):
            if unknown := stream.keys() - _STREAM_KEYS:
                raise ValueError(f"Bad key {unknown}")
            width, height = stream["size"]
            stream["size"] = (width - width % 2, height - height % 2)
        return streams | {
            "raw": raw,
            "transform": transform,
            "colour_space": colour_space,
            "controls": controls or {},
        }

    def configure(self, config: dict[str, Any]) -> None:
        if self.started:
            raise RuntimeError("Camera must be stopped before configuring")
        if type(config["transform"]) is not Transform:
            raise RuntimeError("Transform has incorrect type")
        if unknown := config["controls"].keys() - self.hardware.controls:
            raise RuntimeError(f"Control {unknown} is not advertised by libcamera")
        main, lores = config["main"], config["lores"]
        for name in ("main", "lores"):
            stream = config[name]
            if stream["format"] not in _RGB | _YUV:
                raise RuntimeError(f"Bad format {stream['format']} in stream {name}")
            if type(stream["size"]) is not tuple:
                raise RuntimeError(f"size in {name} stream should be (width, height)")
        if lores["size"][0] > main["size"][0] or lores["size"][1] > main["size"][1]:
            raise RuntimeError("lores stream dimensions may not exceed main stream")
        if not self.hardware.is_pisp and lores["format"] not in _YUV:
            raise RuntimeError("lores stream must be YUV")
        main["format"] = self.hardware.main_format or main["format"]
        lores["format"] = self.hardware.lores_format or lores["format"]
        for stream in (main, lores):
            alignment = self.hardware.row_alignment
            row_bytes = stream["size"][0] * _bytes_per_pixel(stream["format"])
            stream["stride"] = -(-row_bytes // alignment) * alignment
        if not self.hardware.can_flip:
            config["transform"] = Transform()
        self.camera_config = config

    def set_controls(self, controls: dict[str, Any]) -> None:
        if unknown := controls.keys() - self.hardware.controls:
            raise RuntimeError(f"Control {unknown} is not advertised by libcamera")
        self.hardware.was_told.append(controls)

    def camera_configuration(self) -> dict[str, Any]:
        return self.camera_config

    def start(self) -> None:
        if not self.camera_config:
            raise RuntimeError("Camera has not been configured")
        self.started = True

    def capture_request(self, wait: float | None = None) -> CompletedRequest:
        assert self.started, "the real one would wait for ever"
        self.hardware.waits.append(wait)
        if self.number == self.hardware.frames:
            assert wait, "the real one would wait for ever"
            self.pending_jobs += 1
            raise TimeoutError
        self.number += 1
        return CompletedRequest(self)

    def cancel_all_and_flush(self) -> None:
        self.pending_jobs = 0

    def close(self) -> None:
        assert not self.pending_jobs, "the real one would wait for ever"
        if self.is_open:
            self.hardware.opened -= 1
        self.is_open = self.started = False


class CompletedRequest:
    def __init__(self, camera: Picamera2) -> None:
        self.camera = camera
        self.config = camera.camera_config
        self.time_ns = camera.number * 1_000_000_000 // 15
        camera.hardware.requests_out += 1

    def make_array(self, name: str) -> Any:
        stream = self.config.get(name)
        if stream is None:
            raise RuntimeError(f"Stream {name!r} is not defined")
        view = cv2.resize(self.camera.hardware.view, stream["size"], interpolation=cv2.INTER_AREA)
        if self.config["transform"] == Transform(hflip=True, vflip=True):
            view = cv2.rotate(view, cv2.ROTATE_180)
        return _packed(view, stream["format"], stream["stride"])

    def get_metadata(self) -> dict[str, Any]:
        assert self.config, "asked after release()"
        return {"SensorTimestamp": self.time_ns, "ExposureTime": 10_000}

    def release(self) -> None:
        if not self.config:
            raise RuntimeError("CompletedRequest: lock now has negative ref_count")
        self.config = {}
        self.camera.hardware.requests_out -= 1


def _bytes_per_pixel(name: str) -> int:
    return {"BGR888": 3, "RGB888": 3, "XBGR8888": 4, "XRGB8888": 4}.get(name, 1)


def _packed(rgb: Any, name: str, stride: int) -> Any:
    """``rgb`` as picamera2's arrays hold it: without padding in RGB, with it in YUV."""
    opaque = np.full((*rgb.shape[:2], 1), 255, np.uint8)
    if name == "BGR888":
        return rgb.copy()
    if name == "RGB888":
        return rgb[..., ::-1].copy()
    if name == "XBGR8888":
        return np.concatenate([rgb, opaque], axis=2)
    if name == "XRGB8888":
        return np.concatenate([rgb[..., ::-1], opaque], axis=2)
    height, width = rgb.shape[:2]
    padded = cv2.copyMakeBorder(rgb, 0, 0, 0, stride - width, cv2.BORDER_CONSTANT, value=(9, 9, 9))
    code = cv2.COLOR_RGB2YUV_I420 if name == "YUV420" else cv2.COLOR_RGB2YUV_YV12
    planes = cv2.cvtColor(padded, code)
    assert planes.shape == (height * 3 // 2, stride)
    return planes

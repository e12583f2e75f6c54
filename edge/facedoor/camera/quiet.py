"""Keeps OpenCV, and the FFmpeg inside it, from writing to standard error on their own.

What goes wrong with a picture or a camera is said once, in facedoor's own words. FFmpeg's lines
would also print the address of a network camera with its password.
"""

from __future__ import annotations

import os

import cv2

_FFMPEG_QUIET = "-8"  # AV_LOG_QUIET
_OPENCV_SILENT = 0  # LOG_LEVEL_SILENT


def silence_opencv() -> None:
    """Switch both logs off for this process. FFmpeg looks only once, at the first video."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", _FFMPEG_QUIET)
    # OpenCV 5 moved the function; both majors are in use.
    set_level = getattr(cv2, "setLogLevel", None) or cv2.utils.logging.setLogLevel
    set_level(_OPENCV_SILENT)

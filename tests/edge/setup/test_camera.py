from __future__ import annotations

import re

import numpy as np

from facedoor.frames import Image, Reading
from facedoor.reasons import Reason
from facedoor.setup.camera import FoundCamera, find_cameras
from facedoor.setup.preview import framed, half_blocks, has_all_colours, hint
from faces import face_at
from machine_kit import Machine


def video(machine: Machine, number: int, driver: str, name: str, index: int) -> None:
    folder = f"sys/class/video4linux/video{number}"
    machine.write(f"{folder}/name", f"{name}\n")
    machine.write(f"{folder}/index", f"{index}\n")
    machine.write(f"sys/bus/drivers/{driver}/.keep", "")
    (machine.root / folder / "device").mkdir()
    (machine.root / folder / "device" / "driver").symlink_to(
        machine.root / "sys/bus/drivers" / driver
    )


def test_machine_without_cameras_has_none(machine: Machine) -> None:
    assert find_cameras(machine.root) == []


def test_usb_camera_is_found_once_and_codecs_are_not(machine: Machine) -> None:
    video(machine, 0, "uvcvideo", "HD Webcam", 0)
    video(machine, 1, "uvcvideo", "HD Webcam", 1)
    video(machine, 10, "bcm2835-codec", "bcm2835-codec-decode", 0)
    assert find_cameras(machine.root) == [FoundCamera("usb:0", "HD Webcam")]


NOBODY = Reading(None, Reason.NO_FACE)


def plain(width: int = 640, height: int = 480) -> Image:
    return np.zeros((height, width, 3), np.uint8)


def test_two_pixels_are_one_character_and_colours_are_sent_only_where_they_change() -> None:
    picture = np.array([[[255, 0, 0]], [[0, 0, 255]]], np.uint8)
    assert list(half_blocks(picture, True)) == ["\x1b[38;2;255;0;0;48;2;0;0;255m▀\x1b[0m"]
    picture = np.array([[[255, 255, 255]], [[0, 100, 0]]], np.uint8)
    assert list(half_blocks(picture, False)) == ["\x1b[38;5;231;48;5;28m▀\x1b[0m"]
    (line,) = half_blocks(plain(50, 2), has_all_colours=True)
    assert line.count("\x1b[38") == 1
    assert line.count("▀") == 50


def test_picture_fits_into_the_terminal_and_keeps_its_proportions() -> None:
    for columns, rows in [(80, 22), (100, 10), (20, 50), (1, 1)]:
        small = framed(plain(), NOBODY, columns, rows)
        height, width = small.shape[:2]
        assert width <= columns, columns
        assert height <= 2 * rows, columns
        assert height % 2 == 0, columns
        assert columns == 1 or abs(width / height - 640 / 480) < 0.15


def test_face_is_framed_in_the_colour_of_its_verdict() -> None:
    face = face_at(320, 240, 200)
    good = framed(plain(), Reading(np.zeros(128, np.float32), None, face), 80, 30)
    refused = framed(plain(), Reading(None, Reason.TOO_DARK, face), 80, 30)
    assert tuple(good[good.any(axis=2)][0]) == (38, 162, 105)
    assert tuple(refused[refused.any(axis=2)][0]) == (229, 165, 10)
    assert not framed(plain(), NOBODY, 80, 30).any()


def test_hint_says_what_to_do() -> None:
    assert hint(Reading(None, Reason.TOO_DARK)) == "too dark: turn on a light"
    assert hint(Reading(np.zeros(128, np.float32), None)).startswith("good")


def test_terminal_says_how_many_colours_it_has() -> None:
    assert has_all_colours({"COLORTERM": "truecolor"})
    assert not has_all_colours({"TERM": "xterm-256color"})


def test_lines_hold_nothing_but_colours_and_blocks() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (20, 30, 3), np.uint8)
    for line in half_blocks(noise, has_all_colours=False):
        assert re.sub(r"\x1b\[[\d;]*m", "", line) == "▀" * 30

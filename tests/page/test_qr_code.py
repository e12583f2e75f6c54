"""The QR code that the page draws of an invitation, beside segno's and read by OpenCV."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
import segno

from page_kit import exported

MODULE = "src/devices/qr_code.ts"
FULL_BYTES = [17, 32, 106, 154, 230, 271, 858, 2188, 2953]
"""What just fits versions 1 to 40: nothing is left to pad, which segno does in a way of its own."""


@pytest.fixture(scope="module")
def codes() -> dict[int, list[list[bool]]]:
    drawn = f"{json.dumps(FULL_BYTES)}.map((length) => [length, m.qrCode('u'.repeat(length))])"
    return dict(exported(MODULE, drawn))


def mask_of(code: list[list[bool]]) -> int:
    """It stands, masked itself with 101, in row 8."""
    return int("".join(str(int(code[8][x])) for x in (2, 3, 4)), 2) ^ 0b101


@pytest.mark.parametrize("length", FULL_BYTES)
def test_each_module_is_where_it_has_to_be(codes: dict[int, list[list[bool]]], length: int) -> None:
    code = codes[length]
    theirs = segno.make_qr(
        "u" * length, error="l", mode="byte", boost_error=False, mask=mask_of(code)
    )
    assert [list(map(int, row)) for row in code] == [list(row) for row in theirs.matrix]


def test_an_invitation_can_be_read() -> None:
    address = "https://doors.lan:8443/join#k=9d2JkTz_u-1&d=front.11qYAYKxCrf&r=viewer&n=B%C3%B6"
    code = np.pad(np.array(exported(MODULE, f"m.qrCode({json.dumps(address)})")), 4)
    image = np.kron(np.where(code, 0, 255), np.ones((6, 6))).astype(np.uint8)
    assert cv2.QRCodeDetector().detectAndDecode(image)[0] == address


def test_what_is_too_long_for_a_code_has_none() -> None:
    assert exported(MODULE, "m.qrCode('u'.repeat(2954))") is None

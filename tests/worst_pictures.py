"""How long the worst pictures that are decoded take: ``python tests/worst_pictures.py``.

Each is as large, and as tedious, as :func:`facedoor.camera.pictures.decode_sent_picture` takes it,
beside an ordinary one, and one that is refused.
"""

from __future__ import annotations

import time
import zlib

import cv2
import numpy as np

from facedoor.camera.bombs import MAX_SCANS
from facedoor.camera.pictures import decode_sent_picture
from facedoor.errors import ImageError
from pictures_kit import long_texts, many_scans, png

WIDTH_PX, HEIGHT_PX = 4000, 2000
TIMES = 3


def pictures() -> dict[str, bytes]:
    """By what they are."""
    noise = np.random.default_rng(0).integers(0, 255, (HEIGHT_PX, WIDTH_PX, 3), np.uint8)
    photo = cv2.GaussianBlur(noise, (0, 0), 3)
    row = b"\4" + bytes(6 * WIDTH_PX)
    deep = zlib.compress(row * HEIGHT_PX)
    size = (WIDTH_PX, HEIGHT_PX)
    return {
        "an ordinary JPEG": cv2.imencode(".jpg", photo)[1].tobytes(),
        "a progressive JPEG of noise": cv2.imencode(
            ".jpg", noise, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]
        )[1].tobytes(),
        f"a JPEG of {MAX_SCANS} scans": many_scans(*size, MAX_SCANS),
        "a JPEG of 12000 scans": many_scans(*size, 12_000),
        "a PNG of noise": cv2.imencode(".png", noise)[1].tobytes(),
        "a PNG of 16 bits": png(*size, deep, depth=16),
        "a PNG with 80 long texts": png(*size, deep, long_texts(80, 7 << 20), depth=16),
        "a PNG with pixels for 400 MB": png(*size, zlib.compress(bytes(400 << 20)), depth=16),
    }


def main() -> None:
    print(f"pictures of {WIDTH_PX * HEIGHT_PX // 10**6} megapixels")
    for what, data in pictures().items():
        took_s = []
        for _ in range(TIMES):
            begun_s = time.process_time()
            try:
                decode_sent_picture(data, "it")
                became = ""
            except ImageError as error:
                became = str(error)
            took_s.append(time.process_time() - begun_s)
        print(f"{what:30} {len(data) / 1000:8.1f} kB {min(took_s) * 1000:7.0f} ms  {became}")


if __name__ == "__main__":
    main()

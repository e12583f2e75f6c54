"""Is a turned look the frontal one, only seen aslant? Then the face is flat: a photo or a screen.

Two views of one plane differ by a homography, whatever the angle. A head has depth: when it turns,
the nose moves against the cheeks, and no homography makes one view of the other. So the frontal
look is bent over the turned one as well as a homography can, and what counts is how alike the two
are then.

Measured (``python -m benchmarks.challenge``): see docs/liveness.md. Paper that is bent is no plane,
and a video of a head that turns shows a head that turns: neither is found here.
"""

from __future__ import annotations

import cv2
import numpy as np

from facedoor.frames import Face, Image

SIZE_PX = 96
"""Side of the patches that are compared."""

FLAT_FROM = 0.985
"""So alike are two views of something flat; of a head that has turned by 25 degrees or more only
where it has just got there."""

_EYES_Y, _EYES_APART, _EYES_TO_MOUTH = 0.38, 0.36, 0.39
"""Where the eyes are in a patch, in its sides."""

_BLUR_PX = 1.5
"""What is finer is noise, and lines of a screen."""

_FACE = cv2.ellipse(
    np.zeros((SIZE_PX, SIZE_PX), np.uint8),
    (SIZE_PX // 2, round(0.52 * SIZE_PX)),
    (round(0.36 * SIZE_PX), round(0.42 * SIZE_PX)),
    *(0, 0, 360),
    255,
    -1,
)
"""Without what is behind the face, which moves against it also behind a cut-out photo."""

_STEPS = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 60, 1e-4)


def patch(image: Image, face: Face) -> Image:
    """``face`` of an RGB ``image``: grey, uint8 (SIZE_PX, SIZE_PX), eyes and mouth in one place."""
    x, y = 0.5, _EYES_Y
    half = _EYES_APART / 2
    target = np.array([(x - half, y), (x + half, y), (x, y + _EYES_TO_MOUTH)], np.float32)
    matrix = cv2.getAffineTransform(
        face.landmarks[[0, 1, 3]].astype(np.float32), target * np.float32(SIZE_PX)
    )
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    left, top = (max(0, int(edge)) for edge in (face.box.left, face.box.top))
    margin = int(face.box.width_px / 2)
    left, top = max(0, left - margin), max(0, top - margin)
    cut = image[top : int(face.box.bottom) + margin, left : int(face.box.right) + margin]
    matrix = np.column_stack([matrix[:, :2], matrix @ (left, top, 1)])
    if scale < 0.5:  # else single pixels would be picked
        cut = cv2.GaussianBlur(cut, (0, 0), 0.4 / scale).astype(np.uint8)
    warped = cv2.warpAffine(cut, matrix, (SIZE_PX, SIZE_PX), borderMode=cv2.BORDER_REPLICATE)
    grey = cv2.cvtColor(warped, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), _BLUR_PX), np.uint8)


def likeness(frontal: Image, turned: Image) -> float:
    """How alike two patches are once a homography has done its best: -1 to 1, 1 the same.

    0 where none can be found, as for two that have nothing in common.
    """
    try:
        found, _ = cv2.findTransformECC(
            frontal, turned, np.eye(3, dtype=np.float32), cv2.MOTION_HOMOGRAPHY, _STEPS, _FACE, 3
        )
    except cv2.error:  # it has not converged
        return 0.0
    return float(found)


def is_flat(frontal: Image, turned: Image) -> bool:
    """Whether two patches of one face show something flat."""
    return likeness(frontal, turned) >= FLAT_FROM

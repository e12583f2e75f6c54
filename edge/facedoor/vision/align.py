"""Cutting a face out of a picture: turned, scaled and shifted so that it stands where it should.

A crop that differs by a stretch or a swapped pair of channels still looks like a face and still
gives a vector, only a worse one.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from facedoor.frames import Face, Image, Vector
from facedoor.vision.pack import CropTemplate


def similarity_transform(source: Vector, target: Vector) -> NDArray[np.float64]:
    """The least-squares rotation, uniform scale and shift that take ``source`` onto ``target``.

    Both are of shape (n, 2) with n >= 2; the result is a 2x3 matrix. In two dimensions the
    solution of Umeyama, "Least-squares estimation of transformation parameters between two point
    patterns" (1991), has a closed form when points are read as complex numbers: with both centred,
    the factor is sum(conj(s) t) / sum(|s|^2). Raises ``ValueError`` when all points coincide.
    """
    s = source.astype(np.float64) @ np.array([1, 1j])
    t = target.astype(np.float64) @ np.array([1, 1j])
    spread = np.sum(np.abs(s - s.mean()) ** 2)
    if spread == 0:
        raise ValueError("the landmarks coincide, so they say nothing about scale")
    factor = np.sum(np.conj(s - s.mean()) * (t - t.mean())) / spread
    shift = t.mean() - factor * s.mean()
    return np.array(
        [[factor.real, -factor.imag, shift.real], [factor.imag, factor.real, shift.imag]]
    )


def crop_transform(face: Face, template: CropTemplate, width_px: int) -> NDArray[np.float64]:
    """The 2x3 matrix from the frame to the crop: similarity onto the template, then the stretch."""
    target = np.array([template.left_eye, template.right_eye, template.mouth], np.float32)
    matrix = similarity_transform(face.landmarks[[0, 1, 3]], target)
    middle = width_px / 2
    matrix[0] *= template.stretch_x
    matrix[0, 2] += middle * (1 - template.stretch_x)
    return matrix


def align(image: Image, face: Face, template: CropTemplate, width_px: int, height_px: int) -> Image:
    """Cut ``face`` out of an RGB ``image`` as the manifest's template asks.

    Returns uint8 (height_px, width_px, 3). Where the crop is a strong reduction the image is first
    shrunk with an area filter: a plain warp would pick single pixels and alias.
    """
    matrix = crop_transform(face, template, width_px)
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    image, matrix = _shrunk(image, matrix, scale)
    warped = cv2.warpAffine(
        image,
        matrix,
        (width_px, height_px),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return warped.astype(np.uint8, copy=False)


def _shrunk(
    image: Image, matrix: NDArray[np.float64], scale: float
) -> tuple[Image, NDArray[np.float64]]:
    """Reduce ``image`` by a whole factor so that the warp that is left reduces by less than two."""
    factor = min(int(1 / scale), *image.shape[:2]) if scale > 0 else 1
    if factor < 2:
        return image, matrix
    height, width = image.shape[0] // factor, image.shape[1] // factor
    cut = image[: height * factor, : width * factor]
    small = cv2.resize(cut, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8)
    # A pixel's centre at x of the small image lay at factor * x + (factor - 1) / 2.
    lift = np.array([[factor, 0, (factor - 1) / 2], [0, factor, (factor - 1) / 2], [0, 0, 1]])
    return small, matrix @ lift

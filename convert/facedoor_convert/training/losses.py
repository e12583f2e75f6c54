"""FaceNet's triplet loss, on triplets that are mined within each batch.

For an anchor a, a positive p (another image of the same person) and a negative n (anybody else)
the loss of Schroff, Kalenichenko and Philbin, "FaceNet" (2015), is

    max(0, |a - p|^2 - |a - n|^2 + margin)

with embeddings of unit length and a margin of 0.2. Their sum over triplets is a mean here, so that
the learning rate does not depend on the size of the batch. Only ``keras.ops`` is used: TensorFlow,
JAX and PyTorch give the same numbers.
"""

from __future__ import annotations

from typing import Any

from facedoor_convert.training.backend import keras

ops = keras.ops

MARGIN = 0.2
"""In squared distance, 0 to 4."""

_BEYOND = 5.0
"""More than any squared distance: stands for "no such image" where the smallest one is sought."""


def squared_distances(embeddings: Any) -> Any:
    """Squared L2 distance of all pairs of rows once they have length 1: (n, d) becomes (n, n)."""
    unit = ops.normalize(embeddings, axis=-1)
    return ops.maximum(2 - 2 * ops.matmul(unit, ops.transpose(unit)), 0.0)


def semi_hard(labels: Any, embeddings: Any) -> Any:
    """The mean loss over all pairs (a, p), each with a semi-hard negative.

    That is the nearest negative that is farther from the anchor than the positive is. Where every
    negative is nearer, the farthest of them is taken: harder ones make a young network collapse.
    ``labels`` is (n,) or (n, 1), one number for each person; ``embeddings`` is (n, d) of any
    length. A scalar; 0 when nobody has two images.
    """
    distances = squared_distances(embeddings)
    positive, negative = _masks(labels)
    to_positive, to_negative = ops.expand_dims(distances, 2), ops.expand_dims(distances, 1)
    farther = ops.logical_and(ops.expand_dims(negative, 1), to_negative > to_positive)
    nearest_farther = ops.min(ops.where(farther, to_negative, _BEYOND), axis=2)
    farthest = ops.max(ops.where(negative, distances, 0.0), axis=1, keepdims=True)
    chosen = ops.where(ops.any(farther, axis=2), nearest_farther, farthest)
    return _mean(ops.relu(distances - chosen + MARGIN), positive)


def batch_hard(labels: Any, embeddings: Any) -> Any:
    """The mean loss over all anchors, each with its farthest positive and its nearest negative.

    Hermans, Beyer and Leibe, "In Defense of the Triplet Loss for Person Re-Identification" (2017).
    Arguments and result as for :func:`semi_hard`.
    """
    distances = squared_distances(embeddings)
    positive, negative = _masks(labels)
    farthest_positive = ops.max(ops.where(positive, distances, 0.0), axis=1)
    nearest_negative = ops.min(ops.where(negative, distances, _BEYOND), axis=1)
    loss = ops.relu(farthest_positive - nearest_negative + MARGIN)
    return _mean(loss, ops.any(positive, axis=1))


MINING = {"semi-hard": semi_hard, "batch-hard": batch_hard}


def to_teacher(targets: Any, embeddings: Any) -> Any:
    """The mean squared L2 distance of embeddings to the teacher's, (n, d) both, of length 1.

    It is 2 - 2 cos, so what the student learns is the teacher's direction for the same face.
    """
    unit, wanted = ops.normalize(embeddings, axis=-1), ops.normalize(targets, axis=-1)
    return ops.mean(ops.sum(ops.square(unit - wanted), axis=-1))


def _masks(labels: Any) -> tuple[Any, Any]:
    """Two masks of pairs of images: another image of the same person, and somebody else's."""
    flat = ops.reshape(labels, (-1,))
    same = ops.equal(ops.expand_dims(flat, 0), ops.expand_dims(flat, 1))
    itself = ops.eye(ops.shape(flat)[0], dtype="bool")
    return ops.logical_and(same, ops.logical_not(itself)), ops.logical_not(same)


def _mean(losses: Any, counted: Any) -> Any:
    weights = ops.cast(counted, losses.dtype)
    return ops.sum(losses * weights) / ops.maximum(ops.sum(weights), 1.0)

"""What a weights file gives: arrays by name, and what it states of its layers.

Several forms of file hold the same network. Each reader brings them to the names of the published
Keras FaceNet; the architecture, which is written in code, compares what is stated and takes the
arrays.

Each form of file has layers of its own for what :mod:`~facedoor_convert.networks.graph` folds into
others: normalisations, biases, activations. They become steps on the way from one layer to the
next, so that a missing or another one shows in what is read.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Protocol, TypeAlias

from facedoor_convert.errors import WeightsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from facedoor.frames import Vector

Edge: TypeAlias = tuple[str, ...]
"""A layer, and what happens to its output before it is read: the name of a normalisation, that of a
bias's array, or ``RELU``."""

INPUT = "input_1"
RELU = "relu"
_LONGEST_EDGE = 8
"""Steps; FaceNet's own have at most three, and a circle has no end."""


@dataclass(frozen=True, slots=True)
class StatedLayer:
    """One layer as the file has it, in the terms of the architecture."""

    place: str
    """What the file calls it, for messages: ``layer Conv2d_1a_3x3``."""
    kind: str
    """``Input``, ``Norm``, or the name of its class in :mod:`facedoor_convert.networks.graph`."""
    sources: tuple[Edge, ...]
    settings: Mapping[str, object]
    """``Input`` has ``height``, ``width``, ``channels`` (``None`` when open); ``Conv`` has
    ``size``, ``channels``, ``strides``, ``padding``, ``dilations``, ``groups``; ``MaxPool`` has
    ``size``, ``strides``, ``padding``; these and ``GlobalAverage`` have ``data_format``; ``Concat``
    has ``axis``; ``Add`` has ``scale``; ``Dense`` has ``channels``; ``Norm`` has ``axis``,
    ``epsilon``, ``center``, ``scale``. Values are those that Keras writes, with tuples for lists.
    """


class NamedWeights(Protocol):
    """A network as a file has it."""

    @property
    def arrays(self) -> Mapping[str, Vector]:
        """float32; a name is that of the layer, a slash, and a role: ``Conv2d_1a_3x3/kernel``."""

    @property
    def stated(self) -> Mapping[str, StatedLayer]:
        """Every layer and normalisation by name, the input's too. Raises :class:`WeightsError`."""

    @property
    def outputs(self) -> tuple[Edge, ...]:
        """The outputs of the network. Raises :class:`WeightsError`."""


def trace(tensor: str, look: Callable[[str], tuple[Edge, str | None]]) -> Edge:
    """The edge that ends in ``tensor``.

    ``look`` gives what a tensor adds to the edge and the tensor that it was made from, or ``None``
    when a layer begins there. Raises :class:`WeightsError` when no layer does.
    """
    edge: Edge = ()
    before: str | None = tensor
    for _ in range(_LONGEST_EDGE):
        if before is None:
            return edge
        steps, before = look(before)
        edge = (*steps, *edge)
    raise WeightsError(f"what leads to {tensor} is too long or a circle: it is another network")


def image_sides(shape: object) -> dict[str, object]:
    """Settings of an ``Input`` whose ``shape`` is (batch, height, width, channels), or unknown."""
    match shape or (None, None, None, None):
        case (_, height, width, channels):
            return {"height": height, "width": width, "channels": channels}
    return dict.fromkeys(("height", "width", "channels"), shape)


def compare(
    stated: StatedLayer, kind: str, sources: Sequence[Edge], settings: Mapping[str, object]
) -> None:
    """Raise :class:`WeightsError` naming the first thing in which ``stated`` is another layer.

    A frozenset among ``settings`` holds several values that mean the same.
    """
    if stated.kind != kind:
        raise WeightsError(
            f"{stated.place} is of the kind {stated.kind}, not {kind}: it is another network"
        )
    compare_edges(stated.place, stated.sources, sources)
    for key, expected in settings.items():
        allowed = expected if isinstance(expected, frozenset) else {expected}
        found = stated.settings.get(key)
        if not any(_equal(found, value) for value in allowed):
            wanted = " or ".join(sorted(map(repr, allowed)))
            raise WeightsError(
                f"{stated.place} has {key} {found!r:.60}, not {wanted}: it is another network"
            )


def compare_edges(place: str, found: Sequence[Edge], expected: Sequence[Edge]) -> None:
    """Raise :class:`WeightsError` naming the first of ``found`` that is another edge."""
    for edge, wanted in zip_longest(found, expected, fillvalue=()):
        if edge != wanted:
            raise WeightsError(
                f"{place} reads {_text(edge)}, not {_text(wanted)}: it is another network"
            )


def _equal(found: object, expected: object) -> bool:
    if isinstance(found, float) and isinstance(expected, float):
        return math.isclose(found, expected, rel_tol=1e-6)  # a file may hold float32
    return found == expected


def _text(edge: Edge) -> str:
    return " -> ".join(edge) or "nothing"

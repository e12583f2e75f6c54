"""What a file gives to an architecture that is written in code: everything by name.

Several forms of file hold the same network. Each reader brings them to the names of the published
Keras FaceNet, and the architecture then takes what it needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facedoor.frames import Vector

Setting: TypeAlias = int | float | bool
"""``stride`` (pixels), ``same`` (whether it pads), ``epsilon``."""


class NamedWeights(Protocol):
    """A network as a file has it."""

    @property
    def arrays(self) -> Mapping[str, Vector]:
        """float32; a name is that of the layer, a slash, and a role: ``Conv2d_1a_3x3/kernel``."""

    @property
    def scales(self) -> Mapping[str, float]:
        """The factors of the residual branches, by the name of the sum."""

    @property
    def settings(self) -> Mapping[str, Mapping[str, Setting]]:
        """What the file says of a layer beside its arrays; it need not say anything."""

    @property
    def wiring(self) -> Mapping[str, tuple[str, ...]]:
        """The layers that a layer reads, past normalisations and activations."""

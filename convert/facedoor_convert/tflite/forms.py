"""The forms in which an embedder can be written, and what each may lose against float32.

A form says how weights and activations are stored; the network stays the same. Every form has a
tolerance of its own: a float form that is only as near as an 8-bit one is a damaged one.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Literal, TypeAlias

Name: TypeAlias = Literal[
    "int8", "int8_float_io", "int8_uint8_io", "dynamic", "float16", "float32", "int16"
]


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write an embedder.

    ``cosine_mean`` and ``cosine_min`` are the least likeness of its embeddings to those of float32,
    over real faces, that any network has to reach. A recipe may ask for more.
    """

    name: Name
    means: str
    needs_ranges: bool
    """True where activations are integers, so that their ranges have to be known beforehand."""
    cosine_mean: float
    cosine_min: float
    in_xnnpack: bool = True
    """True where XNNPACK can run it in one piece; otherwise it runs many times slower."""

    def demanding(self, cosine_mean: float, cosine_min: float) -> Form:
        """The same form with a tolerance that is no looser than this."""
        mean, least = max(self.cosine_mean, cosine_mean), max(self.cosine_min, cosine_min)
        return dataclasses.replace(self, cosine_mean=mean, cosine_min=least)


FORMS: dict[Name, Form] = {
    form.name: form
    # In the order in which they are preferred where size and speed are alike: integer arithmetic
    # gives the same bits on every processor, floats do not.
    for form in (
        Form("int8", "8-bit weights and activations, int8 in and out", True, 0.99, 0.97),
        Form("int8_float_io", "8-bit inside, float32 in and out", True, 0.99, 0.97),
        Form("int8_uint8_io", "8-bit inside, uint8 in and out", True, 0.99, 0.97),
        Form("dynamic", "8-bit weights, activations quantised as they come", False, 0.99, 0.97),
        Form("float16", "16-bit float weights, computed in float32", False, 0.9999, 0.9998),
        Form("float32", "as trained", False, 0.99999, 0.99999),
        Form(
            "int16", "8-bit weights, 16-bit activations, int16 in and out", True, 0.99, 0.97, False
        ),
    )
}

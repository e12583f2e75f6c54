"""A model of a pack becomes a network, if it takes what the manifest says."""

from __future__ import annotations

from functools import partial

from facedoor.errors import PackError
from facedoor.languages import _
from facedoor.vision.interpreter import Network
from facedoor.vision.pack import BUILD_HINT, Model, Pack
from facedoor.vision.weight_cache import WeightCache


def loaded(models: Pack, model: Model, threads: int, weights: WeightCache | None = None) -> Network:
    """The model, if it takes one picture of the size that the manifest states; packed ``weights``
    can be kept.

    Raises :class:`PackError`.
    """
    compiled = partial(weights.compiled, model.sha256) if weights else None
    network = Network(models.path(model), threads, compiled)
    if network.input_shape != (1, model.height_px, model.width_px, 3):
        raise PackError(
            _(
                "{path} takes {input_shape}, but the manifest says {width_px} x {height_px} "
                "px: {build_hint}"
            ).format(
                path=models.path(model),
                input_shape=network.input_shape,
                width_px=model.width_px,
                height_px=model.height_px,
                build_hint=_(BUILD_HINT),
            )
        )
    return network

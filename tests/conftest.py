"""What all tests share: files in memory, the pack of this clone, the photos of its package."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from accidents import EXAMPLES
from facedoor.vision import pack as packs
from facedoor.vision.interpreter import Network
from facedoor.vision.reader import FaceReader
from facedoor_convert.packs import float_models, recipe
from remembered import remember

pytest_plugins = ["broker", "door_kit", "machine_kit"]

CLONE = Path(__file__).parents[1]

# A property says what is true, not how fast: a busy machine must not fail it.
settings.register_profile("facedoor", deadline=None, max_examples=EXAMPLES)
settings.load_profile("facedoor")

# The door waits for the disk at every decision, and so do its tests, four times as long as they
# take: their files are kept in memory, where there is room and programs can be run from it. Tests
# that are about a disk mount one.
MEMORY = Path("/dev") / "shm"
ROOM_BYTES = 1_000_000_000


class FailuresAtOnce:
    """Tells of each failure when it happens: a run that is killed has said what failed."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        terminal = self.config.pluginmanager.get_plugin("terminalreporter")
        if not report.failed or terminal is None:
            return
        crash = getattr(report.longrepr, "reprcrash", None)
        reason = crash.message if crash is not None else report.longreprtext
        terminal.ensure_newline()
        terminal.write_line(f"FAILED {report.nodeid} ({report.when}): {reason[:2000]}")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(FailuresAtOnce(config))
    # Whoever runs the tests may read another language than their sentences are in.
    os.environ["LC_ALL"] = "C.UTF-8"
    if MEMORY.is_mount() and os.access(MEMORY, os.W_OK):
        memory = os.statvfs(MEMORY)
        if memory.f_bavail * memory.f_frsize > ROOM_BYTES and not memory.f_flag & os.ST_NOEXEC:
            os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes what whoever runs it keeps in their own home."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home-config"))


remember()


@pytest.fixture
def networks_that_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a test of what networks do themselves: nothing that they answered is remembered."""
    monkeypatch.setattr(Network, "run", Network.run.__wrapped__)


@pytest.fixture(scope="session")
def pack() -> packs.Pack:
    """The pack of this clone, which `make test` builds once."""
    return packs.load(CLONE / "build" / "pack")


@pytest.fixture(scope="session")
def reader(pack: packs.Pack) -> FaceReader:
    return FaceReader.of(pack)


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The five-celebrities photos: `train/PERSON/*.jpg` and `val/PERSON/*.jpg`."""
    folder = tmp_path_factory.mktemp("photos")
    float_models.unpack_photos(
        recipe.load(CLONE / "models" / "facenet.toml"), folder, lambda _: None
    )
    return folder

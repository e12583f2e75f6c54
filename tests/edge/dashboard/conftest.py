"""One page's server for the tests of this folder, with two doors that are not there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from broker import Broker, running
from crowd import Crowd, signed_in
from dashboard_kit import Device, Page
from facedoor.wire.roles import Role


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="session")
def site(folder: Path) -> Iterator[Broker]:
    with running(folder) as broker:
        yield broker


@pytest.fixture(scope="session")
def crowd(site: Broker) -> Iterator[Crowd]:
    crowd = Crowd(site.config, "front", "back")
    yield crowd
    crowd.close()


@pytest.fixture(scope="session")
def page(folder: Path, site: Broker, crowd: Crowd) -> Iterator[Page]:
    page = Page(folder / "page", {"host": "127.0.0.1", "port": site.port})
    page.start()
    yield page
    page.stop()


@pytest.fixture(scope="session")
def phone(page: Page, crowd: Crowd) -> Device:
    """A viewer's, known at both doors."""
    return signed_in(page, crowd, Role.VIEWER)

"""One Chromium and one page's server for the tests of this folder, with two doors of the kit."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from broker import Broker, running
from browser_kit import NewVisitor, Visitor, launch
from crowd import Crowd
from dashboard_kit import Page
from page_kit import built_page

IN_DETAIL = [
    *("test_access.py", "test_doors.py", "test_forgetting.py", "test_live.py", "test_looks.py"),
    *("test_many_doors.py", "test_older_door.py", "test_people.py", "test_visits.py"),
]
"""Minutes of two processors. ``make page`` runs them too; ``make test`` runs what keys, commands
and the frame of every page stand on, and whatever needs a real door."""

collect_ignore = [] if os.environ.get("FACEDOOR_PAGE") else IN_DETAIL


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # A name beside localhost: that one counts as secure on plain http, too.
        chromium = launch(playwright, "--host-resolver-rules=MAP doors.test 127.0.0.1")
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("page")


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
def server(folder: Path, site: Broker, crowd: Crowd) -> Iterator[Page]:
    mqtt = {"host": "127.0.0.1", "port": site.port}
    server = Page(folder / "server", mqtt, built_page())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def visitor(browser: Browser, server: Page) -> Iterator[NewVisitor]:
    """Makes browsers with nothing in them; at the end, none may have done what none may do."""
    visitors = []

    def made(**options: Any) -> Visitor:
        visitors.append(Visitor(browser, server, **options))
        return visitors[-1]

    yield made
    complaints = [complaint for one in visitors for complaint in one.complaints]
    for one in visitors:
        one.close()
    assert complaints == []

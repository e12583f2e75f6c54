"""Two hundred doors: a table, what is wrong first, and each of them found."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from broker import running, wait_until
from browser_kit import DESKTOP, SMALL, Visitor, sideways_px
from crowd import Crowd
from dashboard_kit import BY_PROXY, Device, Page
from facedoor.problems import Problem
from facedoor.wire.mode import DoorName
from page_kit import built_page

DOORS = 200
FORCED, AWAY, ILL = "gate-190", "gate-180", "gate-170"


@pytest.fixture(scope="module")
def large_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """One door is forced, one offline, one has a problem; by name none of them comes first."""
    folder = tmp_path_factory.mktemp("large")
    with running(folder) as broker:  # one of its own: others see two doors
        page = Page(folder / "page", {"host": "127.0.0.1", "port": broker.port}, built_page())
        page.start()
        crowd = Crowd(broker.config, *(f"gate-{number}" for number in range(DOORS)))
        crowd[FORCED].state(name=DoorName.FORCED)
        crowd[AWAY].status(online=False)
        crowd[ILL].status(Problem("camera_lost", "error", "no camera: see it", crowd[ILL].now()))

        def are_known() -> bool:
            doors = Device(page).get("/api/state", **BY_PROXY).json["doors"]
            told = {door["name"]: door for door in doors if door["state"]}
            away = told.get(AWAY, {"online": True})["online"]
            return len(told) >= DOORS and not away and bool(told.get(ILL, {}).get("problems"))

        wait_until(are_known, "all doors are heard")
        yield page
        crowd.close()
        page.stop()


def first_words(rows: Locator, count: int) -> list[str]:
    return [rows.nth(number).inner_text() for number in range(count)]


@pytest.mark.parametrize("size", [DESKTOP, SMALL], ids=["desktop", "small"])
def test_what_is_wrong_comes_first_of_two_hundred_doors(
    browser: Browser, large_site: Page, size: dict[str, int]
) -> None:
    guest = Visitor(browser, large_site, viewport=size, extra_http_headers=BY_PROXY)
    tab = guest.open("/")
    rows = tab.locator(".door-table tbody tr")
    rows.first.wait_for()
    forced, away = first_words(rows, 2)
    assert (FORCED in forced, "forced" in forced.lower()) == (True, True)
    assert (AWAY in away, "offline" in away.lower()) == (True, True)
    assert rows.count() < 50
    tab.get_by_role("searchbox").fill("gate-123")
    expect(rows).to_have_count(1)
    assert sideways_px(tab) <= 0

    tab = guest.open("/doors")
    rows = tab.locator(".door-table tbody tr")
    rows.first.wait_for()
    forced, away, ill = first_words(rows, 3)
    assert (FORCED in forced, "forced" in forced.lower()) == (True, True)
    assert (AWAY in away, "Offline" in away) == (True, True)
    assert (ILL in ill, "Camera lost" in ill) == (True, True)
    tab.get_by_role("searchbox").fill("gate-123")
    expect(rows).to_have_count(1)
    assert sideways_px(tab) <= 0
    assert guest.complaints == []
    guest.close()

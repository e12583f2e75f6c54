"""Every page of visits, people, access and doors: for everybody, on every screen, with any name."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect

from browser_kit import DESKTOP, SMALL, NewVisitor, axe_violations, sideways_px
from crowd import Crowd
from facedoor.times import utc_now
from facedoor.wire.roles import Role
from household import Household

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "\N{RIGHT-TO-LEFT OVERRIDE}abc \N{ARABIC LETTER MEEM}\N{ARABIC LETTER REH}",
    "W" * 10_000,
)
PAGES = (
    "/visits",
    "/people?door=front",
    "/people/Ada?door=front",
    "/access?door=front",
    "/doors",
    "/doors/front",
)

DIALOGS = (
    ("/people?door=front", "Enrol somebody"),
    ("/people/Ada?door=front", "Change what they may"),
    ("/people/Ada?door=front", "Remove"),
    ("/access?door=front", "Mon "),
    ("/access?door=front", "Lockdown"),
)


@pytest.fixture
def household(crowd: Crowd) -> Iterator[Household]:
    with Household(crowd["front"], "Ada", *HOSTILE).at_home() as household:
        for name in HOSTILE:
            crowd["front"].visit(name, distance_band="near", rule="group family")
        yield household


@pytest.mark.parametrize("look", ["desktop", "small and dark"])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    visitor: NewVisitor, crowd: Crowd, household: Household, look: str
) -> None:
    is_small = look != "desktop"
    guest = visitor(
        viewport=SMALL if is_small else DESKTOP,
        color_scheme="dark" if is_small else "light",
        bypass_csp=True,  # or axe itself could not be loaded
        reduced_motion="reduce",  # a dialog that still rises is half transparent
    )
    guest.join(crowd, Role.ADMIN)
    for path in PAGES:
        tab = guest.open(path)
        tab.locator("main .card, .visit-line").first.wait_for()
        if path == "/visits":
            tab.locator(".visit-line", has_text="W" * 20).first.click()
            expect(tab.locator(".visit .headline, h1", has_text="W" * 20).first).to_be_visible()
        assert axe_violations(tab) == [], path
        assert sideways_px(tab) <= 0, path
    for path, button in DIALOGS:
        tab = guest.open(path)
        tab.get_by_role("button", name=button).first.click()
        expect(tab.get_by_role("dialog")).to_be_visible()
        assert axe_violations(tab) == [], button
        tab.keyboard.press("Escape")


def test_visit_beside_the_list_can_be_scrolled_by_keyboard(
    visitor: NewVisitor, crowd: Crowd, household: Household
) -> None:
    guest = visitor(viewport={"width": 1440, "height": 400}, bypass_csp=True)
    guest.join(crowd, Role.VIEWER)
    tab = guest.open("/visits")
    tab.locator(".visit-line", has_text="W" * 20).first.click()
    expect(tab.locator(".visit .headline, h1", has_text="W" * 20).first).to_be_visible()
    crowd["front"].status(online=False)  # nothing of the visit can be pressed then
    try:
        expect(tab.get_by_role("button", name="Read them at the door")).to_have_count(0)
        assert tab.locator(".beside").evaluate("one => one.scrollHeight > one.clientHeight")
        assert axe_violations(tab) == []
    finally:
        crowd["front"].status()  # other tests find it there


def keys_called(*names: str) -> dict[str, object]:
    """What a door answers to ``keys``."""
    keys = [
        {
            "fingerprint": f"{number}" * 43,
            "name": name,
            "role": "viewer",
            "made_at": utc_now(),
            "revoked_at": utc_now() if number == 1 else None,
        }
        for number, name in enumerate(names)
    ]
    invitations = [{"name": name, "role": "viewer", "expires": utc_now()} for name in names]
    return {"keys": keys, "invitations": invitations}


def assert_text(tab: Tab, where: str, count: int = 1) -> None:
    """Hostile names stand there as text that turns nothing around it, and widen nothing."""
    for name in HOSTILE:
        isolated = tab.locator(f"main {where} bdi:not(:has(*))", has_text=name[:100])
        expect(isolated.first).to_be_visible()
        assert isolated.count() >= count, name[:20]
        assert {isolated.nth(n).evaluate(_BIDI) for n in range(count)} == {"isolate"}
    assert tab.locator("img[onerror], img[src='x']").count() == 0
    assert sideways_px(tab) <= 0, tab.url


_BIDI = "name => getComputedStyle(name).unicodeBidi"


def test_hostile_names_are_text_on_a_small_screen_and_turn_nothing_around_them(
    visitor: NewVisitor, crowd: Crowd, household: Household
) -> None:
    """By the page's own policy: whatever violates it, fails in ``visitor``."""
    front = crowd["front"]
    front.answers["keys"] = lambda _: keys_called(*HOSTILE)
    visits = [front.visit(name, rule="group family") for name in HOSTILE]
    guest = visitor(viewport=SMALL)
    guest.join(crowd, Role.ADMIN)
    tab = guest.open("/people?door=front")
    assert_text(tab, ".person-card")
    guest.open("/devices")
    tab.get_by_label("Door").select_option("front")
    assert_text(tab, ".key-list", count=2)
    for button in "Revoke: ", "Revoke a lost device":
        tab.get_by_role("button", name=button).first.click()
        dialog = tab.get_by_role("dialog")
        assert dialog.evaluate("dialog => dialog.scrollWidth - dialog.clientWidth") <= 0
        tab.keyboard.press("Escape")
    for name, visit in zip(HOSTILE, visits, strict=True):
        guest.open(f"/visits/{visit}")
        heading = tab.locator("h1 bdi", has_text=name[:100])
        expect(heading).to_be_visible()
        assert heading.evaluate(_BIDI) == "isolate"
        assert sideways_px(tab) <= 0, name[:20]
        guest.open(f"/people/{quote(name[:4000], safe='')}?door=front")
        expect(tab.locator("h1 bdi", has_text=name[:100])).to_be_visible()
        assert sideways_px(tab) <= 0, name[:20]
    assert "facedoor" in tab.title()


def test_an_outcome_has_one_colour_on_every_page(visitor: NewVisitor, crowd: Crowd) -> None:
    crowd["front"].visit(None)
    guest = visitor()
    guest.join(crowd, Role.ADMIN)
    colours = []
    for path, row in ("/", ".recent-row"), ("/visits", ".visit-line"):
        badge = guest.open(path).locator(f"{row} .badge", has_text="Refused").first
        colours.append(badge.evaluate("badge => getComputedStyle(badge).color"))
    assert colours[0] == colours[1]


def test_doors_on_now_leave_no_hole_beside_them(visitor: NewVisitor, crowd: Crowd) -> None:
    guest = visitor()
    tab = guest.join(crowd, Role.ADMIN)
    doors = tab.locator(".doors")
    last = tab.locator(".door").last
    expect(last).to_be_visible()
    row, card = doors.bounding_box(), last.bounding_box()
    assert row is not None
    assert card is not None
    assert card["x"] + card["width"] == pytest.approx(row["x"] + row["width"], abs=1)


def test_dialog_is_as_wide_as_the_screen_whatever_a_door_is_called(
    visitor: NewVisitor, crowd: Crowd
) -> None:
    tab = visitor(viewport=SMALL).join(crowd, Role.ADMIN)
    tab.get_by_role("button", name="Unlock").first.click()
    name = tab.locator("dialog .name").first
    name.evaluate("name => { name.textContent = 'W'.repeat(100) }")
    too_wide_px = "dialog => dialog.scrollWidth - dialog.clientWidth"
    assert tab.get_by_role("dialog").evaluate(too_wide_px) <= 0

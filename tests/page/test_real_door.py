"""The page with a real door: invited at its command line, joined, unlocked, its journal read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from browser_kit import Visitor
from door_kit import inhabited
from live_site import LiveSite, live_site
from page_kit import built_page

__all__ = ["inhabited"]


@pytest.fixture(scope="module")
def house(
    tmp_path_factory: pytest.TempPathFactory, photos: Path, inhabited: Path
) -> Iterator[LiveSite]:
    """Jerry comes to the door again and again, and it keeps a picture each time."""
    folder = tmp_path_factory.mktemp("house")
    kept = {"keep_pictures": "all"}
    with live_site(folder, photos, inhabited, static=built_page(), storage=kept) as site:
        site.wait_for_doors()
        yield site


def link(house: LiveSite, name: str, role: str) -> str:
    """Of an invitation, as the door's command line prints it."""
    asked = ("keys", "invite", name, "--role", role, "--url", house.page.origin, "--json")
    (said,) = [said for said in house.front.ask(*asked).objects if "link" in said]
    return str(said["link"])


def test_device_is_invited_joins_unlocks_and_sees_who_came(
    browser: Browser, house: LiveSite
) -> None:
    phone, other = Visitor(browser, house.page), Visitor(browser, house.page)
    tab, address = phone.tab, link(house, "my phone", "operator")
    tab.goto(address)
    tab.get_by_role("button", name="Join on this device").click()
    tab.get_by_role("button", name="Go to Now").click()
    expect(tab.get_by_role("heading", name="front")).to_be_visible()

    expect(tab.get_by_text("Jerry").first).to_be_visible()
    picture = tab.get_by_role("img", name="Picture of the visit").first
    expect(picture).to_be_visible()
    width_px = picture.evaluate("(image) => image.decode().then(() => image.naturalWidth)")
    assert 100 < width_px <= 480  # opened and painted: it is the door's own

    tab.get_by_role("button", name="Unlock front").click()
    dialog = tab.get_by_role("dialog")
    dialog.get_by_text("Guest").click()
    dialog.get_by_role("button", name="Unlock").click()
    asked = {"event": "release", "by": "my phone", "why": "Guest"}
    while house.running.wait_for(**asked)["decision"] == "refused":  # Jerry was just let in
        expect(dialog.get_by_text("The door is open already.")).to_be_visible()
        dialog.get_by_role("button", name="Try again").click()
    house.running.wait_for(relay="on")
    expect(tab.get_by_role("heading", name="front is unlocked")).to_be_visible()
    tab.keyboard.press("Escape")
    phone.open("/journal")
    expect(tab.get_by_text("by my phone").first).to_be_visible()

    other.tab.goto(address)
    other.tab.get_by_role("button", name="Join on this device").click()
    expect(other.tab.get_by_text("Somebody has joined with this invitation").first).to_be_visible()
    assert (phone.complaints, other.complaints) == ([], [])
    phone.close()
    other.close()


def test_admin_invites_from_the_page_and_revokes_at_the_real_door(
    browser: Browser, house: LiveSite
) -> None:
    admin, guest = Visitor(browser, house.page), Visitor(browser, house.page)
    tab = admin.tab
    tab.goto(link(house, "the admin", "admin"))
    tab.get_by_role("button", name="Join on this device").click()
    tab.get_by_role("button", name="Go to Now").click()
    expect(tab.get_by_role("heading", name="front")).to_be_visible()
    admin.open("/devices")
    tab.get_by_role("button", name="Invite").click()
    tab.get_by_label("Name of the device").fill("Grandma's phone")
    tab.get_by_role("button", name="Make the invitation").click()
    address = tab.get_by_role("dialog").locator("code").inner_text()
    guest.tab.goto(address)
    guest.tab.get_by_role("button", name="Join on this device").click()
    guest.tab.get_by_role("button", name="Go to Now").click()
    expect(guest.tab.get_by_role("heading", name="front")).to_be_visible()
    expect(guest.tab.get_by_role("button", name="Unlock front")).to_have_count(0)

    admin.open("/devices")
    tab.get_by_role("button", name="Revoke: Grandma's phone").click()
    tab.get_by_role("dialog").get_by_role("button", name="Revoke", exact=True).click()
    expect(tab.get_by_role("dialog").get_by_text("front: Done")).to_be_visible()
    tab.keyboard.press("Escape")
    expect(tab.get_by_text("revoked").first).to_be_visible()
    assert (admin.complaints, guest.complaints) == ([], [])
    admin.close()
    guest.close()

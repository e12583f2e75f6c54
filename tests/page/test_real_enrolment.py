"""The page and a real door: who is unknown is enrolled and comes in; first rules are written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from browser_kit import Visitor
from door_kit import inhabited
from facedoor.wire.roles import Role
from live_site import LiveSite, live_site
from page_kit import built_page

__all__ = ["inhabited"]

LOOKED_AT_MS = 60_000
"""The door loads its networks for each enrolment, on a busy machine."""


@pytest.fixture(scope="module")
def house(
    tmp_path_factory: pytest.TempPathFactory, photos: Path, inhabited: Path
) -> Iterator[LiveSite]:
    """Ben comes again and again, each time as another photo shows him; nobody knows him."""
    folder = tmp_path_factory.mktemp("house")
    lines = ["fps = 15", "gap_s = 4.5"]
    for photo in sorted((photos / "val" / "ben_afflek").glob("*.jpg")):
        lines += ["[[visitor]]", 'name = "Ben"', "stay_s = 2.0", "from_px = 130", "to_px = 460"]
        lines.append(f"photos = [{json.dumps(str(photo))}]")
    script = folder / "ben.script.toml"
    script.write_text("\n".join(lines))
    kept = {"keep_pictures": "unknown"}
    camera, page = f"sim:{script}", built_page()
    with live_site(folder, photos, inhabited, camera, page, storage=kept) as site:
        site.wait_for_doors()
        yield site


@pytest.fixture(scope="module")
def guest(browser: Browser, house: LiveSite) -> Iterator[Visitor]:
    """An admin of the door."""
    guest = Visitor(browser, house.page)
    asked = ("keys", "invite", "phone", "--role", Role.ADMIN.value, "--url", house.page.origin)
    (said,) = [said for said in house.front.ask(*asked, "--json").objects if "link" in said]
    guest.tab.goto(said["link"])
    guest.tab.get_by_role("button", name="Join on this device").click()
    guest.tab.get_by_role("button", name="Go to Now").click()
    yield guest
    assert guest.complaints == []
    guest.close()


def test_somebody_is_enrolled_with_photos_and_what_is_no_face_says_so(
    guest: Visitor, house: LiveSite, photos: Path, tmp_path: Path
) -> None:
    landscape = tmp_path / "landscape.png"
    cv2.imwrite(str(landscape), np.tile(np.arange(0, 250, 2, np.uint8), (90, 3)))
    madonna = sorted((photos / "train" / "madonna").glob("*.jpg"))[:2]
    tab = guest.open("/people?door=front")
    tab.get_by_role("button", name="Enrol somebody").click()
    dialog = tab.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Madonna")
    dialog.locator("input[type=file]").set_input_files([*madonna, landscape])
    dialog.get_by_role("button", name="Send 3 pictures to the door").click()
    expect(dialog.get_by_text("No face found", exact=False)).to_be_visible(timeout=LOOKED_AT_MS)
    expect(dialog.get_by_text("Taken", exact=True)).to_have_count(2)
    tab.keyboard.press("Escape")
    expect(tab.get_by_role("heading", name="Madonna")).to_be_visible()


def test_unknown_visitor_is_enrolled_from_a_visit_and_comes_in_the_next_time(
    guest: Visitor, house: LiveSite
) -> None:
    tab = guest.open("/visits?unknown=1&reason=unknown")
    tab.locator(
        ".visit-line", has=tab.get_by_role("img", name="Picture of the visit")
    ).first.click()
    expect(tab.locator(".visit .sight img")).to_be_visible()
    expect(tab.get_by_text(re.compile(r"Distance \d\.\d+, limit 0\.\d+"))).to_be_visible()
    tab.get_by_label("Name").fill("Ben")
    tab.get_by_role("button", name="Enrol from this picture").click()
    expect(tab.get_by_text("is enrolled from this picture", exact=False)).to_be_visible(
        timeout=LOOKED_AT_MS
    )
    tab = guest.open("/visits?person=ben&outcome=came_in")
    expect(tab.locator(".visit-line", has_text="Ben").first).to_be_visible(timeout=LOOKED_AT_MS)


def test_first_rules_are_compared_by_the_door_and_hold(guest: Visitor) -> None:
    tab = guest.open("/access?door=front")
    tab.get_by_role("button", name="Write the first rules").click()
    tab.get_by_role("button", name="New schedule").click()
    tab.get_by_role("dialog").get_by_label("Name").fill("office")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("button", name="Mon 08:00")).to_be_visible()
    tab.get_by_role("button", name="Review and send").click()
    dialog = tab.get_by_role("dialog")
    expect(dialog.locator(".difference")).to_contain_text("office")
    expect(dialog.get_by_text("no group keeps to the schedule office")).to_be_visible()
    dialog.get_by_role("button", name="Sign and send").click()
    expect(tab.get_by_role("region", name="Your changes")).to_have_count(0)
    tab.reload()
    expect(tab.get_by_role("button", name="Mon 08:00")).to_be_visible()

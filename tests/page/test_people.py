"""Who is enrolled: enrolment from this device and at the door, renaming and removing."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from browser_kit import CHROMIUM, NewVisitor, Visitor
from crowd import Crowd
from dashboard_kit import Page
from facedoor.wire.roles import Role
from household import Household


@pytest.fixture
def household(crowd: Crowd) -> Iterator[Household]:
    with Household(crowd["front"], "Grandma", "Ada").at_home() as household:
        yield household


@pytest.fixture
def large_photo(photos: Path, tmp_path: Path) -> Path:
    """A photo of 12 megapixels, as a phone takes it."""
    small = cv2.imread(str(sorted(photos.rglob("*.jpg"))[0]))
    assert small is not None
    photo = tmp_path / "phone.jpg"
    cv2.imwrite(str(photo), cv2.resize(small, (4000, 3000)), [cv2.IMWRITE_JPEG_QUALITY, 100])
    return photo


def judged(*verdicts: str) -> dict[str, Any]:
    images = [
        {"file": f"image {number}", "accepted": verdict == "added", "reason": verdict}
        for number, verdict in enumerate(verdicts, 1)
    ]
    accepted = sum(verdict == "added" for verdict in verdicts)
    outcome = {} if accepted else {"outcome": "refused", "reason": "no_fit_picture"}
    return {**outcome, "person": "Zoë", "templates": accepted, "images": images}


def test_people_say_what_they_may_and_when_one_photo_is_all_there_is(
    visitor: NewVisitor, crowd: Crowd, household: Household
) -> None:
    household.permissions["Ada"] = {"groups": ["staff"], "until": "2026-12-31"}
    crowd["front"].visit("Ada")
    guest = visitor()
    guest.join(crowd, Role.VIEWER)
    tab = guest.open("/people?door=front")
    grandma = tab.locator(".person-card", has_text="Grandma")
    expect(grandma.get_by_text("One photo only: add four")).to_be_visible()
    expect(grandma.get_by_text("family: at any time")).to_be_visible()
    ada = tab.locator(".person-card", has_text="Ada")
    expect(ada.get_by_text("staff: in the hours of office · until 31 Dec 2026")).to_be_visible()
    expect(ada.get_by_role("img", name="The last 30 days")).to_be_visible()
    expect(tab.get_by_role("button", name="Enrol somebody")).to_have_count(0)


def test_photo_of_12_megapixels_is_made_smaller_and_each_has_its_answer_beside_it(
    visitor: NewVisitor, crowd: Crowd, household: Household, large_photo: Path, tmp_path: Path
) -> None:
    household.enrol = lambda _: judged("added", "too_dark: take the picture in more light")
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    guest = visitor()
    guest.join(crowd, Role.ENROLLER)
    tab = guest.open("/people?door=front")
    tab.get_by_role("button", name="Enrol somebody").click()
    dialog = tab.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Zoë")
    dialog.locator("input[type=file]").set_input_files([large_photo, broken, large_photo])
    expect(dialog.get_by_text("This file is no picture", exact=False)).to_be_visible()
    expect(dialog.get_by_text("1280", exact=False)).to_have_count(2)
    dialog.get_by_role("button", name="Send 2 pictures to the door").click()
    expect(dialog.get_by_text("Taken", exact=True)).to_be_visible()
    expect(dialog.get_by_text("Too dark: take it in more light")).to_be_visible()
    (args,) = household.heard("enroll")[-1:]
    sizes = [
        cv2.imdecode(np.frombuffer(base64.b64decode(image), np.uint8), cv2.IMREAD_COLOR).shape
        for image in args["images"]
    ]
    assert len(sizes) == 2
    assert all(shape[0] * 4 == shape[1] * 3 <= 3840 for shape in sizes)
    assert sum(map(len, args["images"])) < 580_000


def test_pictures_are_taken_with_the_camera_of_this_device(
    browser: Browser, crowd: Crowd, server: Page, household: Household
) -> None:
    # Chromium's own camera: a clock on green.
    chromium = launch_like(browser)
    guest = Visitor(chromium, server, permissions=["camera"])
    guest.join(crowd, Role.ENROLLER)
    tab = guest.open("/people/Grandma?door=front")
    tab.get_by_role("button", name="Add pictures").click()
    dialog = tab.get_by_role("dialog")
    dialog.get_by_role("button", name="Open the camera").click()
    for count in (1, 2, 3):
        dialog.get_by_role("button", name="Take a picture").click()
        expect(dialog.get_by_text(f"{count} of 5 pictures")).to_be_visible()
    dialog.get_by_role("button", name="Send 3 pictures to the door").click()
    expect(dialog.get_by_text("is enrolled with 4 pictures", exact=False)).to_be_visible()
    assert len(household.heard("enroll")[-1]["images"]) == 3
    assert guest.complaints == []
    chromium.close()


def launch_like(browser: Browser) -> Browser:
    """Another one, whose camera is made up and may be used without asking."""
    return browser.browser_type.launch(
        executable_path=CHROMIUM,
        args=[
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
        ],
    )


def test_enrolment_at_the_door_tells_what_the_door_says(
    visitor: NewVisitor, crowd: Crowd, household: Household
) -> None:
    says = ["come closer", *(f"picture {number} of 5 taken" for number in range(1, 6))]
    signs = [{"outcome": "progress", "message": message} for message in says]
    household.enrol = lambda _: [*signs[:3]]
    guest = visitor()
    guest.join(crowd, Role.ENROLLER)
    tab = guest.open("/people/Grandma?door=front")
    tab.get_by_role("button", name="Add pictures").click()
    dialog = tab.get_by_role("dialog")
    dialog.get_by_text("At the door, now").click()
    dialog.get_by_role("button", name="Begin at the door").click()
    expect(dialog.get_by_text("Picture 2 of 5 is taken")).to_be_visible()
    assert household.heard("enroll")[-1] == {
        "person": "Grandma",
        "capture": {"frames": 5, "within_s": 30},
    }


def test_removing_somebody_says_what_goes_and_the_name_is_gone(
    visitor: NewVisitor, crowd: Crowd, household: Household
) -> None:
    guest = visitor()
    guest.join(crowd, Role.ENROLLER)
    tab = guest.open("/people/Grandma?door=front")
    tab.get_by_role("button", name="Remove").click()
    dialog = tab.get_by_role("dialog")
    expect(dialog.get_by_text("their name in every visit", exact=False)).to_be_visible()
    expect(dialog.get_by_text("from 1 picture")).to_be_visible()
    dialog.get_by_role("button", name="Cancel").click()
    assert household.heard("remove") == []
    tab.get_by_role("button", name="Remove").click()
    dialog.get_by_role("button", name="Remove Grandma").click()
    expect(tab.locator(".person-card")).to_have_count(1)
    expect(tab.get_by_text("Grandma")).to_have_count(0)


def test_somebody_gets_another_name(
    visitor: NewVisitor, crowd: Crowd, household: Household
) -> None:
    guest = visitor()
    guest.join(crowd, Role.ENROLLER)
    tab = guest.open("/people/Ada?door=front")
    tab.get_by_role("button", name="Rename").click()
    tab.get_by_label("New name").fill("Ada Lovelace")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", name="Ada Lovelace")).to_be_visible()
    assert household.heard("rename") == [{"person": "Ada", "to": "Ada Lovelace"}]


def test_what_somebody_may_is_changed_by_an_admin(
    visitor: NewVisitor, crowd: Crowd, household: Household
) -> None:
    guest = visitor()
    guest.join(crowd, Role.ADMIN)
    tab = guest.open("/people/Ada?door=front")
    tab.get_by_role("button", name="Change what they may").click()
    tab.get_by_role("dialog").get_by_label("guards").check()
    tab.get_by_role("dialog").get_by_role("button", name="Sign and send").click()
    expect(tab.get_by_text("guards: in the hours of nights")).to_be_visible()
    assert household.heard("allow") == [{"person": "Ada", "groups": ["guards"]}]

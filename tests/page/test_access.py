"""Who may come in when: hours drawn and written, the difference, and the modes of a door."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect

from browser_kit import NewVisitor
from crowd import Crowd
from facedoor.wire.roles import Role
from household import Household


@pytest.fixture
def household(crowd: Crowd) -> Iterator[Household]:
    with Household(crowd["front"], "Ada").at_home() as household:
        yield household


@pytest.fixture
def tab(visitor: NewVisitor, crowd: Crowd, household: Household) -> Tab:
    """An admin at the rules of the front door."""
    guest = visitor()
    guest.join(crowd, Role.ADMIN)
    tab = guest.open("/access?door=front")
    expect(tab.get_by_role("button", name="Sat shut")).to_be_visible()
    return tab


def draw(tab: Tab, day: int, start: float, end: float) -> None:
    """Over the hours of a day, Monday is 0, from one share of it to another."""
    box = tab.locator(".track").nth(day).bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    tab.mouse.move(box["x"] + box["width"] * start, y)
    tab.mouse.down()
    tab.mouse.move(box["x"] + box["width"] * end, y, steps=4)
    tab.mouse.up()


def test_hours_are_drawn_compared_by_the_door_and_signed(tab: Tab, household: Household) -> None:
    before = household.hash
    draw(tab, 5, 9.6 / 24, 14.4 / 24)
    expect(tab.get_by_role("button", name="Sat 09:30")).to_be_visible()
    tab.get_by_role("button", name="Review and send").click()
    dialog = tab.get_by_role("dialog")
    expect(dialog.get_by_text("schedule office: sat 09:30-14:30 is new")).to_be_visible()
    expect(dialog.get_by_text("nobody is in the group guards")).to_be_visible()
    dialog.get_by_role("button", name="Sign and send").click()
    expect(tab.get_by_role("region", name="Your changes")).to_have_count(0)
    looked, signed = household.heard("set_rules")
    assert looked == {**signed, "dry_run": True}
    assert signed["if"] == before
    assert signed["rules"]["schedules"]["office"]["sat"] == ["09:30-14:30"]
    assert signed["rules"]["schedules"]["nights"] == {"mon-sun": ["22:00-06:00"]}


def test_hours_are_written_by_keyboard(tab: Tab) -> None:
    tab.get_by_role("button", name="Sun shut").press("Enter")
    dialog = tab.get_by_role("dialog")
    dialog.get_by_role("button", name="Add a time").press("Enter")
    dialog.get_by_label("From", exact=True).fill("22:00")
    dialog.get_by_label("To", exact=True).fill("02:00")
    expect(dialog.get_by_text("until the next day")).to_be_visible()
    dialog.get_by_role("button", name="Save").press("Enter")
    expect(tab.get_by_role("button", name="Sun 22:00")).to_be_visible()
    expect(
        tab.get_by_role("button", name="Mon from the evening before until 02:00")
    ).to_be_visible()


def test_change_that_somebody_was_quicker_with_is_not_sent_over_theirs(
    tab: Tab, household: Household
) -> None:
    draw(tab, 6, 0.5, 0.6)
    household.rules = {**(household.rules or {}), "default_group": "staff"}
    tab.get_by_role("button", name="Review and send").click()
    dialog = tab.get_by_role("dialog")
    expect(dialog.get_by_text("Somebody has changed the rules meanwhile")).to_be_visible()
    expect(dialog.get_by_role("button", name="Sign and send")).to_have_count(0)
    dialog.get_by_role("button", name="Load the new rules").click()
    expect(tab.get_by_label("Whoever is in no group")).to_have_value("staff")
    expect(tab.get_by_role("button", name="Sun shut")).to_be_visible()


def test_page_tells_who_would_get_in_also_with_what_is_changed(tab: Tab) -> None:
    tab.get_by_label("Day", exact=True).fill("2026-11-29")
    tab.get_by_label("Time", exact=True).fill("08:00")
    expect(tab.get_by_text("Yes, Ada gets in")).to_be_visible()
    tab.get_by_label("Whoever is in no group").select_option("staff")
    expect(tab.get_by_text("No, Ada stays outside")).to_be_visible()
    expect(tab.get_by_text("With your changes, not yet sent.")).to_be_visible()
    tab.get_by_label("Day", exact=True).fill("2026-12-25")
    tab.get_by_label("Time", exact=True).fill("10:00")
    expect(tab.get_by_text("On a holiday: no. On any other day: yes.")).to_be_visible()


def test_lockdown_is_asked_about_once_more(tab: Tab, household: Household) -> None:
    tab.get_by_role("button", name="Lockdown").click()
    dialog = tab.get_by_role("dialog")
    dialog.get_by_role("button", name="Cancel").click()
    assert household.heard("mode") == []
    tab.get_by_role("button", name="Lockdown").click()
    dialog.get_by_role("button", name="Lock down").click()
    expect(tab.get_by_text("front: Lockdown")).to_be_visible()
    expect(tab.get_by_role("button", name="Lockdown", pressed=True)).to_be_visible()
    assert household.heard("mode") == [{"mode": "lockdown"}]


def test_viewer_sees_the_rules_and_can_change_nothing(
    visitor: NewVisitor, crowd: Crowd, household: Household
) -> None:
    guest = visitor()
    guest.join(crowd, Role.VIEWER)
    tab = guest.open("/access?door=front")
    expect(tab.get_by_text("Changing them is for admins.", exact=False)).to_be_visible()
    draw(tab, 5, 0.4, 0.6)
    expect(tab.get_by_role("button", name="Review and send")).to_have_count(0)
    expect(tab.get_by_role("button", name="New schedule")).to_have_count(0)
    expect(tab.get_by_role("button", name="Lockdown")).to_be_disabled()

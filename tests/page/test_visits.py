"""Who came: the list, one visit, and what somebody can say about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect
from playwright.sync_api import Page as Tab

from browser_kit import PHONE, NewVisitor
from crowd import Crowd
from facedoor.wire.roles import Role
from household import Household

MOST_NODES = 300


@pytest.fixture
def household(crowd: Crowd, photos: Path) -> Iterator[Household]:
    household = Household(crowd["front"], "Ada", "Grandma")
    household.jpeg = sorted(photos.rglob("*.jpg"))[0].read_bytes()
    with household.at_home():
        yield household


def row(tab: Tab, name: str) -> Locator:
    return tab.locator(".visit-line", has_text=name).first


def test_visits_are_found_by_outcome_and_name_and_the_address_says_so(
    visitor: NewVisitor, crowd: Crowd
) -> None:
    for person in ("Ford Prefect", "Fordine", None):
        crowd["front"].visit(person)
    guest = visitor()
    guest.join(crowd, Role.VIEWER)
    tab = guest.open("/visits")
    tab.get_by_label("Find a person").fill("ford")
    expect(tab.locator(".visit-line")).to_have_count(2)
    tab.get_by_label("Find a person").fill("ford prefect")
    expect(tab.locator(".visit-line")).to_have_count(1)
    tab.get_by_text("Refused", exact=True).first.click()
    expect(tab.get_by_text("No visit is like that")).to_be_visible()
    assert tab.url.endswith("/visits?outcome=refused&person=ford+prefect")
    tab.reload()
    expect(tab.get_by_label("Find a person")).to_have_value("ford prefect")
    tab.get_by_role("button", name="Show all visits").click()
    expect(tab.locator(".visit-line", has_text="Fordine")).to_be_visible()


def test_list_of_many_visits_has_few_nodes_wherever_it_is_scrolled(
    visitor: NewVisitor, crowd: Crowd
) -> None:
    crowd.fill(500)
    guest = visitor()
    guest.join(crowd, Role.VIEWER)
    tab = guest.open("/visits")
    expect(tab.locator(".visit-line").first).to_be_visible()
    for _ in range(5):
        tab.mouse.wheel(0, 4000)
        assert tab.evaluate("document.querySelectorAll('.visit-list *').length") < MOST_NODES
    expect(tab.locator(".visit-line").first).to_be_visible()


def test_new_visits_wait_while_somebody_reads_further_down(
    visitor: NewVisitor, crowd: Crowd
) -> None:
    crowd.fill(60)
    guest = visitor()
    guest.join(crowd, Role.VIEWER)
    tab = guest.open("/visits")
    tab.evaluate("scrollTo(0, 1500)")
    crowd["front"].visit("Arthur Dent")
    crowd["front"].visit("Arthur Dent")
    tab.get_by_role("button", name="2 new").click()
    expect(tab.locator(".visit-line", has_text="Arthur Dent")).to_have_count(2)
    assert tab.evaluate("scrollY") == 0
    expect(tab.get_by_role("button", name="2 new")).to_have_count(0)


def test_everything_in_the_list_is_done_by_keys(visitor: NewVisitor, crowd: Crowd) -> None:
    for person in ("Third", "Second", "First"):
        crowd["front"].visit(person)
    guest = visitor()
    guest.join(crowd, Role.VIEWER)
    tab = guest.open("/visits")
    expect(row(tab, "First")).to_be_visible()
    tab.keyboard.press("j")
    expect(tab.get_by_role("heading", name="First came in")).to_be_visible()
    tab.keyboard.press("j")
    expect(tab.get_by_role("heading", name="Second came in")).to_be_visible()
    expect(row(tab, "Second")).to_be_focused()
    tab.keyboard.press("k")
    expect(tab.get_by_role("heading", name="First came in")).to_be_visible()
    tab.keyboard.press("Escape")
    expect(tab.get_by_text("Choose a visit", exact=True)).to_be_visible()
    tab.keyboard.press("/")
    expect(tab.get_by_label("Find a person")).to_be_focused()
    tab.keyboard.type("jk?")
    expect(tab.get_by_label("Find a person")).to_have_value("jk?")
    tab.keyboard.press("Escape")
    tab.keyboard.press("?")
    expect(tab.get_by_role("dialog", name="Keys")).to_be_visible()
    tab.keyboard.press("Escape")
    expect(tab.get_by_role("dialog")).to_have_count(0)


def test_visit_on_a_phone_is_a_page_of_its_own_and_the_list_is_where_it_was(
    visitor: NewVisitor, crowd: Crowd
) -> None:
    crowd.fill(60)
    guest = visitor(viewport=PHONE)
    guest.join(crowd, Role.VIEWER)
    tab = guest.open("/visits")
    tab.evaluate("scrollTo(0, 1200)")
    opened = tab.locator(".visit-line").nth(5)
    opened.click()
    expect(tab.get_by_role("link", name="All visits")).to_be_visible()
    assert tab.evaluate("scrollY") == 0
    tab.get_by_role("link", name="All visits").click()
    expect(tab.locator(".visit-line").first).to_be_visible()
    assert abs(tab.evaluate("scrollY") - 1200) < 80


def test_refusal_says_why_and_what_helps_and_tells_numbers_to_admins(
    visitor: NewVisitor, crowd: Crowd, household: Household
) -> None:
    front = crowd["front"]
    visit = front.visit(reason="too_dark", distance_band="near", looks={"too_dark": 3})
    numbers = {"visit": visit, "distance": 0.63, "threshold": 0.6, "nearest": "Grandma"}
    entry = {"id": 7, "kind": "decision", "time": front.now(), "payload": numbers}
    front.answers["journal"] = lambda _: {"entries": [entry], "next": None}
    guest = visitor()
    guest.join(crowd, Role.ADMIN)
    tab = guest.open(f"/visits/{visit}")
    expect(tab.get_by_role("heading", name="Somebody was refused")).to_be_visible()
    expect(tab.get_by_text("Put a light at the door", exact=False)).to_be_visible()
    expect(tab.get_by_text("3 looks")).to_be_visible()
    expect(tab.get_by_text("Distance 0.630, limit 0.600")).to_be_visible()
    expect(tab.get_by_text("5% beyond the limit", exact=False)).to_be_visible()


def test_guess_about_who_was_refused_is_told_as_one(visitor: NewVisitor, crowd: Crowd) -> None:
    refused = crowd["front"].visit(reason="too_dark")
    crowd["front"].visit("Ada")
    guest = visitor()
    guest.join(crowd, Role.VIEWER)
    tab = guest.open("/visits")
    expect(row(tab, "too dark")).to_contain_text("Perhaps Ada")
    guest.open(f"/visits/{refused}")
    expect(tab.get_by_role("heading", name="Perhaps Ada was refused")).to_be_visible()


def test_whoever_may_only_look_reads_the_band_and_no_number(
    visitor: NewVisitor, crowd: Crowd
) -> None:
    visit = crowd["front"].visit(distance_band="near")
    guest = visitor()
    guest.join(crowd, Role.VIEWER)
    tab = guest.open(f"/visits/{visit}")
    expect(tab.get_by_text("Close to somebody enrolled, but not close enough")).to_be_visible()
    expect(tab.get_by_text("Distance")).to_have_count(0)
    expect(tab.get_by_role("heading", name="Who is it?")).to_have_count(0)


def test_unknown_visitor_is_enrolled_from_the_picture(
    visitor: NewVisitor, crowd: Crowd, household: Household
) -> None:
    visit = crowd["front"].visit(picture=True)
    guest = visitor()
    guest.join(crowd, Role.ENROLLER)
    tab = guest.open(f"/visits/{visit}")
    expect(tab.locator(".visit img")).to_be_visible()
    assert not household.heard("enroll")
    tab.get_by_label("Name").fill("Zoë")
    expect(tab.get_by_text("is new here", exact=False)).to_be_visible()
    tab.get_by_role("button", name="Enrol from this picture").click()
    expect(tab.get_by_text("is enrolled from this picture", exact=False)).to_be_visible()
    assert household.heard("enroll") == [{"person": "Zoë", "visit": visit}]


def test_visit_gets_only_a_name_where_no_picture_was_kept(
    visitor: NewVisitor, crowd: Crowd, household: Household
) -> None:
    visit = crowd["front"].visit()
    guest = visitor()
    guest.join(crowd, Role.ENROLLER)
    tab = guest.open(f"/visits/{visit}")
    tab.get_by_label("Name").fill("grandma")
    expect(tab.locator("option[value=Grandma]")).to_have_count(1)  # the door said who lives there
    tab.get_by_role("button", name="Only note who it was").click()
    expect(tab.get_by_text("Noted: that was Grandma")).to_be_visible()
    assert household.heard("label") == [{"person": "Grandma", "visit": visit}]


def test_whoever_names_somebody_too_much_like_another_is_warned(
    visitor: NewVisitor, crowd: Crowd, household: Household
) -> None:
    def refuse(args: dict[str, object]) -> dict[str, object]:
        if "although_similar_to" in args:
            return {"person": args["person"], "templates": 1, "images": []}
        reason = "looks like Ada, who is enrolled already; if they are two people, say so: Ada"
        images = [{"file": "visit", "accepted": False, "reason": reason}]
        return {"outcome": "refused", "reason": "no_fit_picture", "images": images}

    household.enrol = refuse
    visit = crowd["front"].visit(picture=True)
    guest = visitor()
    guest.join(crowd, Role.ADMIN)
    tab = guest.open(f"/visits/{visit}")
    tab.get_by_label("Name").fill("Twin")
    tab.get_by_role("button", name="Enrol from this picture").click()
    expect(tab.get_by_text("The door says that this looks like Ada.")).to_be_visible()
    tab.get_by_role("button", name="They are two people").click()
    expect(tab.get_by_text("is enrolled from this picture", exact=False)).to_be_visible()
    assert household.heard("enroll")[-1] == {
        "person": "Twin",
        "visit": visit,
        "although_similar_to": ["Ada"],
    }


def test_only_pictures_in_view_are_asked_for_ten_at_a_time(
    visitor: NewVisitor, crowd: Crowd, household: Household
) -> None:
    for _ in range(40):
        crowd["front"].visit("Ada", picture=True)
    guest = visitor()
    guest.join(crowd, Role.OPERATOR)
    before = len(household.heard("picture"))
    tab = guest.open("/visits")
    expect(tab.locator(".visit-line img").first).to_be_visible()
    asked = [args["visits"] for args in household.heard("picture")[before:]]
    assert all(len(visits) <= 10 for visits in asked)
    assert sum(map(len, asked)) < 25

"""A door that runs a facedoor from before the page, and the page on which others install its CA."""

from __future__ import annotations

from playwright.sync_api import expect

from browser_kit import NewVisitor
from crowd import Crowd
from dashboard_kit import BY_PROXY, Page
from facedoor.wire.roles import Role

_NEW = ("ping", "picture", "keys", "invite", "summary", "explain", "label", "revoke", "set_rules")


def test_older_door_is_shown_and_what_it_cannot_do_is_said(
    visitor: NewVisitor, crowd: Crowd
) -> None:
    guest = visitor()
    tab = guest.join(crowd, Role.ADMIN)
    front = crowd["front"]
    malformed = {"outcome": "refused", "reason": "malformed", "message": "cmd has to be one of"}
    before = dict(front.answers)
    front.answers.update({cmd: lambda _: malformed for cmd in _NEW})
    visit = front.visit("Ada", picture=True)
    told = {"kind": "decision", "time": front.now(), "decision": "refused", "reason": "unknown"}
    front.event("decision", {**told, "person": None, "frames": 3, "track": 1})
    tab.get_by_role("button", name="Unlock front").click()
    tab.get_by_role("dialog").get_by_role("button", name="Unlock").click()
    expect(tab.get_by_role("heading", name="front is unlocked")).to_be_visible()
    guest.open(f"/visits/{visit}")
    expect(tab.get_by_role("img", name="Picture not to be had").first).to_be_visible()
    asked = [args for cmd, args in front.heard if cmd == "picture" and visit in args["visits"]]
    assert len(asked) <= 2  # once where it was first in sight, once here
    guest.open("/devices")
    expect(tab.get_by_text("it may be older than this page", exact=False).first).to_be_visible()
    for path in ("/", "/visits", "/people?door=front", "/access?door=front", "/doors/front"):
        guest.open(path)
        expect(tab.locator("h1").first).to_be_visible()
    front.answers = before


def test_page_of_the_certificate_asks_nobody_else_and_breaks_no_rule(
    visitor: NewVisitor, server: Page
) -> None:
    tab = visitor(extra_http_headers=BY_PROXY).open("/install")
    assert tab.url == f"{server.origin}/install"
    tab.reload()
    expect(tab.locator("h1").first).to_be_visible()

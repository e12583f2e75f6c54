"""Every page: usable by whoever sees little or has no mouse, on any screen, whatever names say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect

from browser_kit import COLOURS, DESKTOP, PHONE, SMALL, NewVisitor, axe_violations, sideways_px
from crowd import Crowd
from dashboard_kit import Page
from facedoor.problems import Problem, Severity
from facedoor.times import utc_now
from facedoor.wire.roles import Role

PAGES = ("/", "/visits", "/people", "/access", "/doors", "/journal", "/devices", "/settings")
PAGES_WITH_MORE = ("/doors/front", "/people/Ada", "/join")

HOSTILE = (
    "<img src=x onerror=\"document.title='gone'\">",
    "\u202egnihtyna\u202c {door} &lt;b&gt;",
    "x" * 10_000,
)


@pytest.fixture
def lived_in(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> Iterator[Crowd]:
    """Doors at which something has happened."""
    front = crowd["front"]
    front.visit("Ada", began=utc_now())
    front.visit(None, reason="too_dark", looks={"too_dark": 3})
    front.event("door", {"event": "bell"})
    front.event(
        "command", {"outcome": "done", "cmd": "unlock", "key": "phone", "command": "c" * 20}
    )
    crowd["back"].status(Problem("camera_lost", Severity.ERROR, "no camera: see it", utc_now()))
    crowd["back"].status(online=False)
    keys = {"fingerprint": "f" * 43, "name": "tablet", "role": "viewer", "made_at": utc_now()}
    known = {"keys": [{**keys, "revoked_at": None}], "invitations": []}
    monkeypatch.setitem(front.answers, "keys", lambda _: known)
    yield crowd
    crowd["back"].status()  # other tests find it there


def settled(tab: Tab) -> None:
    """What was asked for is there."""
    expect(tab.locator("h1").first).to_be_visible()
    expect(tab.locator(".skeleton")).to_have_count(0)


def test_axe_finds_nothing_on_any_page(visitor: NewVisitor, lived_in: Crowd) -> None:
    guest = visitor(bypass_csp=True, color_scheme="light", reduced_motion="reduce")
    tab = guest.join(lived_in, Role.ADMIN)
    found = {}
    for path in (*PAGES, *PAGES_WITH_MORE):
        guest.open(path)
        settled(tab)
        if violations := axe_violations(tab):
            found[path] = violations
        tab.emulate_media(color_scheme="dark")
        if violations := axe_violations(tab, COLOURS):
            found[f"{path} in the dark"] = violations
        tab.emulate_media(color_scheme="light")
    assert found == {}


def test_axe_finds_nothing_in_the_dialogs(visitor: NewVisitor, lived_in: Crowd) -> None:
    guest = visitor(bypass_csp=True, viewport=PHONE, reduced_motion="reduce")
    tab = guest.join(lived_in, Role.ADMIN)
    for path, button in [
        ("/", "Unlock front"),
        ("/", "More"),
        ("/devices", "Invite"),
        ("/devices", "Revoke: tablet"),
        ("/journal", "Verify"),
        ("/settings", "Forget this device"),
    ]:
        guest.open(path)
        tab.get_by_role("button", name=button, exact=True).click()
        expect(tab.get_by_role("dialog")).to_be_visible()
        settled(tab)
        assert axe_violations(tab) == [], button
        tab.keyboard.press("Escape")
        expect(tab.get_by_role("dialog")).to_have_count(0)


def test_no_page_is_wider_than_the_screen_whatever_names_say(
    visitor: NewVisitor, lived_in: Crowd
) -> None:
    guest = visitor(viewport=SMALL)
    tab = guest.join(lived_in, Role.ADMIN, name="a device with <b>quite</b> a long name, " * 3)
    for name in HOSTILE:
        lived_in["front"].visit(name)
        told = {"event": "release", "decision": "granted", "reason": "commanded", "by": name}
        lived_in["front"].event("door", {**told, "why": name, "command": "c" * 20})
    wide = {}
    for path in (*PAGES, *PAGES_WITH_MORE):
        guest.open(path)
        for size in (SMALL, PHONE, DESKTOP):
            tab.set_viewport_size(size)
            settled(tab)
            if (px := sideways_px(tab)) > 0:
                wide[f"{path} at {size['width']} px"] = px
        assert "facedoor" in tab.title()
        assert tab.locator("img[onerror]").count() == 0
        tab.set_viewport_size(SMALL)
    assert wide == {}


def test_everything_is_reached_by_keyboard(visitor: NewVisitor, lived_in: Crowd) -> None:
    tab = visitor().join(lived_in, Role.OPERATOR)
    tab.reload()
    expect(tab.get_by_role("heading", name="front")).to_be_visible()
    tab.keyboard.press("Tab")
    expect(tab.get_by_role("link", name="Skip to the content")).to_be_focused()
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", name="Now", exact=True)).to_be_focused()
    for _ in range(12):
        tab.keyboard.press("Tab")
        if tab.evaluate("document.activeElement.getAttribute('aria-label')") == "Unlock front":
            break
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("dialog")).to_be_visible()
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", name="front is unlocked")).to_be_visible()
    tab.keyboard.press("Escape")
    expect(tab.get_by_role("button", name="Unlock front")).to_be_focused()
    tab.get_by_role("link", name="Settings").focus()
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", name="Settings")).to_be_focused()


def test_language_and_appearance_are_kept(visitor: NewVisitor, lived_in: Crowd) -> None:
    guest = visitor(locale="de-DE")
    tab = guest.open("/settings")
    expect(tab.get_by_role("heading", name="Einstellungen")).to_be_visible()
    tab.get_by_text("English").click()
    tab.get_by_text("Dark").click()
    guest.open("/settings")
    expect(tab.get_by_role("heading", name="Settings")).to_be_visible()
    assert tab.evaluate("getComputedStyle(document.body).colorScheme") == "dark"
    assert tab.evaluate("document.documentElement.lang") == "en"


def test_device_invites_another_and_revokes_it(
    visitor: NewVisitor, lived_in: Crowd, server: Page
) -> None:
    admin = visitor(permissions=["clipboard-read", "clipboard-write"])
    tab = admin.join(lived_in, Role.ADMIN)
    front = lived_in["front"]
    admin.open("/devices")
    tab.get_by_role("button", name="Invite").click()
    tab.get_by_label("Name of the device").fill("Grandma's phone")
    tab.get_by_role("dialog").get_by_text("Operator", exact=True).click()
    tab.get_by_role("dialog").get_by_text("back").click()
    tab.get_by_role("button", name="Make the invitation").click()
    expect(tab.get_by_role("img", name="QR code of the invitation")).to_be_visible()
    (args,) = [args for cmd, args in front.heard if cmd == "invite"]
    assert (args["role"], args["name"]) == ("operator", "Grandma's phone")
    link = tab.get_by_role("dialog").locator("code").inner_text()
    assert link.startswith(f"{server.origin}/join#k=")
    assert "d=front." in link
    assert "d=back." not in link
    tab.get_by_role("button", name="Close").click()
    tab.get_by_role("button", name="Revoke: tablet").click()
    tab.get_by_role("dialog").get_by_text("At all doors where it is known").click()
    tab.get_by_role("dialog").get_by_role("button", name="Revoke", exact=True).click()
    expect(tab.get_by_role("dialog").get_by_text("front: Done")).to_be_visible()
    assert ("revoke", {"key": "f" * 43}) in front.heard


def test_forgotten_device_starts_anew(visitor: NewVisitor, lived_in: Crowd) -> None:
    guest = visitor()
    tab = guest.join(lived_in, Role.VIEWER, name="borrowed")
    guest.open("/settings")
    tab.get_by_role("button", name="Forget this device").click()
    tab.get_by_role("dialog").get_by_role("button", name="Forget").click()
    expect(tab.get_by_text("This device is not known here yet").first).to_be_visible()
    assert "revoke" in {cmd for cmd, _ in lived_in["front"].heard}


def test_journal_tells_who_did_what(visitor: NewVisitor, lived_in: Crowd) -> None:
    told = {"event": "release", "decision": "granted", "reason": "commanded", "command": "c" * 20}
    lived_in["front"].event("door", {**told, "by": "Ada's phone", "why": "Parcel"})
    guest = visitor()
    tab = guest.join(lived_in, Role.VIEWER)
    lived_in["front"].event("command", {"cmd": "rules", "key": "phone", "outcome": "done"})
    guest.open("/journal")
    expect(tab.get_by_text("Unlocked by Ada's phone").first).to_be_visible()
    expect(tab.get_by_text("Read the rules")).to_have_count(0)
    tab.get_by_label("What").select_option("Everything")
    expect(tab.get_by_text("Read the rules").first).to_be_visible()
    expect(tab.get_by_text("“Parcel”").first).to_be_visible()
    lived_in["front"].event("door", {**told, "by": "Eddie's watch", "why": "Guest"})
    expect(tab.get_by_text("Unlocked by Eddie's watch")).to_be_visible()
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Export").click()
    assert "Eddie's watch" in download.value.path().read_text()


def test_address_of_no_page_says_so_and_leads_back(visitor: NewVisitor, lived_in: Crowd) -> None:
    guest = visitor()
    guest.join(lived_in, Role.VIEWER)
    tab = guest.open("/nowhere/at/all")
    expect(tab.get_by_role("heading", name="There is no such page").first).to_be_visible()
    tab.get_by_role("link", name="Go to Now").click()
    expect(tab.get_by_role("heading", name="Last visits")).to_be_visible()

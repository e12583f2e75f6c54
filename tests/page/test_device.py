"""A browser becomes known by an invitation, signs in, and commands doors."""

from __future__ import annotations

import base64

import pytest
from playwright.sync_api import expect

from broker import wait_until
from browser_kit import NewVisitor, invitation
from crowd import Crowd
from dashboard_kit import Page
from facedoor.wire.roles import Role


def test_invitation_leaves_the_address_bar_and_works_once(
    visitor: NewVisitor, crowd: Crowd, server: Page
) -> None:
    address = invitation(server.origin, crowd, Role.VIEWER, "hall tablet")
    first, second = visitor(), visitor()
    for guest in (first, second):
        guest.tab.goto(address)
        expect(guest.tab.get_by_text("hall tablet")).to_be_visible()
        assert guest.tab.url == f"{server.origin}/join"
    first.tab.get_by_role("button", name="Join on this device").click()
    expect(first.tab.get_by_role("heading", name="This device has joined")).to_be_visible()
    second.tab.get_by_role("button", name="Join on this device").click()
    expect(second.tab.get_by_text("Somebody has joined with this invitation").first).to_be_visible()


def test_half_an_invitation_says_so(visitor: NewVisitor) -> None:
    tab = visitor().open("/join#k=abc&r=viewer")
    expect(tab.get_by_text("No invitation in this address")).to_be_visible()


def test_nobody_sees_anything_before_they_have_joined(visitor: NewVisitor, crowd: Crowd) -> None:
    crowd["front"].visit("Ada")
    tab = visitor().open("/visits")
    expect(tab.get_by_text("This device is not known here yet").first).to_be_visible()
    expect(tab.get_by_text("Ada")).to_have_count(0)


def test_viewer_has_no_unlock_and_sees_visits_come(visitor: NewVisitor, crowd: Crowd) -> None:
    tab = visitor().join(crowd, Role.VIEWER)
    expect(tab.get_by_role("heading", name="front")).to_be_visible()
    expect(tab.get_by_role("button", name="Unlock")).to_have_count(0)
    crowd["front"].visit("Zaphod Beeblebrox")
    expect(tab.get_by_text("Zaphod Beeblebrox").first).to_be_visible()


def test_double_click_unlocks_once_and_says_that_it_is_done(
    visitor: NewVisitor, crowd: Crowd
) -> None:
    tab = visitor().join(crowd, Role.OPERATOR)
    front = crowd["front"]
    before = len(front.heard)
    tab.get_by_role("button", name="Unlock front").click()
    tab.get_by_role("dialog").get_by_text("Guest").click()
    tab.get_by_role("dialog").get_by_role("button", name="Unlock").dblclick()
    expect(tab.get_by_role("heading", name="front is unlocked")).to_be_visible()
    assert [heard for heard in front.heard[before:] if heard[0] == "unlock"] == [
        ("unlock", {"reason": "Guest"})
    ]
    tab.keyboard.press("Escape")
    expect(tab.get_by_role("button", name="Unlock front")).to_be_focused()


def test_refusal_is_told_in_words_until_somebody_takes_it_away(
    visitor: NewVisitor, crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab = visitor().join(crowd, Role.OPERATOR)
    tab.clock.install()
    tab.reload()
    busy = {"outcome": "refused", "reason": "door_busy"}
    monkeypatch.setitem(crowd["back"].answers, "unlock", lambda _: busy)
    tab.get_by_role("button", name="Unlock back").click()
    tab.keyboard.press("Enter")
    refusal = tab.get_by_text("The door is open already.")
    expect(tab.get_by_role("dialog").get_by_text("The door is open already.")).to_be_visible()
    tab.clock.run_for(60_000)
    expect(tab.get_by_role("dialog").get_by_text("The door is open already.")).to_be_visible()
    tab.keyboard.press("Escape")
    expect(refusal).to_have_count(0)


def test_device_that_no_door_knows_any_more_is_told_so(visitor: NewVisitor, crowd: Crowd) -> None:
    guest = visitor()
    tab = guest.join(crowd, Role.OPERATOR, "lost phone")
    for door in crowd.doors.values():
        for key in [key for key in door.keys.values() if key.name == "lost phone"]:
            del door.keys[key.fingerprint]
    tab.get_by_role("button", name="Unlock front").click()
    tab.get_by_role("dialog").get_by_role("button", name="Unlock").click()
    dialog = tab.get_by_role("dialog")
    expect(dialog.get_by_text("The door does not know this device.")).to_be_visible()


def test_door_that_does_not_answer_may_have_opened(visitor: NewVisitor, crowd: Crowd) -> None:
    tab = visitor().join(crowd, Role.OPERATOR)
    tab.clock.install()
    tab.reload()
    expect(tab.get_by_role("heading", name="back")).to_be_visible()
    deaf = crowd.doors.pop("back")
    try:
        tab.get_by_role("button", name="Unlock back").click()
        tab.get_by_role("dialog").get_by_role("button", name="Unlock").click()
        expect(tab.get_by_text("Asking the door")).to_be_visible()
        tab.clock.run_for(31_000)
        said = tab.get_by_role("dialog").get_by_text("No answer from back: it may have opened.")
        expect(said).to_be_visible()
    finally:
        crowd.doors["back"] = deaf


def test_late_answer_is_told_after_all(
    visitor: NewVisitor, crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab = visitor().join(crowd, Role.OPERATOR)
    tab.clock.install()
    tab.reload()
    expect(tab.get_by_role("heading", name="back")).to_be_visible()
    back, heard = crowd["back"], list[bytes]()
    answer = back.hear

    def hear(said: bytes) -> None:
        is_unlock = b"unlock" in base64.urlsafe_b64decode(said.split(b".")[1] + b"==")
        (heard.append if is_unlock else answer)(said)

    monkeypatch.setattr(back, "hear", hear)
    tab.get_by_role("button", name="Unlock back").click()
    tab.get_by_role("dialog").get_by_role("button", name="Unlock").click()
    wait_until(lambda: heard, "the command is there")
    tab.clock.run_for(31_000)
    expect(tab.get_by_role("dialog")).to_contain_text("it may have opened")
    answer(heard[-1])
    expect(tab.get_by_role("heading", name="back is unlocked")).to_be_visible()


def test_page_signs_in_again_by_itself_when_the_server_asks(
    visitor: NewVisitor, crowd: Crowd, server: Page
) -> None:
    """As it does once an hour."""
    guest = visitor()
    tab = guest.join(crowd, Role.OPERATOR)
    headers = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}
    before = {cookie["value"] for cookie in guest.context.cookies()}
    ended = guest.context.request.delete(f"{server.origin}/api/session", headers=headers)
    assert ended.status == 204
    crowd["front"].visit("Deep Thought")
    expect(tab.get_by_text("Deep Thought").first).to_be_visible()
    expect(tab.get_by_text("This device is not known here yet")).to_have_count(0)
    assert before.isdisjoint(cookie["value"] for cookie in guest.context.cookies())
    tab.get_by_role("button", name="Unlock front").click()
    tab.get_by_role("dialog").get_by_role("button", name="Unlock").click()
    expect(tab.get_by_role("heading", name="front is unlocked")).to_be_visible()


def test_browser_that_keeps_nothing_uses_up_no_invitation(
    visitor: NewVisitor, crowd: Crowd, server: Page
) -> None:
    address = invitation(server.origin, crowd, Role.VIEWER)
    private, other = visitor(), visitor()
    private.context.add_init_script("delete IDBFactory.prototype.open")
    for guest, said in ((private, "This browser keeps nothing"), (other, "This device has joined")):
        guest.tab.goto(address)
        guest.tab.get_by_role("button", name="Join on this device").click()
        expect(guest.tab.get_by_text(said).first).to_be_visible()

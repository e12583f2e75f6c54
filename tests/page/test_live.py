"""What the doors say reaches every tab, and what is away is said."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from broker import Broker, free_port, wait_until
from browser_kit import NewVisitor, Visitor
from crowd import Crowd
from dashboard_kit import BY_PROXY, Page
from facedoor.wire.roles import Role
from page_kit import built_page


def test_ten_tabs_share_one_stream_and_the_next_one_takes_it_over(
    visitor: NewVisitor, crowd: Crowd
) -> None:
    guest = visitor()
    streams: list[str] = []
    guest.context.on(
        "request", lambda said: streams.append(said.url) if "/api/stream" in said.url else None
    )
    first = guest.join(crowd, Role.VIEWER)
    others = [guest.new_tab() for _ in range(9)]
    for tab in others:
        tab.goto(guest.origin)
        expect(tab.get_by_role("heading", name="front")).to_be_visible()
    crowd["front"].visit("Trillian")
    for tab in (first, *others):
        expect(tab.get_by_text("Trillian").first).to_be_visible()
    assert len(streams) == 1
    first.close()
    crowd["front"].visit("Marvin")
    for tab in others:
        expect(tab.get_by_text("Marvin").first).to_be_visible()
    assert len(streams) == 2


def test_forgotten_name_leaves_every_tab(visitor: NewVisitor, crowd: Crowd) -> None:
    tab = visitor().join(crowd, Role.VIEWER)
    visit = crowd["back"].visit("Slartibartfast")
    expect(tab.get_by_text("Slartibartfast").first).to_be_visible()
    told = {"event": "forgotten", "visits": [visit], "entries": [crowd["back"].number]}
    crowd["back"].event("door", told)
    expect(tab.get_by_text("Slartibartfast")).to_have_count(0)
    tab.reload()
    expect(tab.get_by_role("heading", name="back")).to_be_visible()
    expect(tab.get_by_text("Slartibartfast")).to_have_count(0)


TOLD_MS = 3_000
"""So soon an answer that has reached the server is to be told, by the page's own clock."""


_COUNT_LOOKS = """const { verify } = SubtleCrypto.prototype;
SubtleCrypto.prototype.verify = function (...given) {
  window.looked = (window.looked ?? 0) + 1;
  return verify.apply(this, given);
};"""
"""How often the page has looked at a door's signature."""


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("refused", "The door is open already."),
        ("unknown key", "The door does not know this device."),
        ("late", "back answered late: done."),
    ],
)
def test_answer_waits_for_no_clock_of_the_page_and_silence_is_told_when_the_command_expires(
    visitor: NewVisitor,
    crowd: Crowd,
    monkeypatch: pytest.MonkeyPatch,
    case: str,
    words: str,
) -> None:
    """The page's clock stands still: it goes on by what the test lets pass."""
    back, kept = crowd["back"], list[bytes]()
    answer = back.hear

    def hear(said: bytes) -> None:
        is_unlock = b'"unlock"' in base64.urlsafe_b64decode(said.split(b".")[1] + b"==")
        (kept.append if is_unlock else answer)(said)

    monkeypatch.setattr(back, "hear", hear)
    guest = visitor()
    guest.context.add_init_script(_COUNT_LOOKS)
    tab = guest.join(crowd, Role.OPERATOR, case)
    if case == "refused":
        busy = {"outcome": "refused", "reason": "door_busy"}
        monkeypatch.setitem(back.answers, "unlock", lambda _: busy)
    tab.clock.install()
    guest.open("/")
    expect(tab.get_by_role("button", name="Unlock back")).to_be_visible()
    tab.get_by_role("button", name="Unlock back").click()
    tab.clock.pause_at(tab.evaluate("Date.now()") / 1000 + 1)  # in seconds
    dialog = tab.get_by_role("dialog")
    dialog.get_by_role("button", name="Unlock").click()
    wait_until(lambda: kept, "the command is there")
    if case == "unknown key":
        for door in crowd.doors.values():
            for key in [key for key in door.keys.values() if key.name == case]:
                del door.keys[key.fingerprint]
    if case == "late":
        tab.clock.run_for(29_000)
        expect(dialog.get_by_text("Asking the door")).to_be_visible()
        tab.clock.run_for(1_000)
        expect(dialog).to_contain_text("it may have opened")
    before = tab.evaluate("window.looked ?? 0")
    answer(kept[-1])
    wait_until(lambda: tab.evaluate("window.looked ?? 0") > before, "the answer is there")
    tab.clock.run_for(TOLD_MS)
    where = tab.locator(".release") if case == "late" else dialog
    expect(where.get_by_text(words)).to_be_visible()


def test_phone_whose_clock_is_off_still_commands(visitor: NewVisitor, crowd: Crowd) -> None:
    guest = visitor()
    guest.context.add_init_script("const now = Date.now; Date.now = () => now() + 60_000")
    tab = guest.join(crowd, Role.OPERATOR)
    expect(tab.get_by_text("The clock of this device is off by 60 s")).to_be_visible()
    tab.get_by_role("button", name="Unlock front").click()
    tab.get_by_role("dialog").get_by_role("button", name="Unlock").click()
    expect(tab.get_by_role("heading", name="front is unlocked")).to_be_visible()


def test_what_is_away_is_said_and_what_is_back_goes_on(
    visitor: NewVisitor, crowd: Crowd, site: Broker, server: Page
) -> None:
    tab = visitor().join(crowd, Role.OPERATOR)
    crowd["back"].status(online=False)
    expect(tab.get_by_text("back is offline.")).to_be_visible()
    expect(tab.get_by_role("button", name="Unlock back")).to_have_attribute("aria-disabled", "true")
    crowd["back"].status()
    expect(tab.get_by_text("back is offline.")).to_have_count(0)

    server.kill()
    expect(tab.get_by_text("The dashboard does not answer.")).to_be_visible()
    crowd["front"].visit("Zarniwoop")
    server.start()
    expect(tab.get_by_text("The dashboard does not answer.")).to_have_count(0, timeout=20_000)
    expect(tab.get_by_text("Zarniwoop")).to_have_count(1)

    site.stop()
    expect(tab.get_by_text("no connection to the broker").first).to_be_visible()
    expect(tab.get_by_role("button", name="Unlock front")).to_have_attribute(
        "aria-disabled", "true"
    )
    site.start()
    expect(tab.get_by_text("no connection to the broker")).to_have_count(0, timeout=30_000)
    wait_until(lambda: crowd["front"].visit("Arthur Dent"), "the crowd is back")
    expect(tab.get_by_text("Arthur Dent").first).to_be_visible(timeout=30_000)


def test_plain_http_shows_and_signs_nothing_and_says_why(
    browser: Browser, tmp_path: Path, site: Broker, crowd: Crowd
) -> None:
    port = free_port()
    mqtt = {"host": "127.0.0.1", "port": site.port}
    server = Page(tmp_path / "plain", mqtt, built_page(), {"http_port": port})
    server.start()
    try:
        secure, server.origin = server.origin, f"http://doors.test:{port}"
        guest = Visitor(browser, server, extra_http_headers=BY_PROXY)
        tab = guest.open("/")
        expect(tab.get_by_text("This is plain http: you can look, not act.")).to_be_visible()
        expect(tab.get_by_role("link", name="Go to")).to_have_attribute("href", secure)
        expect(tab.get_by_role("heading", name="front")).to_be_visible()
        expect(tab.get_by_role("button", name="Unlock")).to_have_count(0)
        assert guest.complaints == []
        guest.close()
    finally:
        server.stop()

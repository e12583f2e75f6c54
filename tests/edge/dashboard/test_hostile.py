"""What somebody does to the page's server who wants in, or wants it to stand still."""

from __future__ import annotations

from crowd import Crowd
from dashboard_kit import PROXY_WORD, Device, Page


def test_cookie_leads_to_no_session_that_a_proxy_vouches_for(page: Page) -> None:
    by_proxy = {"X-Facedoor-User": "Ada", "X-Facedoor-Proxy-Secret": PROXY_WORD}
    assert Device(page).get("/api/state", **by_proxy).status == 200
    for word in ("proxy Ada", "proxy%20Ada", '"proxy Ada"', "Ada"):
        stranger = Device(page)
        stranger.cookie = f"__Host-session={word}"
        assert stranger.get("/api/state").status == 401


def test_what_comes_from_no_door_keeps_the_broker_waiting_for_nothing(
    crowd: Crowd, phone: Device
) -> None:
    stream = phone.stream()
    for name in ("a door", "front.2", "Tür", "$", "front\u202e"):
        for _ in range(10):
            crowd["front"].say_raw(f"facedoor/{name}/event", b"x", 1, False)
    visit = crowd["front"].visit("Ada")
    stream.wait_for("visit", id=visit)
    stream.close()


def test_what_a_door_says_to_be_forgotten_is_told_however_it_is_written(
    crowd: Crowd, phone: Device
) -> None:
    door, stream = crowd["back"], phone.stream()
    door.event("door", {"event": "forgotten", "visits": ["\ud800"], "entries": []})
    assert stream.wait_for("forgotten", door="back").data["visits"] == ["?"]
    stream.close()

"""Signing in at the page's server: by a key of one's own that a door knows, and by nothing else."""

from __future__ import annotations

import contextlib
from pathlib import Path

from broker import Broker
from crowd import Crowd, signed_in
from dashboard_kit import BY_PROXY, Device, Page
from facedoor.dashboard.sessions import CHECK_S
from facedoor.wire.roles import Role


def test_session_is_a_cookie_that_no_script_and_no_other_site_has(page: Page, crowd: Crowd) -> None:
    device = Device(page)
    crowd.knows(device, Role.VIEWER, "tablet")
    signed_in(page, crowd, Role.VIEWER)
    answer = device.sign_in(*crowd.pings)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-session=")
    for word in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"):
        assert word in cookie
    said = answer.json["doors"]["front"]
    assert said == {"role": "viewer", "key_name": "tablet", "outcome": "done", "reason": None}
    assert device.get("/api/nonce").json["signed_in"]
    assert device.ask("DELETE", "/api/session", None).status == 204
    assert device.get("/api/state").status == 401


def test_key_that_no_door_knows_is_told_by_which_doors(page: Page, crowd: Crowd) -> None:
    answer = Device(page).sign_in(*crowd.pings)
    assert (answer.status, answer.json["signed_in"]) == (200, False)
    assert answer.json["doors"]["front"]["reason"] == "unknown_key"
    assert "set-cookie" not in answer.headers


def test_revoked_key_is_none(page: Page, crowd: Crowd) -> None:
    device = signed_in(page, crowd, Role.ADMIN)
    stream = device.stream()
    for door in crowd.doors.values():
        door.revoke(device)
    assert device.sign_in(*crowd.pings).json["signed_in"] is False
    stream.wait_for_end()
    assert device.get("/api/state").status == 401


def test_each_hour_the_doors_are_asked_again_who_stays(
    tmp_path: Path, site: Broker, crowd: Crowd
) -> None:
    page = Page(tmp_path / "hour", {"host": "127.0.0.1", "port": site.port})
    page.is_ahead(0)
    with contextlib.ExitStack() as ending:
        ending.callback(page.stop)
        page.start()
        stays, goes = (signed_in(page, crowd, Role.VIEWER) for _ in range(2))
        word = stays.cookie
        for door in crowd.doors.values():
            door.revoke(goes)

        def see(*devices: Device) -> list[int]:
            return [device.get("/api/state").status for device in devices]

        page.is_ahead(CHECK_S - 60)
        assert see(stays, goes) == [200, 200]
        for hour in 1, 2:
            page.is_ahead(hour * CHECK_S)
            assert see(stays, goes) == [401, 401]
            assert stays.sign_in(*crowd.pings).json["signed_in"]
            assert not goes.sign_in(*crowd.pings).json["signed_in"]
            assert see(stays, goes) == [200, 401]
        assert stays.cookie == word


def test_ping_of_somebody_else_signs_nobody_in(page: Page, crowd: Crowd, phone: Device) -> None:
    """Neither one that was overheard, nor one under a header that lies."""
    door, thief = crowd["front"], Device(page)
    stolen = phone.token(door.identity)
    assert thief.sign_in(pings=[{"door": "front", "token": stolen}]).status == 400
    _, claims, signature = stolen.split(".")
    own, _, _ = thief.token(door.identity).split(".")
    forged = f"{own}.{claims}.{signature}"
    assert thief.sign_in(pings=[{"door": "front", "token": forged}]).status == 400
    unlock = thief.token(door.identity, "unlock", reason="stolen")
    assert thief.sign_in(pings=[{"door": "front", "token": unlock}]).status == 400
    assert not [args for _, args in door.heard if args.get("reason") == "stolen"]


def test_sign_in_of_somebody_else_works_for_nobody(page: Page, crowd: Crowd) -> None:
    """What was overheard is good for no second time, and for no other page."""
    device, other = Device(page), Device(page)
    crowd.knows(device, Role.VIEWER)
    said: dict[str, object] = {}
    post = device.post
    device.post = lambda path, body, **headers: post(path, said.update(body) or body, **headers)
    assert device.sign_in(*crowd.pings).status == 200
    assert other.post("/api/session", said).status == 400
    elsewhere = other.post("/api/session", said, Origin="https://evil.lan")
    assert elsewhere.status == 400
    assert other.cookie == ""


def test_key_sees_only_the_doors_that_know_it(page: Page, crowd: Crowd, phone: Device) -> None:
    guest = Device(page)
    crowd["back"].knows(guest, Role.VIEWER)
    assert guest.sign_in(*crowd.pings).status == 200
    mine, theirs = guest.stream(), phone.stream()
    hidden = crowd["front"].visit("Ada")
    theirs.wait_for("visit", id=hidden)
    seen = crowd["back"].visit("Bob")
    mine.wait_for("visit", id=seen)
    assert {told.data["door"] for told in mine.told if told.event == "visit"} == {"back"}
    state = guest.get("/api/state").json
    assert [door["name"] for door in state["doors"]] == ["back"]
    assert {visit["door"] for visit in state["visits"]} == {"back"}
    assert guest.get("/api/entries?door=front").status == 404
    assert guest.get("/api/telemetry?door=front").status == 404
    for stream in (mine, theirs):
        stream.close()


def test_request_from_another_site_does_nothing(page: Page, crowd: Crowd, phone: Device) -> None:
    door = crowd["front"]
    body = {"door": "front", "token": phone.token(door.identity, "unlock", reason="csrf")}
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "", "Origin": "https://evil.lan"},
        {"Sec-Fetch-Site": "", "Origin": "null"},
        {"Content-Type": "text/plain"},
    ):
        assert phone.post("/api/commands", body, **headers).status == 403
    assert not [args for _, args in door.heard if args.get("reason") == "csrf"]
    own = {"Sec-Fetch-Site": "", "Origin": page.origin}
    assert phone.post("/api/commands", body, **own).status == 202


def test_device_forwards_what_it_has_signed_alone(crowd: Crowd, page: Page, phone: Device) -> None:
    other = Device(page)
    token = other.token(crowd["front"].identity, "unlock")
    answer = phone.post("/api/commands", {"door": "front", "token": token})
    assert (answer.status, answer.json["error"]) == (403, "other_key")


def test_join_needs_no_session_and_forwards_nothing_else(page: Page, crowd: Crowd) -> None:
    door, invited = crowd["front"], Device(page)
    door.knows(invited, Role.VIEWER, "invitation")
    token = invited.token(door.identity, "join", key="x")
    joined = invited.post("/api/join", {"door": "front", "token": token})
    assert joined.status == 200
    assert '"outcome": "done"' in joined.json["message"]
    unlock = invited.token(door.identity, "unlock")
    assert invited.post("/api/join", {"door": "front", "token": unlock}).status == 400
    assert invited.post("/api/join", {"door": "nowhere", "token": token}).status == 404


def test_whom_a_proxy_vouches_for_may_look(page: Page) -> None:
    nobody = Device(page)
    assert nobody.get("/api/state", **BY_PROXY).status == 200
    wrong = {**BY_PROXY, "X-Facedoor-Proxy-Secret": "x" * 32}
    assert nobody.get("/api/state", **wrong).status == 401


def test_every_answer_has_the_headers_that_bind_the_browser(page: Page) -> None:
    nobody = Device(page)
    for path in ("/api/nonce", "/api/state", "/", "/static/none.js", "/nowhere"):
        headers = {name.lower(): value for name, value in nobody.get(path).headers.items()}
        assert "require-trusted-types-for 'script'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "server" not in headers


def test_what_is_too_large_or_no_json_is_turned_away(page: Page, phone: Device) -> None:
    for body, status in (({"token": "x" * 1_100_000}, 413), ([], 400), ({"door": 7}, 400)):
        assert phone.post("/api/commands", body).status == status
    deep = b"[" * 100_000
    headers = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}
    assert phone.ask("POST", "/api/commands", deep, **headers).status == 400
    for path in ("visits?before=x", "visits?before=12", "visits?limit=x", "entries?before=-"):
        assert phone.get(f"/api/{path}").status == 400
    assert phone.get("/api/telemetry").status == 404

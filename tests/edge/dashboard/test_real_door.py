"""The page's server with a real door, at a broker with the printed ACL, over TLS."""

from __future__ import annotations

import json
from pathlib import Path

from broker import wait_until
from dashboard_kit import Page
from facedoor.wire.roles import Role
from live_site import live_site


def test_device_sees_a_visit_unlocks_a_real_door_and_forgets_who_is_removed_there(
    tmp_path: Path, photos: Path, inhabited: Path
) -> None:
    with live_site(tmp_path, photos, inhabited) as site:
        phone, guest = site.device(Role.OPERATOR, "phone"), site.device(Role.VIEWER, "guest")
        stream, guests = phone.stream(), guest.stream()
        state = phone.get("/api/state").json
        front = {door["name"]: door for door in state["doors"]}["front"]
        assert (front["online"], front["identity"]) == (True, site.identity)
        assert front["state"]["lock"] in {"locked", "released"}
        if not state["visits"]:
            assert stream.wait_for("visit", door="front").data["person"] == "Jerry"
        for device, heard, outcome in ((guest, guests, "refused"), (phone, stream, "done")):
            token = device.token(site.identity, "unlock", reason="parcel")
            sent = device.post("/api/commands", {"door": "front", "token": token})
            assert sent.status == 202, sent.json
            said = json.loads(heard.wait_for("result").data["message"])
            assert (said["command"], said["outcome"]) == (sent.json["id"], outcome)
        removed = site.front.ask("people", "remove", "Jerry")
        assert removed.exit_code == 0, removed
        stream.wait_for("forgotten", door="front")
        assert "Jerry" not in str(phone.get("/api/state").json)
        wait_until(lambda: not has(site.page, "Jerry"), "the name has left the store")
        for one in (stream, guests):
            one.close()


def has(page: Page, name: str) -> bool:
    """Whether the name is in the store, or its log."""
    files = page.store.parent.glob("dashboard.db*")
    return any(name.encode() in file.read_bytes() for file in files)

"""The page's server with a real door, at a broker with the printed ACL, over TLS."""

from __future__ import annotations

import json
from pathlib import Path

from dashboard_kit import live_site
from facedoor.wire.roles import Role


def test_device_signs_in_sees_a_visit_and_unlocks_a_real_door(
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
        for one in (stream, guests):
            one.close()

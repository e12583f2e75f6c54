"""What the page is told when the dashboard itself fails."""

from __future__ import annotations

import json
from pathlib import Path

from starlette.applications import Starlette

from asgi_kit import get
from facedoor.dashboard.api import Api
from facedoor.dashboard.commands import Commands
from facedoor.dashboard.sessions import Sessions
from facedoor.dashboard.site import Site
from facedoor.dashboard.store import Store


def test_store_that_cannot_be_read_is_said_in_a_sentence(tmp_path: Path) -> None:
    store = Store(tmp_path / "dashboard.db")
    commands = Commands(lambda *_: None)
    api = Api(Site(1), store, Sessions(), commands, user_of=lambda _: "somebody")
    app = Starlette(routes=api.routes)
    assert get(app, "/api/state").status == 200
    store.close()
    answer = get(app, "/api/state")
    assert answer.status == 503
    said = json.loads(answer.text)
    assert said["error"] == "store_failed"
    assert "the dashboard's log" in said["message"]

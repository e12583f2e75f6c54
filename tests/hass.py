"""A real Home Assistant for tests: fresh, onboarded, asked through its own HTTP API."""

from __future__ import annotations

import contextlib
import json
import subprocess
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from broker import free_port, wait_until

CLIENT = "http://127.0.0.1/"
OWNER = {"name": "Ada", "username": "ada", "password": "open sesame", "language": "en"}
DEADLINE_S = 20.0


class HomeAssistant:
    """One in a process of its own, with its configuration in ``folder``."""

    def __init__(self, program: Path, folder: Path) -> None:
        self._program = program
        self._folder = folder
        self._port = free_port()
        self._token = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._log = folder / "output.txt"
        folder.mkdir()
        (folder / "configuration.yaml").write_text(
            f"http:\n  server_host: 127.0.0.1\n  server_port: {self._port}\n"
            "automation: !include automations.yaml\n"
        )
        (folder / "automations.yaml").write_text("[]\n")

    def start(self) -> None:
        """Start; the first time, create the owner and log in too."""
        with self._log.open("ab") as log:
            # What it would fetch for itself is in its environment already.
            self._process = subprocess.Popen(
                [self._program, "--skip-pip", "--config", self._folder], stdout=log, stderr=log
            )
        wait_until(self._answers, "Home Assistant answers")
        if not self._token:
            owner = self._post("/api/onboarding/users", {"client_id": CLIENT, **OWNER})
            self._log_in(owner["auth_code"])
        wait_until(lambda: self._ask("/api/config")["state"] == "RUNNING", "Home Assistant runs")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(DEADLINE_S)
            self._process = None

    def use_broker(self, port: int) -> None:
        """Add the MQTT integration, as its owner would by hand."""
        flow = self._post("/api/config/config_entries/flow", {"handler": "mqtt"})
        done = self._post(
            f"/api/config/config_entries/flow/{flow['flow_id']}",
            {"broker": "127.0.0.1", "port": port},
        )
        assert done["type"] == "create_entry", done

    @property
    def log(self) -> str:
        """What it has printed up to now."""
        return self._log.read_text()

    def entities(self, part: str) -> dict[str, str]:
        """The state of each entity that has ``part`` in its name."""
        states = self._ask("/api/states")
        return {s["entity_id"]: s["state"] for s in states if part in s["entity_id"]}

    def state(self, entity: str) -> str | None:
        return self.entities(entity).get(entity)

    def attributes(self, entity: str) -> dict[str, Any]:
        attributes: dict[str, Any] = self._ask(f"/api/states/{entity}")["attributes"]
        return attributes

    def wait_for(self, entity: str, state: str) -> None:
        """Until ``entity`` has that state."""
        wait_until(lambda: self.state(entity) == state, f"{entity} is {state}")

    def call(self, service: str, entity: str) -> None:
        """Do what a person does with an entity, for example ``lock.unlock``."""
        domain, _, name = service.partition(".")
        self._post(f"/api/services/{domain}/{name}", {"entity_id": entity})

    def picture(self, entity: str) -> bytes:
        """What an image entity shows."""
        return self._send(f"/api/image_proxy/{entity}")

    def automate(self, name: str, entity: str, trigger: str) -> None:
        """Let an automation start from the device trigger ``trigger`` of the entity's device."""
        template = {"template": f"{{{{ device_id('{entity}') }}}}"}
        device_id = self._send("/api/template", json.dumps(template)).decode()
        self._post(
            f"/api/config/automation/config/{name}",
            {
                "alias": name,
                "triggers": {
                    "trigger": "device",
                    "domain": "mqtt",
                    "device_id": device_id,
                    "type": trigger,
                    "subtype": "visit",
                },
                "actions": [],
            },
        )

    def _log_in(self, code: str) -> None:
        form = {"grant_type": "authorization_code", "code": code, "client_id": CLIENT}
        answer = self._send("/auth/token", urlencode(form), "application/x-www-form-urlencoded")
        self._token = json.loads(answer)["access_token"]

    def _answers(self) -> bool:
        with contextlib.suppress(OSError, HTTPException):
            return bool(self._ask("/api/onboarding"))
        return False

    def _post(self, path: str, content: dict[str, Any]) -> Any:
        return json.loads(self._send(path, json.dumps(content)))

    def _ask(self, path: str) -> Any:
        return json.loads(self._send(path))

    def _send(self, path: str, body: str | None = None, kind: str = "application/json") -> bytes:
        """The answer to a request, which is a POST if it has a body."""
        headers = {"Content-Type": kind} if body is not None else {}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        connection = HTTPConnection("127.0.0.1", self._port, timeout=DEADLINE_S)
        with contextlib.closing(connection):
            connection.request("GET" if body is None else "POST", path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
        assert answer.status < 300, (path, answer.status, content)
        return content

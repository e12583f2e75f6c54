"""A real Home Assistant in a process of its own, and a phone with its app."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import threading
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from websockets.sync.client import connect as websocket

from broker import DEADLINE_S, free_port, wait_until

START_S = 120.0
"""How long it may take to start or to stop: it is a large program."""

BLUEPRINTS = Path(__file__).parents[1] / "docs" / "blueprints"
CLIENT = "http://127.0.0.1/"
OWNER = {"name": "Ada", "username": "ada", "password": "open sesame", "language": "en"}


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
            "automation: !include automations.yaml\nmobile_app:\n"
        )
        (folder / "automations.yaml").write_text("[]\n")

    def start(self) -> None:
        """Start; the first time, create the owner and log in too."""
        with self._log.open("ab") as log:
            # What it would fetch for itself is in its environment already.
            self._process = subprocess.Popen(
                [self._program, "--skip-pip", "--config", self._folder], stdout=log, stderr=log
            )
        wait_until(self._answers, "Home Assistant answers", START_S)
        if not self._token:
            owner = self._post("/api/onboarding/users", {"client_id": CLIENT, **OWNER})
            self._log_in(owner["auth_code"])
        wait_until(
            lambda: self._ask("/api/config")["state"] == "RUNNING", "Home Assistant runs", START_S
        )

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(START_S)
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
        wait_until(lambda: self.state(entity) == state, f"{entity} is {state}")

    def call(self, service: str, entity: str, **data: str) -> None:
        """Do what a person does with an entity, for example ``lock.unlock``."""
        domain, _, name = service.partition(".")
        self._post(f"/api/services/{domain}/{name}", {"entity_id": entity, **data})

    def picture(self, entity: str) -> bytes:
        return self._send(f"/api/image_proxy/{entity}")

    def get(self, path: str) -> bytes:
        """What whoever has no account gets at an address."""
        token, self._token = self._token, ""
        try:
            return self._send(path)
        finally:
            self._token = token

    def device_id(self, name: str) -> str:
        """Of a device, or of that of an entity."""
        template = {"template": f'{{{{ device_id("{name}") }}}}'}
        return self._send("/api/template", json.dumps(template)).decode()

    def register(self, phone: Phone) -> None:
        """Do what the app on a phone does when its owner has logged in."""
        answer = self._post("/api/mobile_app/registrations", phone.introduction)
        phone.webhook = f"/api/webhook/{answer['webhook_id']}"
        wait_until(
            lambda: f"mobile_app_{phone.slug}" in self._send("/api/services").decode(),
            "the phone can be notified",
        )

    def press(self, phone: Phone, action: str) -> None:
        """Press a button of a notification."""
        event = {"event_type": "mobile_app_notification_action", "event_data": {"action": action}}
        self._send(phone.webhook, json.dumps({"type": "fire_event", "data": event}))

    def import_blueprint(self, url: str) -> str:
        """Import a blueprint, as its owner would by *Import Blueprint*; gives its path."""
        with websocket(f"ws://127.0.0.1:{self._port}/api/websocket") as connection:
            connection.recv()
            connection.send(json.dumps({"type": "auth", "access_token": self._token}))
            connection.recv()

            def ask(number: int, **command: str) -> Any:
                connection.send(json.dumps({"id": number, **command}))
                answer = json.loads(connection.recv())
                assert answer["success"], answer
                return answer["result"]

            found = ask(1, type="blueprint/import", url=url)
            assert not found["validation_errors"], found
            path = f"{found['suggested_filename']}.yaml"
            ask(
                2,
                type="blueprint/save",
                domain="automation",
                path=path,
                yaml=found["raw_data"],
                source_url=url,
            )
        return path

    def automate_by(self, path: str, name: str, **inputs: str) -> None:
        """Make an automation of a blueprint."""
        self._post(
            f"/api/config/automation/config/{name}",
            {"alias": name, "use_blueprint": {"path": path, "input": inputs}},
        )

    def automate(self, name: str, entity: str, trigger: str) -> None:
        """Let an automation start from the device trigger ``trigger`` of the entity's device."""
        device_id = self.device_id(entity)
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


class Phone:
    """Ada's, with Home Assistant's app; and a website with this clone's blueprint."""

    slug = "ada_s_phone"
    name = "Ada s phone"

    def __init__(self) -> None:
        self.notifications: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.webhook = ""
        notifications = self.notifications

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer((BLUEPRINTS / self.path.rpartition("/")[2]).read_bytes(), "text/plain")

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                notifications.put(json.loads(self.rfile.read(length)))
                self._answer(b"{}", "application/json")

            def log_message(self, *_: object) -> None:
                pass

            def _answer(self, content: bytes, kind: str) -> None:
                self.send_response(201)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def introduction(self) -> dict[str, Any]:
        return {
            "app_id": "test",
            "app_name": "test",
            "app_version": "1",
            "device_name": self.name,
            "device_id": "test",
            "manufacturer": "test",
            "model": "test",
            "os_name": "test",
            "os_version": "1",
            "supports_encryption": False,
            "app_data": {"push_token": "token", "push_url": f"{self.url}/push"},
        }

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

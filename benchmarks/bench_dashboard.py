"""What the dashboard's server takes: 200 doors, 10,000 visits, 50 browsers, ten visits a second.

``python -m benchmarks.bench_dashboard WORK`` prints figures as JSON. The server is a process of its
own, at a real broker; doors and browsers are this one. Most visits lie in its store from before.
"""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
import ssl
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.figures import Figure, to_json
from benchmarks.site import running_broker
from facedoor.dashboard.happenings import Happenings
from facedoor.dashboard.proxy import PASS, USER
from facedoor.dashboard.store import EventId, Store
from facedoor.errors import FacedoorError
from facedoor.times import utc_now, utc_text
from facedoor.wire import messages
from facedoor.wire.door_key import DoorKey
from facedoor.wire.messages import Telemetry

DOORS, BROWSERS = 200, 50
STORED, FIRST_LIVE = 9_500, 500
VISITS_PER_S, DURING_S = 10, 15
MEMORY_MB = 80.0
WORD = "benchmark" * 5
"""By which the server believes who asks."""

_EPOCH = "3f9a1c07"
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class Doors:
    """The doors, as one client of the broker."""

    def __init__(self, port: int) -> None:
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._keys = {f"door-{number}": DoorKey.new() for number in range(DOORS)}
        self._numbers = dict.fromkeys(self._keys, STORED)

    def introduce(self) -> None:
        for name, key in self._keys.items():
            self._say(name, "status", messages.status(name, key.identity, online=True), retain=True)

    def visit(self, number: int) -> None:
        name = f"door-{number % DOORS}"
        self._numbers[name] += 1
        entry = self._numbers[name]
        said = {"kind": "decision", **decision(f"{_EPOCH}-{number}", utc_now(), number)}
        event_id = f"{name}-{_EPOCH}-{entry}"
        self._say(name, "event", messages.encode(name, said, event_id, str(said["time"])))

    def telemetry(self, number: int) -> None:
        name = f"door-{number % DOORS}"
        fares = Telemetry(12.0, 40.0, 180.0, 51.0, 9000.0, {})
        self._say(name, "telemetry", messages.encode(name, fares))

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _say(self, name: str, word: str, message: bytes, retain: bool = False) -> None:
        signed = self._keys[name].sign(word, message)
        self._client.publish(f"facedoor/{name}/{word}", signed, 1, retain).wait_for_publish(10)


class Browser(threading.Thread):
    """Reads the stream, and counts the visits on it."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        # Our own certificate of a moment ago, on this machine.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self._connection = http.client.HTTPSConnection("127.0.0.1", port, context=context)
        self.heard_s: list[float] = []
        self.has_all = threading.Event()

    def ask(self, path: str) -> bytes:
        self._connection.request("GET", path, headers={USER: "bench", PASS: WORD})
        return self._connection.getresponse().read()

    def run(self) -> None:
        """As the page does: everything first, while others do the same, and then what changes."""
        more = _more(self.ask("/api/state"))
        while more:
            more = _more(self.ask(f"/api/visits?before={more}&limit=2000"))
        self._connection.request("GET", "/api/stream", headers={USER: "bench", PASS: WORD})
        answer = self._connection.getresponse()
        self.has_all.set()
        while line := answer.readline():
            if line == b"event: visit\n":
                self.heard_s.append(time.monotonic())


def _more(answer: bytes) -> str | None:
    """From where a list goes on; without reading the list, which costs this process more than the
    server that is measured."""
    found = re.search(rb'"more":(?:"([^"]*)"|null)', answer)
    return found[1].decode() if found and found[1] else None


def decision(visit: str, moment: str, number: int) -> dict[str, Any]:
    """Somebody came, or was refused."""
    person = ("Ada", "Grandma", "Bob", None)[number % 4]
    return {
        "time": moment,
        "began": moment,
        "decision": "granted" if person else "refused",
        "reason": "recognised" if person else "too_dark",
        "person": person,
        "distance_band": "within" if person else None,
        "distance_ratio": 1.0 if person else None,
        "frames": 3,
        "track": number,
        "latency_ms": {"detect": 12.0, "embed": 31.5, "search": 0.4, "total": 420.0},
        "liveness": 0.91,
        "visit": visit,
        "looks": {"recognised": 3},
        "view": {"brightness": 121.0, "sharpness": 88.0, "face_px": 182, "yaw_deg": -4.0},
    }


def fill(file: Path) -> None:
    """Put visits of the last 20 days into the store."""
    store = Store(file)
    happenings, now = Happenings(store), datetime.now(UTC)
    with store.transaction():
        for number in range(STORED):
            moment = utc_text(now - timedelta(days=20) * (1 - number / STORED))
            event = EventId(f"door-{number % DOORS}", _EPOCH, number + 1)
            said = decision(f"{_EPOCH}-stored-{number}", moment, number)
            happenings.hear(event, "decision", moment, said)
    store.close()


@contextmanager
def server(folder: Path, broker: int) -> Iterator[tuple[int, int]]:
    """Its process's id, and its port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "benchmarks.dashboard_server", str(folder), WORD]
    process = subprocess.Popen(  # noqa: S603 # the file beside this one
        [*command, str(broker), str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        if process.stdout is None or not process.stdout.readline():
            raise FacedoorError("the dashboard's server did not start")
        yield process.pid, port
    finally:
        process.terminate()
        process.wait()


def measure(work: Path) -> dict[str, Figure]:
    folder = work / "dashboard"
    folder.mkdir()
    fill(folder / "dashboard.db")
    with running_broker(work) as broker, server(folder, broker) as (process, port):
        doors = Doors(broker)
        doors.introduce()
        for number in range(FIRST_LIVE):
            doors.visit(number)
        browsers = [Browser(port) for _ in range(BROWSERS)]
        for browser in browsers:
            browser.start()
        for browser in browsers:
            if not browser.has_all.wait(30):
                raise FacedoorError("a browser has not loaded what the server has within 30 s")
            browser.heard_s.clear()
        said_s: list[float] = []
        cpu_s, begun_s = _cpu_s(process), time.monotonic()
        for number in range(FIRST_LIVE, FIRST_LIVE + VISITS_PER_S * DURING_S):
            time.sleep(max(0.0, begun_s + len(said_s) / VISITS_PER_S - time.monotonic()))
            said_s.append(time.monotonic())
            doors.visit(number)
            doors.telemetry(number)
        time.sleep(1)
        share = (_cpu_s(process) - cpu_s) / (time.monotonic() - begun_s)
        memory_mb = _memory_mb(process)
        doors.close()
    if {len(browser.heard_s) for browser in browsers} != {len(said_s)}:
        raise FacedoorError("not every browser has heard every visit")
    late_s = [heard - said for heard, said in zip(browsers[-1].heard_s, said_s, strict=True)]
    against = f"{DOORS} doors, 10,000 visits, {VISITS_PER_S} more a second, {BROWSERS} browsers"
    return {
        "dashboard_memory_mb": Figure(memory_mb, "MB", MEMORY_MB, against),
        "dashboard_cpu_percent": Figure(100 * share, "% CPU", against=against),
        "dashboard_visit_ms": Figure(
            1000 * statistics.median(late_s), "ms", 1000.0, "from the door's word to the browser"
        ),
    }


def _cpu_s(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def _memory_mb(process: int) -> float:
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


def main(work: str) -> None:
    if shutil.which("mosquitto") is None and not Path("/usr/sbin/mosquitto").exists():
        raise SystemExit("there is no mosquitto: apt-get install mosquitto")
    print(to_json(measure(Path(work))))


if __name__ == "__main__":
    main(*sys.argv[1:])

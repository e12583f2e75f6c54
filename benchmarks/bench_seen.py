"""How soon somebody at the page sees who came, and how soon the door opens for them.

``python -m benchmarks.bench_seen WORK`` prints figures as JSON. ``WORK`` has the door of
:mod:`benchmarks.bench_door`, which runs here as ``facedoor run`` with a simulated relay; between it
and the system's Chromium are a real mosquitto and the dashboard's server. Visitors walk up again
and again, and a picture of each is kept.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from playwright.sync_api import Page, sync_playwright

from benchmarks.bench_dashboard import server
from benchmarks.bench_door import VISITOR, visitor_photo
from benchmarks.bench_page import STATIC
from benchmarks.figures import Figure, to_json
from benchmarks.processes import run, script
from benchmarks.site import running_broker
from facedoor.clock import DoorClock, Known, this_machine
from facedoor.config import file as config_file
from facedoor.errors import FacedoorError
from facedoor.storage.clock_record import keep_clock
from facedoor.storage.key_file import load_vault
from facedoor.storage.store import open_store

VISITS, RELEASES = 5, 5
STAY_S, GAP_S = 2.0, 4.0
DEVICE = "bench"
SEEN_MS, RELEASED_MS, TOLD_MS = 1000.0, 1000.0, 3000.0
REFUSALS = 3
PATIENCE_S = 60.0

# When each visit is first on the page, and its picture painted: ms since 1970, by the visit's id.
_WATCH = """
window.shown = {};
const look = () => {
  for (const row of document.querySelectorAll(".recent-row")) {
    const id = decodeURIComponent(row.pathname.split("/").pop());
    const seen = (window.shown[id] ??= { row_ms: Date.now(), picture_ms: null });
    const image = row.querySelector("img");
    if (!image || seen.picture_ms !== null) continue;
    seen.picture_ms = NaN;
    image.decode().then(() => requestAnimationFrame(() => { seen.picture_ms = Date.now(); }));
  }
};
new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
"""


# When the dialog has painted what became of the command: ms since 1970.
_TELLS = """() => {
  window.told_ms = null;
  const look = () => {
    if (window.told_ms === null && document.querySelector("dialog .banner"))
      requestAnimationFrame(() => { window.told_ms ??= Date.now(); });
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true });
}"""


def measure(work: Path) -> dict[str, Figure]:
    """Raises :class:`FacedoorError` where a part is missing."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise FacedoorError("there is no Chromium: apt-get install chromium")
    if not (STATIC / "index.html").exists():
        raise FacedoorError("the page is not built: make edge/facedoor/dashboard/static/index.html")
    folder = work / "seen"
    shutil.copytree(STATIC, folder)
    shutil.copytree(work / "state", folder / "state")
    with running_broker(folder) as broker, server(folder, broker) as (_, port):
        config, origin = _door(folder, work, broker), f"https://localhost:{port}"
        link = _invitation(config, origin)
        with running_door(config, folder) as door, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"]
            )
            context = browser.new_context(
                ignore_https_errors=True, viewport={"width": 1440, "height": 900}
            )
            context.add_init_script(_WATCH)
            page = context.new_page()
            door.wait_for("decision")
            page.goto(link)
            page.get_by_role("button", name="Join on this device").click()
            page.get_by_role("button", name="Go to Now").click()
            page.locator(".recent-row").first.wait_for()
            seen, painted = _visits(door, page)
            released = _releases(door, page)
            with answers(broker) as arrived:
                run(script("facedoor"), "keys", "revoke", DEVICE, "--config", config)
                refused = [_told(page, arrived) for _ in range(REFUSALS)]
            browser.close()
    between = "facedoor run, mosquitto, the dashboard's server and Chromium on this machine"
    return {
        "seen_visit_ms": _of(seen, SEEN_MS, f"decision to page; {between}"),
        "seen_picture_ms": _of(painted, SEEN_MS, "decision to its picture, opened and painted"),
        "seen_unlock_ms": _of(released, RELEASED_MS, "click on Unlock to relay, signed there"),
        "seen_refusal_ms": _of(
            refused, TOLD_MS, "a refusal, of a key revoked, at the broker to its words"
        ),
    }


def _of(times_ms: list[float], target: float, against: str) -> Figure:
    slowest = f"{against}; the slowest of {len(times_ms)}, median {statistics.median(times_ms):.0f}"
    return Figure(max(times_ms), "ms", target, slowest)


class Door:
    """What a running service prints, and when: ms since 1970."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._said: list[tuple[float, dict[str, Any]]] = []
        self._more = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def wait_for(self, key: str, value: object = None, after: int = 0) -> tuple[int, float, Any]:
        """The first line from place ``after`` on with that key, and that value if one is given:
        the place after it, when it came, and what it says."""
        with self._more:
            while True:
                for place in range(after, len(self._said)):
                    at_ms, said = self._said[place]
                    if key in said and value in (None, said[key]):
                        return place + 1, at_ms, said
                after = len(self._said)
                if not self._more.wait(PATIENCE_S):
                    raise FacedoorError(f"the door has not said {key} within {PATIENCE_S:.0f} s")

    def now(self) -> int:
        """The place after the last line."""
        with self._more:
            return len(self._said)

    def _read(self) -> None:
        for line in self._process.stdout or ():
            at_ms = 1000 * time.time()
            with self._more:
                self._said.append((at_ms, json.loads(line)))
                self._more.notify_all()


@contextmanager
def running_door(config: Path, folder: Path) -> Iterator[Door]:
    camera = f"sim:{folder / 'visitors.script.toml'}"
    command = [script("facedoor"), "run", "--json", "--config", str(config), "--camera", camera]
    process = subprocess.Popen(  # noqa: S603 # our own command
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        yield Door(process)
    finally:
        process.terminate()
        process.wait()


def _door(folder: Path, work: Path, broker: int) -> Path:
    """A configuration that knows the broker, whose clock is right, and who walks up to it."""
    (folder / "visitors.script.toml").write_text(
        f"fps = 15\ngap_s = {GAP_S}\n[[visitor]]\nname = {json.dumps(VISITOR)}\n"
        f"photos = [{json.dumps(str(visitor_photo(work)))}]\nstay_s = {STAY_S}\n"
        "from_px = 130\nto_px = 460\n",
        encoding="utf-8",
    )
    config = folder / "seen.toml"
    text = (work / "facedoor.toml").read_text(encoding="utf-8")
    text = text.replace("[storage]", '[storage]\nkeep_pictures = "all"')
    config.write_text(
        # A photo that is moved to and fro is no head.
        f'{text}[liveness]\nmode = "off"\n'
        f'[mqtt]\nhost = "127.0.0.1"\nport = {broker}\npublish_names = true\n',
        encoding="utf-8",
    )
    settings = config_file.load(config)
    vault = load_vault(settings)
    with closing(open_store(settings.database, vault)) as db:
        keep_clock(db, vault, DoorClock(this_machine()).trusted_by_root(Known()))
    return config


@contextmanager
def answers(broker: int) -> Iterator[list[float]]:
    """When the door's answers come to the broker, where the page's server hears them, too."""
    arrived: list[float] = []
    client = Client(CallbackAPIVersion.VERSION2)
    client.on_connect = lambda client, *_: client.subscribe("facedoor/front/result/+", 1)
    ready = threading.Event()
    client.on_subscribe = lambda *_: ready.set()
    client.on_message = lambda *_: arrived.append(1000 * time.time())
    client.connect("127.0.0.1", broker)
    client.loop_start()
    ready.wait(PATIENCE_S)
    try:
        yield arrived
    finally:
        client.loop_stop()
        client.disconnect()


def _invitation(config: Path, origin: str) -> str:
    asked = ("keys", "invite", DEVICE, "--role", "operator", "--url", origin, "--json")
    output = run(script("facedoor"), *asked, "--config", config).output
    said = [json.loads(line) for line in output.splitlines()]
    return str(next(line["link"] for line in said if "link" in line))


def _visits(door: Door, page: Page) -> tuple[list[float], list[float]]:
    """From the decisions on visitors until the page shows them, and their pictures."""
    seen: list[float] = []
    painted: list[float] = []
    place = door.now()
    known: set[str] = set(page.evaluate("Object.keys(shown)"))
    while len(seen) < VISITS:
        place, decided_ms, said = door.wait_for("decision", after=place)
        if said["visit"] in known:
            continue
        known.add(said["visit"])
        page.wait_for_function("(id) => shown[id]?.picture_ms", arg=said["visit"])
        at = page.evaluate("(id) => shown[id]", said["visit"])
        seen.append(at["row_ms"] - decided_ms)
        painted.append(at["picture_ms"] - decided_ms)
    return seen, painted


def _releases(door: Door, page: Page) -> list[float]:
    """From the clicks on Unlock until the relay is on, each while nobody stands there."""
    released: list[float] = []
    while len(released) < RELEASES:
        place, _, _ = door.wait_for("decision", "granted", after=door.now())
        door.wait_for("relay", "off", after=place)
        page.get_by_role("button", name="Unlock front").click()
        page.get_by_role("dialog").get_by_role("button", name="Unlock").wait_for()
        before = door.now()
        clicked_ms = page.evaluate("""() => {
          const now_ms = Date.now();
          document.querySelector("dialog button[type=submit]").click();
          return now_ms;
        }""")
        _, on_ms, _ = door.wait_for("relay", "on", after=before)
        released.append(on_ms - clicked_ms)
        page.get_by_role("heading", name="is unlocked").wait_for()
        page.keyboard.press("Escape")
    return released


def _told(page: Page, arrived: list[float]) -> float:
    """From the arrival of the answer to an Unlock until its words are painted."""
    page.evaluate(_TELLS)
    arrived.clear()
    page.get_by_role("button", name="Unlock front").click()
    page.get_by_role("dialog").get_by_role("button", name="Unlock").click()
    page.wait_for_function("() => window.told_ms")
    told_ms = float(page.evaluate("window.told_ms"))
    page.keyboard.press("Escape")
    return told_ms - arrived[0]


if __name__ == "__main__":
    print(to_json(measure(Path(sys.argv[1]))))

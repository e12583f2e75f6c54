"""What the dashboard's page takes in a browser: 200 doors, 10,000 visits, ten more a second.

``python -m benchmarks.bench_page WORK`` prints figures as JSON. Server, doors and store are those
of :mod:`benchmarks.bench_dashboard`; the browser is the system's Chromium, without a window.
"""

from __future__ import annotations

import shutil
import sys
import threading
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.bench_dashboard import (
    DOORS,
    FIRST_LIVE,
    VISITS_PER_S,
    WORD,
    Doors,
    fill,
    server,
)
from benchmarks.figures import Figure, to_json
from benchmarks.site import running_broker
from facedoor.dashboard.proxy import PASS, USER
from facedoor.errors import FacedoorError

STATIC = Path(__file__).parents[1] / "edge" / "facedoor" / "dashboard" / "static"
DURING_S = 10
PAINT_MS, FILTER_MS, TASK_MS, NODES = 1000.0, 50.0, 100.0, 300.0

_WATCH_TASKS = """window.tasks = [];
new PerformanceObserver((seen) => {
  for (const { duration } of seen.getEntries()) window.tasks.push(duration);
}).observe({ type: "longtask", buffered: true });"""

_PAINT = 'performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? null'

# From the key to the list that has changed, as the page's own thread sees it.
_FILTER = """(text) => new Promise((resolve) => {
  const field = document.querySelector(".visit-filters input");
  const list = document.querySelector(".visit-list");
  const begun = performance.now();
  new MutationObserver((_, watcher) => {
    watcher.disconnect();
    resolve(performance.now() - begun);
  }).observe(list.parentElement, { subtree: true, childList: true, characterData: true });
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(field, text);
  field.dispatchEvent(new Event("input", { bubbles: true }));
})"""


def measure(work: Path) -> dict[str, Figure]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise FacedoorError("there is no Chromium: apt-get install chromium")
    if not (STATIC / "index.html").exists():
        raise FacedoorError("the page is not built: make edge/facedoor/dashboard/static/index.html")
    folder = work / "page"
    shutil.copytree(STATIC, folder)
    fill(folder / "dashboard.db")
    ours = work / "page-broker"
    ours.mkdir()
    with running_broker(ours) as broker, server(folder, broker) as (_, port):
        doors = Doors(broker)
        doors.introduce()
        for number in range(FIRST_LIVE):
            doors.visit(number)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"]
            )
            context = browser.new_context(
                ignore_https_errors=True,
                viewport={"width": 1440, "height": 900},
                extra_http_headers={USER: "bench", PASS: WORD},
            )
            context.add_init_script(_WATCH_TASKS)
            figures = _watch(context.new_page(), f"https://localhost:{port}", doors)
            browser.close()
        doors.close()
    return figures


def _watch(page: Page, origin: str, doors: Doors) -> dict[str, Figure]:
    page.goto(origin)  # what stays in the cache from now on
    page.goto(origin)
    page.locator(".door-table").wait_for()
    paint_ms = page.evaluate(_PAINT)
    page.goto(f"{origin}/visits")
    page.locator(".visit-list li").first.wait_for()
    page.wait_for_timeout(3000)  # the older visits come in the background
    saying = threading.Thread(target=_say, args=(doors,))
    saying.start()
    page.wait_for_timeout(DURING_S * 500)
    filter_ms = max(page.evaluate(_FILTER, text) for text in ("g", "gr", "gra", "", "ada"))
    saying.join()
    nodes = page.evaluate("document.querySelector('.visit-list').querySelectorAll('*').length")
    longest_ms = page.evaluate("Math.max(0, ...window.tasks)")
    against = f"{DOORS} doors, 10,000 visits, {VISITS_PER_S} more a second"
    return {
        "page_first_paint_ms": Figure(paint_ms, "ms", PAINT_MS, against),
        "page_filter_ms": Figure(
            filter_ms, "ms", FILTER_MS, "the slowest of five, over all visits"
        ),
        "page_longest_task_ms": Figure(longest_ms, "ms", TASK_MS, f"{against}, with its loading"),
        "page_list_nodes": Figure(float(nodes), "", NODES, "elements in the list of visits"),
    }


def _say(doors: Doors) -> None:
    pause = threading.Event()
    for number in range(VISITS_PER_S * DURING_S):
        doors.visit(FIRST_LIVE + number)
        pause.wait(1 / VISITS_PER_S)


if __name__ == "__main__":
    print(to_json(measure(Path(sys.argv[1]))))

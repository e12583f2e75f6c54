"""Whom a door has forgotten is forgotten by the browser, too, in all that it keeps."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page as Tab
from playwright.sync_api import expect

from broker import wait_until
from browser_kit import NewVisitor
from crowd import Crowd
from facedoor.wire.roles import Role
from household import Household

_KEPT = """async () => {
  const kept = [JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
  for (const name of await caches.keys()) kept.push(name);
  for (const { name } of await indexedDB.databases()) {
    const opened = await new Promise((done) => {
      const asked = indexedDB.open(name);
      asked.onsuccess = () => done(asked.result);
    });
    for (const store of opened.objectStoreNames) {
      const all = await new Promise((done) => {
        const asked = opened.transaction(store).objectStore(store).getAll();
        asked.onsuccess = () => done(asked.result);
      });
      kept.push(JSON.stringify(all));
    }
    opened.close();
  }
  return kept.join(" ");
}"""


def memory_of(tab: Tab) -> str:
    """All that the tab's JavaScript still holds, with every string in it."""
    session = tab.context.new_cdp_session(tab)
    parts: list[str] = []
    session.on("HeapProfiler.addHeapSnapshotChunk", lambda said: parts.append(said["chunk"]))
    session.send("HeapProfiler.collectGarbage")
    session.send("HeapProfiler.takeHeapSnapshot")
    session.detach()
    return "".join(parts)


def test_forgotten_name_is_nowhere_in_the_browser(visitor: NewVisitor, crowd: Crowd) -> None:
    name = "Slarti" + "bartfast"  # never told to the browser by the test itself
    door = crowd["back"]  # the first, which the pages of one door show
    with Household(door, name, "Ada").at_home() as household:
        visit = door.visit(name)
        of_visit = door.number
        label = {"event": "label", "visit": visit, "person": name, "by": "phone"}
        door.event("door", label)
        told = {"visit": visit, "distance": 0.9, "threshold": 0.5, "nearest": name}
        entry = {"id": of_visit, "kind": "decision", "time": door.now(), "payload": told}
        door.answers["journal"] = lambda _: {"entries": [entry], "next": None}
        guest = visitor()
        tab = guest.join(crowd, Role.ADMIN)

        def shows(is_there: bool) -> None:
            wait_until(lambda: (name in tab.inner_text("body")) is is_there, tab.url)

        def rail(page: str) -> None:
            tab.get_by_role("navigation").get_by_role("link", name=page).click()
            expect(tab.get_by_role("heading", name=page, exact=True)).to_be_visible()

        shows(True)
        rail("People")
        tab.locator(".person-card").first.wait_for()
        rail("Visits")
        tab.locator(".visit-line").first.click()
        expect(tab.get_by_text("Distance 0.90", exact=False)).to_be_visible()
        rail("Journal")
        shows(True)

        household.people.pop(name)
        door.people(*household.people)
        forgotten: dict[str, Any] = {"event": "forgotten", "visits": [visit]}
        door.event("door", {**forgotten, "entries": [of_visit, of_visit + 1]})
        shows(False)
        assert (name in memory_of(tab)) is False  # pytest would print all of it
        assert name not in tab.evaluate(_KEPT)
        rail("People")
        expect(tab.locator(".person-card")).to_have_count(1)


def test_visit_that_is_looked_at_loses_the_name_that_came_nearest(
    visitor: NewVisitor, crowd: Crowd
) -> None:
    front = crowd["front"]
    visit = front.visit(None)
    told = {"visit": visit, "distance": 0.9, "threshold": 0.5, "nearest": "Slartibartfast"}
    entry = {"id": front.number, "kind": "decision", "time": front.now(), "payload": told}
    front.answers["journal"] = lambda _: {"entries": [entry], "next": None}
    guest = visitor()
    guest.join(crowd, Role.ADMIN)
    tab = guest.open(f"/visits/{visit}")
    expect(tab.get_by_text("Slartibartfast").first).to_be_visible()
    told["nearest"] = None
    front.event("door", {"event": "forgotten", "visits": [visit], "entries": [front.number]})
    expect(tab.get_by_text("Slartibartfast")).to_have_count(0)

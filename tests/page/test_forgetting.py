"""Whom a door has forgotten is forgotten by the browser, too, in all that it keeps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Page as Tab
from playwright.sync_api import Route, expect

from broker import wait_until
from browser_kit import NewVisitor
from crowd import Crowd, CrowdDoor
from dashboard_kit import BY_PROXY, Device, Page
from facedoor.problems import Problem, Severity
from facedoor.wire.roles import Role
from household import Household

NAME = "Slarti" + "bartfast"
"""Never told to the browser by a test itself."""

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
    name = NAME
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


@dataclass
class Mailbag:
    """Keeps back what a door answers, from when it is told to until it is told to let go."""

    door: CrowdDoor
    held: list[tuple[Any, ...]] = field(default_factory=list)
    is_open: bool = True

    def __post_init__(self) -> None:
        self._send = self.door.say_raw
        self.door.say_raw = self._take

    def _take(self, topic: str, *rest: Any) -> Any:
        if self.is_open or "/result/" not in topic:
            return self._send(topic, *rest)
        self.held.append((topic, *rest))
        return None

    def let_go(self) -> None:
        self.is_open = True
        for message in self.held:
            self._send(*message)

    def close(self) -> None:
        self.door.say_raw = self._send


@dataclass
class Leaving:
    """Somebody who came to a door once, and whom it forgets."""

    door: CrowdDoor
    server: Page
    bag: Mailbag
    household: Household
    visit: str = ""

    def __post_init__(self) -> None:
        self.visit = self.door.visit(NAME, picture=True)

    def goes(self, *tabs: Tab) -> None:
        """Returns when these tabs, too, have heard of it."""
        del self.household.people[NAME], self.household.permissions[NAME]
        self.told_of()
        wait_until(lambda: NAME not in self._known(), "the server has forgotten")
        # Told after it: the mark of what needs somebody stands on every page.
        self.door.status(Problem("camera_lost", Severity.ERROR, "no camera", self.door.now()))
        for tab in tabs:
            expect(tab.locator(".rail .count")).to_be_visible()

    def told_of(self) -> None:
        told = {"visits": [self.visit], "entries": [self.door.number]}
        self.door.event("door", {"event": "forgotten", **told})

    def _known(self) -> str:
        device = Device(self.server)
        asked = ("/api/visits?limit=2000", "/api/entries?limit=2000")
        return "".join(device.get(path, **BY_PROXY).body.decode() for path in asked)


@pytest.fixture
def leaving(crowd: Crowd, server: Page) -> Iterator[Leaving]:
    door = crowd["back"]
    with Household(door, NAME, "Ada").at_home() as household:
        bag = Mailbag(door)
        leaving = Leaving(door, server, bag, household)
        yield leaving
        bag.close()
    door.status()
    leaving.told_of()


def assert_no_name(tab: Tab) -> None:
    """Neither on the page nor, as soon as what was asked again is answered, in its memory."""
    assert NAME not in tab.inner_text("body")
    wait_until(lambda: NAME not in memory_of(tab), "the name is gone")
    assert NAME not in tab.inner_text("body")


def test_older_visits_that_were_asked_for_before_bring_no_name_back(
    visitor: NewVisitor, crowd: Crowd, leaving: Leaving
) -> None:
    guest = visitor()
    tab = guest.join(crowd, Role.VIEWER)
    older: list[dict[str, Any]] = []
    asked: list[Route] = []

    def state(route: Route) -> None:
        answer = route.fetch()
        if not answer.ok:  # it is still signing in
            route.fulfill(response=answer)
            return
        said = answer.json()
        older[:] = said["visits"]
        route.fulfill(json={**said, "visits": [], "more": "9~9"})

    tab.route("**/api/state", state)
    tab.route("**/api/visits?*", lambda route: asked.append(route))
    tab.reload()
    expect(tab.get_by_role("heading", name="back", exact=True)).to_be_visible()
    expect(tab.locator(".recent-row")).to_have_count(0)
    leaving.goes(tab)
    tab.unroute("**/api/visits?*")
    assert NAME in str(older)
    asked[0].fulfill(json={"visits": older, "more": None})
    expect(tab.locator(".recent-row").first).to_be_visible()
    assert_no_name(tab)


def test_state_that_was_asked_for_before_brings_no_name_back_and_loses_no_visit(
    visitor: NewVisitor, crowd: Crowd, leaving: Leaving
) -> None:
    """A second tab asks for everything while the first one hears what happens for both."""
    guest = visitor()
    first = guest.join(crowd, Role.VIEWER)
    expect(first.get_by_text(NAME).first).to_be_visible()
    tab = guest.new_tab()
    asked: list[tuple[Route, Any]] = []
    tab.route("**/api/state", lambda route: asked.append((route, route.fetch())))
    tab.goto(guest.origin)
    while not asked:  # the page shows its frame before it has asked
        tab.wait_for_timeout(20)
    expect(tab.get_by_role("heading", name="Now", exact=True)).to_be_visible()
    leaving.goes(first)
    crowd["front"].visit("Zaphod")
    expect(first.get_by_text("Zaphod").first).to_be_visible()
    (route, answer), *_ = asked
    tab.route("**/api/state", lambda route: route.continue_())
    assert NAME in answer.text()
    route.fulfill(response=answer)
    expect(tab.locator(".recent-row").first).to_be_visible()
    assert NAME not in tab.inner_text("body")
    expect(tab.get_by_text("Zaphod").first).to_be_visible()
    assert_no_name(tab)


@pytest.mark.parametrize(
    ("path", "row"),
    [("/visits/{visit}", "details"), ("/people?door=back", ".person-card"), ("/journal", ".entry")],
    ids=["visit", "people", "journal"],
)
def test_answer_of_a_door_that_was_asked_before_brings_no_name_back(
    visitor: NewVisitor, crowd: Crowd, leaving: Leaving, path: str, row: str
) -> None:
    door, number = leaving.door, leaving.door.number
    told: dict[str, Any] = {"visit": leaving.visit, "distance": 0.9, "threshold": 0.5}
    told |= {"person": NAME, "nearest": NAME, "decision": "granted"}
    entry = {"id": number, "kind": "decision", "time": door.now(), "payload": told}
    door.answers["journal"] = lambda _: {"entries": [entry], "next": None}
    guest = visitor()
    joined = guest.join(crowd, Role.ADMIN)
    # Both doors have said who this is: from now on one of them is not heard.
    expect(joined.get_by_role("button", name="Unlock")).to_have_count(2)
    leaving.bag.is_open = False
    tab = guest.open(path.format(visit=leaving.visit))
    if path == "/journal":
        tab.get_by_label("Door").select_option("back")
        tab.get_by_role("button", name="Read the door's own journal").click()
    expect(tab.get_by_role("heading").first).to_be_visible()
    wait_until(lambda: NAME in str(leaving.bag.held), "the door has answered")
    leaving.goes(tab)
    told |= {"person": None, "nearest": None}
    leaving.bag.let_go()
    expect(tab.locator(row).first).to_be_visible()
    assert_no_name(tab)


def test_more_of_the_journal_that_was_asked_for_before_brings_no_name_back(
    visitor: NewVisitor, crowd: Crowd, leaving: Leaving
) -> None:
    door = leaving.door
    label = {"event": "label", "visit": leaving.visit, "person": NAME, "by": "phone"}
    door.event("door", label)
    guest = visitor()
    tab = guest.join(crowd, Role.VIEWER)
    asked: list[Route] = []
    pages: list[dict[str, Any]] = []

    def entries(route: Route) -> None:
        if asked:
            route.continue_()
            return
        if "before" in route.request.url:
            asked.append(route)
            return
        pages.append(route.fetch().json())
        route.fulfill(json={**pages[-1], "more": "1"})

    tab.route("**/api/entries?*", entries)
    guest.open("/journal")
    expect(tab.get_by_text(NAME).first).to_be_visible()
    # Of few deeds it looks for more by itself.
    expect(tab.get_by_role("button", name="Loading")).to_be_visible()
    leaving.goes(tab)
    asked[0].fulfill(json={**pages[0], "more": None})
    expect(tab.get_by_role("button", name="Loading")).to_have_count(0)
    expect(tab.locator(".entry").first).to_be_visible()
    assert_no_name(tab)


def test_picture_that_was_asked_for_before_is_not_shown(
    visitor: NewVisitor, crowd: Crowd, leaving: Leaving
) -> None:
    guest = visitor()
    tab = guest.join(crowd, Role.ADMIN)
    leaving.bag.is_open = False
    tab = guest.open(f"/visits/{leaving.visit}")
    wait_until(lambda: leaving.household.heard("picture"), "the door was asked")
    leaving.goes(tab)
    leaving.bag.let_go()
    expect(tab.get_by_role("img", name="No picture").first).to_be_visible()
    assert tab.locator("img[src^='blob:']").count() == 0
    assert_no_name(tab)

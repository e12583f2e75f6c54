"""docs/architecture.md names files, rooms and threads that there are, and all of the rooms."""

from __future__ import annotations

import re

from test_rooms import CLONE, ROOMS

EDGE = CLONE / "edge" / "facedoor"
PAGE = (CLONE / "docs" / "architecture.md").read_text()


def section(title: str) -> str:
    return PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]


def test_every_file_on_the_ways_is_there() -> None:
    named = set(re.findall(r"`([a-z]+/[a-z_]+\.py)`", PAGE)) - {"tests/test_rooms.py"}
    assert len(named) > 40
    assert [path for path in sorted(named) if not (EDGE / path).is_file()] == []


def test_the_rooms_are_those_of_the_edge_from_high_to_low() -> None:
    rows = re.findall(r"^\| ((?:`\w+/` ?)+)\|", section("Rooms"), re.M)
    rooms = [name for row in rows for name in re.findall(r"`(\w+)/`", row)]
    assert rooms == [room for room in reversed(ROOMS["edge/facedoor"]) if " " not in room]
    roots = re.search(r"^\| root files \| (.*) \|$", section("Rooms"), re.M)
    assert roots is not None
    assert set(re.findall(r"\w+", roots[1])) == set(ROOMS["edge/facedoor"][0].split())


def test_the_threads_are_those_that_are_started() -> None:
    started = {
        name
        for path in EDGE.rglob("*.py")
        for name in re.findall(r'name="facedoor-([a-z]+)"', path.read_text())
    }
    table = section("Threads and queues")
    assert [name for name in sorted(started - {"broker"}) if f"-{name}`" not in table] == []

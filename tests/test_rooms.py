"""The rooms of each package lie one above the other, and imports only go down.

Imports inside functions and for types alone count as well: they save time or memory, but whoever
reads the module still has to know the other room.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

CLONE = Path(__file__).parents[1]

ROOMS = {
    # From low to high; names in one line are one room.
    "edge/facedoor": (
        (
            "errors languages names host_names printable reasons times clock files certificates "
            "strict rate_limit problems views frames"
        ),
        "wire",
        "config",
        "storage",
        "camera",
        "vision",
        "identity",
        "access",
        "visit",
        "door",
        "hardware",
        "mqtt",
        "site",
        "history",
        "commands",
        "service",
        "dashboard",
        "checks",
        "setup",
        "demo",
        "cli",
    ),
    "convert/facedoor_convert": (
        "errors files progress",
        "readers",
        "networks",
        "tflite",
        "evaluation",
        "liveness",
        "calibration",
        "packs",
        "training",
        "cli",
    ),
}

each_package = pytest.mark.parametrize("package", ROOMS)


def imports(package: str) -> dict[str, set[str]]:
    """The modules of a package, by dotted name, and those of them that each imports anywhere."""
    root = CLONE / package
    trees = {}
    for path in root.rglob("*.py"):
        name = ".".join(path.relative_to(root.parent).with_suffix("").parts)
        trees[name.removesuffix(".__init__")] = ast.parse(path.read_text())
    del trees[root.name]
    return {module: _imported(tree, trees) for module, tree in trees.items()}


def _imported(tree: ast.Module, modules: Collection[str]) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                found.add(name if name in modules else str(node.module))
    return found & set(modules)


def room_of(module: str) -> str:
    """The first name below the package."""
    return module.split(".")[1]


@each_package
def test_every_module_is_in_a_room(package: str) -> None:
    rooms = {name for room in ROOMS[package] for name in room.split()}
    assert {room_of(module) for module in imports(package)} == rooms


@each_package
def test_imports_only_go_down(package: str) -> None:
    height = {name: n for n, room in enumerate(ROOMS[package]) for name in room.split()}
    upward = [
        f"{module} imports {other}"
        for module, others in imports(package).items()
        for other in others
        if height[room_of(other)] > height[room_of(module)]
    ]
    assert upward == []


@each_package
def test_no_modules_import_each_other_in_a_circle(package: str) -> None:
    TopologicalSorter(imports(package)).prepare()


def test_no_modules_of_the_page_import_each_other_in_a_circle() -> None:
    source = CLONE / "edge" / "page" / "src"
    known = {path.resolve() for path in source.rglob("*.ts*")}
    assert len(known) > 100
    graph = {
        path: {
            (path.parent / name).resolve()
            for name in re.findall(r'\bfrom "(\.[^"]+\.tsx?)"', path.read_text())
        }
        for path in known
    }
    assert set().union(*graph.values()) <= known
    TopologicalSorter(graph).prepare()


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

"""The drawings of the wiring say what the door does, and a wrong one is not drawn at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import fields

import pytest

from benchmarks.wiring.__main__ import FOLDER, drawings
from benchmarks.wiring.geometry import Area
from benchmarks.wiring.paper import DrawingError, Net, Paper, Part
from benchmarks.wiring.pins import PINS, POSITIONS
from benchmarks.wiring.symbols import symbol
from facedoor.config.options import Config, DoorConfig
from facedoor.config.pins import impossible_pins
from facedoor.door.states import Action
from facedoor.hardware.lock import open_lock

PAPERS = drawings()


def test_docs_have_the_drawings_as_they_are_drawn() -> None:
    assert {path.name: path.read_text() for path in FOLDER.iterdir()} == {
        f"{name}.svg": paper.svg() for name, paper in PAPERS.items()
    }


def test_each_can_be_read_on_a_phone_and_read_out() -> None:
    for paper in PAPERS.values():
        svg = paper.svg()
        assert 'viewBox="0 0 360 ' in svg
        assert min(map(float, re.findall(r'font-size="(.*?)"', svg))) >= 13
        assert "<title id=" in svg
        pins = [pin for part in paper.parts if part.kind == "pin" for pin in part.terminals]
        assert [pin for pin in pins if not re.search(rf"\bpin {pin}\b", paper.says)] == []


def test_all_pins_can_be_used_at_once_and_none_drives_while_the_pi_boots() -> None:
    known = {field.name for field in fields(DoorConfig)}
    assert set(PINS) <= known
    assert list(impossible_pins(Config(DoorConfig(lock="motor", **PINS)))) == []
    driven = set(PINS) - {"bolt_pin", "contact_pin", "exit_pin", "bell_pin"}
    assert all(9 <= PINS[option] <= 27 for option in driven)  # pulled down at boot


def sides(paper: Paper, energised: set[str]) -> Callable[[str], str]:
    """Which side of the supply each net is on, with the relays on that ``energised`` nets feed."""
    joined = {net: net for part in paper.parts for net in part.terminals.values()}

    def root(net: str) -> str:
        return net if joined[net] == net else root(joined[net])

    for part in paper.parts:
        for one, other in closed(part, energised):
            joined[root(one)] = root(other)
    [supply] = [part.terminals for part in paper.parts if part.kind == "supply"]
    named = {root(supply[side]): side for side in ("plus", "minus")}
    assert len(named) == 2, "the supply is shorted"
    return lambda net: named.get(root(net), "open")


def closed(part: Part, energised: set[str]) -> Iterator[tuple[str, str]]:
    if part.kind == "breaking button":
        yield part.terminals["a"], part.terminals["b"]
    if part.kind == "relay":
        contact = "NO" if part.terminals["IN"] in energised else "NC"
        if contact in part.terminals:
            yield part.terminals["COM"], part.terminals[contact]


@pytest.mark.parametrize(
    ("name", "holds_by_current"), [("strike", False), ("magnet-nc", True), ("magnet-no", True)]
)
def test_lock_has_its_current_when_the_door_means_it_to(name: str, holds_by_current: bool) -> None:
    paper = PAPERS[name]
    lock = open_lock(DoorConfig(lock=name.replace("-", "_"), relay="simulated"))
    [drawn] = [part.terminals for part in paper.parts if part.kind == "lock"]
    [diode] = [part.terminals for part in paper.parts if part.kind == "diode"]
    assert (diode["cathode"], diode["anode"]) == (drawn["plus"], drawn["minus"])
    for action, is_locked in ((Action.SECURE, True), (Action.RELEASE, False)):
        lock.drive(action)
        side = sides(paper, {net_at(paper, "pin")} if lock.is_on else set())
        has_current = side(drawn["plus"]) == "plus" and side(drawn["minus"]) == "minus"
        assert has_current is (is_locked is holds_by_current), action


def test_motor_turns_one_way_with_each_relay_and_not_at_all_without() -> None:
    paper = PAPERS["motor"]
    [motor] = [part.terminals for part in paper.parts if part.kind == "motor"]
    turns = []
    for energised in (set(), {net_at(paper, "pin")}, {net_at(paper, "lock_pin")}):
        side = sides(paper, energised)
        turns.append((side(motor["a"]), side(motor["b"])))
    assert turns == [("minus", "minus"), ("minus", "plus"), ("plus", "minus")]
    assert not [part for part in paper.parts if part.kind == "diode"]


def net_at(paper: Paper, option: str) -> str:
    """The net of the pin that an option names."""
    [net] = [
        p.terminals[at] for p in paper.parts if (at := f"{POSITIONS[PINS[option]]}") in p.terminals
    ]
    return net


ONE, OTHER = Net("one", "#000"), Net("other", "#111")


def draw_short(paper: Paper) -> None:
    paper.wire(ONE, (20, 100), (100, 100))
    paper.wire(OTHER, (100, 60), (100, 140))


def draw_loose_end(paper: Paper) -> None:
    paper.wire(ONE, (20, 100), (100, 100))


def draw_forgotten_wire(paper: Paper) -> None:
    symbol(paper, "diode", (60, 100), ONE, OTHER)


def draw_words_on_wire(paper: Paper) -> None:
    ends = symbol(paper, "diode", (200, 100), ONE, ONE)
    paper.wire(ONE, *ends[::-1][:1], (300, 100), (300, 140), (180, 140), ends[0])
    paper.text((220, 144), "words")


def draw_words_on_words(paper: Paper) -> None:
    paper.text((20, 100), "words")
    paper.text((40, 106), "words")


def draw_words_on_edge(paper: Paper) -> None:
    paper.box(Area(20, 60, 50, 120), "#fff", "#000")
    paper.text((30, 100), "words")


@pytest.mark.parametrize(
    ("draw", "wrong"),
    [
        (draw_short, "one touches other"),
        (draw_loose_end, "one ends in the air"),
        (draw_forgotten_wire, "no wire of one"),
        (draw_words_on_wire, "lies on one"),
        (draw_words_on_words, "'words' lies on 'words'"),
        (draw_words_on_edge, "lies on the edge"),
    ],
)
def test_wrong_drawing_is_refused(draw: Callable[[Paper], None], wrong: str) -> None:
    paper = Paper("wrong", "wrong")
    paper.text((14, 29), paper.title)
    paper.text((14, 200), "the foot")
    draw(paper)
    with pytest.raises(DrawingError, match=wrong):
        paper.svg()

"""How each kind of lock is wired: what ``[door] lock`` names."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.wiring.geometry import Area, Point
from benchmarks.wiring.paper import MINUS_SIGN, Net, Paper
from benchmarks.wiring.pins import PINS, POSITIONS
from benchmarks.wiring.raspberry_pi import Header
from benchmarks.wiring.symbols import symbol, terminal, ways

FIVE_VOLTS = Net("5 V", "#d9480f")
GROUND = Net("GND", "#212529")
SIGNAL = Net("signal", "#1864ab")
PLUS = Net("lock +", "#c92a2a")
FED = Net("lock + behind the button", "#c92a2a")
SWITCHED = Net("switched", "#a61e4d")
MINUS = Net("lock -", "#343a40")

BOARD, SUPPLY, LOCK = ("#e7f1fb", "#1864ab"), ("#f1f3f5", "#495057"), ("#fff3d6", "#a8700b")


def heading(paper: Paper, told: str) -> None:
    paper.text((14, 29), paper.title, bold=True, size=17)
    paper.text((14, 49), told)


def notes(paper: Paper, top_y: float, lines: list[str]) -> None:
    """Sentences below the drawing; one that goes on begins with a space."""
    for number, line in enumerate(lines):
        y = top_y + 18 * number
        if not line.startswith(" "):
            paper.ink(f'<circle cx="17" cy="{y - 4.5:g}" r="2.5" fill="#495057"/>')
        paper.text((25, y), line.strip())


@dataclass(frozen=True, slots=True)
class OneRelay:
    """A lock of one relay: whether its current comes over the normally open contact."""

    title: str
    told: str
    says: str
    lock: str
    kind: str
    is_normally_open: bool
    has_way_out: bool
    notes: tuple[str, ...]


STRIKE = OneRelay(
    "Strike, fail-secure",
    "relay off: locked; relay on: open",
    "A fail-secure strike gets its current over COM and NO, so only while the relay is on.",
    "Strike",
    "strike",
    is_normally_open=True,
    has_way_out=False,
    notes=(
        "Without power the door is locked: it needs a",
        " handle inside.",
        "The diode is for direct current; a strike for",
        " alternating current gets none.",
    ),
)
DIODE_OF_A_MAGNET = (
    "No diode where the magnet has one built in;",
    " with one it lets go a moment later.",
)
MAGNET_NC = OneRelay(
    "Magnet on NC",
    "relay off: locked; relay on: open",
    "A magnet gets its current over COM and NC, so it holds while the relay is off.",
    "Magnet",
    "magnet_nc",
    is_normally_open=False,
    has_way_out=True,
    notes=(
        "Pi without power: it holds on. No power for",
        " the magnet: open.",
        *DIODE_OF_A_MAGNET,
    ),
)
MAGNET_NO = OneRelay(
    "Magnet on NO, fail-safe",
    "relay on: locked; relay off: open",
    "A magnet gets its current over COM and NO, so it lets go while the relay is off.",
    "Magnet",
    "magnet_no",
    is_normally_open=True,
    has_way_out=True,
    notes=(
        "Pi without power or stopped: open. Whoever",
        " can cut its power comes in.",
        *DIODE_OF_A_MAGNET,
    ),
)

RELAY_NOTES = (
    "Drawn with the relay off. Boards have COM, NO",
    " and NC in any order: go by their names.",
    "IN has to switch at 3.3 V, and be off at 0 V.",
    "The lock's supply is its own, and touches no",
    " wire of the Pi. Mains stays inside it.",
)


def one_relay(lock: OneRelay) -> Paper:
    paper = Paper(lock.title, _says(lock))
    heading(paper, lock.told)
    pin = POSITIONS[PINS["pin"]]
    header = Header(paper, 1, 14, {2: FIVE_VOLTS, 6: GROUND, pin: SIGNAL})
    _board_inputs(paper, header, pin)
    _relay(paper, lock)
    _lock_circuit(paper, lock)
    settings = f'lock = "{lock.kind}", pin = {PINS["pin"]}'
    notes(paper, 730, [settings, *lock.notes, *RELAY_NOTES])
    return paper


def _says(lock: OneRelay) -> str:
    """What the drawing shows, for those who hear it read out."""
    contact, name = "NO" if lock.is_normally_open else "NC", lock.lock.lower()
    pin = PINS["pin"]
    way = "to a button that breaks the circuit, from there to" if lock.has_way_out else "to"
    return (
        f"{lock.says} Raspberry Pi pin 2, 5 V, to the relay board's VCC; pin 6, GND, to GND; pin "
        f"{POSITIONS[pin]}, GPIO{pin}, to IN, with 10 kΩ from IN to GND. The lock's supply: plus "
        f"{way} COM; {contact} to the {name}'s plus; the {name}'s minus to the supply's minus. A "
        f"flyback diode over the {name}, its ring at plus."
    )


def _board_inputs(paper: Paper, header: Header, pin: int) -> None:
    """From the header to the relay board, and the resistor that keeps it off."""
    header.wire(FIVE_VOLTS, 2, (330, 320))
    header.wire(GROUND, 6, (284, 320))
    header.wire(SIGNAL, pin, (234, 320))
    paper.tag(FIVE_VOLTS, (208, 86), "5 V")
    paper.tag(GROUND, (208, 138), "GND")
    first, second = symbol(paper, "resistor", (259, 290), SIGNAL, GROUND)
    paper.wire(SIGNAL, (234, 290), first)
    paper.wire(GROUND, second, (284, 290))
    paper.text((259, 277), "10 kΩ", anchor="middle")


def _relay(paper: Paper, lock: OneRelay) -> None:
    paper.box(Area(12, 320, 350, 480), *BOARD)
    paper.text((22, 345), "Relay board", bold=True)
    paper.text((22, 363), "energised by a")
    paper.text((22, 380), "high level")
    inputs = {"IN": (234.0, 320.0, SIGNAL), "GND": (284.0, 320.0, GROUND)}
    for name, (x, y, _) in {**inputs, "VCC": (330.0, 320.0, FIVE_VOLTS)}.items():
        terminal(paper, (x, y))
        paper.text((x, y + 24), name, anchor="middle", bold=True)
    right = "NO" if lock.is_normally_open else "NC"
    left = "NC" if lock.is_normally_open else "NO"
    ways(paper, (170, 455), lock.is_normally_open, 66, 480)
    for name, x in ((left, 104.0), ("COM", 170.0), (right, 236.0)):
        terminal(paper, (x, 480))
        paper.text((x + 10, 471), name, bold=True)
    feed = FED if lock.has_way_out else PLUS
    paper.part(
        "relay",
        IN=(SIGNAL, (234, 320)),
        GND=(GROUND, (284, 320)),
        VCC=(FIVE_VOLTS, (330, 320)),
        COM=(feed, (170, 480)),
        **{right: (SWITCHED, (236, 480))},
    )


def _lock_circuit(paper: Paper, lock: OneRelay) -> None:
    """Supply, relay contact, lock, and back: a ring."""
    if lock.has_way_out:
        first, second = symbol(paper, "breaking button", (170, 532), FED, PLUS, turned=90)
        paper.wire(FED, (170, 480), first)
        paper.wire(PLUS, second, (170, 586))
        for number, line in enumerate(("Way out: a button", "that cuts the", "current itself")):
            paper.text((20, 519 + 17 * number), line)
    else:
        paper.wire(PLUS, (170, 480), (170, 586))
    paper.box(Area(12, 586, 190, 680), *SUPPLY)
    terminal(paper, (170, 586))
    terminal(paper, (150, 680))
    paper.text((152, 606), "+", bold=True)
    paper.text((130, 673), MINUS_SIGN, bold=True)
    paper.text((20, 608), "Lock's supply", bold=True)
    paper.text((20, 625), "direct current,")
    paper.text((20, 642), "12 or 24 V as the")
    paper.text((20, 659), "lock says")
    paper.part("supply", plus=(PLUS, (170, 586)), minus=(MINUS, (150, 680)))
    paper.box(Area(214, 586, 336, 680), *LOCK)
    first, second = symbol(paper, "diode", (276, 552), MINUS, SWITCHED, turned=180)
    paper.wire(SWITCHED, (236, 480), (236, 586))
    paper.wire(SWITCHED, (236, 552), second)
    paper.wire(MINUS, first, (316, 552))
    ring = (
        (316.0, 586.0),
        (316.0, 552.0),
        (346.0, 552.0),
        (346.0, 702.0),
        (150.0, 702.0),
        (150.0, 680.0),
    )
    paper.wire(MINUS, *ring)
    for x, sign in ((236.0, "+"), (316.0, MINUS_SIGN)):
        terminal(paper, (x, 586))
        paper.text((x, 608), sign, anchor="middle", bold=True)
    paper.text((246, 518), "Flyback diode:")
    paper.text((246, 535), "its ring at +")
    paper.text((276, 668), lock.lock, anchor="middle", bold=True)
    paper.ink(_coil_of_lock((276, 634)))
    paper.part("lock", plus=(SWITCHED, (236, 586)), minus=(MINUS, (316, 586)))


def _coil_of_lock(middle: Point) -> str:
    x, y = middle
    return (
        f'<path d="M{x - 40:g} {y - 20:g}V{y:g}H{x - 22:g}m44 0H{x + 40:g}V{y - 20:g}" fill="none" '
        'stroke="#1f2933" stroke-width="2"/>'
        f'<rect x="{x - 22:g}" y="{y - 9:g}" width="44" height="18" fill="#fff" stroke="#1f2933" '
        f'stroke-width="2"/><path d="M{x - 10:g} {y + 9:g}l20 -18" stroke="#1f2933" '
        'stroke-width="2"/>'
    )

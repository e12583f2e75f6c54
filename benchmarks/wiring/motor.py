"""How a motor bolt is wired: two relays that turn the current round, and the bolt's switch."""

from __future__ import annotations

from benchmarks.wiring.geometry import Area
from benchmarks.wiring.locks import BOARD, FIVE_VOLTS, GROUND, MINUS, PLUS, SIGNAL, SUPPLY, heading
from benchmarks.wiring.locks import notes as write_notes
from benchmarks.wiring.paper import MINUS_SIGN, Net, Paper
from benchmarks.wiring.pins import PINS, POSITIONS
from benchmarks.wiring.raspberry_pi import Header
from benchmarks.wiring.symbols import symbol, terminal, ways

SECOND = Net("signal of the second relay", "#6741d9")
BOLT = Net("bolt's switch", "#0b7285")
INWARDS = Net("motor, from the relay that drives in", "#a61e4d")
OUTWARDS = Net("motor, from the relay that drives out", "#a8550b")

BOARD_Y, BOARD_END_Y = 396.0, 546.0

SAYS = (
    "A motor of direct current between two relays, one for each direction. Raspberry Pi pin 2, "
    "5 V, to the relay board's VCC; pin 6, GND, to GND; pin 11, GPIO17, to IN1; pin 13, GPIO27, to "
    "IN2; 10 kΩ from each IN to GND. The bolt's switch from pin 15, GPIO22, to GND, closed while "
    "the bolt is out. The motor's supply: plus to NO of both relays, minus to NC of both. The "
    "motor from one COM to the other, and over it a varistor."
)
NOTES = [
    f"Relay 1: pin = {PINS['pin']}; relay 2: lock_pin = {PINS['lock_pin']};",
    f" bolt_pin = {PINS['bolt_pin']}.",
    "Drawn with both relays off. Boards have COM,",
    " NO and NC in any order: go by their names.",
    "If it drives out for in, swap the motor's wires.",
    "A varistor for the supply's voltage, no diode:",
    " the current flows both ways.",
    "The motor has to bear its end stop for",
    " motor_s, or have end switches of its own.",
    "A motor lock with its own electronics: COM",
    " and NO of each relay to one of its inputs.",
    "Relays that a high level of 3.3 V energises.",
    "The motor's supply touches no wire of the Pi.",
    " Mains stays inside it.",
]


def motor() -> Paper:
    paper = Paper("Motor bolt", SAYS)
    heading(paper, "relay 1 on: bolt in; relay 2 on: bolt out")
    pins = {option: POSITIONS[PINS[option]] for option in ("pin", "lock_pin", "bolt_pin")}
    used = {2: FIVE_VOLTS, 6: GROUND, pins["pin"]: SIGNAL, pins["lock_pin"]: SECOND}
    header = Header(paper, 1, 16, {**used, pins["bolt_pin"]: BOLT})
    header.wire(FIVE_VOLTS, 2, (330, BOARD_Y))
    header.wire(GROUND, 6, (238, BOARD_Y))
    header.wire(SIGNAL, pins["pin"], (286, BOARD_Y))
    header.wire(SECOND, pins["lock_pin"], (190, BOARD_Y))
    paper.tag(FIVE_VOLTS, (208, 86), "5 V")
    paper.tag(GROUND, (208, 138), "GND")
    _resistors(paper)
    header.wire(BOLT, pins["bolt_pin"], (184, 322), (150, 322), (150, 330))
    _bolt_switch(paper)
    _relays(paper)
    _motor_circuit(paper)
    write_notes(paper, 850, NOTES)
    return paper


def _resistors(paper: Paper) -> None:
    """What keeps both relays off while the Pi boots."""
    for middle_x, signal, x in ((214.0, SECOND, 190.0), (262.0, SIGNAL, 286.0)):
        left, right = (signal, GROUND) if x < middle_x else (GROUND, signal)
        first, second = symbol(paper, "resistor", (middle_x, 358), left, right)
        paper.wire(left, (middle_x - 24, 358), first)
        paper.wire(right, second, (middle_x + 24, 358))
        paper.text((middle_x, 344), "10 kΩ", anchor="middle")


def _bolt_switch(paper: Paper) -> None:
    _, second = symbol(paper, "contact", (150, 350), BOLT, GROUND, turned=90)
    paper.wire(GROUND, second, (150, 379), (238, 379))
    for number, line in enumerate(("Bolt's switch:", "closed while the", "bolt is out")):
        paper.text((20, 336 + 17 * number), line, bold=number == 0)


def _relays(paper: Paper) -> None:
    paper.box(Area(12, BOARD_Y, 350, BOARD_END_Y), *BOARD)
    paper.text((20, BOARD_Y + 24), "Two relays", bold=True)
    inputs = {"IN2": (190.0, SECOND), "GND": (238.0, GROUND), "IN1": (286.0, SIGNAL)}
    for name, (x, _) in {**inputs, "VCC": (330.0, FIVE_VOLTS)}.items():
        terminal(paper, (x, BOARD_Y))
        paper.text((x, BOARD_Y + 24), name, anchor="middle", bold=True)
    outwards = {"NC": 36.0, "COM": 92.0, "NO": 148.0}
    inwards = {"NO": 204.0, "COM": 260.0, "NC": 316.0}
    for name, at, signal, net, control in (
        ("2: bolt out", outwards, SECOND, OUTWARDS, "IN2"),
        ("1: bolt in", inwards, SIGNAL, INWARDS, "IN1"),
    ):
        paper.text((at["COM"], BOARD_Y + 45), name, anchor="middle", bold=True)
        ways(paper, (at["COM"], BOARD_END_Y - 25), at["NC"] < at["NO"], 56, BOARD_END_Y)
        for contact, x in at.items():
            terminal(paper, (x, BOARD_END_Y))
            paper.text((x + 9, BOARD_END_Y - 9), contact, bold=True)
        paper.part(
            "relay",
            IN=(signal, (inputs[control][0], BOARD_Y)),
            GND=(GROUND, (238, BOARD_Y)),
            VCC=(FIVE_VOLTS, (330, BOARD_Y)),
            COM=(net, (at["COM"], BOARD_END_Y)),
            NO=(PLUS, (at["NO"], BOARD_END_Y)),
            NC=(MINUS, (at["NC"], BOARD_END_Y)),
        )


def _motor_circuit(paper: Paper) -> None:
    y = BOARD_END_Y
    paper.wire(PLUS, (148, y), (148, y + 24), (338, y + 24), (338, 780), (300, 780))
    paper.wire(PLUS, (204, y), (204, y + 24))
    paper.wire(MINUS, (36, y), (36, 780), (60, 780))
    paper.wire(MINUS, (316, y), (316, 718), (36, 718))
    across, _ = symbol(paper, "varistor", (176, 608), OUTWARDS, INWARDS)
    turns, _ = symbol(paper, "motor", (176, 656), OUTWARDS, INWARDS)
    paper.wire(OUTWARDS, (92, y), (92, turns[1]), turns)
    paper.wire(OUTWARDS, (92, across[1]), across)
    paper.wire(INWARDS, (260, y), (260, turns[1]), (196, turns[1]))
    paper.wire(INWARDS, (260, across[1]), (196, across[1]))
    paper.text((176, 590), "varistor", anchor="middle")
    paper.text((176, 700), "Motor of the bolt", anchor="middle", bold=True)
    paper.box(Area(60, 744, 300, 816), *SUPPLY)
    terminal(paper, (60, 780))
    terminal(paper, (300, 780))
    paper.text((74, 785), MINUS_SIGN, bold=True)
    paper.text((276, 785), "+", bold=True)
    for number, line in enumerate(("Motor's own supply", "direct current, as", "the motor says")):
        paper.text((180, 768 + 17 * number), line, anchor="middle", bold=number == 0)
    paper.part("supply", plus=(PLUS, (300, 780)), minus=(MINUS, (60, 780)))

"""How a lamp for the night is wired: it takes more than a pin gives, so a MOSFET switches it."""

from __future__ import annotations

from benchmarks.wiring.geometry import Area
from benchmarks.wiring.locks import GROUND, SUPPLY, heading
from benchmarks.wiring.locks import notes as write_notes
from benchmarks.wiring.paper import INK, MINUS_SIGN, Net, Paper
from benchmarks.wiring.pins import HEADER, PINS, POSITIONS
from benchmarks.wiring.raspberry_pi import Header
from benchmarks.wiring.symbols import symbol, terminal

LAMP_PLUS, LAMP_MINUS = Net("lamp +", "#c92a2a"), Net("lamp -", "#a61e4d")
SIGNAL, GATE = Net("lamp_pin", "#1864ab"), Net("gate", "#1864ab")
NOTES = [
    "Never from the pin itself: it gives milliamperes.",
    "A MOSFET module has MOSFET and resistors in",
    " it: the pin to its input, both grounds to its GND.",
    "Here the grounds of Pi and lamp are joined:",
    " give the lamp a supply of its own, and not the",
    " lock's.",
    "Or a channel of a relay board at this pin, wired",
    " as for a strike, without the diode.",
    "Any free pin will do: set what you took.",
]


def night_lamp() -> Paper:
    """A lamp with a supply of its own, switched by a MOSFET in its minus."""
    pin = POSITIONS[PINS["lamp_pin"]]
    paper = Paper(
        "Lamp for the night",
        f"Raspberry Pi pin {pin}, {HEADER[pin]}, over 220 Ω to the gate of an n-channel MOSFET; 10 "
        "kΩ from gate to source. The lamp's supply: plus to the lamp's plus; the lamp's minus to "
        "the drain; source to the supply's minus and to the Pi's ground, pin 39.",
    )
    heading(paper, f"white or infrared; lamp_pin = {PINS['lamp_pin']}")
    header = Header(paper, 29, 40, {pin: SIGNAL, 39: GROUND})
    low_y = 420.0
    header.wire(GROUND, 39, (192, low_y), (308, low_y), (308, 376))
    gate_in, gate_out = symbol(paper, "resistor", (240, 350), SIGNAL, GATE)
    header.wire(SIGNAL, pin, (206, 350), gate_in)
    paper.text((240, 337), "220 Ω", anchor="middle")
    paper.wire(GATE, gate_out, (288, 350))
    top, bottom = symbol(paper, "resistor", (270, 385), GATE, GROUND, turned=90)
    paper.wire(GATE, (270, 350), top)
    paper.wire(GROUND, bottom, (270, low_y))
    paper.text((256, 390), "10 kΩ", anchor="end")
    _mosfet(paper)
    _lamp(paper, low_y)
    for number, line in enumerate(("MOSFET", "n-channel, fully on", "at a gate of 2.5 V")):
        paper.text((20, 337 + 17 * number), line, bold=number == 0)
    write_notes(paper, 588, NOTES)
    return paper


def _mosfet(paper: Paper) -> None:
    """Its gate at 288, 350; drain above, source below."""
    line = f'fill="none" stroke="{INK}" stroke-width="2"'
    paper.ink(
        f'<path d="M288 350H292V332V368M298 328V338M298 345V355M298 362V372" {line}/>'
        f'<path d="M298 333H308V324M298 367H308V376M298 350H308V367" {line}/>'
        f'<path d="M299 350l6 -3.5v7z" fill="{INK}"/>',
        Area(290, 326, 310, 374),
    )
    paper.part(
        "mosfet",
        gate=(GATE, (288, 350)),
        drain=(LAMP_MINUS, (308, 324)),
        source=(GROUND, (308, 376)),
    )
    paper.text((316, 338), "D", bold=True)
    paper.text((316, 372), "S", bold=True)
    paper.text((276, 338), "G", bold=True)


def _lamp(paper: Paper, low_y: float) -> None:
    paper.box(Area(222, 240, 320, 310), "#fff3d6", "#a8700b")
    terminal(paper, (308, 310))
    terminal(paper, (308, 240))
    paper.text((230, 272), "Lamp", bold=True)
    paper.text((230, 289), "for 5 or 12 V")
    paper.text((300, 260), "+", anchor="end", bold=True)
    paper.text((300, 305), MINUS_SIGN, anchor="end", bold=True)
    paper.wire(LAMP_MINUS, (308, 310), (308, 324))
    top_y = low_y + 48
    paper.wire(LAMP_PLUS, (308, 240), (308, 216), (340, 216), (340, top_y))
    paper.wire(GROUND, (308, low_y), (308, top_y))
    paper.box(Area(150, top_y, 350, top_y + 68), *SUPPLY)
    terminal(paper, (308, top_y))
    terminal(paper, (340, top_y))
    paper.text((308, top_y + 22), MINUS_SIGN, anchor="middle", bold=True)
    paper.text((337, top_y + 22), "+", anchor="middle", bold=True)
    paper.text((160, top_y + 22), "Lamp's supply", bold=True)
    paper.text((160, top_y + 39), "as the lamp says")
    paper.text((160, top_y + 56), "mains stays inside")
    paper.text((200, low_y + 20), "joined ground", colour=GROUND.colour)
    paper.part("lamp", plus=(LAMP_PLUS, (308, 240)), minus=(LAMP_MINUS, (308, 310)))
    paper.part("supply", plus=(LAMP_PLUS, (340, top_y)), minus=(GROUND, (308, top_y)))

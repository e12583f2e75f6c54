"""What else is screwed to the door: switches, LEDs and buzzer."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.wiring.locks import GROUND, heading
from benchmarks.wiring.locks import notes as write_notes
from benchmarks.wiring.paper import Net, Paper
from benchmarks.wiring.pins import PINS, POSITIONS
from benchmarks.wiring.raspberry_pi import Header
from benchmarks.wiring.symbols import symbol

GROUND_X = 338.0
COLOURS = ("#1864ab", "#a61e4d", "#0b7285", "#6741d9")


@dataclass(frozen=True, slots=True)
class Fitting:
    """Something between a pin and ground."""

    name: str
    option: str
    kind: str
    told: tuple[str, ...]


SWITCHES = (
    Fitting("Door contact", "contact_pin", "contact", ("closed while the", "door is closed")),
    Fitting("Exit button", "exit_pin", "button", ("closed while", "pressed")),
    Fitting("Bell", "bell_pin", "button", ("closed while", "pressed")),
)
LIGHTS = (
    Fitting("Left LED", "left_led_pin", "led", ("lit: turn your", "head to your left")),
    Fitting("Right LED", "right_led_pin", "led", ("lit: turn your", "head to your right")),
    Fitting("LED", "led_pin", "led", ("answers by a code", "of flashes")),
    Fitting("Buzzer", "buzzer_pin", "buzzer", ("the same, by", "beeps")),
)


def switches() -> Paper:
    """Each between its pin and ground, which is why none needs a resistor."""
    return _fitted(
        Paper(
            "Switches",
            "Each switch from its pin to ground, pin 14, without a resistor. Door contact: pin 16, "
            "GPIO23, closed while the door is closed. Exit button: pin 18, GPIO24. Bell: pin 22, "
            "GPIO25. Buttons are closed while pressed.",
        ),
        SWITCHES,
        *("as many as you want, each to ground", 13, 26, 14),
        [
            "No resistors: the Pi pulls each pin up.",
            "Any free pin will do: set what you took.",
            "A tamper switch (tamper_pin) goes the same",
            " way, closed while all is well.",
            "Twisted wire, away from mains and motors.",
            "Dry contacts alone: nothing that brings a",
            " voltage of its own.",
        ],
    )


def lights() -> Paper:
    """Each from its pin through a resistor to ground."""
    return _fitted(
        Paper(
            "LEDs and buzzer",
            "Each LED from its pin over 330 Ω to ground, pin 30, its flat side at ground; the "
            "buzzer without a resistor. Left LED: pin 32, GPIO12. Right LED: pin 36, GPIO16. LED: "
            "pin 38, GPIO20. Buzzer: pin 40, GPIO21, its plus at the pin.",
        ),
        LIGHTS,
        *("how the door asks and answers", 29, 40, 30),
        [
            "Left and right of the camera, as visitors see",
            " it. Two LEDs are enough; one alone, or a",
            " buzzer, tells by a code.",
            "Red, yellow or green: blue and white LEDs need",
            " more than the pin's 3.3 V.",
            "An LED's short leg, at its flat side, is the minus.",
            "An active buzzer for 3 V. More than 10 mA",
            " need a transistor.",
        ],
    )


def _fitted(
    paper: Paper,
    fittings: tuple[Fitting, ...],
    told: str,
    first: int,
    last: int,
    ground: int,
    notes: list[str],
) -> Paper:
    heading(paper, told)
    nets = [Net(fitting.option, colour) for fitting, colour in zip(fittings, COLOURS, strict=False)]
    pins = [POSITIONS[PINS[fitting.option]] for fitting in fittings]
    header = Header(paper, first, last, {ground: GROUND, **dict(zip(pins, nets, strict=True))})
    row_y = header.bottom + 48
    pitch_y = 82.0
    header.wire(GROUND, ground, (GROUND_X, row_y + pitch_y * (len(fittings) - 1)))
    paper.tag(GROUND, (300, header.lead(ground)[-1][1]), "GND")
    for number, (fitting, net, pin) in enumerate(zip(fittings, nets, pins, strict=True)):
        y = row_y + pitch_y * number
        _row(paper, fitting, net, header, pin, (232 - 14.0 * number, y))
        option = f"{fitting.option} = {PINS[fitting.option]}"
        words = (f"{fitting.name}, pin {pin}", option, *fitting.told)
        for line, said in enumerate(words):
            paper.text((20, y - 14 + 17 * line), said, bold=line == 0)
    write_notes(paper, row_y + pitch_y * len(fittings), notes)
    return paper


def _row(
    paper: Paper, fitting: Fitting, net: Net, header: Header, pin: int, turn: tuple[float, float]
) -> None:
    """From the pin to the fitting, and on to ground."""
    _, y = turn
    if fitting.kind == "led":
        behind = Net(f"{fitting.option} behind its resistor", net.colour)
        first, second = symbol(paper, "resistor", (262, y), net, behind)
        paper.text((262, y - 13), "330 Ω", anchor="middle")
        anode, end = symbol(paper, "led", (312, y), behind, GROUND)
        paper.wire(behind, second, anode)
    else:
        first, end = symbol(paper, fitting.kind, (290, y), net, GROUND)
    header.wire(net, pin, turn, first)
    paper.wire(GROUND, end, (GROUND_X, y))

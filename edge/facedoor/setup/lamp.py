"""The step about the lamp that lights whoever comes in the dark, with a test of it."""

from __future__ import annotations

from contextlib import closing

from facedoor.checks.night import advice
from facedoor.errors import UsageError
from facedoor.hardware.lamps import GpioLamp
from facedoor.languages import N_, _
from facedoor.setup.prompts import pin_or_none
from facedoor.setup.talk import Bench, SetupStep, chosen

LIT_S = 2.0

_LIT, _REVERSE, _NOTHING = "y", "r", "n"


def _reached(bench: Bench) -> str:
    door = bench.settings.door
    if door.lamp_pin is None:
        return ""
    said = _("GPIO{pin}, lamp_active_high = {value}")
    return said.format(pin=door.lamp_pin, value=str(door.lamp_active_high).lower())


def _do(bench: Bench) -> None:
    talk, known = bench.talk, bench.settings.door.lamp_pin
    talk.say(
        _(
            "In the dark the camera sees nobody. A lamp beside it, white or infrared, is on while "
            "somebody moves there. How to wire it: docs/wire.md."
        )
    )
    pin = pin_or_none(bench, _("of the lamp"), known)
    if pin is None:
        if known is not None:
            raise UsageError(_("the lamp stays: take lamp_pin out of the configuration by hand"))
        return
    bench.configuration.set("door", lamp_pin=pin)
    if bench.settings.door.relay == "simulated":
        talk.say(_("No pin is driven while the relay is simulated, so it is not tested."))
    else:
        _test(bench)
    talk.say(_("With a lamp {advice}.").format(advice=advice(bench.settings)))


def _test(bench: Bench) -> None:
    """Light the lamp until somebody has seen how it is wired."""
    while True:
        bench.talk.ask(_("Enter: the lamp is on for {seconds:g} s").format(seconds=LIT_S))
        door = bench.settings.door
        with closing(GpioLamp(int(door.lamp_pin or 0), "lamp_pin", door.lamp_active_high)) as lamp:
            lamp.set(True)
            bench.sleep(LIT_S)
        answer = chosen(
            bench.talk,
            _("what did the lamp do"),
            (
                (_LIT, _("it was on, and is off again")),
                (_REVERSE, _("the reverse: it was off, and is on again")),
                (_NOTHING, _("nothing")),
            ),
            _LIT,
        )
        if answer == _LIT:
            # Written even if it is the default: somebody has looked.
            bench.configuration.set("door", lamp_active_high=door.lamp_active_high)
            return
        if answer == _NOTHING:
            raise UsageError(
                _(
                    "nothing was lit: an infrared lamp is seen by the camera alone, such as a "
                    "phone's; else see to its supply, and to the pin, by its BCM number"
                )
            )
        bench.configuration.set("door", lamp_active_high=not door.lamp_active_high)
        bench.talk.say(_("lamp_active_high is the other way round now: test it again."))


LAMP = SetupStep(N_("a lamp for the night"), _reached, _do)

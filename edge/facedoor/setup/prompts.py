"""The step about how visitors are asked to turn the head: by what is wired for it, if anything."""

from __future__ import annotations

from facedoor.config.asking import may_ask, ways_to_ask, why_mute
from facedoor.errors import UsageError
from facedoor.languages import N_, _
from facedoor.setup.relay import NONE, bcm_number
from facedoor.setup.talk import Bench, SetupStep


def _reached(bench: Bench) -> str:
    if not may_ask(bench.settings):
        mode = bench.settings.liveness.mode
        return _('nobody is asked: [liveness] mode is "{mode}"').format(mode=mode)
    return ", ".join(ways_to_ask(bench.settings))


def _do(bench: Bench) -> None:
    talk, door = bench.talk, bench.settings.door
    talk.say(
        _(
            "Most visitors are asked to turn the head before the door opens, and have to learn to "
            "which side: by two LEDs, left and right of the camera as they see them; else by one "
            "LED or a buzzer, which tell it by a code. How to wire them: docs/wire.md."
        )
    )
    left = pin_or_none(bench, _("of the LED at the visitor's left"), door.left_led_pin)
    if left is not None:
        right = pin_or_none(bench, _("of the one at their right"), door.right_led_pin)
        if right is None:
            raise UsageError(_("one LED alone shows no side: give both, or none"))
        bench.configuration.set("door", left_led_pin=left, right_led_pin=right)
    else:
        for key, what in (("led_pin", _("of a single LED")), ("buzzer_pin", _("of a buzzer"))):
            pin = pin_or_none(bench, what, getattr(door, key))
            if pin is not None:
                bench.configuration.set("door", **{key: pin})
    if mute := why_mute(bench.settings):
        talk.say(_("As it is, {mute}.").format(mute=mute))


def pin_or_none(bench: Bench, what: str, known: int | None) -> int | None:
    """The pin that the person names, or ``None``."""
    asked = _("BCM number {what}, or {none}").format(what=what, none=NONE)
    answer = bench.talk.ask(asked, NONE if known is None else str(known))
    return None if answer == NONE else bcm_number(answer)


PROMPTS = SetupStep(N_("how visitors are asked to turn the head"), _reached, _do)

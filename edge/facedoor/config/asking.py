"""How this door can ask a visitor to turn the head: by what is on its pins, or over MQTT."""

from __future__ import annotations

from facedoor.config.options import Config
from facedoor.languages import _

ASKING_MODES = frozenset({"challenge_if_unsure", "challenge_always"})

MIN_FPS = 10.0
"""A turn that is watched more rarely proves nothing."""


def may_ask(settings: Config) -> bool:
    """Whether the door is to ask anybody, if it can."""
    return settings.liveness.mode in ASKING_MODES


def ways_to_ask(settings: Config) -> tuple[str, ...]:
    """What tells a visitor where to turn to, in words, the plainest first; none: the door is
    mute."""
    door = settings.door
    ways = {
        _("the console of a simulated door"): door.relay == "simulated",
        _("two LEDs, one for each side"): door.left_led_pin is not None,
        _("the LED, by its code"): door.led_pin is not None,
        _("the buzzer, by one beep or two"): door.buzzer_pin is not None,
        _("the topic facedoor/{name}/prompt on MQTT").format(name=door.name): bool(
            settings.mqtt.host
        ),
    }
    return tuple(way for way, is_there in ways.items() if is_there)


def why_mute(settings: Config) -> str | None:
    """Why the door can ask nobody to turn the head, though it is to, and what would let it."""
    if not may_ask(settings):
        return None
    unsure = _("whenever it is unsure whether a face is alive")
    refused = _("everybody") if settings.liveness.mode == "challenge_always" else unsure
    if not ways_to_ask(settings):
        return _(
            "nothing at this door can ask a visitor to turn the head, so it refuses "
            "{refused}: set [door] left_led_pin and right_led_pin, or led_pin or "
            'buzzer_pin, or [mqtt] host; or [liveness] mode = "passive"'
        ).format(refused=refused)
    if settings.camera.fps < MIN_FPS:
        return _(
            "[camera] fps is {fps:g}, too few to watch a head turn, so the door refuses "
            "{refused}: set fps to {min_fps:g} or more"
        ).format(fps=settings.camera.fps, refused=refused, min_fps=MIN_FPS)
    return None

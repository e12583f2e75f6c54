"""How this door can ask a visitor to turn the head: by what is on its pins, or over MQTT."""

from __future__ import annotations

from facedoor.config.options import Config

MIN_FPS = 10.0
"""A turn that is watched more rarely proves nothing."""


def ways_to_ask(settings: Config) -> tuple[str, ...]:
    """What tells a visitor where to turn to, in words, the plainest first; none: the door is
    mute."""
    door = settings.door
    ways = {
        "two LEDs, one for each side": door.left_led_pin,
        "the LED, by its code": door.led_pin,
        "the buzzer, by one beep or two": door.buzzer_pin,
        f"the topic facedoor/{door.name}/prompt on MQTT": settings.mqtt.host or None,
    }
    return tuple(way for way, is_there in ways.items() if is_there is not None)


def why_mute(settings: Config) -> str | None:
    """Why the door can ask nobody to turn the head, and what would let it; ``None`` if it can."""
    if not ways_to_ask(settings):
        return (
            "nothing at this door can ask a visitor to turn the head, so it refuses whenever it is "
            "unsure whether a face is alive: set [door] left_led_pin and right_led_pin, or led_pin "
            "or buzzer_pin, or [mqtt] host"
        )
    if settings.camera.fps < MIN_FPS:
        return (
            f"[camera] fps is {settings.camera.fps:g}, too few to watch a head turn, so the door "
            "refuses whenever it is unsure whether a face is alive: set fps to "
            f"{MIN_FPS:g} or more"
        )
    return None

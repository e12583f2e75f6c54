"""What stands between a photo and the door."""

from __future__ import annotations

from collections.abc import Iterator

from facedoor.checks.installation import Finding, Installation, fine, problem
from facedoor.config.asking import may_ask, ways_to_ask, why_mute
from facedoor.errors import PackError
from facedoor.languages import _
from facedoor.vision import pack
from facedoor.visit.liveness import liveness_sentence


def examine_liveness(door: Installation) -> Iterator[Finding]:
    """Check whether a face has to be alive, and say what that was tested against."""
    try:
        manifest = pack.load(door.settings.pack_directory).manifest
    except PackError:
        return  # the look at the pack says it
    sentence = liveness_sentence(door.settings, manifest)
    if door.settings.liveness.mode == "off":
        yield problem("liveness", sentence, '[liveness] mode = "challenge_if_unsure"')
    elif manifest.liveness is None:
        yield problem("liveness", sentence, "facedoor-convert build facenet")
    else:
        yield fine("liveness", sentence)


def examine_prompts(door: Installation) -> Iterator[Finding]:
    """Check whether a visitor can be asked to turn the head, if that is what the door is to do."""
    if mute := why_mute(door.settings):
        yield problem("prompts", mute, "sudoedit /etc/facedoor/facedoor.toml")
    elif may_ask(door.settings):
        ways = ", ".join(ways_to_ask(door.settings))
        yield fine("prompts", _("a visitor is asked to turn the head by {ways}").format(ways=ways))
    else:
        yield fine("prompts", _("nobody is asked to turn the head"))

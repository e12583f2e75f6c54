"""The step about pictures of visits: whether any are kept, and of whom."""

from __future__ import annotations

from facedoor.setup.talk import Bench, SetupStep, chosen

_KEEP = {"n": "none", "u": "unknown", "a": "all"}


def _reached(bench: Bench) -> str:
    """What the file itself says: that nobody was asked yet is no answer."""
    if not bench.configuration.says("storage", "keep_pictures"):
        return ""
    return f'keep_pictures = "{bench.settings.storage.keep_pictures}"'


def _do(bench: Bench) -> None:
    storage = bench.settings.storage
    bench.talk.say(
        "Beside what happened the door can keep one picture of each visit: the face and what is\n"
        f"around it, sealed, for {storage.picture_days} days and at most {storage.pictures_mb} MB. "
        "It shows who was refused and why, and one\n"
        "can be enrolled from it. Whoever comes to your door has to be told, such as by a sign."
    )
    default = next(letter for letter, word in _KEEP.items() if word == storage.keep_pictures)
    answer = chosen(
        bench.talk,
        "keep pictures",
        (
            ("n", "of nobody"),
            ("u", "of who is not known for certain"),
            ("a", "of all visits"),
        ),
        default,
    )
    bench.configuration.set("storage", keep_pictures=_KEEP[answer])


PICTURES = SetupStep("pictures of visits", _reached, _do)

"""The step about pictures of visits: whether any are kept, and of whom."""

from __future__ import annotations

from facedoor.errors import UsageError
from facedoor.languages import N_, _, ngettext
from facedoor.setup.talk import Bench, SetupStep, chosen

_KEEP = {"n": "none", "u": "unknown", "a": "all"}
_MOST_DAYS = 365


def _reached(bench: Bench) -> str:
    """What the file itself says: that nobody was asked yet is no answer."""
    if not bench.configuration.says("storage", "keep_pictures"):
        return ""
    storage = bench.settings.storage
    kept = f'keep_pictures = "{storage.keep_pictures}"'
    if storage.keep_pictures == "none":
        return kept
    days = ngettext("{kept}, for {count} day", "{kept}, for {count} days", storage.picture_days)
    return days.format(kept=kept, count=storage.picture_days)


def _do(bench: Bench) -> None:
    storage = bench.settings.storage
    bench.talk.say(
        _(
            "Beside what happened the door can keep one picture of each visit: the face and what "
            "is around it, sealed, for some days and at most {megabytes} MB. It shows who was "
            "refused and why, and one can be enrolled from it. Whoever comes to your door has to "
            "be told, such as by a sign."
        ).format(megabytes=storage.pictures_mb)
    )
    default = next(letter for letter, word in _KEEP.items() if word == storage.keep_pictures)
    answer = chosen(
        bench.talk,
        _("keep pictures"),
        (
            ("n", _("of nobody")),
            ("u", _("of who is not known for certain")),
            ("a", _("of all visits")),
        ),
        default,
    )
    if answer == "n":
        bench.configuration.set("storage", keep_pictures=_KEEP[answer])
        return
    days = bench.talk.ask(_("for how many days"), str(storage.picture_days))
    if not days.isdecimal() or not 1 <= int(days) <= _MOST_DAYS:
        raise UsageError(
            _("{answer!r} is no number of days: it is 1 to {most}").format(
                answer=days, most=_MOST_DAYS
            )
        )
    bench.configuration.set("storage", keep_pictures=_KEEP[answer], picture_days=int(days))


PICTURES = SetupStep(N_("pictures of visits"), _reached, _do)

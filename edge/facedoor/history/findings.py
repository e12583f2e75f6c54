"""What the visits say that somebody should do: who is refused often, and what would help.

Only what happened often enough is told: whoever was refused twice may have looked away twice. And
only refusals of people whom somebody has named count: by their face, by a label, or by being let
in at the same door right afterwards (:mod:`facedoor.history.visits`).
"""

from __future__ import annotations

import shlex
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from typing import Any, Protocol

from facedoor.history.sentences import in_words
from facedoor.history.summary import local
from facedoor.languages import N_, _, ngettext
from facedoor.names import name_key
from facedoor.reasons import Reason

LOOK_BACK = timedelta(days=14)
"""What is longer ago has been mended, or nobody minds."""

LEAST_REFUSED = 3
"""Times, on as many days or parts of them: fewer can be chance."""

LEAST_SHARE = 1 / 3
"""Of their times at the door: whoever is refused more rarely just tries again."""

MOSTLY, NEARLY_ALWAYS = 0.5, 0.8
"""Shares of the refusals that have one reason, or fall into one part of the day."""

FEW_PHOTOS = 5
"""With fewer, the first thing that helps is another photo."""

PARTS_OF_DAY: Mapping[str, range] = {
    "night": range(5),
    "morning": range(5, 11),
    "afternoon": range(11, 17),
    "evening": range(17, 24),
}
"""The hours of each, on the door's wall clock."""

PHOTOS = N_("photos")
_REMEDIES: Mapping[str, str] = {
    Reason.TOO_DARK: N_("a light at the door"),
    Reason.TOO_BRIGHT: N_("shade where the sun blinds the camera"),
    Reason.BLURRED: N_("a light at the door, or a clean lens"),
    Reason.TOO_FAR: N_("a word to them: come closer"),
    Reason.TOO_CLOSE: N_("a word to them: step back a little"),
    Reason.TURNED_AWAY: N_("a camera at the height of their face, or a word: look at it"),
    Reason.COVERED: N_("a word to them: show the whole face"),
    Reason.LIVENESS_UNSURE: N_("a light at the door"),
    Reason.AMBIGUOUS: PHOTOS,
    Reason.UNKNOWN: PHOTOS,
}
"""What helps against the refusals that somebody can do something about. Whoever is refused by the
rules is refused on purpose."""

_OF_WHEN: Mapping[str | None, str] = {
    None: N_("photos as they look at the door"),
    "night": N_("photos taken at night"),
    "morning": N_("photos taken in the morning"),
    "afternoon": N_("photos taken in the afternoon"),
    "evening": N_("photos taken in the evening"),
}
"""Photos for whoever is refused in a part of the day."""

_NOT_FOR_WANT_OF_PHOTOS = frozenset({Reason.LIVENESS_UNSURE})


class Seen(Protocol):
    """What of a :class:`facedoor.history.visits.Visit` matters here."""

    @property
    def door(self) -> str: ...
    @property
    def person(self) -> str | None: ...
    @property
    def began(self) -> str: ...
    @property
    def outcome(self) -> str: ...
    @property
    def reason(self) -> str: ...


@dataclass(frozen=True, slots=True)
class RefusedOften:
    """Somebody whom the door knows is refused again and again.

    ``refused`` of ``visits`` counts times, which are days, or, where nearly all refusals fall into
    one part of the day (``when``), those parts of days; ``days`` from the first to the last of
    them. ``reason`` is ``None`` where there is no main one, ``photos`` where it is not known how
    many templates the person has.
    """

    person: str
    door: str
    refused: int
    visits: int
    days: int
    reason: str | None
    is_nearly_always: bool
    when: str | None
    photos: int | None

    @property
    def command(self) -> str:
        """What helps, to be typed at the door."""
        return f"facedoor enroll {shlex.quote(self.person)} FILE"

    @property
    def sentence(self) -> str:
        said = _("refused {refused} of {times}").format(refused=self.refused, times=self._times)
        if self.photos is not None:
            photos = ngettext("{count} photo", "{count} photos", self.photos)
            said = f"{photos.format(count=self.photos)}, {said}"
        if self.reason is not None:
            how_often = _("nearly each time") if self.is_nearly_always else _("mostly")
            said += f", {how_often} {in_words(self.reason)}"
        return _("{person}: {said}: add {remedy}").format(
            person=self.person, said=said, remedy=self.remedy
        )

    @property
    def _times(self) -> str:
        """At how many of which the person came."""
        match self.when:
            case "night":
                times = ngettext("{count} night", "{count} nights", self.visits)
            case "morning":
                times = ngettext("{count} morning", "{count} mornings", self.visits)
            case "afternoon":
                times = ngettext("{count} afternoon", "{count} afternoons", self.visits)
            case "evening":
                times = ngettext("{count} evening", "{count} evenings", self.visits)
            case _:
                times = ngettext("{count} day", "{count} days", self.visits)
        return times.format(count=self.visits)

    @property
    def remedy(self) -> str:
        """What to add."""
        remedy = PHOTOS if self.reason is None else _REMEDIES[self.reason]
        helps = remedy == PHOTOS or (self.photos or 0) < FEW_PHOTOS
        if not helps or self.reason in _NOT_FOR_WANT_OF_PHOTOS:
            return _(remedy)
        photos = _(_OF_WHEN[self.when])
        if remedy == PHOTOS:
            return photos
        return _("{photos}, and {remedy}").format(photos=photos, remedy=_(remedy))

    def as_json(self) -> dict[str, Any]:
        """A *need*, as the dashboard shows it."""
        return {
            "kind": "refused_often",
            "person": self.person,
            "door": self.door,
            "refused": self.refused,
            "visits": self.visits,
            "days": self.days,
            "reason": self.reason,
            "when": self.when,
            "photos": self.photos,
            "command": self.command,
        }


def findings(
    visits: Iterable[Seen], zone: tzinfo | None, photos: Mapping[str, int] | None = None
) -> list[RefusedOften]:
    """Who is refused often at a door, by its ``visits`` of :data:`LOOK_BACK`; worst first.

    ``photos`` says how many templates everybody who is enrolled has, by name; nobody else is told
    of then.
    """
    known = None if photos is None else {name_key(name): name for name in photos}
    theirs: defaultdict[str, list[Seen]] = defaultdict(list)
    for visit in visits:
        if visit.person is not None and (known is None or name_key(visit.person) in known):
            theirs[name_key(visit.person)].append(visit)
    found = []
    for key, own in theirs.items():
        name = known[key] if known else str(own[-1].person)
        number = photos[name] if photos is not None else None
        if (often := _refused_often(name, own, zone, number)) is not None:
            found.append(often)
    return sorted(found, key=lambda often: (-often.refused, often.person))


def _refused_often(
    name: str, visits: list[Seen], zone: tzinfo | None, photos: int | None
) -> RefusedOften | None:
    moments = [(visit, local(visit.began, zone)) for visit in visits]
    timed = [
        (visit, began.date(), _part(began.hour)) for visit, began in moments if began is not None
    ]
    refusals = [(visit, day, part) for visit, day, part in timed if _can_be_helped(visit)]
    if not refusals:
        return None
    part, times = Counter(part for _, _, part in refusals).most_common(1)[0]
    when = part if times >= NEARLY_ALWAYS * len(refusals) else None
    if when is not None:
        timed = [at for at in timed if at[2] == when]
        refusals = [at for at in refusals if at[2] == when]
    refused, came = {day for _, day, _ in refusals}, {day for _, day, _ in timed}
    if len(refused) < LEAST_REFUSED or len(refused) < LEAST_SHARE * len(came):
        return None
    reason, number = Counter(visit.reason for visit, _, _ in refusals).most_common(1)[0]
    return RefusedOften(
        name,
        visits[-1].door,
        len(refused),
        len(came),
        _span_days(came),
        reason if number >= MOSTLY * len(refusals) else None,
        number >= NEARLY_ALWAYS * len(refusals),
        when,
        photos,
    )


def _can_be_helped(visit: Seen) -> bool:
    return visit.outcome == "refused" and visit.reason in _REMEDIES


def _part(hour: int) -> str:
    return next(part for part, hours in PARTS_OF_DAY.items() if hour in hours)


def _span_days(days: set[date]) -> int:
    return (max(days) - min(days)).days + 1

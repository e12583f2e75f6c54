"""How many looks of residents the door's risk costs them, and what would help: said in one place.

The more people are enrolled, the nearer a face has to be (:mod:`facedoor.identity.risk`), until
residents stay outside. The pack says what share of a resident's looks is refused at a threshold, by
how many photos they are enrolled with. A look is not a visit: the door opens when three of the last
five looks agree, and a visitor who stays has more of them.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import fmean, median

from facedoor.config.options import RecognitionConfig
from facedoor.errors import ConfigError
from facedoor.identity.risk import LARGEST, Risk
from facedoor.languages import _, ngettext
from facedoor.vision.calibration import JointCalibration
from facedoor.vision.pack import Manifest

TOO_MANY = 0.25
"""Beyond this share of looks it is said: with one look in four refused, three of five agree in nine
of ten cases, if each is by itself; looks of one visit resemble each other, so it is fewer."""

FAR_WORSE = 1.5
"""So many times the share of most others, and somebody is named."""

HELPS = 0.05
"""What takes less off the share than that is no remedy."""

LARGER = 10.0
"""How many times the risk is offered."""


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody enrolled by so many ``photos``, and what share of their looks is refused: now, and
    ``enough`` photos given."""

    name: str
    photos: int
    refused: float
    enough: int
    with_photos: float

    @property
    def sentence(self) -> str:
        photos = ngettext("{count} photo", "{count} photos", self.photos)
        return _("{name}: {photos}: {refused} of looks refused; {enough}: {with_photos}").format(
            name=self.name,
            photos=photos.format(count=self.photos),
            refused=percent(self.refused),
            enough=self.enough,
            with_photos=percent(self.with_photos),
        )


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the looks of ``enrolled`` people come to, on average over them.

    ``refused`` is the share that is too far, ``risk`` the chance of a stranger's visit for it. The
    others are what it would be with ``photos`` of everybody, at ``larger_risk`` (where a threshold
    is configured: without that), and with both; ``None`` for what does not help.
    """

    enrolled: int
    refused: float
    risk: float
    photos: int
    with_photos: float | None
    larger_risk: float | None
    with_setting: float | None
    with_both: float | None
    worse: tuple[Resident, ...] = field(default=())
    """Those who are refused far more often than most, and whom photos would help; worst first."""

    @property
    def is_bad(self) -> bool:
        """Whether residents are shut out more than they should be."""
        return self.refused > TOO_MANY

    @property
    def figures(self) -> dict[str, float]:
        """What the sentence says, for whoever says it in other words."""
        values = dataclasses.asdict(self)
        del values["worse"]
        return {name: value for name, value in values.items() if value is not None}

    def __str__(self) -> str:
        said = _(
            "with {enrolled} enrolled about {refused} of a resident's looks are refused at "
            "a risk of {risk}"
        ).format(enrolled=self.enrolled, refused=percent(self.refused), risk=rate(self.risk))
        is_of_use = self.is_bad and self.remedies
        if not is_of_use:
            return said
        return _("{said}: it would be {remedies}").format(said=said, remedies=self.remedies)

    @property
    def remedies(self) -> str:
        """What helps, and how much; empty where nothing does."""
        found = []
        if self.with_photos is not None:
            found.append(
                _("{with_photos} with {photos} photos of everybody").format(
                    with_photos=percent(self.with_photos), photos=self.photos
                )
            )
        if self.with_setting is not None and self.larger_risk is not None:
            found.append(
                _(
                    "{with_setting} at [recognition] false_match_rate = {larger_risk}, with "
                    "{times:.2g} times the risk of letting in a stranger"
                ).format(
                    with_setting=percent(self.with_setting),
                    larger_risk=rate(self.larger_risk),
                    times=self.larger_risk / self.risk,
                )
            )
        elif self.with_setting is not None:
            found.append(
                _("{with_setting} without [recognition] threshold").format(
                    with_setting=percent(self.with_setting)
                )
            )
        if self.with_both is not None:
            found.append(_("{with_both} with both").format(with_both=percent(self.with_both)))
        return ", ".join(found)


def resident(
    name: str,
    manifest: Manifest,
    settings: RecognitionConfig,
    photos: Mapping[str, int],
    stricter: Mapping[str, float] | None = None,
    joint: JointCalibration | None = None,
) -> Resident | None:
    """What photos would help one of those who are enrolled; the others are as for :func:`outlook`.

    ``None`` where the pack does not say it, or they would not help.
    """
    door = _Door(manifest, settings, photos, dict(stricter or {}), joint)
    enough = door.risk.most_photos
    now, then = door.shares().get(name), door.shares(enough).get(name)
    if now is None or then is None or then > now - HELPS:
        return None
    return Resident(name, photos[name], now, enough, then)


def outlook(
    manifest: Manifest,
    settings: RecognitionConfig,
    photos: Mapping[str, int],
    stricter: Mapping[str, float] | None = None,
    joint: JointCalibration | None = None,
) -> Outlook | None:
    """The outlook of those who are enrolled by so many ``photos``, by name.

    ``stricter`` has the thresholds of people who have their own, ``joint`` what distances are worth
    with a second embedder. ``None`` where nobody is enrolled, or the pack does not say what is
    refused. Raises :class:`ConfigError` as :meth:`Risk.limit`.
    """
    own = dict(stricter or {})
    door = _Door(manifest, settings, photos, own, joint)
    now = door.shares()
    if not now or door.limit.false_match_rate is None:
        return None
    mean, enough = fmean(now.values()), door.risk.most_photos
    is_overridden = settings.threshold is not None
    larger = None if is_overridden else min(settings.false_match_rate * LARGER, LARGEST)
    other = dataclasses.replace(
        settings, threshold=None, false_match_rate=larger or settings.false_match_rate
    )
    # Who has the door's own threshold by now would have its other one; and where one is configured
    # it is of another kind of distance.
    kept = {n: at for n, at in own.items() if at < door.limit.threshold and not is_overridden}
    more = door.shares(enough)
    of_photos, of_setting, of_both = fmean(more.values()), mean, mean
    with suppress(ConfigError):  # for so many no threshold at all may be known there
        there = _Door(manifest, other, photos, kept, joint)
        if shares := there.shares():  # the pack may say it of one kind of distance alone
            of_setting, of_both = fmean(shares.values()), fmean(there.shares(enough).values())
    by_photos, by_setting = of_photos <= mean - HELPS, of_setting <= mean - HELPS
    needs_both = by_photos and by_setting and min(of_photos, of_setting) > TOO_MANY
    far = max(TOO_MANY, FAR_WORSE * median(now.values()))
    worse = [
        Resident(name, photos[name], share, enough, more[name])
        for name, share in now.items()
        if share > far and more[name] <= share - HELPS
    ]
    return Outlook(
        enrolled=len(photos),
        refused=mean,
        risk=door.limit.false_match_rate,
        photos=enough,
        with_photos=of_photos if by_photos else None,
        larger_risk=larger if by_setting else None,
        with_setting=of_setting if by_setting else None,
        with_both=of_both if needs_both else None,
        worse=tuple(sorted(worse, key=lambda resident: (-resident.refused, resident.name))),
    )


class _Door:
    """What one setting makes of everybody's looks."""

    def __init__(
        self,
        manifest: Manifest,
        settings: RecognitionConfig,
        photos: Mapping[str, int],
        stricter: Mapping[str, float],
        joint: JointCalibration | None,
    ) -> None:
        self.risk = Risk(manifest, settings, joint)
        self.limit = self.risk.limit(len(photos))
        self._photos = photos
        self._stricter = stricter

    def shares(self, at_least: int = 1) -> dict[str, float]:
        """The share refused of everybody's looks, if everybody had so many photos at least; nothing
        where the pack does not say."""
        # Of thousands most are alike in this.
        refused_at = functools.cache(self.risk.refused_at)
        found = {
            name: refused_at(
                min(self.limit.threshold, self._stricter.get(name, math.inf)),
                max(photos, at_least),
            )
            for name, photos in self._photos.items()
        }
        return {name: share for name, share in found.items() if share is not None}


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def rate(value: float) -> str:
    """A false match rate, as it may be written in the configuration."""
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{float(mantissa):g}e{int(exponent)}"

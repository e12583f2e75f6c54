"""Liveness beside identity: a visitor who is recognised comes in only if they are alive as well.

Neither outvotes the other. What the liveness of a visit came to stands in
:mod:`facedoor.identity.liveness`; here is what the door makes of it, in each of its modes, and in
one sentence what that is worth.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, replace

from facedoor.config.asking import ASKING_MODES, may_ask, why_mute
from facedoor.config.options import Config, LivenessConfig
from facedoor.identity.evidence import TrackVerdict
from facedoor.identity.liveness import LivenessEvidence, LivenessPolicy, LivenessVerdict
from facedoor.languages import N_, _
from facedoor.reasons import Reason
from facedoor.vision.pack import BUILD_HINT, Manifest
from facedoor.visit.visit import Visit

_A_PHOTO_OPENS = N_(
    "a photo of an enrolled person opens it, so let it guard nothing that a photo must not open"
)


class Step(enum.Enum):
    """What comes next for a visitor who is recognised."""

    OPEN = enum.auto()
    WAIT = enum.auto()
    """A few more looks may settle it."""
    ASK = enum.auto()
    """They have to show that they are alive, or are refused."""
    REFUSE = enum.auto()
    """For good: they are not."""


@dataclass(frozen=True, slots=True)
class LivenessRule:
    """What a door asks, in its mode, of the liveness of those whom it recognises.

    ``policy`` is ``None`` for a pack without liveness networks: such a door is never sure.
    """

    mode: str
    policy: LivenessPolicy | None = None

    @classmethod
    def of(cls, config: LivenessConfig, manifest: Manifest) -> LivenessRule:
        liveness = manifest.liveness
        return cls(config.mode, None if liveness is None else LivenessPolicy.of(liveness))

    @property
    def is_on(self) -> bool:
        """Whether anybody has to be alive."""
        return self.mode != "off"

    @property
    def may_ask(self) -> bool:
        """Whether whoever is not surely alive is asked to show it, if the door can ask."""
        return self.mode in ASKING_MODES

    def prompts(self, evidence: LivenessEvidence) -> int:
        """How often somebody has to turn the head: twice, if the looks say little or nothing for
        their being alive."""
        score = evidence.score
        if self.policy is None or score is None:
            return 2
        return 1 if score >= self.policy.middle else 2

    def step(self, evidence: LivenessEvidence, has_moved: bool = True) -> Step:
        """What comes next by what the looks so far say.

        ``has_moved``: whether the face has, since it came into view; what hangs on a wall has not,
        and whoever stands there already will within a second or two.
        """
        if not self.is_on:
            return Step.OPEN
        verdict = evidence.verdict
        if verdict is LivenessVerdict.NOT_LIVE:
            return Step.REFUSE
        if verdict is LivenessVerdict.LIVE and has_moved:
            return Step.ASK if self.mode == "challenge_always" else Step.OPEN
        return Step.ASK if evidence.is_settled else Step.WAIT


NO_RULE = LivenessRule("off")
"""Of a door that lets in whoever is recognised, alive or not."""


def admitted(
    verdict: TrackVerdict | None,
    visit: Visit,
    rule: LivenessRule,
    ask: Callable[[TrackVerdict], bool],
) -> TrackVerdict | None:
    """What a ``verdict`` of identity about a ``visit`` comes to with liveness beside it; ``None``:
    nothing yet. ``ask`` says whether the visitor is asked to show that they are alive."""
    if verdict is None or verdict.reason is not Reason.RECOGNISED:
        if verdict is None or visit.attempt.held is None:
            return verdict
        visit.attempt.hold(visit.attempt.held)  # they looked away while they wait for their prompt
        return None
    if visit.kin is not None and visit.kin.is_denied:
        return refused(verdict, Reason.NOT_LIVE)  # and what breaks off from it is neither
    step = rule.step(visit.liveness, visit.movement.has_moved)
    if step is Step.OPEN or (step is Step.ASK and visit.has_turned(verdict.person)):
        return verdict
    if step is Step.REFUSE:
        return refused(verdict, Reason.NOT_LIVE)
    if step is Step.WAIT or (rule.may_ask and ask(verdict)):
        visit.attempt.hold(verdict)
        return None
    return refused(verdict, Reason.LIVENESS_UNSURE)


def refused(verdict: TrackVerdict, reason: Reason) -> TrackVerdict:
    """A ``verdict`` that recognises somebody, refused for want of life."""
    return replace(verdict, reason=reason)


def liveness_sentence(settings: Config, manifest: Manifest) -> str:
    """What stands between a photo and this door, and what it was tested against."""
    mode = settings.liveness.mode
    if mode == "off":
        return _(
            'this door does not check liveness ([liveness] mode is "off"): {a_photo_opens}'
        ).format(a_photo_opens=_(_A_PHOTO_OPENS))
    is_asking = may_ask(settings) and why_mute(settings) is None
    fate = _("has to turn the head") if is_asking else _("is refused")
    if manifest.liveness is None:
        return _("the pack has no liveness network, so everybody {fate}: {build_hint}").format(
            fate=fate, build_hint=_(BUILD_HINT)
        )
    who = _("everybody") if mode == "challenge_always" else _("whoever is not surely alive")
    return _(
        "a face has to be alive, and {who} {fate}; its thresholds: {threshold_source}; "
        "prints and masks were not tested, and none of this makes a photo harmless"
    ).format(who=who, fate=fate, threshold_source=manifest.liveness.threshold_source)

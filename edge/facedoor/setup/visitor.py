"""Somebody who walks up to the door while setup looks: how far they have come, and what the door
would do.

The door's own frame path judges. What its rules make of a decision, and what lights at the door,
comes from outside.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from facedoor.frames import Frame, Match, Reading
from facedoor.hardware.night_lamp import NightLamp
from facedoor.hardware.signaller import Signaller
from facedoor.languages import _
from facedoor.reasons import Reason
from facedoor.visit.recogniser import Recogniser
from facedoor.visit.report import FaceView
from facedoor.wire.decisions import Decision

OpensAtPx = Callable[[int], float]
"""How wide a face has to be in frames of a width."""

Judge = Callable[[Decision], Decision]
"""What a decision of the frame path comes to by the door's rules."""


class WalkUp:
    """How far whoever walks up has come. Belongs to one thread."""

    def __init__(
        self,
        recogniser: Recogniser,
        judge: Judge,
        signaller: Signaller,
        lamp: NightLamp,
        opens_at_px: OpensAtPx,
    ) -> None:
        self._path = recogniser.frame_path()
        self._standard = recogniser.standard()
        self._rule = recogniser.liveness
        self._judge = judge
        self._signaller = signaller
        self._lamp = lamp
        self._opens_at_px = opens_at_px
        self._needed_px = 0.0
        self._width_px = 0.0
        self._match: Match | None = None
        self._liveness: float | None = None
        self._asked = ""
        self.decision: Decision | None = None
        """The last one, as the rules leave it."""
        self.reading = Reading(None, Reason.NO_FACE)
        """How the nearest face is seen now."""
        self.hint = Reason.NO_FACE.guidance
        """What the person before the camera should do now."""

    @property
    def is_granted(self) -> bool:
        return self.decision is not None and self.decision.granted

    def see(self, frame: Frame) -> None:
        """Judge one frame. Frames have to come in the order of their time."""
        report = self._path.process(frame)
        self._lamp.watching(frame, report)
        self._needed_px = self._opens_at_px(frame.main.shape[1])
        for prompt in report.prompts:
            self._asked = prompt.side.request if prompt.side else ""
            self._signaller.prompted(prompt)
        for decision in report.decisions:
            self._decide(decision)
        nearest = max(report.faces, key=lambda view: view.face.box.width_px, default=None)
        self.reading = Reading(None, Reason.NO_FACE)
        if nearest is not None:
            self.reading = Reading(None, nearest.refusal, nearest.face)
            self._note(nearest)
        self.hint = self._asked or (nearest.words if nearest else Reason.NO_FACE.guidance)

    def finish(self) -> None:
        """The source has ended, or the time is over: whoever was still looked at is answered."""
        for decision in self._path.finish():
            self._decide(decision)

    def _decide(self, decision: Decision) -> None:
        judged = self._judge(decision)
        self._path.answered(judged)
        self._signaller.happened(judged)
        if not self.is_granted:
            self.decision = judged

    def _note(self, view: FaceView) -> None:
        """Keep the best of what was seen."""
        self._width_px = max(self._width_px, view.face.box.width_px)
        if view.match is not None and self._over(view.match) <= self._over(self._match):
            self._match = view.match
        if view.liveness is not None:
            self._liveness = view.liveness

    def _over(self, match: Match | None) -> float:
        """By how much a look misses the person whom it comes nearest to; negative: it does not."""
        if match is None:
            return math.inf
        return match.distance - self._standard.threshold_of(match.person)

    def lines(self) -> Iterator[str]:
        """How far it has come, each step with its box."""
        yield _box(self._width_px > 0, _("found"))
        near = _("near enough: {width_px:.0f} px wide, and the door opens from {needed_px:.0f} px")
        yield _box(
            self._width_px >= self._needed_px > 0,
            near.format(width_px=self._width_px, needed_px=self._needed_px),
        )
        yield _box(*self._who())
        yield _box(*self._alive())

    def _who(self) -> tuple[bool, str]:
        match = self._match
        if match is None or match.person is None:
            return False, _("recognised")
        said = _("recognised: {person}, at a distance of {distance:.2f}, {limit:.2f} at most")
        limit = self._standard.threshold_of(match.person)
        return self._over(match) <= 0, said.format(
            person=match.person, distance=match.distance, limit=limit
        )

    def _alive(self) -> tuple[bool, str]:
        policy = self._rule.policy
        if not self._rule.is_on:
            return self.is_granted, _("alive: not asked, [liveness] mode is off")
        if self._liveness is None or policy is None:
            return self.is_granted, _("alive")
        said = _("alive: {score:.2f}, and {from_score:.2f} is enough without a turn of the head")
        is_sure = self._liveness >= policy.open_from
        return self.is_granted or is_sure, said.format(
            score=self._liveness, from_score=policy.open_from
        )

    def verdict(self) -> str:
        """What the door would do, in a sentence."""
        decision = self.decision
        if decision is None:
            return _("The door would not open: nobody came near enough. {hint}").format(
                hint=self.hint
            )
        if decision.granted:
            return _("The door would open for {person}.").format(person=decision.person)
        if decision.person is None:
            return _("The door would not open: {guidance}.").format(
                guidance=decision.reason.guidance
            )
        return _("The door would not open for {person}: {guidance}.").format(
            person=decision.person, guidance=decision.reason.guidance
        )


def _box(is_done: bool, said: str) -> str:
    return f"[{'x' if is_done else ' '}] {said}"

"""The last step: somebody walks up to the door, and sees what it makes of them.

The door's own frame path judges, and its rules have the last word. Nothing of it is written down,
and no lock moves, unless the person at the terminal asks for that: then as the relay is tested.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace

from facedoor.access.access import AccessRules
from facedoor.camera import Camera
from facedoor.camera.source import open_camera
from facedoor.door.mode_switch import ModeSwitch
from facedoor.errors import CameraError, UsageError
from facedoor.frames import Frame, Match, Reading
from facedoor.hardware.night_lamp import NightLamp, open_night_lamp
from facedoor.hardware.signaller import Signaller, open_signaller
from facedoor.languages import N_, _
from facedoor.problems import Board
from facedoor.reasons import Reason
from facedoor.setup.preview import READ_EVERY_S, second_screen
from facedoor.setup.relay import PULSE_S, may_be_pulsed, pulse
from facedoor.setup.talk import Bench, SetupStep, Talk, confirmed
from facedoor.storage.clock_record import clock_of
from facedoor.storage.key_file import open_state
from facedoor.visit.recogniser import Recogniser
from facedoor.visit.report import FaceView
from facedoor.wire.decisions import Decision
from facedoor.wire.mode import Mode

WITHIN_S = 60.0
"""Time to go to the door, and to be let in."""

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


def _reached(_bench: Bench) -> str:
    """Nothing is kept of it, so it is always offered."""
    return ""


def _do(bench: Bench) -> None:
    talk = bench.talk
    with Recogniser(bench.settings) as recogniser:
        if not recogniser.standard().index.names:
            raise UsageError(_("nobody is enrolled yet: go a step back, or skip it"))
        talk.say(
            _(
                "Walk up to the door as you come home: after Enter there are {seconds:.0f} s. "
                "Nothing of it is written down."
            ).format(seconds=WITHIN_S)
        )
        opens = _may_open(bench)
        talk.ask(_("Enter, then walk up"))
        while True:
            walked = _walked(bench, recogniser)
            for line in walked.lines():
                talk.say(line)
            talk.say(walked.verdict())
            if walked.is_granted and opens:
                pulse(bench)
            if not confirmed(talk, _("Once more"), default=not walked.is_granted):
                return


def _may_open(bench: Bench) -> bool:
    door = bench.settings.door
    if door.relay == "simulated":
        bench.talk.say(_("The relay is simulated: no lock moves."))
    if not may_be_pulsed(door):
        return False
    asked = _("Is THE DOOR TO OPEN, too, for {seconds:g} s, for whoever is let in")
    return confirmed(bench.talk, asked.format(seconds=PULSE_S), default=False)


def _walked(bench: Bench, recogniser: Recogniser) -> WalkUp:
    """Look until somebody is let in, Enter is pressed, or the time is over."""
    talk, settings = bench.talk, bench.settings
    board, door, opens_at_px = Board(), settings.door, settings.recognition.opens_at_px
    with (
        closing(open_signaller(door, board)) as signaller,
        closing(open_night_lamp(door, board)) as lamp,
        _judging(bench) as judge,
    ):
        signaller.start()
        if door.lamp_pin is not None:
            lamp.start()
        walked = WalkUp(recogniser, judge, signaller, lamp, opens_at_px)
        camera = open_camera(settings.camera.source, settings.camera)
        with camera, _screen(talk, walked) as show:
            _watch(talk, camera, walked, show)
        walked.finish()
    return walked


def _watch(talk: Talk, camera: Camera, walked: WalkUp, show: Callable[[Frame], None]) -> None:
    first_s: float | None = None
    # Without a terminal what comes is the answer to the next question.
    while not (talk.is_terminal and talk.has_pressed_enter()):
        frame = camera.read()
        if frame is None:
            break
        first_s = frame.time_s if first_s is None else first_s
        walked.see(frame)
        show(frame)
        if walked.is_granted or frame.time_s - first_s > WITHIN_S:
            return
    if first_s is None:
        raise CameraError(_("it has no picture: choose another source"))


@contextmanager
def _screen(talk: Talk, walked: WalkUp) -> Iterator[Callable[[Frame], None]]:
    """A function that shows how far ``walked`` has come: as a picture in a terminal, else by what
    changes of what the person should do."""
    told = ""
    next_s = -math.inf

    def tell(_frame: Frame) -> None:
        nonlocal told
        if walked.hint != told:
            told = walked.hint
            talk.say(told)

    if not talk.is_terminal:
        yield tell
        return
    with second_screen(talk) as draw:

        def show(frame: Frame) -> None:
            nonlocal next_s
            if frame.time_s < next_s and not walked.is_granted:
                return
            next_s = frame.time_s + READ_EVERY_S
            texts: Sequence[str] = [*walked.lines(), walked.hint, _("Enter: end")]
            draw(frame.main, walked.reading, texts)

        yield show


@contextmanager
def _judging(bench: Bench) -> Iterator[Judge]:
    """What the door's rules and its mode make of a decision."""
    with open_state(bench.settings) as (db, vault):
        switch = ModeSwitch()
        switch.restore(db)
        rules = AccessRules(db, vault, Board(), clock_of(db, vault))
        rules.reload()

        def judge(decision: Decision) -> Decision:
            judged, _duress = rules.judge(decision)
            if judged.granted and switch.mode is not Mode.NORMAL:
                locked = switch.mode is Mode.LOCKDOWN
                reason = Reason.LOCKDOWN if locked else Reason.NOT_ALLOWED_NOW
                return replace(judged, granted=False, reason=reason)
            return judged

        yield judge


WALK_UP = SetupStep(N_("a walk up to the door"), _reached, _do)

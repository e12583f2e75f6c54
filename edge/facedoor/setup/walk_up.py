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
from facedoor.frames import Frame
from facedoor.hardware.night_lamp import open_night_lamp
from facedoor.hardware.signaller import open_signaller
from facedoor.languages import N_, _
from facedoor.problems import Board
from facedoor.reasons import Reason
from facedoor.setup.people import PERSON
from facedoor.setup.preview import READ_EVERY_S, second_screen
from facedoor.setup.relay import PULSE_S, may_be_pulsed, pulse
from facedoor.setup.talk import Bench, SetupStep, Talk, confirmed
from facedoor.setup.visitor import Judge, WalkUp
from facedoor.storage.clock_record import clock_of
from facedoor.storage.key_file import open_state
from facedoor.visit.recogniser import Recogniser
from facedoor.wire.decisions import Decision
from facedoor.wire.mode import Mode

WITHIN_S = 60.0
"""Time to go to the door, and to be let in."""


def _reached(bench: Bench) -> str:
    """Nothing is kept of it, so it is offered whenever there is somebody who could come in."""
    return "" if PERSON.reached(bench) else _("none, since nobody is enrolled yet")


def _do(bench: Bench) -> None:
    talk = bench.talk
    with Recogniser(bench.settings) as recogniser:
        if not recogniser.standard().index.names:
            raise UsageError(_("nobody is enrolled yet: go a step back, or skip it"))
        talk.say(
            _(
                "Walk up to the door as you come home: after Enter there are {seconds:.0f} s. "
                "Who comes is not written down."
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

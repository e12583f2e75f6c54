"""The step about the relay's pin, with a test: only that can tell how the board is wired."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator

from facedoor.config.options import DoorConfig
from facedoor.errors import UsageError
from facedoor.hardware.relay import open_relay
from facedoor.languages import N_, _
from facedoor.service.service import signals_handled
from facedoor.setup.talk import Bench, SetupStep, chosen, confirmed
from facedoor.storage.journal import Journal
from facedoor.storage.key_file import open_state
from facedoor.times import utc_now
from facedoor.wire.events import RelayTested

PULSE_S = 1.0
"""Long enough to hear the relay and to pull at the door."""

_LAST_PIN = 27
NONE = "none"

_OPENED, _REVERSE, _NOTHING = "o", "r", "n"
_RIGHT = {"strike": _OPENED, "magnet_nc": _OPENED, "magnet_no": _REVERSE}
"""What each lock does when its relay is on. A motor bolt is not tested: it would stay drawn back,
since another relay drives it out."""

_POSTPONED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGTSTP)
"""Signals of the keyboard and of a lost ssh connection, delivered only once the relay is off."""


def _reached(bench: Bench) -> str:
    if not bench.configuration.says("door", "active_high"):
        return ""
    door = bench.settings.door
    if door.relay == "simulated":
        return _("simulated: no lock moves")
    said = _("GPIO{pin}, active_high = {value}")
    return said.format(pin=door.pin, value=str(door.active_high).lower())


def _do(bench: Bench) -> None:
    _ask_pin(bench)
    while _wants_test(bench):
        pulse(bench)
        answer = chosen(
            bench.talk,
            _("what did the lock do"),
            (
                (_OPENED, _("it opened for a moment, and is locked again")),
                (_REVERSE, _("the reverse: it was locked for a moment, and is open again")),
                (_NOTHING, _("nothing")),
            ),
            _OPENED,
        )
        if answer == _RIGHT[bench.settings.door.lock]:
            break
        if answer != _NOTHING:
            bench.configuration.set("door", active_high=not bench.settings.door.active_high)
            bench.talk.say(_("active_high is the other way round now: test it again."))
        else:
            bench.talk.say(
                _(
                    "Check that the board has its 5 V and GND, that the pin is the BCM number and "
                    "not the position on the header, and that the lock has current."
                )
            )
            _ask_pin(bench)
    # Written even if it is the default: the key in the file shows that somebody has looked.
    bench.configuration.set("door", active_high=bench.settings.door.active_high)


def _ask_pin(bench: Bench) -> None:
    door = bench.settings.door
    known = str(door.pin) if door.relay == "gpio" else NONE
    asked = _("BCM number of the relay's pin, or {none} to simulate it").format(none=NONE)
    answer = bench.talk.ask(asked, known)
    if answer == NONE:
        bench.configuration.set("door", relay="simulated")
    else:
        bench.configuration.set("door", relay="gpio", pin=bcm_number(answer))


def bcm_number(answer: str) -> int:
    """The pin that somebody has typed. Raises :class:`UsageError`."""
    if answer.isdecimal() and int(answer) <= _LAST_PIN:
        return int(answer)
    raise UsageError(
        _("{answer!r} is no pin: the BCM number is 0 to {last}").format(
            answer=answer, last=_LAST_PIN
        )
    )


def may_be_pulsed(door: DoorConfig) -> bool:
    """Whether there is a relay that, switched on for a moment, opens the door for a moment."""
    return door.relay != "simulated" and door.lock in _RIGHT


def _wants_test(bench: Bench) -> bool:
    door = bench.settings.door
    if door.relay == "simulated":
        bench.talk.say(_("There is nothing to test: wherever the door would open, no lock moves."))
        return False
    if door.lock not in _RIGHT:
        bench.talk.say(_("A motor bolt is not tested here: start the door and let it open once."))
        return False
    bench.talk.say(
        _(
            "The test switches the relay on GPIO{pin} on for {seconds:g} s, once: THE DOOR OPENS "
            "for that time."
        ).format(pin=door.pin, seconds=PULSE_S)
    )
    return confirmed(bench.talk, _("Is somebody at the door, and may it open now"), default=False)


def pulse(bench: Bench) -> None:
    """Switch the relay on once. It is in the journal first, as everything that opens the door."""
    settings = bench.settings
    with open_state(settings) as (db, vault):
        Journal(db, vault).append(RelayTested(utc_now(), "setup"))
    with _signals_postponed():
        relay = open_relay(settings.door)
        try:
            relay.on()
            bench.sleep(PULSE_S)
        finally:
            relay.close()
    bench.talk.say(_("The relay was on, and is off again."))


@contextlib.contextmanager
def _signals_postponed() -> Iterator[None]:
    """Deliver the signals that end or stop a process after the block.

    Noted rather than blocked: a block holds for one thread, and a camera has threads of its own.
    """
    came: list[int] = []
    try:
        with signals_handled(_POSTPONED, lambda number, _: came.append(number)):
            yield
    finally:
        for number in came:
            os.kill(os.getpid(), number)


RELAY = SetupStep(N_("the relay, which opens the door"), _reached, _do)

"""Switches: what an edge and a level mean, and that none is lost, however late it is looked for."""

from __future__ import annotations

import itertools

import pytest
from gpiozero.pins.mock import MockFactory
from hypothesis import given
from hypothesis import strategies as st

from doorway import Clock, ThrownSwitch
from facedoor.config.options import DoorConfig
from facedoor.door.settling import SETTLE_S
from facedoor.door.states import DoorInput
from facedoor.errors import RelayError
from facedoor.hardware.sensors import CHANGE_EACH_S, CHANGES_AT_ONCE, Sense, Switches, open_switches
from facedoor.problems import Board


def taken(switches: Switches) -> list[DoorInput]:
    return [sensed.given for sensed in switches.take()]


def one(sense: Sense, on: bool = False) -> tuple[ThrownSwitch, Switches]:
    switch = ThrownSwitch(on)
    switches = Switches({sense: switch}, Clock())
    switches.hear(lambda: None)
    return switch, switches


def test_first_look_tells_how_the_switches_stand_and_the_next_only_what_changed() -> None:
    switch, switches = one(Sense.CONTACT, on=True)
    assert taken(switches) == [DoorInput.CLOSED]
    assert taken(switches) == []
    switch.throw(False)
    assert taken(switches) == [DoorInput.OPENED]


def test_short_opening_between_two_looks_is_told() -> None:
    switch, switches = one(Sense.CONTACT, on=True)
    switches.take()
    switch.throw(False)
    switch.throw(True)
    assert taken(switches) == [DoorInput.OPENED, DoorInput.CLOSED]


@given(st.lists(st.booleans(), min_size=1, max_size=30))
def test_however_often_a_contact_moves_its_opening_and_its_end_are_told(levels: list[bool]) -> None:
    switch, switches = one(Sense.CONTACT, on=True)
    switches.take()
    for level in levels:
        switch.throw(level)
    told = taken(switches)
    assert len(told) <= 2
    assert (DoorInput.OPENED in told) == (False in levels)
    assert not told or told[-1] is (DoorInput.CLOSED if levels[-1] else DoorInput.OPENED)
    assert all(a is not b for a, b in itertools.pairwise(told))


@pytest.mark.parametrize("sense", [Sense.TAMPER, Sense.BOLT])
def test_loose_wire_does_not_fill_the_journal_and_its_last_word_is_told(sense: Sense) -> None:
    assert len(flapping(sense, every_s=0.05)) <= 2 * (CHANGES_AT_ONCE + 600 / CHANGE_EACH_S)


def test_contact_that_moves_now_and_then_does_not_fill_the_journal() -> None:
    told = flapping(Sense.CONTACT, every_s=SETTLE_S + 0.1)
    assert len(told) <= 2 * (CHANGES_AT_ONCE + 600 / CHANGE_EACH_S)


def flapping(sense: Sense, every_s: float) -> list[DoorInput]:
    """What is told of a switch that moves so often, for ten minutes."""
    switch, clock = ThrownSwitch(on=True), Clock()
    switches = Switches({sense: switch}, clock)
    switches.hear(lambda: None)
    switches.take()
    told: list[DoorInput] = []
    for number in range(int(600 / every_s)):
        switch.throw(number % 2 == 1)
        clock.now_s += every_s
        told += taken(switches)
    switch.throw(False)
    clock.now_s += CHANGE_EACH_S
    assert [*told, *taken(switches)][-1] is sense.meaning(False)
    return told


def test_exit_button_is_heard_however_often_it_is_pressed() -> None:
    switch, switches = one(Sense.EXIT)
    for _ in range(10 * CHANGES_AT_ONCE):
        switch.throw(True)
        switch.throw(False)
        assert taken(switches) == [DoorInput.EXIT]


def test_edge_that_nobody_heard_is_made_up_for_by_the_level() -> None:
    switch = ThrownSwitch(on=True)
    switches = Switches({Sense.CONTACT: switch}, Clock())
    switches.take()
    switch.throw(False)  # nobody hears it
    assert taken(switches) == [DoorInput.OPENED]


def test_button_that_hangs_when_the_service_starts_asks_for_nothing() -> None:
    switch, switches = one(Sense.EXIT, on=True)
    assert taken(switches) == []
    switch.throw(False)
    switch.throw(True)
    assert taken(switches) == [DoorInput.EXIT]


def test_press_before_the_first_look_is_heard() -> None:
    switch, switches = one(Sense.EXIT)
    switch.throw(True)
    assert taken(switches) == [DoorInput.EXIT]
    assert taken(switches) == []


def test_press_is_told_with_its_time_however_short_it_is() -> None:
    switch, clock = ThrownSwitch(), Clock()
    switches = Switches({Sense.EXIT: switch}, clock)
    switches.hear(lambda: None)
    switches.take()
    switch.throw(True)
    switch.throw(False)
    clock.now_s += 7
    (press,) = switches.take()
    assert (press.given, press.time_s) == (DoorInput.EXIT, 100.0)


def test_unreadable_contact_is_told_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    switch, switches = one(Sense.CONTACT, on=True)
    switches.take()
    switch.error = OSError("the chip is gone")
    assert taken(switches) == [DoorInput.CONTACT_LOST]
    assert taken(switches) == []
    assert len(caplog.records) == 1
    switch.error = None
    assert taken(switches) == [DoorInput.CLOSED]


def test_bolt_is_told_before_the_contact() -> None:
    contact, bolt = ThrownSwitch(), ThrownSwitch()
    switches = Switches({Sense.CONTACT: contact, Sense.BOLT: bolt}, Clock())
    assert taken(switches) == [DoorInput.BOLT_IN, DoorInput.OPENED]


@pytest.mark.parametrize("closed", ["low", "high"])
def test_level_of_a_pin_means_what_is_configured(pins: MockFactory, closed: str) -> None:
    switches = open_switches(DoorConfig(contact_pin=5, contact_closed=closed), Board())
    woken: list[bool] = []
    switches.hear(lambda: woken.append(True))
    pin = pins.pin(5)
    assert pin.pull == "up"
    switches.take()
    pin.drive_low()
    pin.drive_high()
    pin.drive_low()
    assert woken
    expected = DoorInput.CLOSED if closed == "low" else DoorInput.OPENED
    assert taken(switches)[-1] is expected
    switches.close()


def test_pin_that_is_in_use_is_named_with_its_option(pins: MockFactory) -> None:
    first = open_switches(DoorConfig(bell_pin=6), Board())
    with pytest.raises(RelayError, match=r"GPIO6, which is \[door\] bolt_pin"):
        open_switches(DoorConfig(contact_pin=5, bolt_pin=6), Board())
    open_switches(DoorConfig(contact_pin=5), Board()).close()
    first.close()


def test_simulated_door_is_closed_and_its_bolt_is_out() -> None:
    config = DoorConfig(
        relay="simulated", contact_pin=5, bolt_pin=6, exit_pin=7, tamper_pin=8, bell_pin=9
    )
    said = taken(open_switches(config, Board()))
    assert said == [DoorInput.BOLT_OUT, DoorInput.CLOSED, DoorInput.TAMPER_OVER]

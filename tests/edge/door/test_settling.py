"""A contact that chatters is one event, and a door that is forced is told all the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from gpiozero.pins.mock import MockFactory
from hypothesis import given
from hypothesis import strategies as st

from doorway import PULSE_S, AnyTime, Clock, grant
from facedoor.door.control import DoorControl
from facedoor.door.fitted import Fitted
from facedoor.door.locking import GRACE_S
from facedoor.door.settling import RESTLESS_S, SETTLE_S, Settled, Settling
from facedoor.door.states import DoorInput, Profile
from facedoor.hardware.gpio import GpioSwitch
from facedoor.hardware.lock import RelayLock
from facedoor.hardware.relay import SimulatedRelay
from facedoor.hardware.sensors import CHANGES_AT_ONCE, Sense, Switches
from facedoor.problems import Board
from facedoor.storage.journal import Journal
from facedoor.wire.events import DoorHappened, Event
from vaults import VAULT, open_store

CHATTER_S = 0.03


class Watched:
    """A door whose contact and tamper switch are pins of gpiozero's; it is closed and quiet."""

    def __init__(self, database: Path, pins: MockFactory) -> None:
        self.clock = Clock()
        self.events: list[Event] = []
        self.contact, self.tamper = pins.pin(5), pins.pin(6)
        senses = {
            Sense.CONTACT: GpioSwitch(5, "contact_pin", on_when_low=True),
            Sense.TAMPER: GpioSwitch(6, "tamper_pin", on_when_low=False),
        }
        for pin in (self.contact, self.tamper):
            pin.drive_low()  # both circuits are closed
        self.switches = Switches(senses, self.clock)
        profile = Profile(pulse_s=PULSE_S, has_contact=True)
        self.control = DoorControl(
            Fitted(RelayLock(SimulatedRelay(self.clock)), self.switches, profile),
            AnyTime(),
            lambda: Journal(open_store(database), VAULT),
            Board(),
            self.events.append,
            clock=self.clock,
        )
        self.switches.hear(self.control.tick)
        self.control.tick()

    def opens(self) -> None:
        self.contact.drive_high()

    def closes(self) -> None:
        self.contact.drive_low()

    def chatters(self, lasts_s: float, then_open: bool) -> None:
        """Opens and closes all the time, and begins by opening."""
        until_s = self.clock.now_s + lasts_s
        while self.clock.now_s < until_s:
            self.opens()
            self.passes(CHATTER_S)
            self.closes()
            self.passes(CHATTER_S)
        if then_open:
            self.opens()

    def passes(self, seconds: float) -> None:
        """The doorkeeper looks when it has to, and not more often."""
        until_s = self.clock.now_s + seconds
        while (patience_s := self.control.patience_s or 0.0) <= until_s - self.clock.now_s:
            self.clock.now_s += patience_s
            self.control.tick()
        self.clock.now_s = until_s

    def told(self) -> list[str]:
        said = [event.as_json() for event in self.events if isinstance(event, DoorHappened)]
        return [" ".join(map(str, list(one.values())[1:])) for one in said]


@pytest.fixture
def door(tmp_path: Path, pins: MockFactory) -> Iterator[Watched]:
    watched = Watched(tmp_path / "facedoor.db", pins)
    yield watched
    watched.switches.close()


def test_chatter_that_ends_closed_is_no_event(door: Watched) -> None:
    door.chatters(0.3, then_open=False)
    door.passes(5.0)
    assert door.told() == []


def test_chatter_that_ends_open_is_one_event(door: Watched) -> None:
    door.chatters(0.3, then_open=True)
    door.passes(5.0)
    assert door.told() == ["forced"]


def test_forced_opening_is_told_as_soon_as_it_has_settled(door: Watched) -> None:
    door.opens()
    door.passes(SETTLE_S - 0.01)
    assert door.told() == []
    door.passes(0.02)
    assert door.told() == ["forced"]
    assert door.control.patience_s is not None


def test_forced_opening_is_told_however_the_contact_is_shaken(door: Watched) -> None:
    door.chatters(RESTLESS_S + 0.1, then_open=False)
    assert door.told() == ["forced"]
    door.chatters(60.0, then_open=False)
    assert door.told() == ["forced"]
    door.passes(SETTLE_S)
    assert door.told() == ["forced", "closed"]
    for _ in range(2 * CHANGES_AT_ONCE):  # which no limit of a loose wire makes it miss
        door.chatters(0.2, then_open=False)
    door.opens()
    door.passes(SETTLE_S)
    assert door.told() == ["forced", "closed", "forced"]


def test_opening_that_is_shorter_than_anybody_needs_is_not_told(door: Watched) -> None:
    door.opens()
    door.passes(SETTLE_S - 0.1)
    door.closes()
    door.passes(5.0)
    assert door.told() == []


@pytest.mark.parametrize("then_open", [True, False])
def test_opening_after_a_release_is_never_forced_because_of_chatter(
    door: Watched, then_open: bool
) -> None:
    door.control.handle(grant(1))
    door.passes(PULSE_S + GRACE_S - 0.01)
    door.chatters(1.5, then_open)
    door.passes(5.0)
    assert door.told() == (["opened"] if then_open else [])


def test_door_that_was_forced_before_a_release_is_told_and_then_forgiven(door: Watched) -> None:
    door.opens()
    door.passes(SETTLE_S / 2)
    door.control.handle(grant(1))
    door.passes(PULSE_S + GRACE_S)
    assert door.told() == ["forced"]
    assert door.control.status.name == "open"


def test_chatter_while_the_door_is_released_does_not_lock_it(door: Watched) -> None:
    door.control.handle(grant(1))
    door.chatters(0.3, then_open=True)
    door.passes(1.0)
    assert not door.control.status.is_locked
    door.closes()
    door.passes(SETTLE_S)
    assert door.control.status.is_locked
    assert door.told() == ["opened", "closed"]


def test_door_that_stands_open_and_chatters_is_still_told_to_be_held_open(door: Watched) -> None:
    door.control.handle(grant(1))
    door.opens()
    door.chatters(40.0, then_open=True)
    assert door.told() == ["opened", "held_open warning"]


def test_tamper_switch_that_chatters_is_one_event_told_at_once(door: Watched) -> None:
    for _ in range(10):
        door.tamper.drive_high()
        assert door.told() == ["tamper True"]
        door.passes(CHATTER_S)
        door.tamper.drive_low()
        door.passes(CHATTER_S)
    door.passes(2.0)
    assert door.told() == ["tamper True", "tamper False"]


moves = st.lists(st.tuples(st.booleans(), st.floats(0.0, 3.0)), max_size=30)


@given(moves)
def test_what_rests_is_told_in_time_and_nothing_is_told_twice(
    levels: list[tuple[bool, float]],
) -> None:
    settling, now_s, told, rests_s = Settling(), 0.0, False, 0.0
    settling.hear(DoorInput.CLOSED, now_s, False)
    stands = False
    for is_open, later_s in levels:
        while settling.next_s <= now_s + later_s:
            told = _settles(settling, settling.next_s, told)
        now_s += later_s
        told = _settles(settling, now_s, told)
        rests_s = now_s if is_open is not stands else rests_s
        if now_s - rests_s >= SETTLE_S:
            assert told is stands
        stands = is_open
        given_ = DoorInput.OPENED if is_open else DoorInput.CLOSED
        assert settling.hear(given_, now_s, True) is None


def _settles(settling: Settling, now_s: float, told: bool) -> bool:
    while settled := settling.settle(now_s):
        assert settled.given is (DoorInput.CLOSED if told else DoorInput.OPENED)
        told = not told
    return told


def test_contact_that_cannot_be_read_is_told_at_once_and_so_is_how_it_stands_then() -> None:
    settling = Settling()
    for given_ in (DoorInput.OPENED, DoorInput.CONTACT_LOST, DoorInput.CLOSED):
        assert settling.hear(given_, 0.0, True) == Settled(given_)
    assert settling.settle(10.0) is None

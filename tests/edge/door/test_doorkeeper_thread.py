"""The doorkeeper's thread: real time, short pulses, and what happens when something breaks."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from doorway import AnyTime, Clock, Doorway, ThrownSwitch, grant, refusal
from facedoor.door.control import DoorControl
from facedoor.door.doorkeeper import Doorkeeper
from facedoor.door.fitted import Fitted
from facedoor.door.scribe import refused
from facedoor.door.states import LockKind, Profile
from facedoor.errors import RelayError
from facedoor.hardware.lock import RelayLock
from facedoor.hardware.relay import SimulatedRelay
from facedoor.hardware.sensors import Sense, Switches
from facedoor.problems import Board
from facedoor.reasons import Reason
from facedoor.storage.journal import Journal
from facedoor.wire.decisions import Decision, ReleaseDecision, Withdrawn
from facedoor.wire.events import Event, RelayChanged
from facedoor.wire.mode import DoorStatus
from vaults import VAULT, open_store

SHORT_S = 0.05
LONG_S = 30.0
DEADLINE_S = 30.0


class Running:
    """A doorkeeper with its thread, whose events arrive in a queue."""

    def __init__(self, doorway: Doorway) -> None:
        self.doorway = doorway
        self.relay = SimulatedRelay()
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()

    def start(
        self, pulse_s: float, open_journal: Callable[[], Journal] | None = None
    ) -> Doorkeeper:
        keeper = self.make(pulse_s, open_journal or self.doorway.open_journal, self.events.put)
        keeper.start()
        return keeper

    def make(
        self, pulse_s: float, open_journal: Callable[[], Journal], on_event: Callable[[Event], None]
    ) -> Doorkeeper:
        control = DoorControl(
            Fitted(RelayLock(self.relay), Switches({}), Profile(pulse_s=pulse_s)),
            AnyTime(),
            open_journal,
            Board(),
            on_event,
        )
        return Doorkeeper(control)

    def next_event(self) -> Event:
        return self.events.get(timeout=DEADLINE_S)

    def wait_until_on(self) -> None:
        while not (isinstance(event := self.next_event(), RelayChanged) and event.on):
            pass


@pytest.fixture
def running(tmp_path: Path) -> Running:
    return Running(Doorway(tmp_path / "facedoor.db"))


def test_pulse_ends_by_itself(running: Running) -> None:
    keeper = running.start(SHORT_S)
    keeper.submit(grant(1))
    assert running.next_event() == grant(1)
    running.wait_until_on()
    switched_off = running.next_event()
    assert isinstance(switched_off, RelayChanged)
    assert not switched_off.on
    (_, (on_s, _), (off_s, _)) = running.relay.levels
    assert off_s - on_s >= SHORT_S
    keeper.stop()


def test_stop_ends_the_pulse_and_what_was_held_back_is_written(running: Running) -> None:
    keeper = running.start(LONG_S)
    keeper.submit(grant(1))
    running.wait_until_on()
    keeper.submit(refusal(2))
    keeper.stop()
    assert not running.relay.is_on
    assert running.doorway.written() == [(1, "recognised"), (2, "unknown")]
    assert not keeper.failed.is_set()


def test_grant_whose_writing_hung_until_after_stop_opens_nothing(running: Running) -> None:
    disk_works, writing = threading.Event(), threading.Event()

    def hang() -> Journal:
        writing.set()
        disk_works.wait(DEADLINE_S)
        return running.doorway.open_journal()

    keeper = running.start(LONG_S, open_journal=hang)
    keeper.submit(grant(1))
    assert writing.wait(DEADLINE_S)
    start_s = time.monotonic()
    keeper.stop()
    assert time.monotonic() - start_s < DEADLINE_S / 3, "it waited for the disk"
    disk_works.set()
    assert running.next_event() == refused(grant(1), Reason.DEGRADED)
    assert [on for _, on in running.relay.levels] == [False]


def test_exception_in_the_thread_ends_with_the_relay_off(running: Running) -> None:
    def break_when_on(event: Event) -> None:
        if isinstance(event, RelayChanged) and event.on:
            raise RuntimeError("whoever listens is broken")

    keeper = running.make(LONG_S, running.doorway.open_journal, break_when_on)
    keeper.start()
    keeper.submit(grant(1))
    assert keeper.failed.wait(DEADLINE_S)
    assert [on for _, on in running.relay.levels] == [False, True, False]
    assert not keeper.submit(grant(2))


def test_relay_that_fails_stops_the_doorkeeper_and_loses_no_decision(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(SimulatedRelay):
        def off(self) -> None:
            raise RelayError("the pin is gone")

    running.relay = Broken()
    keeper = running.start(SHORT_S)
    keeper.submit(grant(1))
    running.wait_until_on()
    keeper.submit(refusal(2))
    assert keeper.failed.wait(DEADLINE_S)
    with pytest.raises(RelayError):
        keeper.stop()
    assert running.doorway.written() == [(1, "recognised")]
    assert '"track": 2' in caplog.text


def test_grant_in_whose_writing_the_doorkeeper_fails_is_never_written_as_one(
    tmp_path: Path,
) -> None:
    class Failing(AnyTime):
        def __init__(self) -> None:
            self.failures = 1

        def recording(
            self, journal: Journal, decision: Decision
        ) -> AbstractContextManager[Decision]:
            self.failures -= 1
            if self.failures >= 0:
                raise RuntimeError("a mistake in the door")
            return super().recording(journal, decision)

    doorway = Doorway(tmp_path / "facedoor.db", access=Failing())
    doorway.keeper.start()
    doorway.keeper.submit(grant(1))
    assert doorway.keeper.failed.wait(DEADLINE_S)
    doorway.keeper.stop()
    assert doorway.written() == [(1, "degraded")]
    assert not doorway.relay.is_on


def test_release_whose_relay_fails_is_refused_and_taken_back(running: Running) -> None:
    class Broken(SimulatedRelay):
        def on(self) -> None:
            raise RelayError("the pin is gone")

    running.relay = Broken()
    answers: queue.SimpleQueue[ReleaseDecision] = queue.SimpleQueue()
    keeper = running.start(SHORT_S)
    asked = ReleaseDecision.grant("phone", "parcel", "0123456789abcdef")
    keeper.release(asked, answers.put)
    assert answers.get(timeout=DEADLINE_S) == refused(asked, Reason.DEGRADED)
    assert running.next_event() == refused(asked, Reason.DEGRADED)
    assert keeper.failed.is_set()
    journal = Journal(open_store(running.doorway.database), VAULT)
    granted, withdrawn = (entry.event for entry in journal.tail(10))
    assert granted == asked
    assert isinstance(withdrawn, Withdrawn)
    assert (withdrawn.entry, withdrawn.command) == (1, asked.command)


def test_decision_that_could_not_be_written_before_the_end_is_in_the_log(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    running.doorway.database.mkdir()
    keeper = running.start(LONG_S)
    keeper.submit(grant(5))
    running.next_event()
    keeper.stop()
    assert '"track": 5' in caplog.text


def test_switch_wakes_the_thread(tmp_path: Path) -> None:
    doorway = Doorway(tmp_path / "facedoor.db", switches={Sense.EXIT: ThrownSwitch()})
    is_on = threading.Event()

    class Bell(SimulatedRelay):
        def on(self) -> None:
            super().on()
            is_on.set()

    looked = threading.Event()
    keeper = doorway.doorkeeper(Bell(), on_status=lambda _: looked.set())
    keeper.start()
    assert looked.wait(DEADLINE_S)
    doorway.switches[Sense.EXIT].throw(True)
    assert is_on.wait(DEADLINE_S)
    keeper.stop()


def test_full_queue_loses_no_alarm(tmp_path: Path) -> None:
    class Hurrying(Clock):
        def __call__(self) -> float:
            self.now_s += 0.01
            return self.now_s

    doorway = Doorway(
        tmp_path / "facedoor.db",
        clock=Hurrying(),
        profile=Profile(has_contact=True),
        switches={Sense.CONTACT: ThrownSwitch(on=True)},
    )
    forced = threading.Event()

    def on_status(status: DoorStatus) -> None:
        if status.name == "forced":
            forced.set()

    keeper = doorway.doorkeeper(on_status=on_status)
    keeper.tick()
    while keeper.submit(refusal(1)):
        pass
    doorway.switches[Sense.CONTACT].throw(False)
    keeper.start()
    assert forced.wait(DEADLINE_S)
    keeper.stop()


def test_magnet_is_secured_as_soon_as_the_doorkeeper_begins(tmp_path: Path) -> None:
    doorway = Doorway(tmp_path / "facedoor.db", profile=Profile(LockKind.MAGNET_NO))
    relay = SimulatedRelay()
    lock = RelayLock(relay, secure_when_on=True)
    told = threading.Event()
    keeper = doorway.doorkeeper(lock=lock, on_status=lambda _: told.set())
    keeper.start()
    assert told.wait(DEADLINE_S)
    assert relay.is_on
    keeper.stop()
    assert not relay.is_on


def test_thread_tells_for_how_long_it_is_stuck(tmp_path: Path) -> None:
    doorway = Doorway(tmp_path / "facedoor.db")
    disk_works, writing = threading.Event(), threading.Event()

    def hang() -> Journal:
        writing.set()
        disk_works.wait(DEADLINE_S)
        return doorway.open_journal()

    keeper = doorway.doorkeeper(open_journal=hang)
    assert keeper.stuck_for_s == 0
    keeper.start()
    keeper.submit(refusal(1))
    assert writing.wait(DEADLINE_S)
    doorway.clock.now_s += 60
    assert keeper.stuck_for_s == 60
    disk_works.set()
    keeper.stop()

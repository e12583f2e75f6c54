"""The relay is never on without a request that is in the journal, whatever happens in between; and
each that stands there as granted was followed, or is taken back."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accidents import EXAMPLES
from doorway import PULSE_S, Doorway, ThrownSwitch, grant, refusal
from facedoor.door.control import LATE_S
from facedoor.door.mode_switch import ModeSwitch
from facedoor.door.states import Profile
from facedoor.hardware.relay import SimulatedRelay
from facedoor.hardware.sensors import Sense
from facedoor.storage.journal import Journal
from facedoor.wire.decisions import Judgement, ReleaseDecision, Withdrawn
from facedoor.wire.mode import Mode
from vaults import VAULT, open_store

RELEASE = ReleaseDecision.grant("phone", "parcel", "0123456789abcdef")


class Door(Doorway):
    """A door at which everything happens, and that compares its relay with its journal."""

    def __init__(self, folder: Path) -> None:
        profile = Profile(pulse_s=PULSE_S, has_contact=True)
        switches = {sense: ThrownSwitch() for sense in (Sense.CONTACT, Sense.EXIT)}
        super().__init__(folder / "facedoor.db", profile=profile, switches=switches)
        self.stopped = False
        self.releases = 0
        self.reader = Journal(open_store(self.database), VAULT)
        self.witness = _Witness(self)
        self.keeper = self.doorkeeper(self.witness)
        self.happenings: dict[str, Callable[[], object]] = {
            "grant": lambda: self.keeper.handle(grant(1)),
            "refusal": lambda: self.keeper.handle(refusal(2)),
            "command": lambda: self.keeper.handle(RELEASE),
            "exit": lambda: self.throw(Sense.EXIT, True, False),
            "open": lambda: self.throw(Sense.CONTACT, False),
            "close": lambda: self.throw(Sense.CONTACT, True),
            "break": self.break_journal,
            "mend": lambda: self.break_journal(False),
            "lockdown": lambda: (self.turn(Mode.LOCKDOWN), self.keeper.tick()),
            "normal": lambda: (self.turn(Mode.NORMAL), self.keeper.tick()),
            "a moment": lambda: self.after(0.4),
            "a pulse": lambda: self.after(PULSE_S),
            "lockdown while writing": lambda: self.meanwhile(lambda: self.turn(Mode.LOCKDOWN)),
            "stall while writing": lambda: self.meanwhile(lambda: self.stall(LATE_S + 1)),
            "stop while writing": lambda: self.meanwhile(self.keeper.stop),
            "stop": self.stop,
        }

    def turn(self, mode: Mode) -> None:
        self.switch = ModeSwitch(mode)

    def stall(self, seconds: float) -> None:
        self.clock.now_s += seconds

    def meanwhile(self, happens: Callable[[], None]) -> None:
        """Let something happen while the next entry is written."""

        def watch(statement: str) -> None:
            if statement.startswith("COMMIT"):
                self.connections[-1].set_trace_callback(None)
                happens()

        if self.connections:
            self.connections[-1].set_trace_callback(watch)

    def stop(self) -> None:
        self.stopped = True
        self.keeper.stop()

    def granted(self) -> int:
        """How many entries grant something and are not taken back."""
        events = [entry.event for entry in self.reader.tail(1000)]
        granted = sum(isinstance(event, Judgement) and event.granted for event in events)
        return granted - sum(isinstance(event, Withdrawn) for event in events)

    def end(self) -> None:
        for connection in self.connections:
            connection.set_trace_callback(None)
        self.break_journal(False)
        self.after(PULSE_S)
        self.keeper.stop()
        self.keeper.tick()


class _Witness(SimulatedRelay):
    def __init__(self, door: Door) -> None:
        super().__init__(door.clock)
        self.door = door

    def on(self) -> None:
        assert not self.door.stopped
        self.door.releases += 1
        assert self.door.granted() >= self.door.releases
        super().on()


@settings(max_examples=EXAMPLES // 2, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_every_pulse_is_journaled_before_it_begins_and_ends_in_time(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        door = Door(Path(folder))
        for name in data.draw(st.lists(st.sampled_from([*door.happenings]), max_size=25)):
            door.happenings[name]()
            since_s, is_on = door.witness.levels[-1]
            assert not is_on or door.clock.now_s < since_s + PULSE_S
            assert not (is_on and door.stopped)
        door.end()
        assert door.granted() == door.releases

"""What is screwed to the door: its lock, its switches, its LED and buzzer."""

from __future__ import annotations

from contextlib import ExitStack

from facedoor.config.options import DoorConfig
from facedoor.hardware.lock import open_lock
from facedoor.hardware.sensors import open_switches
from facedoor.hardware.signaller import open_signaller
from facedoor.wire.events import Event
from facedoor.wire.mode import DoorStatus


class Fittings:
    """All of the door's pins. The lock's come first: they are safe before anything else is done."""

    def __init__(self, config: DoorConfig) -> None:
        """Raises :class:`RelayError` when a pin cannot be used; all are let go of then."""
        with ExitStack() as opened:
            self.lock = open_lock(config)
            opened.callback(self.lock.close)
            self.switches = open_switches(config)
            opened.callback(self.switches.close)
            self._signaller = open_signaller(config)
            opened.pop_all()
        if self._signaller is not None:
            self._signaller.start()

    def happened(self, event: Event) -> None:
        """Let whoever is at the door know. Does not wait."""
        if self._signaller is not None:
            self._signaller.happened(event)

    def stands(self, status: DoorStatus) -> None:
        """Show how the door stands. Does not wait."""
        if self._signaller is not None:
            self._signaller.stands(status)

    def close(self) -> None:
        """Energise nothing and let go of every pin. Calling it again does nothing."""
        with ExitStack() as closing:
            if self._signaller is not None:
                closing.callback(self._signaller.close)
            closing.callback(self.switches.close)
            closing.callback(self.lock.close)  # the last that is named is the first that is closed

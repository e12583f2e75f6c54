"""A door with a mistake in it, so that the verdict has one to find: ``mutant.py MISTAKE run``."""

from __future__ import annotations

import os
import sys

from facedoor.cli import main as cli
from facedoor.door.scribe import Objection, Scribe, Written, _Waiting, no_objection
from facedoor.hardware.relay import GpioRelay
from facedoor.wire.events import Duress


def forgets_to_switch_off() -> None:
    GpioRelay.off = lambda self: None


def opens_before_it_writes() -> None:
    def write(
        self: Scribe,
        decision: Written,
        duress: Duress | None,
        _: Objection = no_objection,
    ) -> Written:
        self._unwritten.append(_Waiting(decision, duress))  # for when the door has nothing to do
        return decision

    Scribe.write = write


def ends_with_the_relay_on() -> None:
    forgets_to_switch_off()
    GpioRelay.close = lambda self: os._exit(0)


MISTAKES = {
    mistake.__name__: mistake
    for mistake in (forgets_to_switch_off, opens_before_it_writes, ends_with_the_relay_on)
}

if __name__ == "__main__":
    MISTAKES[sys.argv.pop(1)]()
    sys.exit(cli.main())

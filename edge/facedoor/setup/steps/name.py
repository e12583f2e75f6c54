"""What the door is called."""

from __future__ import annotations

from facedoor.setup.guide import Bench, Step
from facedoor.wire.topics import Topics


def _reached(bench: Bench) -> str:
    return bench.settings.door.name if bench.configuration.says("door", "name") else ""


def _do(bench: Bench) -> None:
    name = bench.talk.ask("the door's name, one word", bench.settings.door.name)
    Topics(name)
    bench.configuration.set("door", name=name)


NAME = Step("the door's name", _reached, _do)

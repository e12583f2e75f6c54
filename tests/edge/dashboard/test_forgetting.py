"""Whoever is removed at a door is gone from the dashboard too: memory, store, and stream."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import event_loop
from broker import Broker
from crowd import Crowd
from facedoor.dashboard.app import Dashboard, Settings
from facedoor.dashboard.sessions import Sessions
from facedoor.dashboard.stream import stream

NAME = "-".join(("Wilhelmine", "von", "Trotha"))


async def read(events: AsyncIterator[bytes], until: Callable[[bytes], bool]) -> bytes:
    """What is told until then."""
    heard = b""
    async for part in events:
        heard += part
        if until(heard):
            break
    return heard


def found() -> list[str]:
    """The places of the name in this process, but for those of this file."""
    gc.collect()
    places = []
    for one in gc.get_objects():
        for part in gc.get_referents(one):
            if isinstance(part, str | bytes | bytearray) and part is not NAME:
                text = part if isinstance(part, str) else bytes(part).decode("latin1")
                if NAME in text:
                    places.append(f"{type(one)}: {text[:200]}")
    return places


async def scenario(broker: Broker, folder: Path) -> tuple[int, list[str], bytes]:
    dashboard = Dashboard(Settings(broker.config, folder, folder))
    dashboard.start()
    crowd = Crowd(broker.config, "front")
    door, sessions = crowd["front"], Sessions()
    session = sessions.vouched_for("kit")
    events = stream(dashboard.site, sessions, session, None)
    try:
        # It tells what comes from its first part on, and not what came before.
        await anext(events)
        visit = door.visit(NAME)
        await read(events, lambda heard: NAME.encode() in heard)
        door.event("door", {"event": "enrolment", "person": NAME, "by": "desk", "added": 3})
        await read(events, lambda heard: b"enrolment" in heard)
        before = len(found())
        door.event("door", {"event": "forgotten", "visits": [visit], "entries": [1, 2]})
        told = await read(events, lambda heard: b"event: forgotten" in heard)
        # Whoever has missed all of it begins anew, and hears what to forget.
        told += await read(stream(dashboard.site, sessions, session, 1), lambda heard: True)
        missed = await read(
            stream(dashboard.site, sessions, session, 1), lambda heard: b"forgotten" in heard
        )
        return before, found(), told + missed
    finally:
        crowd.close()
        await asyncio.to_thread(dashboard.stop)


def test_removed_name_is_nowhere_in_memory_store_and_stream(broker: Broker, tmp_path: Path) -> None:
    broker.start()
    before, after, told = event_loop.run(scenario(broker, tmp_path / "page"))
    assert before > 0
    assert after == []
    assert NAME.encode() not in told
    assert b"event: reset" in told
    for file in (tmp_path / "page").iterdir():
        assert NAME.encode() not in file.read_bytes()

"""What is told of changes: in batches, once, from where somebody had come, of what they may see."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable

import pytest

import event_loop
from facedoor.dashboard import site as sites
from facedoor.dashboard.news import News
from facedoor.dashboard.sessions import Sessions
from facedoor.dashboard.site import Site
from facedoor.dashboard.stream import stream

FIRST = 1000


def visit(number: int, door: str = "front", name: str = "Ada") -> News:
    return News("visit", f"visit {door} {number}", json.dumps({"id": number, "name": name}), door)


def told(events: bytes) -> list[str]:
    """The names of the events, and of visits their ids."""
    found = []
    for block in events.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines())
        if "event" in fields:
            said = json.loads(fields["data"])
            found.append(str(said["id"]) if fields["event"] == "visit" else fields["event"])
    return found


def run(scenario: Callable[[Site], object], first: int = FIRST) -> object:
    """Do something with a site, in an event loop."""

    async def body() -> object:
        return scenario(Site(first))

    return event_loop.run(body())


def test_of_two_changes_of_one_thing_the_later_one_is_told() -> None:
    def scenario(site: Site) -> None:
        site.take([visit(1, name="Ada"), visit(2), visit(1, name="Bob")])
        site.flush()
        events = site.since(FIRST, None)
        assert told(events) == ["2", "1"]
        assert events.count(b"Ada") == events.count(b"Bob") == 1

    run(scenario)


def test_whoever_comes_back_hears_what_they_missed_once() -> None:
    def scenario(site: Site) -> None:
        for number in range(5):
            site.take([visit(number)])
            site.flush()
        assert told(site.since(FIRST + 2, None)) == ["2", "3", "4"]
        assert told(site.since(site.seq, None)) == []

    run(scenario)


def test_whoever_was_away_for_too_long_or_comes_from_elsewhere_begins_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sites, "MOST_CHANGES", 3)

    def scenario(site: Site) -> None:
        site.take([visit(number) for number in range(6)])
        site.flush()
        for seq in (FIRST, 1, site.seq + 1):
            assert told(site.since(seq, None)) == ["reset", "3", "4", "5"]
        assert told(site.since(FIRST + 3, None)) == ["3", "4", "5"]

    run(scenario)


def test_each_hears_of_the_doors_that_they_may_see() -> None:
    def scenario(site: Site) -> None:
        site.take([visit(1), visit(2, "back")])
        for door in ("front", "back"):
            site.take([News("door", f"door {door}", json.dumps({"name": door}), door)])
            site.take([News("needs", f"problems {door}", json.dumps([{"door": door}]), door)])
        site.flush()
        assert told(site.since(FIRST, ["back"])) == ["2", "door", "needs"]
        assert told(site.since(FIRST, ["front"])) == ["1", "door", "needs"]
        assert b"front" not in site.since(FIRST, ["back"])
        assert [json.loads(door) for door in site.now(["back"]).doors] == [{"name": "back"}]
        assert json.loads(site.now(["back"]).needs) == [{"door": "back"}]
        assert len(site.now(None).doors) == 2

    run(scenario)


def test_what_was_told_before_it_was_forgotten_is_told_to_nobody_any_more() -> None:
    def scenario(site: Site) -> None:
        site.take([visit(1, name="Wilhelmine")])
        forgotten = json.dumps({"door": "front", "visits": ["1"], "entries": []})
        site.take([News("forgotten", f"forgotten {forgotten}", forgotten, "front"), visit(2)])
        site.flush()
        events = site.since(FIRST, None)
        assert told(events) == ["reset", "forgotten", "2"]
        assert b"Wilhelmine" not in events
        # Whoever had heard of it hears only what to forget.
        assert told(site.since(FIRST + 1, None)) == ["forgotten", "2"]

    run(scenario)


async def read(events: AsyncIterator[bytes]) -> list[str]:
    return told(await anext(events))


def test_answer_does_not_wait_for_the_next_batch_and_ends_with_the_session() -> None:
    async def scenario() -> None:
        site, sessions = Site(FIRST), Sessions()
        session = sessions.vouched_for("kit")
        events = stream(site, sessions, session, None)
        await anext(events)
        site.take([visit(1)])
        session.tell('{"door": "front"}')
        assert await read(events) == ["result"]
        assert await read(events) == ["1"]
        sessions.end(session)
        with pytest.raises(StopAsyncIteration):
            await anext(events)
        assert not site.listeners

    event_loop.run(scenario())


def test_browser_that_reads_nothing_costs_nothing_and_begins_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sites, "MOST_CHANGES", 3)

    async def scenario() -> None:
        site, sessions = Site(FIRST), Sessions()
        session = sessions.vouched_for("kit")
        events = stream(site, sessions, session, None)
        await anext(events)
        for number in range(50):
            site.take([visit(number)])
            site.flush()
            session.tell(str(number))
        heard = await anext(events)
        assert told(heard).count("result") <= 32
        assert told(heard)[-4:] == ["reset", "47", "48", "49"]

    event_loop.run(scenario())

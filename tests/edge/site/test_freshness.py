from __future__ import annotations

from facedoor.site.missing import Freshness


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_nothing_is_fresh_at_the_start() -> None:
    assert not Freshness(60).is_fresh


def test_knowledge_counts_once_faces_are_compared_with_it() -> None:
    freshness = Freshness(60, Clock())
    freshness.compares_with(6)
    freshness.knows(100, revision=7)
    assert not freshness.is_fresh
    freshness.compares_with(7)
    assert freshness.is_fresh


def test_knowledge_that_waits_does_not_spoil_what_was_known_before() -> None:
    clock = Clock()
    freshness = Freshness(60, clock)
    freshness.compares_with(6)
    freshness.knows(90, revision=6)
    freshness.knows(100, revision=7)
    clock.now_s = 150
    assert freshness.is_fresh
    clock.now_s = 150.1
    assert not freshness.is_fresh


def test_knowledge_becomes_stale() -> None:
    clock = Clock()
    freshness = Freshness(60, clock)
    freshness.compares_with(1)
    freshness.knows(100, revision=1)
    clock.now_s = 160
    assert freshness.is_fresh
    clock.now_s = 160.1
    assert not freshness.is_fresh

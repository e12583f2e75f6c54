"""Visits that may be a part of another: what breaks off from a face, and who is really there."""

from __future__ import annotations

from dataclasses import replace

from facedoor.identity.evidence import TrackVerdict
from facedoor.reasons import Reason
from facedoor.visit.liveness import LivenessRule, admitted
from visit_kit import ANN, COVERED, FIRST, FPS, LATER, NOBODY, Stay, reasons, visit_at


def test_what_breaks_off_from_somebody_who_was_granted_is_not_unknown() -> None:
    head = Stay()
    head.show(1, ANN)
    head.is_answered()
    part = Stay(visit_at(head.time_s, head.visit), [head.visit], head.time_s)
    assert part.show(3.5, NOBODY, COVERED, width_px=100) == []


def test_what_breaks_off_from_somebody_who_was_refused_is_not_told_twice() -> None:
    head = Stay()
    head.show(4, NOBODY)
    part = Stay(visit_at(head.time_s, head.visit), [head.visit], head.time_s)
    assert reasons(part.show(4, NOBODY, COVERED, width_px=100)) == [LATER]


def test_somebody_right_behind_who_is_really_there_is_told() -> None:
    first = Stay()
    first.show(1, ANN)
    first.is_answered()
    behind = Stay(visit_at(first.time_s, first.visit), [first.visit], first.time_s)
    for _ in range(10 * FPS):
        first.show(1 / FPS, ANN)
        behind.show(1 / FPS, NOBODY, COVERED, width_px=100, x_px=320 + 150)
    assert reasons(behind.decisions)[:1] == [FIRST]


def test_what_lies_inside_a_face_is_nobody_else() -> None:
    head = Stay()
    head.show(1, ANN)
    head.is_answered()
    inside = Stay(visit_at(head.time_s, head.visit), [head.visit], head.time_s)
    for _ in range(10 * FPS):
        head.show(1 / FPS, ANN)
        inside.show(1 / FPS, NOBODY, COVERED, width_px=100, x_px=320 + 40)
    assert inside.decisions == []


def test_who_takes_the_place_of_a_resident_who_has_left_is_told() -> None:
    first = Stay()
    first.show(1, ANN)
    first.is_answered()
    next_one = Stay(visit_at(first.time_s, first.visit), [], first.time_s)
    next_one.show(4, NOBODY, COVERED)
    next_one.visit.is_alone(next_one.time_s)
    assert reasons(next_one.show(4, NOBODY, COVERED)) == [FIRST]


def test_a_resident_on_a_second_track_is_not_let_in_twice() -> None:
    first = Stay()
    first.show(1, ANN)
    first.is_answered()
    second = Stay(visit_at(first.time_s), [first.visit], first.time_s)
    assert second.show(60, ANN) == []


def test_what_breaks_off_from_a_face_that_is_not_alive_is_not_alive_either() -> None:
    photo = Stay()
    photo.show(4, NOBODY)
    photo.visit.decided(replace(photo.decisions[-1], reason=Reason.NOT_LIVE), photo.time_s)
    part = visit_at(photo.time_s, photo.visit)
    recognised = TrackVerdict("Ann", Reason.RECOGNISED, 0.5, 3)
    verdict = admitted(recognised, part, LivenessRule("passive"), lambda _: True)
    assert verdict is not None
    assert verdict.reason is Reason.NOT_LIVE
    part.is_alone(photo.time_s)
    verdict = admitted(recognised, part, LivenessRule("off"), lambda _: True)
    assert verdict == recognised

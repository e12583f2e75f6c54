"""The visits under way: how one begins, and what one means for the others."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from facedoor.access.second_factor import FACTOR_WITHIN_S
from facedoor.frames import Frame, Match
from facedoor.identity.evidence import TrackVerdict
from facedoor.reasons import Reason
from facedoor.vision.tracker import LOST_AFTER_S, SAME_VISIT_S, Track, Tracker
from facedoor.visit.attempt import Look
from facedoor.visit.conclusions import conclude
from facedoor.visit.visit import Visit
from facedoor.visit.visits import Visits
from facedoor.wire.decisions import Decision
from faces import face_at
from visit_kit import ANN, BARE, evidence

WALL = np.zeros((480, 640, 3), np.uint8)
BEN = Match("Ben", 0.5, "Ann", 1.4)
LEFT_PX, RIGHT_PX = 120, 520


@dataclass
class Hallway:
    """A tracker and its visits."""

    tracker: Tracker = field(default_factory=lambda: Tracker(1.0))
    visits: Visits = field(init=False)
    time_s: float = 0.0

    def __post_init__(self) -> None:
        self.visits = Visits(self.tracker, evidence, 1.0, None)

    def show(self, *x_px: float, seconds: float = 0.1, width_px: float = 100) -> list[Track]:
        """Faces at these places, for so long: their tracks."""
        end_s = self.time_s + seconds
        while self.time_s < end_s - 1e-6:
            self.time_s += 0.1
            faces = [face_at(x, width_px=width_px) for x in x_px]
            self.tracker.update(faces, self.time_s)
            self.visits.see(Frame(WALL, WALL, self.time_s, 0))
        seen = [track for track in self.tracker.tracks if track.seen_s == self.time_s]
        return sorted(seen, key=lambda track: track.face.box.left)

    def grant(self, visit: Visit, match: Match) -> Decision:
        verdict = TrackVerdict(match.person, Reason.RECOGNISED, match.distance, 3)
        decision = conclude(visit, verdict, self.time_s, lambda: "1", {})
        assert decision is not None
        return decision

    def is_trying(self, visit: Visit, match: Match) -> bool:
        """Whether a look now belongs to an attempt."""
        visit.add(Look(face_at(LEFT_PX, width_px=100), BARE, match, self.time_s, 0.0))
        return visit.is_trying


@pytest.fixture
def hallway() -> Hallway:
    return Hallway()


def test_each_track_has_one_visit_until_it_is_over(hallway: Hallway) -> None:
    (track,) = hallway.show(LEFT_PX)
    visit = hallway.visits.of(track)
    hallway.show(LEFT_PX, seconds=1)
    assert hallway.visits.of(track) is visit
    assert hallway.visits.take_ended() == []
    hallway.show(seconds=LOST_AFTER_S + SAME_VISIT_S + 0.2)
    assert hallway.visits.take_ended() == [visit]
    assert list(hallway.visits) == []


def test_who_follows_in_the_same_place_without_a_gap_shares_it(hallway: Hallway) -> None:
    (first,) = hallway.show(LEFT_PX)
    (far,) = hallway.show(RIGHT_PX)
    (wide,) = hallway.show(LEFT_PX + 60)
    place = hallway.visits.of(first).place
    assert hallway.visits.of(far).place is not place
    assert hallway.visits.of(wide).place is place


def test_who_begins_inside_a_face_is_its_kin_until_that_is_gone(hallway: Hallway) -> None:
    (whole,) = hallway.show(LEFT_PX)
    _, part = hallway.show(LEFT_PX, LEFT_PX + 101)
    visit = hallway.visits.of(part)
    assert visit.kin is hallway.visits.of(whole)
    hallway.show(LEFT_PX + 101, seconds=LOST_AFTER_S + SAME_VISIT_S + 0.2)
    assert visit.kin is None


def test_whoever_waits_for_a_second_person_waits_on_when_one_has_come_in(
    hallway: Hallway,
) -> None:
    first, second = (hallway.visits.of(track) for track in hallway.show(LEFT_PX, RIGHT_PX))
    asked = hallway.grant(first, ANN)
    hallway.visits.answered(
        replace(asked, granted=False, reason=Reason.SECOND_PERSON), hallway.time_s
    )
    hallway.show(LEFT_PX, RIGHT_PX, seconds=FACTOR_WITHIN_S - 1)
    hallway.visits.answered(hallway.grant(second, BEN), hallway.time_s)
    hallway.show(LEFT_PX, RIGHT_PX, seconds=2)
    assert not hallway.is_trying(first, ANN)  # they may have gone in with the other
    hallway.show(LEFT_PX, RIGHT_PX, seconds=FACTOR_WITHIN_S)
    assert hallway.is_trying(first, ANN)
    assert second.is_let_in

"""Tracks: a face keeps its own, and no face ever gets another's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from circle import at
from facedoor.frames import Vector
from facedoor.vision.tracker import LOST_AFTER_S, SAME_VISIT_S, Track, Tracker
from faces import face_at

SAME_FACE_DISTANCE = 1.0

FRAME_S = 1 / 15
ADA, BOB, CLEO = at(0, 120, 240)
"""Three people who are nothing alike: 1.73 from each other."""


@dataclass
class Watch:
    """A tracker, the time, and who stands where: each appearance by its place."""

    tracker: Tracker = field(default_factory=lambda: Tracker(SAME_FACE_DISTANCE))
    time_s: float = 10.0

    def see(self, *x_px: float, y_px: float = 240) -> list[int]:
        """One frame with faces at these places; the ids of their tracks."""
        self.time_s += FRAME_S
        faces = [face_at(x, y_px) for x in x_px]
        self.tracker.update(faces, self.time_s)
        return [self.track_of(face).id for face in faces]

    def embed(self, track_id: int, embedding: Vector) -> int | None:
        (track,) = [track for track in self.tracker.tracks if track.id == track_id]
        confirmed = self.tracker.confirm(track, embedding)
        return None if confirmed is None else confirmed.id

    def see_nobody(self, seconds: float) -> None:
        for _ in range(round(seconds / FRAME_S)):
            self.see()

    def ids(self) -> set[int]:
        return {track.id for track in self.tracker.tracks}

    def track_of(self, face: object) -> Track:
        (track,) = [track for track in self.tracker.tracks if track.face is face]
        return track


def ada_at(x_px: float = 100) -> tuple[Watch, int]:
    """Ada stands at the door and was embedded."""
    watch = Watch()
    (ada,) = watch.see(x_px)
    assert watch.embed(ada, ADA) == ada
    return watch, ada


def test_a_face_that_stays_or_walks_keeps_its_track() -> None:
    watch, ada = ada_at()
    for _ in range(300):
        assert watch.see(100) == [ada]
        assert watch.embed(ada, ADA) == ada
    watch, ada = ada_at(100)
    for x in range(140, 1000, 40):
        assert watch.see(x) == [ada]


def test_a_blink_of_the_detector_does_not_end_a_track() -> None:
    watch, ada = ada_at()
    watch.see_nobody(LOST_AFTER_S - 2 * FRAME_S)
    assert watch.see(110) == [ada]


def test_two_faces_have_two_tracks() -> None:
    watch = Watch()
    ada, bob = watch.see(100, 400)
    assert ada != bob
    assert watch.see(400, 100) == [bob, ada]


def test_another_face_in_the_same_place_gets_a_new_track_at_the_second_look() -> None:
    watch, ada = ada_at()
    watch.see(100)
    assert watch.embed(ada, BOB) is None
    watch.see(100)
    bob = watch.embed(ada, BOB)
    assert bob not in (None, ada)
    assert watch.see(100) == [bob]
    assert watch.embed(bob, BOB) == bob


def test_one_odd_frame_changes_nothing() -> None:
    watch, ada = ada_at()
    for odd in (BOB, CLEO, BOB):
        assert watch.embed(ada, odd) is None
        assert watch.embed(ada, ADA) == ada
    assert watch.ids() == {ada}


def test_who_was_replaced_and_comes_back_has_the_old_track() -> None:
    watch, ada = ada_at()
    watch.embed(ada, BOB)
    bob = watch.embed(ada, BOB)
    assert watch.embed(bob, ADA) is None
    assert watch.embed(bob, ADA) == ada
    assert watch.see(100) == [ada]


def test_a_face_that_comes_back_soon_has_its_old_track() -> None:
    for away_s in [0.5, LOST_AFTER_S + 0.3, LOST_AFTER_S + SAME_VISIT_S - 0.2]:
        watch, ada = ada_at(100)
        watch.see_nobody(away_s)
        assert watch.tracker.is_known(ada), away_s
        (elsewhere,) = watch.see(500)
        assert elsewhere != ada, away_s
        assert watch.embed(elsewhere, ADA) == ada, away_s
        assert watch.see(500) == [ada], away_s
        assert not watch.tracker.is_known(elsewhere), away_s


def test_who_comes_back_later_and_another_face_soon_after_are_new_visits() -> None:
    watch, ada = ada_at()
    watch.see_nobody(LOST_AFTER_S + SAME_VISIT_S + 0.2)
    assert not watch.tracker.is_known(ada)
    (again,) = watch.see(100)
    assert watch.embed(again, ADA) == again != ada
    watch, ada = ada_at()
    watch.see_nobody(LOST_AFTER_S + 0.5)
    (bob,) = watch.see(100)
    assert watch.embed(bob, BOB) == bob != ada


def test_of_two_who_left_the_nearer_one_comes_back() -> None:
    watch = Watch()
    like_ada, ada = watch.see(100, 400)
    watch.embed(like_ada, at(40)[0])
    watch.embed(ada, ADA)
    watch.see_nobody(LOST_AFTER_S + 0.5)
    (back,) = watch.see(100)
    assert watch.embed(back, ADA) == ada


def test_a_face_that_was_never_embedded_does_not_come_back() -> None:
    watch = Watch()
    (unknown,) = watch.see(100)
    watch.see_nobody(LOST_AFTER_S + 0.2)
    assert not watch.tracker.is_known(unknown)


def test_a_face_that_outran_its_box_is_one_with_its_track_again() -> None:
    watch, ada = ada_at(100)
    (found,) = watch.see(700)
    assert watch.ids() == {ada, found}
    assert watch.embed(found, ADA) == ada
    assert watch.ids() == {ada}
    assert watch.see(700) == [ada]


def test_a_newcomer_does_not_take_the_track_of_a_face_that_is_still_in_view() -> None:
    """Twins at the door are two visits."""
    watch, ada = ada_at(100)
    _, twin = watch.see(100, 400)
    assert watch.embed(twin, ADA) == twin
    assert watch.see(100, 400) == [ada, twin]


def test_faces_that_got_mixed_up_get_their_own_tracks_back() -> None:
    watch = Watch()
    ada, bob = watch.see(100, 180)
    watch.embed(ada, ADA)
    watch.embed(bob, BOB)
    for _ in range(2):  # both have jumped to where the other was
        assert watch.see(100, 180) == [ada, bob]
        back = watch.embed(ada, BOB)
    assert back == bob
    assert watch.see(100, 180) == [bob, ada]
    assert watch.embed(ada, ADA) == ada


@example(step=33.875, start=19, width=60)  # Ada steps just where Bob was seen last
@given(step=st.floats(8, 60), start=st.floats(0, 60), width=st.floats(60, 140))
def test_two_faces_that_cross_keep_their_tracks(step: float, start: float, width: float) -> None:
    """Ada passes in front of Bob and hides him; each is embedded as often as the door would."""
    watch = Watch()
    owners: dict[int, str] = {}
    for number in range(round(800 / step)):
        places = {"ada": 100 + start + step * number, "bob": 900 - step * number}
        if abs(places["ada"] - places["bob"]) < 0.6 * width:
            del places["bob"]
        watch.time_s += FRAME_S
        faces = {who: face_at(x, 240, width) for who, x in places.items()}
        watch.tracker.update(list(faces.values()), watch.time_s)
        for who, face in faces.items():
            track = watch.track_of(face)
            confirmed = watch.tracker.confirm(track, {"ada": ADA, "bob": BOB}[who])
            if confirmed is not None:
                assert owners.setdefault(confirmed.id, who) == who
    assert len(owners) == 2


looks = st.lists(
    st.tuples(
        st.lists(st.integers(0, 1200), max_size=3, unique=True),
        st.lists(st.sampled_from([ADA, BOB, CLEO]), min_size=3, max_size=3),
        st.sampled_from([FRAME_S, 0.5, 2.0, 9.0]),
    ),
    max_size=25,
)


def walk(looks: list, check: Callable[[Tracker], None]) -> None:
    tracker, time_s = Tracker(SAME_FACE_DISTANCE), 0.0
    for places, embeddings, pause_s in looks:
        time_s += pause_s
        tracker.update([face_at(x) for x in places], time_s)
        for embedding in embeddings:
            seen = [track for track in tracker.tracks if track.seen_s == time_s]
            if seen:
                tracker.confirm(seen[0], embedding)
            check(tracker)


@given(looks)
def test_no_id_is_used_twice(looks: list) -> None:
    known: dict[int, Track] = {}

    def check(tracker: Tracker) -> None:
        for track in tracker.tracks:
            assert known.setdefault(track.id, track) is track

    walk(looks, check)


@given(looks)
def test_a_face_is_on_one_track_and_each_track_in_view_is_known(looks: list) -> None:
    def check(tracker: Tracker) -> None:
        faces = [id(track.face) for track in tracker.tracks]
        assert len(faces) == len(set(faces))
        assert all(tracker.is_known(track.id) for track in tracker.tracks)

    walk(looks, check)


def test_ids_go_on_after_everybody_was_forgotten() -> None:
    watch, ada = ada_at()
    watch.tracker.forget()
    assert not watch.tracker.is_known(ada)
    (again,) = watch.see(100)
    assert again > ada
    assert watch.embed(again, ADA) == again


@given(st.lists(st.floats(-25, 25), min_size=5, max_size=30))
def test_small_changes_of_view_do_not_end_a_track(degrees: list[float]) -> None:
    watch, ada = ada_at()
    for angle in degrees:
        assert watch.embed(ada, at(angle)[0]) == ada


def test_the_appearance_is_a_mean_that_follows_slowly() -> None:
    watch, ada = ada_at()
    for _ in range(30):
        watch.embed(ada, at(20)[0])
    (track,) = watch.tracker.tracks
    assert np.linalg.norm(track.appearance - at(20)[0]) < 0.01


def begins_beside(watch: Watch, x_px: float, width_px: float, first: float | None) -> int | None:
    """The track beside which a face begins that is seen in the next frame, together with that at
    ``first``, if there is one."""
    watch.time_s += FRAME_S
    faces = [face_at(x_px, width_px=width_px)]
    if first is not None:
        faces.append(face_at(first))
    watch.tracker.update(faces, watch.time_s)
    return watch.track_of(faces[0]).beside


@given(st.floats(55, 120), st.floats(30, 100), st.sampled_from([-1, 1]))
def test_what_begins_beside_a_face_knows_it(apart_px: float, width_px: float, side: int) -> None:
    watch, ada = ada_at(300)
    if face_at(300).box.overlap(face_at(300 + side * apart_px, width_px=width_px).box) > 0:
        return  # the face that is followed comes first
    assert begins_beside(watch, 300 + side * apart_px, width_px, first=300) == ada


def test_what_begins_inside_a_face_that_is_followed_knows_it() -> None:
    watch, ada = ada_at(300)
    assert begins_beside(watch, 310, 40, first=300) == ada


def test_two_people_shoulder_to_shoulder_are_beside_nobody() -> None:
    watch, _ = ada_at(300)
    assert begins_beside(watch, 300 + 200, 100, first=300) is None


def test_what_takes_the_place_of_a_face_that_has_gone_knows_it_for_a_while() -> None:
    watch, ada = ada_at(300)
    watch.see_nobody(LOST_AFTER_S + 0.5)
    assert begins_beside(watch, 320, 50, first=None) == ada
    watch, _ = ada_at(300)
    watch.see_nobody(LOST_AFTER_S + SAME_VISIT_S + 0.5)
    assert begins_beside(watch, 320, 50, first=None) is None


def test_another_face_in_the_place_of_one_knows_it() -> None:
    watch, ada = ada_at(300)
    watch.embed(ada, BOB)
    bob = watch.embed(ada, BOB)
    (track,) = [track for track in watch.tracker.tracks if track.id == bob]
    assert track.beside == ada

"""Faces in view share the turns: nobody keeps a resident waiting."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from facedoor.visit.turns import MOST_FOLLOWED, Standing, Waiting, by_urgency, followed

FPS = 15


@dataclass
class Crowd:
    """Faces that come and go, of whom one a frame has a turn if its pause is over."""

    pause_s: Callable[[int, int], float]
    """Of a track, after so many turns."""

    def turns_of(
        self, track: int, comes: list[tuple[int, float, float]], until_s: float
    ) -> list[float]:
        """When ``track`` had its turns; ``comes``: tracks, when they come, when they go."""
        since = {name: come_s for name, come_s, _ in comes}
        turns: dict[int, int] = dict.fromkeys(since, 0)
        due = dict(since)
        seen = dict(since)
        own = []
        for frame in range(round(until_s * FPS)):
            time_s = frame / FPS
            here = {name for name, come_s, go_s in comes if come_s <= time_s < go_s}
            waiting = [
                Waiting(name, self.standing(name, track, turns[name]), since[name], 100 + name)
                for name in here
                if due[name] <= time_s
            ]
            urgent = by_urgency(waiting, time_s)
            for name in followed(urgent, {name: seen[name] for name in here}):
                seen[name] = time_s
            if not urgent:
                continue
            name = urgent[0]
            assert seen[name] == time_s, "whoever has the turn is followed"
            since[name] = time_s
            turns[name] += 1
            due[name] = time_s + self.pause_s(name, turns[name])
            if name == track:
                own.append(time_s)
        return own

    @staticmethod
    def standing(name: int, track: int, turns: int) -> Standing:
        return Standing.PROMISING if name == track and turns else Standing.UNDECIDED


def hurried(name: int, turns: int) -> float:
    """As the door paces a visit: five looks at once, then one every 0.3 s."""
    return 0.05 if turns < 5 else 0.3


def greedy(name: int, turns: int) -> float:
    return 0.0


RESIDENT = 0
LOOKS = 3


def test_four_strangers_do_not_keep_a_resident_waiting() -> None:
    strangers = [(name, 0.0, 20.0) for name in range(1, 5)]
    turns = Crowd(hurried).turns_of(RESIDENT, [*strangers, (RESIDENT, 1.0, 20.0)], 5)
    assert turns[LOOKS - 1] - 1.0 < 1.0


def test_a_screen_of_ever_new_faces_does_not_either() -> None:
    shown = [(number, number / 5, number / 5 + 0.4) for number in range(1, 100)]
    turns = Crowd(hurried).turns_of(RESIDENT, [*shown, (RESIDENT, 3.0, 20.0)], 6)
    assert turns[LOOKS - 1] - 3.0 < 1.0


@given(
    st.lists(st.tuples(st.floats(0, 5), st.floats(0.1, 10)), max_size=8),
    st.floats(0, 4),
)
def test_nobody_waits_longer_than_the_others_take(
    others: list[tuple[float, float]], come_s: float
) -> None:
    """Whoever is undecided has a turn at least once in so many frames as there are faces at a time,
    and a resident, once seen as one, every few frames."""
    comes = [(name, start_s, start_s + stay_s) for name, (start_s, stay_s) in enumerate(others, 1)]
    turns = Crowd(greedy).turns_of(RESIDENT, [*comes, (RESIDENT, come_s, 20.0)], come_s + 3)
    assert turns, "a resident has a turn"
    assert turns[0] - come_s <= (len(others) + 2) / FPS
    assert all(
        later - earlier <= (len(others) + 2) / FPS for earlier, later in itertools.pairwise(turns)
    )
    assert turns[LOOKS - 1] - come_s < 1.5


@given(st.integers(1, 30), st.integers(0, 40))
def test_few_faces_are_followed_in_a_frame_and_none_is_forgotten(faces: int, frames: int) -> None:
    seen = dict.fromkeys(range(faces), 0.0)
    for frame in range(1, frames + faces + 1):
        chosen = followed([frame % faces], seen)
        assert len(chosen) == min(faces, MOST_FOLLOWED)
        assert frame % faces in chosen
        seen.update(dict.fromkeys(chosen, float(frame)))
        assert frame - min(seen.values()) <= faces / (MOST_FOLLOWED - 1) + 1


def test_whoever_is_decided_gets_the_turns_that_are_left() -> None:
    decided = Waiting(1, Standing.DECIDED, 0.0, 300)
    undecided = Waiting(2, Standing.UNDECIDED, 0.7, 100)
    assert by_urgency([decided, undecided], 1.0) == [2, 1]
    assert by_urgency([decided, undecided], 0.8) == [1, 2], "but is not forgotten"


def test_of_two_that_come_together_the_nearer_is_first() -> None:
    far, near = Waiting(1, Standing.UNDECIDED, 0.0, 60), Waiting(2, Standing.UNDECIDED, 0.0, 160)
    assert by_urgency([far, near], 0.0) == [2, 1]

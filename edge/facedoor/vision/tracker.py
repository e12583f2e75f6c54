"""The tracker: which face of this frame is which face of the frame before.

Everything that is known about a visitor (evidence, decision) belongs to a track, so a track must
never pass from one face to another. Boxes say where a face went; embeddings, which come now and
then, say whether it is still the same one: a face that is replaced by another in the same place
starts a new track, and a face that comes back within a moment is the same visit.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from facedoor.frames import Face, Vector

LOST_AFTER_S = 1.0
"""A face that was not seen for so long has gone: a blink of the detector is shorter."""

SAME_VISIT_S = 3.0
"""A face that comes back this soon after it went is on the same visit."""

_BESIDE = 1.25
"""A face begins beside another if their middles are less than so many widths of the wider one
apart: two people shoulder to shoulder are twice as far."""

_SWAP_NEEDS = 2
"""Embeddings in a row that contradict a track before it is split: one may be a blurred frame."""


@dataclass(slots=True, eq=False)
class Track:
    """One face over time. ``id`` is never used twice while the process lives."""

    id: int
    face: Face
    seen_s: float
    appearance: Vector | None = None
    """Running mean of its embeddings, float32 of shape (D,), not of unit length."""
    is_away: bool = False
    """Its face was looked for, and not seen since. Of many faces not each is looked for in a
    frame; one that was not is where it was."""
    contradictions: int = 0
    beside: int | None = None
    """The track beside, inside or in place of whose face this one began, if there was any."""


class Tracker:
    """Follows faces from frame to frame. Times are the frames' ``time_s``."""

    def __init__(self, same_face_distance: float) -> None:
        """Farther than ``same_face_distance`` from a track's mean embedding, it is another face."""
        self._same_face_distance = same_face_distance
        self.tracks: list[Track] = []
        self._left: list[Track] = []
        self._next_id = 1

    def update(
        self, faces: Sequence[Face], time_s: float, looked_for: Collection[int] | None = None
    ) -> None:
        """Give each of ``faces`` to the track that it continues, or start a new one for it.

        ``looked_for`` are the tracks whose faces would be among them: without it, all.
        """
        free = list(self.tracks)
        # A track whose face is in view comes before one that has lost it: otherwise somebody who
        # walks past the place of a hidden person would be taken for them.
        pairs = sorted(
            ((track.face.box.overlap(face.box), track, face) for track in free for face in faces),
            key=lambda pair: (pair[1].seen_s if pair[1].is_away else math.inf, pair[0]),
            reverse=True,
        )
        placed: list[Face] = []
        for overlap, track, face in pairs:
            if overlap > 0 and track in free and face not in placed:
                track.face, track.seen_s, track.is_away = face, time_s, False
                free.remove(track)
                placed.append(face)
        for track in free:
            track.is_away |= looked_for is None or track.id in looked_for
        self.tracks += [self._new(face, time_s) for face in faces if face not in placed]
        self._drop_lost(time_s)

    def confirm(self, track: Track, embedding: Vector) -> Track | None:
        """The track to which this new embedding of ``track``'s face really belongs.

        Usually ``track`` itself. A face that was here a moment ago gets its old track back, two
        that were mixed up as they passed each other get their own, and a face that took another's
        place gets a new one. ``None``: the embedding contradicts the track, but one alone may be a
        bad frame, so it counts for nobody.
        """
        if track.appearance is None:
            # However alike, somebody who is in view on another track is somebody else.
            away = [other for other in self.tracks if other.is_away]
            owner = self._nearest(away + self._left, embedding) or track
        elif _distance(track.appearance, embedding) <= self._same_face_distance:
            owner = track
        else:
            track.contradictions += 1
            if track.contradictions < _SWAP_NEEDS:
                return None
            known = self._nearest(self.tracks + self._left, embedding)
            owner = known or self._new(track.face, track.seen_s)
        if owner is not track:
            self._hand_over(track, owner)
        return _blended(owner, embedding)

    def is_known(self, track_id: int) -> bool:
        """True if the track is in view, or so recently gone that its face may come back."""
        return any(track.id == track_id for track in self.tracks + self._left)

    def end(self, track: Track) -> None:
        """Follow ``track`` no longer; its id is not used again."""
        self.tracks = [other for other in self.tracks if other is not track]

    def forget(self) -> None:
        """End all tracks; their ids are not used again."""
        self.tracks, self._left = [], []

    def _new(self, face: Face, time_s: float) -> Track:
        track = Track(self._next_id, face, time_s, beside=self._beside(face))
        self._next_id += 1
        return track

    def _beside(self, face: Face) -> int | None:
        apart = [(_widths_apart(track.face, face), track.id) for track in self.tracks + self._left]
        widths, nearest = min(apart, default=(math.inf, None))
        return nearest if widths < _BESIDE else None

    def _hand_over(self, track: Track, owner: Track) -> None:
        """Give the face of ``track`` to ``owner``, in exchange for the face that this one has."""
        track.contradictions = 0
        if track.appearance is not None and owner in self.tracks:
            track.face, owner.face = owner.face, track.face
            track.seen_s, owner.seen_s = owner.seen_s, track.seen_s
            track.is_away, owner.is_away = owner.is_away, track.is_away
            return
        owner.face, owner.seen_s, owner.is_away = track.face, track.seen_s, track.is_away
        self.tracks = [other for other in self.tracks if other not in (track, owner)] + [owner]
        self._left = [other for other in self._left if other is not owner]
        if track.appearance is not None:
            self._left.append(track)

    def _nearest(self, tracks: Sequence[Track], embedding: Vector) -> Track | None:
        """Of ``tracks``, the one whose face ``embedding`` shows."""
        distances = [
            (_distance(track.appearance, embedding), track)
            for track in tracks
            if track.appearance is not None
        ]
        distance, track = min(distances, key=lambda pair: pair[0], default=(math.inf, None))
        return track if distance <= self._same_face_distance else None

    def _drop_lost(self, time_s: float) -> None:
        lost = [track for track in self.tracks if time_s - track.seen_s > LOST_AFTER_S]
        self.tracks = [track for track in self.tracks if track not in lost]
        self._left = [
            track
            for track in self._left + lost
            if track.appearance is not None and time_s - track.seen_s <= LOST_AFTER_S + SAME_VISIT_S
        ]


def _blended(track: Track, embedding: Vector) -> Track:
    track.contradictions = 0
    if track.appearance is None:
        track.appearance = embedding
    else:
        track.appearance = track.appearance + (embedding - track.appearance) * np.float32(0.2)
    return track


def _widths_apart(one: Face, other: Face) -> float:
    """How far the middles of two faces are apart, in widths of the wider one."""
    return math.dist(one.box.centre, other.box.centre) / max(
        one.box.width_px, other.box.width_px, 1.0
    )


def _distance(appearance: Vector, embedding: Vector) -> float:
    direction = appearance / np.linalg.norm(appearance)
    return float(np.linalg.norm(direction - embedding))

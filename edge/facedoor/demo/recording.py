"""Records what happens during the run, and the messages of it, for the picture and the summary."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from facedoor.frames import Frame, Image, Match
from facedoor.mqtt.broker import HOST
from facedoor.service.observer import Summary
from facedoor.visit.report import FaceView, FrameReport
from facedoor.wire.events import Decision, Event, RelayChanged

START_S = 10.0

SILHOUETTE = (118, 130, 145)
GRANTED = (38, 162, 105)
REFUSED = (200, 50, 47)
UNDECIDED = (229, 165, 10)


@dataclass(frozen=True, slots=True)
class Message:
    """One message as a dashboard would get it."""

    topic: str
    payload: dict[str, Any]
    retained: bool


def free_port() -> int:
    """A port of the loopback address on which nobody listens."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def listener(port: int, topic: str, heard: Callable[[Message], None]) -> Iterator[None]:
    """Subscribe to ``topic`` at QoS 1; ``heard`` is called from the client's own thread."""
    subscribed = threading.Event()
    client = Client(CallbackAPIVersion.VERSION2)
    client.connect(HOST, port)
    client.on_subscribe = lambda *_: subscribed.set()
    client.on_message = lambda _1, _2, message: heard(
        Message(message.topic, json.loads(message.payload), message.retain)
    )
    client.loop_start()
    client.subscribe(topic, qos=1)
    subscribed.wait(START_S)
    try:
        yield
    finally:
        client.disconnect()
        client.loop_stop()


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A frame to show of a visit."""

    image: Image
    faces: tuple[FaceView, ...]


@dataclass(frozen=True, slots=True)
class Sighting:
    """One comparison with the gallery."""

    time_s: float
    person: str | None
    distance: float


@dataclass(slots=True)
class Recording:
    """An observer of the service, and of the broker. Times are the source's own."""

    visits_s: tuple[tuple[float, float], ...]
    """When each visit begins and ends: the truth, for the record only."""
    sightings: list[Sighting] = field(default_factory=list)
    decisions: list[tuple[float, Decision]] = field(default_factory=list)
    relay: list[tuple[float, bool]] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    scenes: dict[int, Scene] = field(default_factory=dict)
    """By visit."""
    empty: Image | None = None
    """The first frame, before anybody came."""
    time_s: float = 0.0
    _matches: dict[int, Match] = field(default_factory=dict)
    """The last comparison of each track, to tell a new one from the same one shown again."""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def watching(self, frame: Frame, report: FrameReport) -> None:
        with self._lock:
            self.time_s = frame.time_s
            if self.empty is None:
                self.empty = frame.main
            for view in report.faces:
                if view.match is not None and view.match is not self._matches.get(view.track):
                    self._matches[view.track] = view.match
                    self.sightings.append(
                        Sighting(frame.time_s, view.match.person, view.match.distance)
                    )
            visit = self.visit_at(frame.time_s)
            if visit is not None:
                scene = Scene(frame.main, report.faces)
                self.scenes[visit] = max(self.scenes.get(visit, scene), scene, key=_value)

    def happened(self, event: Event) -> None:
        with self._lock:
            if isinstance(event, RelayChanged):
                self.relay.append((self.time_s, event.on))
            elif isinstance(event, Decision):
                self.decisions.append((self.time_s, event))

    def ended(self, summary: Summary) -> None:
        """The lists have everything already."""

    def heard(self, message: Message) -> None:
        with self._lock:
            self.messages.append(message)

    def without_photos(self) -> Recording:
        """The same record with a plain silhouette wherever a scene shows a person.

        The demonstration's photos are not ours to spread; a picture of this record may be shared.
        """
        scenes = {
            number: Scene(_silhouetted(scene.image, self.empty), scene.faces)
            for number, scene in self.scenes.items()
            if self.empty is not None
        }
        return dataclasses.replace(self, scenes=scenes)

    def visit_at(self, time_s: float) -> int | None:
        """The visit at ``time_s``, or the last one before."""
        begun = [number for number, (begin_s, _) in enumerate(self.visits_s) if begin_s <= time_s]
        return begun[-1] if begun else None


def _value(scene: Scene) -> tuple[bool, float]:
    """The best scene of a visit is after the decision, with the face at its largest."""
    largest = max(scene.faces, key=lambda view: view.face.box.width_px, default=None)
    if largest is None:
        return False, 0.0
    return largest.decision is not None, largest.face.box.width_px


def _silhouetted(image: Image, empty: Image) -> Image:
    difference = cv2.absdiff(image, empty).max(axis=2)
    noise_free = cv2.GaussianBlur(difference, (0, 0), 3)
    shape = cv2.morphologyEx(
        (noise_free > 5).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((61, 61), np.uint8)
    )
    result = image.copy()
    result[shape > 0] = SILHOUETTE
    return result


def colour(view: FaceView) -> tuple[int, int, int]:
    """RGB: green for a granted visitor, red for a refused one, amber before the decision."""
    if view.decision is None:
        return UNDECIDED
    return GRANTED if view.decision.granted else REFUSED


def caption(view: FaceView) -> str:
    """Who it is, or what the visitor should do, or that the door is still looking."""
    if view.decision is not None:
        return view.decision.person or view.decision.reason.guidance
    return view.refusal.guidance if view.refusal else "looking ..."

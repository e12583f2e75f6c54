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

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from facedoor.camera.simulated import SimulatedCamera
from facedoor.frames import Frame, Image, Match
from facedoor.mqtt.broker import HOST
from facedoor.service.observer import Summary
from facedoor.visit.report import FaceView, FrameReport
from facedoor.wire.decisions import Decision
from facedoor.wire.events import Event, RelayChanged

START_S = 10.0

EDGE_SHARE = 0.15
"""Of the picture's width: whose face is as near to the edge is leaving."""

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
    frame: int
    """Its number."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One comparison with the gallery."""

    time_s: float
    person: str | None
    distance: float
    liveness: float | None
    """How much alive the visit looked by then, 0 to 1."""


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
    time_s: float = 0.0
    _matches: dict[int, Match] = field(default_factory=dict)
    """The last comparison of each track, to tell a new one from the same one shown again."""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def watching(self, frame: Frame, report: FrameReport) -> None:
        with self._lock:
            self.time_s = frame.time_s
            for view in report.faces:
                if view.match is not None and view.match is not self._matches.get(view.track):
                    self._matches[view.track] = view.match
                    match = view.match
                    self.sightings.append(
                        Sighting(frame.time_s, match.person, match.distance, view.liveness)
                    )
            visit = self.visit_at(frame.time_s)
            if visit is not None:
                scene = Scene(frame.main, report.faces, frame.number)
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

    def seen_by(self, camera: SimulatedCamera) -> Recording:
        """The same record with the pictures that another script gives for the same frames.

        The demonstration's photos are not ours to spread; a picture of the record of a run in
        which silhouettes come instead may be shared.
        """
        scenes = {
            number: Scene(camera.frame(scene.frame).main, scene.faces, scene.frame)
            for number, scene in self.scenes.items()
        }
        return dataclasses.replace(self, scenes=scenes)

    def visit_at(self, time_s: float) -> int | None:
        """The visit at ``time_s``, or the last one before."""
        begun = [number for number, (begin_s, _) in enumerate(self.visits_s) if begin_s <= time_s]
        return begun[-1] if begun else None


def _value(scene: Scene) -> tuple[bool, bool, float]:
    """The best scene of a visit is after the decision, with the face well in view, and large."""
    largest = max(scene.faces, key=lambda view: view.face.box.width_px, default=None)
    if largest is None:
        return False, False, 0.0
    box, width_px = largest.face.box, scene.image.shape[1]
    is_in_view = EDGE_SHARE * width_px < box.left < box.right < (1 - EDGE_SHARE) * width_px
    return largest.decision is not None, is_in_view, box.width_px


def colour(view: FaceView) -> tuple[int, int, int]:
    """RGB: green for a granted visitor, red for a refused one, amber before the decision."""
    if view.decision is None:
        return UNDECIDED
    return GRANTED if view.decision.granted else REFUSED

"""The messages on the bus: JSON objects in UTF-8.

Every message has the keys

========  ======================================================================
``v``     version of the schema: 1
``door``  the door's name
``id``    names the message; an event keeps its id when it is sent again
``time``  RFC 3339 UTC: of an event when it happened, else when the message was made
========  ======================================================================

and those of its topic: the fields of :class:`Status`, :class:`Telemetry`, :class:`People` and
:class:`Result`, :class:`facedoor.wire.mode.DoorStatus`, :class:`facedoor.wire.prompts.Prompt`, and
:mod:`facedoor.wire.events`. Readers ignore keys that they do not know; :func:`read` is one. Nothing
here is signed: that is for :mod:`facedoor.wire.door_key`, with the finished message.
"""

from __future__ import annotations

import dataclasses
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from facedoor import __version__, strict
from facedoor.problems import Problem
from facedoor.strict import StrictError, more
from facedoor.times import utc_now
from facedoor.wire import bands, entries
from facedoor.wire.entries import Entry
from facedoor.wire.events import Event
from facedoor.wire.mode import DoorStatus, Mode
from facedoor.wire.prompts import Prompt
from facedoor.wire.roles import DoorIdentity, public_key_text

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Received:
    """One message, as the broker delivered it; nothing in it has been looked at.

    ``retained`` is true for a message that the broker had kept, and with MQTT v5 also for one that
    it is going to keep. ``response_topic`` and ``correlation`` are those of MQTT v5.
    """

    topic: str
    payload: bytes
    retained: bool
    response_topic: str | None = None
    correlation: bytes | None = None


Handlers: TypeAlias = Mapping[str, Callable[[Received], None]]
"""By topic filter: who takes the messages. Called from the network's thread: must not block."""


@dataclass(frozen=True, slots=True)
class Status:
    """Whether the service runs, on ``.../status``, in which ``version``.

    ``problems`` are sentences, empty when all is well; ``problem_details`` are the same problems in
    the same order. The broker itself sends the offline one when the service is lost; its ``time``
    is then the start of the connection, since nobody knows the end beforehand. ``identity`` is the
    door's, ``public_key`` that with which it signs; both are empty from a door that has none yet.
    """

    status: Literal["online", "offline"]
    version: str
    problems: tuple[str, ...] = ()
    problem_details: tuple[Problem, ...] = ()
    identity: str = ""
    public_key: str = ""


@dataclass(frozen=True, slots=True)
class Telemetry:
    """How the door fares at a moment, and since the last ones. ``None``: not known here.

    ``fps`` counts frames judged; ``cpu_percent`` is the process's share of one processor core, so
    it can be above 100; ``memory_mb`` what it has in memory; ``temperature_c`` the hottest sensor
    of the machine; ``disk_free_mb`` what this user can still write where the state is kept;
    ``queues`` how many wait where; ``problems`` the codes of what is wrong, worst first;
    ``frame_age_s`` how long ago a frame was judged; ``events_waiting`` how many entries of the
    journal the broker has not acknowledged; ``throttled`` what a Raspberry Pi's firmware says slows
    it down now, or, with ``_since_boot``, has done so; ``lamp`` whether the lamp at the door is on.
    A MB is a million bytes.
    """

    fps: float
    cpu_percent: float
    memory_mb: float | None
    temperature_c: float | None
    disk_free_mb: float | None
    queues: Mapping[str, int]
    problems: tuple[str, ...] = ()
    frame_age_s: float | None = None
    events_waiting: int | None = None
    throttled: tuple[str, ...] | None = None
    lamp: bool | None = None


@dataclass(frozen=True, slots=True)
class People:
    """Who is enrolled, on ``.../people``; ``roster`` grows with each change.

    ``names`` is there only with ``[mqtt] publish_names``.
    """

    count: int
    roster: int
    names: tuple[str, ...] | None = field(default=None, metadata=more(is_optional=True))


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a command, on ``.../result/<command>``; docs/commands.md has the rest.

    ``command`` is its id, or ``None`` where the sender is not known; ``reason`` is a code where it
    was refused, ``message`` the same in words. ``values`` are the further keys, ``cmd`` among them.
    """

    command: str | None
    outcome: Literal["done", "refused", "failed", "progress"]
    reason: str | None
    message: str
    values: Mapping[str, Any] = field(default_factory=dict, metadata=more(is_rest=True))


Content: TypeAlias = Event | Status | DoorStatus | Prompt | Telemetry | People | Result


@dataclass(frozen=True, slots=True)
class Message:
    """What a door has said. ``id`` and ``time`` are as above."""

    door: str
    id: str
    time: str
    content: Content


_KINDS: Mapping[str, type[Any]] = {
    "status": Status,
    "state": DoorStatus,
    "prompt": Prompt,
    "telemetry": Telemetry,
    "people": People,
    "result": Result,
}


def read(topic: str, payload: bytes) -> Message:
    """The message that came on ``topic``. Raises ``ValueError`` for what no door says there."""
    try:
        said = json.loads(payload)
    except RecursionError as error:
        raise StrictError("is nested too deeply") from error
    if not isinstance(said, dict):
        raise StrictError(f"is {strict.shown(said)}; it has to be an object")
    door, number, time = (str(said.pop(key, "")) for key in ("door", "id", "time"))
    said.pop("v", None)
    said.pop("signature", None)  # for facedoor.wire.door_key, which looks at the bytes
    word = topic.split("/")[2] if topic.count("/") >= 2 else ""
    if word == "event":
        kind = str(said.pop("kind", ""))
        return Message(door, number, time, entries.read(kind, {"time": time, **said}))
    if word not in _KINDS:
        raise StrictError(f"is on {topic}, where no message is")
    return Message(door, number, time, strict.read(_KINDS[word], said, ignore_unknown=True))


def event(door: str, epoch: str, entry: Entry) -> bytes:
    """One entry of the journal, on ``.../event``.

    ``id`` is the door's name, the epoch of its state file, and the entry's number in its journal,
    ``front-3f9a1c07-17``: whoever has seen an id before has seen the event, also after a backup was
    restored. ``kind`` is the entry's kind; its payload follows, without distances: see
    :mod:`facedoor.wire.bands`.
    """
    said = {"kind": entry.kind, **bands.told(entry.payload)}
    happened = entry.payload.get("time", entry.time)
    return encode(door, said, f"{door}-{epoch}-{entry.id}", happened)


def status(
    door: str, identity: DoorIdentity, online: bool, problems: Sequence[Problem] = ()
) -> bytes:
    """Whether the service runs, and who it is."""
    sentences = tuple(problem.sentence for problem in problems)
    word: Literal["online", "offline"] = "online" if online else "offline"
    who = identity.id, public_key_text(identity.public_key)
    return encode(door, Status(word, __version__, sentences, tuple(problems), *who))


def state(door: str, status: DoorStatus, mode: Mode = Mode.NORMAL) -> bytes:
    """The door; while the status is offline this is what was last known."""
    return encode(door, dataclasses.replace(status, mode=mode))


def people(door: str, names: Sequence[str], roster: int, publish_names: bool) -> bytes:
    """Who is enrolled."""
    return encode(door, People(len(names), roster, tuple(names) if publish_names else None))


def encode(door: str, said: object, message_id: str = "", time: str = "") -> bytes:
    """What a ``door`` says: a :data:`Content`, or what JSON says of one."""
    envelope = {"v": SCHEMA, "door": door, "id": message_id or uuid.uuid4().hex}
    message = {**envelope, "time": time or utc_now(), **strict.as_json(said)}
    text = json.dumps(message, ensure_ascii=False, allow_nan=False)
    # Half a surrogate pair has no form in UTF-8; so it gets the one that it has in JSON.
    return text.encode(errors="backslashreplace")

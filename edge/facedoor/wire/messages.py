"""The messages on the bus: JSON objects in UTF-8.

Every message has the keys

========  ======================================================================
``v``     version of the schema: 1
``door``  the door's name
``id``    names the message; an event keeps its id when it is sent again
``time``  RFC 3339 UTC: of an event when it happened, else when the message was made
========  ======================================================================

and those of its topic, listed with each function. Readers ignore keys that they do not know.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from facedoor import __version__, strict
from facedoor.times import utc_now
from facedoor.wire.mode import Mode

if TYPE_CHECKING:
    from facedoor.problems import Problem
    from facedoor.wire.events import Entry
    from facedoor.wire.mode import DoorStatus

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Telemetry:
    """How the door fares at a moment, and since the last ones. ``None``: not known here.

    ``fps`` counts frames judged; ``cpu_percent`` is the process's share of one processor core, so
    it can be above 100; ``memory_mb`` what it has in memory; ``temperature_c`` the hottest sensor
    of the machine; ``disk_free_mb`` what this user can still write where the state is kept;
    ``queues`` how many wait where; ``problems`` the codes of what is wrong, worst first. A MB is a
    million bytes.
    """

    fps: float
    cpu_percent: float
    memory_mb: float | None
    temperature_c: float | None
    disk_free_mb: float | None
    queues: Mapping[str, int]
    problems: tuple[str, ...] = ()


def event(door: str, epoch: str, entry: Entry) -> bytes:
    """One entry of the journal, on ``.../event``.

    ``id`` is the door's name, the epoch of its state file, and the entry's number in its journal,
    ``front-3f9a1c07-17``: whoever has seen an id before has seen the event, also after a backup was
    restored. ``kind`` is the entry's kind; the keys of its payload follow, those of
    :mod:`facedoor.wire.events`.
    """
    happened = entry.payload.get("time", entry.time)
    return _encoded(
        {
            **_envelope(door, f"{door}-{epoch}-{entry.id}", happened),
            "kind": entry.kind,
            **entry.payload,
        }
    )


def status(door: str, online: bool, problems: Sequence[Problem] = ()) -> bytes:
    """Whether the service runs, on ``.../status``.

    ``status`` is ``online`` or ``offline``, ``version`` that of the service, ``problems`` a list of
    sentences, empty when all is well, ``problem_details`` the same problems in the same order, each
    with the fields of :class:`facedoor.problems.Problem`. The broker itself sends the
    offline one when the service is lost; its ``time`` is then the start of the service, since
    nobody knows the end beforehand.
    """
    return _encoded(
        {
            **_envelope(door, uuid.uuid4().hex, utc_now()),
            "status": "online" if online else "offline",
            "version": __version__,
            "problems": [problem.sentence for problem in problems],
            "problem_details": [strict.as_json(problem) for problem in problems],
        }
    )


def state(door: str, status: DoorStatus, mode: Mode = Mode.NORMAL) -> bytes:
    """The door, on ``.../state``: ``lock`` is ``locked`` or ``released``, ``since`` a time.

    ``contact`` is ``open``, ``closed``, or ``null`` where there is none or it cannot be read;
    ``state`` is that of the whole, as docs/door.md has them, ``tamper`` whether the tamper switch
    has tripped, ``mode`` is ``normal``, ``face_off`` or ``lockdown``. While the status is offline
    this is what was last known.
    """
    contact = None if status.is_open is None else "open" if status.is_open else "closed"
    return _encoded(
        {
            **_envelope(door, uuid.uuid4().hex, utc_now()),
            "lock": "locked" if status.is_locked else "released",
            "contact": contact,
            "state": status.name,
            "tamper": status.tampered,
            "since": status.since,
            "mode": mode,
        }
    )


def result(door: str, command: str | None, values: Mapping[str, object]) -> bytes:
    """What became of a command, on ``.../result/<command>``.

    ``command`` is its id, or ``null`` where the sender is not known. ``outcome`` is ``done``,
    ``refused``, ``failed``, or ``progress`` while it is being carried out; ``reason`` a code where
    it was refused, ``message`` the same in words. docs/commands.md has the rest.
    """
    envelope = _envelope(door, uuid.uuid4().hex, utc_now())
    return _encoded({**envelope, "command": command, **values})


def telemetry(door: str, fares: Telemetry) -> bytes:
    """How the door and its machine fare, on ``.../telemetry``: the fields of :class:`Telemetry`."""
    return _encoded({**_envelope(door, uuid.uuid4().hex, utc_now()), **strict.as_json(fares)})


def people(door: str, names: Sequence[str], roster: int, publish_names: bool) -> bytes:
    """Who is enrolled, on ``.../people``: ``count``, and ``roster``, which grows with each change.

    ``names`` is there only if ``publish_names``.
    """
    message = {
        **_envelope(door, uuid.uuid4().hex, utc_now()),
        "count": len(names),
        "roster": roster,
    }
    if publish_names:
        message["names"] = list(names)
    return _encoded(message)


def _envelope(door: str, message_id: str, time: str) -> dict[str, object]:
    return {"v": SCHEMA, "door": door, "id": message_id, "time": time}


def _encoded(message: dict[str, object]) -> bytes:
    return json.dumps(message, ensure_ascii=False, allow_nan=False).encode()

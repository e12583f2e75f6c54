"""What is known of each door now: whether it is there, how it stands, what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from facedoor import strict
from facedoor.dashboard.bounds import bounded
from facedoor.times import utc_text
from facedoor.wire.messages import Message, People, Status, Telemetry
from facedoor.wire.mode import DoorStatus
from facedoor.wire.roles import DoorIdentity, public_key_text

POINT_S = 120
"""How far apart the moments are that are kept of a door's telemetry."""

FRESH_S = 60.0
"""A message that was made less than this ago by this machine's clock is no old one that somebody
says again, even if the door's clock was set back since the last."""


@dataclass(slots=True)
class Door:
    """One door, as its own words tell of it. Times are RFC 3339 UTC."""

    name: str
    identity: DoorIdentity
    history_from: str | None = None
    is_stranger: bool = False
    _online: bool = False
    _since: str | None = None
    _seen: str | None = None
    _status: dict[str, Any] = field(default_factory=dict)
    _state: dict[str, Any] | None = None
    _telemetry: dict[str, Any] | None = None
    _people: int | None = None
    _clock_offset_s: float | None = None
    _said: dict[str, str] = field(default_factory=dict)
    _point_s: float = 0.0

    def hear(self, message: Message, now_s: float, *, is_live: bool) -> None:
        """Take what the door has said; ``is_live``: just now, and not kept by the broker.

        What is older than what it said last changes nothing: anybody can say it again.
        """
        content, said = message.content, strict.as_json(message.content)
        age_s = now_s - seconds(message.time)
        kind = type(content).__name__
        if isinstance(content, Status) and content.status == "offline":
            # The broker's last will was made when the connection began, so it is always old.
            since = utc_text(datetime.fromtimestamp(now_s, UTC)) if is_live else self._seen
            self._go(online=False, since=max(since or "", message.time))
        elif message.time < self._said.get(kind, "") and abs(age_s) > FRESH_S:
            return
        else:
            self._said[kind] = message.time
            if is_live or isinstance(content, Status):
                self._go(online=True, since=message.time)
        self._seen = max(self._seen or "", message.time)
        if isinstance(content, Status):
            self._status, self.is_stranger = bounded(said), False
        elif isinstance(content, DoorStatus):
            self._state = bounded(said)
        elif isinstance(content, People):
            self._people = content.count  # no names: they are erased here with what tells of them
        elif isinstance(content, Telemetry):
            self._telemetry = {"time": message.time, **bounded(said)}
            self.set_clock(age_s)

    def set_clock(self, age_s: float) -> None:
        """Something that the door has said just now was made so long ago, by this machine's clock.

        What it took on its way makes the door's clock look late, so the newest decides.
        """
        self._clock_offset_s = round(-age_s, 2)

    def point(self, now_s: float) -> list[float | None] | None:
        """How the door fares, if that is to be kept now."""
        if self._telemetry is None or now_s < self._point_s + POINT_S:
            return None
        self._point_s = now_s
        return [self._telemetry[key] for key in _PLOTTED]

    def as_json(self) -> dict[str, Any]:
        """As the page gets it."""
        problems = self._status.get("problem_details", []) if self._online else []
        return {
            "name": self.name,
            "identity": self.identity.id,
            "public_key": public_key_text(self.identity.public_key),
            "online": self._online,
            "since": self._since,
            "seen": self._seen,
            "version": self._status.get("version"),
            "problems": problems,
            "state": self._state,
            "telemetry": self._telemetry,
            "people": self._people,
            "clock_offset_s": self._clock_offset_s,
            "is_stranger": self.is_stranger,
            "history_from": self.history_from,
        }

    def needs(self) -> list[dict[str, Any]]:
        """What somebody should see to: that it is away, or what it says is wrong."""
        said = self.as_json()
        if not self._online:
            return [{"kind": "offline", "door": self.name, "since": self._since}]
        keys = ("code", "severity", "sentence", "since", "figures")
        return [
            {"kind": "problem", "door": self.name, **{key: problem[key] for key in keys}}
            for problem in said["problems"]
        ]

    def _go(self, *, online: bool, since: str) -> None:
        if online != self._online or self._since is None:
            self._online, self._since = online, since


_PLOTTED = ("fps", "cpu_percent", "memory_mb", "temperature_c", "disk_free_mb")


def seconds(time: str) -> float:
    """A time, RFC 3339, as seconds since 1970. Raises ``ValueError``."""
    return _moment(time).timestamp()


def utc(time: str) -> str:
    """A time, RFC 3339, in the one form in which times are kept here. Raises ``ValueError``."""
    return utc_text(_moment(time))


def _moment(time: str) -> datetime:
    moment = datetime.fromisoformat(time)
    if moment.tzinfo is None:
        raise ValueError(f"{time!r:.40} has no zone")
    return moment

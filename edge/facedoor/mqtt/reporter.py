"""What the door tells of itself beside its decisions: its health, its people, its last picture.

None of it is needed to open a door, so nothing that goes wrong here may reach one: it is logged.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from random import SystemRandom
from typing import Protocol

from facedoor.camera.pictures import snapshot
from facedoor.config.options import Config
from facedoor.frames import Image
from facedoor.mqtt.homeassistant import discovery, discovery_topic
from facedoor.wire import messages
from facedoor.wire.messages import Telemetry
from facedoor.wire.topics import Topics

TELEMETRY_EVERY_S = 30.0

BIRTH_DELAY_S = (0.5, 5.0)
"""How long to wait when Home Assistant has started: at random, since every device answers it."""

THERMAL = Path("/sys/class/thermal")
FIRMWARE = Path("/sys/devices/platform")
"""Below it a Raspberry Pi tells what ``vcgencmd get_throttled`` does: on a Pi 4 in
``soc/soc:firmware``, on a Pi 5 with an address in both names."""

_THROTTLED = ("under_voltage", "frequency_capped", "throttled", "soft_temperature_limit")
"""The bits of it, from the lowest."""
_SINCE_BOOT = 16
"""The same bits, so much higher: it was so since the system started."""

MEMORY = Path("/proc/self/statm")

log = logging.getLogger(__name__)


class Tell(Protocol):
    """What is needed of the bus: it sends when it can, the newest message of each topic."""

    def __call__(
        self, topic: str, payload: bytes, retain: bool = True, visit: str | None = None
    ) -> None:
        """Take a message, of a ``visit`` if it is of one, without waiting."""


class Reporter:
    """Makes the messages when it is time for them.

    :meth:`tick` and :meth:`people_changed` belong to one thread; :meth:`decided` and :meth:`birth`
    may be called from any other, and do not block.
    """

    def __init__(
        self,
        settings: Config,
        tell: Tell,
        measure: Callable[[], Telemetry],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is told yet. ``measure`` says how the door fares now."""
        self._settings = settings
        self._topics = Topics(settings.door.name)
        self._tell = tell
        self._measure = measure
        self._clock = clock
        self._discovery_due_s: float | None = clock()
        self._telemetry_due_s = clock()
        self._born = threading.Event()
        self._pictures: deque[tuple[Image, str | None]] = deque(maxlen=1)

    def people_changed(self, names: Sequence[str], roster: int) -> None:
        """Tell who is enrolled; ``roster`` is the gallery's revision."""
        publish_names = self._settings.mqtt.publish_names
        message = messages.people(self._topics.door, names, roster, publish_names)
        self._tell(self._topics.people, message)

    def decided(self, picture: Image, visit: str | None) -> None:
        """A visit was decided on ``picture``; if that may be told, the next tick does it."""
        if self._settings.mqtt.publish_image:
            self._pictures.append((picture, visit))

    def birth(self, payload: bytes) -> None:
        """Home Assistant has said ``payload`` on :data:`~facedoor.mqtt.homeassistant.BIRTH_TOPIC`.

        The discovery is told again, and telemetry, which is not retained; the broker itself gives
        Home Assistant status, state and people, which are.
        """
        if payload == b"online":
            self._born.set()

    def tick(self) -> None:
        """Tell what it is time for. Never raises."""
        now_s = self._clock()
        for report in (self._describe, self._tell_health, self._show):
            try:
                report(now_s)
            except Exception:
                log.exception("a report could not be made")

    def _describe(self, now_s: float) -> None:
        if self._born.is_set():
            self._born.clear()
            delay_s = SystemRandom().uniform(*BIRTH_DELAY_S)
            self._discovery_due_s = self._telemetry_due_s = now_s + delay_s
        if self._discovery_due_s is not None and now_s >= self._discovery_due_s:
            self._discovery_due_s = None
            self._tell(discovery_topic(self._topics.door), discovery(self._settings))

    def _tell_health(self, now_s: float) -> None:
        if now_s < self._telemetry_due_s:
            return
        self._telemetry_due_s = now_s + TELEMETRY_EVERY_S
        message = messages.encode(self._topics.door, self._measure())
        self._tell(self._topics.telemetry, message, retain=False)

    def _show(self, _now_s: float) -> None:
        if self._pictures:
            picture, visit = self._pictures.popleft()
            self._tell(self._topics.image, snapshot(picture), retain=False, visit=visit)


class HealthMeter:
    """Measures the process that it is in."""

    def __init__(
        self,
        state_directory: Path,
        thermal: Path = THERMAL,
        firmware: Path = FIRMWARE,
        clock: Callable[[], float] = time.monotonic,
        cpu_clock: Callable[[], float] = time.process_time,
    ) -> None:
        """From now on; both clocks give seconds."""
        self._state_directory = state_directory
        self._thermal = thermal
        self._firmware = firmware
        self._clock = clock
        self._cpu_clock = cpu_clock
        self._last_s = clock()
        self._last_cpu_s = cpu_clock()
        self._last_frames = 0
        self._judged_s: float | None = None

    def judged(self) -> None:
        """A frame was judged. From any thread."""
        self._judged_s = self._clock()

    def measure(
        self,
        frames: int,
        queues: Mapping[str, int],
        problems: Iterable[str] = (),
        events_waiting: int | None = None,
    ) -> Telemetry:
        """How things are; ``frames`` counts those judged since the meter was made."""
        now_s, cpu_s = self._clock(), self._cpu_clock()
        # Two calls at the same moment: no rate is known, and none is invented.
        passed_s = max(now_s - self._last_s, 1e-3)
        telemetry = Telemetry(
            fps=round((frames - self._last_frames) / passed_s, 1),
            cpu_percent=round(100 * (cpu_s - self._last_cpu_s) / passed_s, 1),
            memory_mb=_memory_mb(),
            temperature_c=_temperature_c(self._thermal),
            disk_free_mb=_disk_free_mb(self._state_directory),
            queues=dict(queues),
            problems=tuple(dict.fromkeys(problems)),
            frame_age_s=self._frame_age_s(now_s),
            events_waiting=events_waiting,
            throttled=_throttled(self._firmware),
        )
        self._last_s, self._last_cpu_s, self._last_frames = now_s, cpu_s, frames
        return telemetry

    def _frame_age_s(self, now_s: float) -> float | None:
        judged_s = self._judged_s
        return None if judged_s is None else round(max(0.0, now_s - judged_s), 1)


def _memory_mb() -> float | None:
    with suppress(OSError, ValueError, IndexError):
        pages = int(MEMORY.read_text().split()[1])  # the second figure is what is in memory
        return _mb(pages * os.sysconf("SC_PAGE_SIZE"))
    return None


def _temperature_c(thermal: Path) -> float | None:
    found = []
    for sensor in thermal.glob("thermal_zone*/temp"):
        with suppress(OSError, ValueError):  # a sensor that sleeps gives an error when read
            found.append(int(sensor.read_text()) / 1000)
    return round(max(found), 1) if found else None


def _throttled(firmware: Path) -> tuple[str, ...] | None:
    for file in firmware.glob("soc*/soc*:firmware/get_throttled"):
        with suppress(OSError, ValueError):
            bits = int(file.read_text(), 16)
            now = [word for bit, word in enumerate(_THROTTLED) if bits >> bit & 1]
            since = [
                f"{word}_since_boot"
                for bit, word in enumerate(_THROTTLED)
                if bits >> (bit + _SINCE_BOOT) & 1 and word not in now
            ]
            return (*now, *since)
    return None


def _disk_free_mb(folder: Path) -> float | None:
    with suppress(OSError):
        return _mb(shutil.disk_usage(folder).free)
    return None


def _mb(size_bytes: int) -> float:
    return round(size_bytes / 1e6, 1)

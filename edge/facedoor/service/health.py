"""How the machine behind the door fares: what it costs and what is left."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from facedoor.wire.messages import Telemetry

THERMAL = Path("/sys/class/thermal")
MEMORY = Path("/proc/self/statm")


class HealthMeter:
    """Measures the process that it is in."""

    def __init__(
        self,
        state_directory: Path,
        thermal: Path = THERMAL,
        clock: Callable[[], float] = time.monotonic,
        cpu_clock: Callable[[], float] = time.process_time,
    ) -> None:
        """From now on; both clocks give seconds."""
        self._state_directory = state_directory
        self._thermal = thermal
        self._clock = clock
        self._cpu_clock = cpu_clock
        self._last_s = clock()
        self._last_cpu_s = cpu_clock()
        self._last_frames = 0

    def measure(
        self, frames: int, queues: Mapping[str, int], problems: Iterable[str] = ()
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
        )
        self._last_s, self._last_cpu_s, self._last_frames = now_s, cpu_s, frames
        return telemetry


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


def _disk_free_mb(folder: Path) -> float | None:
    with suppress(OSError):
        return _mb(shutil.disk_usage(folder).free)
    return None


def _mb(size_bytes: int) -> float:
    return round(size_bytes / 1e6, 1)

"""Which processor measures: a ratio of speeds says little without the instructions that made it."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path

DOT_PRODUCTS = ("avx512_vnni", "avx_vnni", "asimddp", "i8mm")
"""Instructions that multiply and add bytes; without one of them int8 gains far less on float32."""

FLAGS = ("avx2", "avx512f", "asimd", *DOT_PRODUCTS)
"""Instructions that decide how fast a processor is in float32, and in int8."""


@dataclass(frozen=True, slots=True)
class Processor:
    """``flags`` are those of :data:`FLAGS` that it has."""

    name: str
    count: int
    flags: tuple[str, ...]

    @property
    def has_dot_product(self) -> bool:
        return not set(DOT_PRODUCTS).isdisjoint(self.flags)


def this() -> Processor:
    """The processor that this runs on."""
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    return parse(text, os.cpu_count() or 1)


def parse(cpuinfo: str, count: int) -> Processor:
    """The processor that Linux describes in ``cpuinfo``; one on ARM has no name there."""
    values = {
        key.strip(): value.strip()
        for key, _, value in (line.partition(":") for line in cpuinfo.splitlines())
    }
    known = values.get("flags", values.get("Features", "")).split()
    return Processor(
        name=values.get("model name") or platform.machine(),
        count=count,
        flags=tuple(flag for flag in FLAGS if flag in known),
    )

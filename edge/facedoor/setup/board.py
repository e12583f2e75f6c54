"""What the board can carry: how much memory it has, and whether it multiplies bytes quickly."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from facedoor.languages import _

DOT_PRODUCTS = ("avx512_vnni", "avx_vnni", "asimddp", "i8mm")
"""Instructions that multiply and add bytes, as Linux calls them. Without one of them FaceNet in
int8 should take about four times as long as MobileFaceNet in floats: docs/boards.md."""

LEAST_MB = 1000
"""A board with less memory is a small one: a Pi of 1 GB has some 950 MB, a Zero 2 W 430 MB."""


@dataclass(frozen=True, slots=True)
class Board:
    """``memory_mb`` is ``None`` where it is not known."""

    memory_mb: int | None
    has_dot_product: bool

    @classmethod
    def at(cls, root: Path) -> Board:
        """The board whose ``proc`` is below ``root``."""
        memory = re.search(r"^MemTotal:\s*(\d+) kB", _read(root / "proc/meminfo"), re.M)
        flags = re.findall(r"^(?:flags|Features)\s*:(.*)$", _read(root / "proc/cpuinfo"), re.M)
        known = {flag for line in flags for flag in line.split()}
        return cls(
            int(memory[1]) // 1000 if memory else None,
            # Where nothing is known nothing is proposed.
            not known or not known.isdisjoint(DOT_PRODUCTS),
        )

    @property
    def is_small(self) -> bool:
        return not self.has_dot_product or (self.memory_mb or LEAST_MB) < LEAST_MB

    def __str__(self) -> str:
        has = (
            _("This board has an instruction to multiply and add bytes")
            if self.has_dot_product
            else _("This board has no instruction to multiply and add bytes")
        )
        if self.memory_mb is None:
            return has
        return _("{has}, and {megabytes} MB of memory").format(has=has, megabytes=self.memory_mb)


def _read(path: Path) -> str:
    with suppress(OSError):
        return path.read_text(encoding="utf-8", errors="replace")
    return ""

"""How a command answers: its exit code, and with ``--json`` one object on one line."""

from __future__ import annotations

import json
from collections.abc import Mapping

DONE = 0
NEGATIVE = 1
"""Refused, or a negative answer."""
WRONG_USE = 2
BROKEN = 3


def print_json(values: Mapping[str, object]) -> None:
    """Answer with ``values``."""
    print(json.dumps(values, ensure_ascii=False), flush=True)

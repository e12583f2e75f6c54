"""What a door says, cut to a size: one that was taken over must not fill memory, disk or page."""

from __future__ import annotations

import json
from typing import Any

TEXT_CHARACTERS = 500
"""More than any sentence or name of a door's."""

PARTS = 64
"""More keys or values than any object or list of a door's."""

DEPTH = 6

MESSAGE_BYTES = 64 * 1024
"""More than any event, state or telemetry; results, and what was forgotten, may be larger."""


def bounded(value: Any, depth: int = DEPTH) -> Any:
    """``value``, decoded JSON, with everything that is too long or too deep cut off.

    Halves of surrogate pairs, which cannot be sent or stored as UTF-8, become question marks.
    """
    if isinstance(value, str):
        cut = value if len(value) <= TEXT_CHARACTERS else f"{value[:TEXT_CHARACTERS]}…"
        return cut.encode(errors="replace").decode()
    if isinstance(value, dict):
        if depth == 0:
            return {}
        return {bounded(key): bounded(part, depth - 1) for key, part in list(value.items())[:PARTS]}
    if isinstance(value, list):
        return [bounded(part, depth - 1) for part in value[:PARTS]] if depth else []
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53:
        return None  # no number that a page could tell from its neighbours
    return value


def read_object(text: bytes) -> dict[str, Any]:
    """The JSON object in ``text``. Raises ``ValueError`` for anything else."""
    try:
        said = json.loads(text, parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if isinstance(said, dict):
        return said
    raise ValueError("it is no object")


def compact(value: Any) -> str:
    """``value`` as JSON, as short as it can be, and in any case as UTF-8."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode(errors="replace").decode()


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")

"""What another rules document would change, line by line, before it is put in the place of one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from facedoor.access.document import as_object, to_read


def digest(text: str | None) -> str:
    """Names a document by the SHA-256 of its text in UTF-8, in hex; no document by that of none."""
    return hashlib.sha256((text or "").encode(errors="backslashreplace")).hexdigest()


def changes(before: str | None, after: str) -> list[str]:
    """What ``after``, a document that was parsed, says otherwise than ``before``, a line for each.

    A document that cannot be read any more counts as none.
    """
    old = _lines(to_read(before)["rules"] or {})
    new = _lines(as_object(after))
    said = [_line(where, old.get(where), new[where]) for where in new]
    gone = [_line(where, old[where], None) for where in old if where not in new]
    return [*filter(None, said), *gone]


def _line(where: str, old: str | None, new: str | None) -> str:
    """Empty where nothing has changed; ``None``: it is not said."""
    if old == new:
        return ""
    was = f", was {old}" if old else ""
    if new is None:
        return f"{where}: no more{was}"
    if old is None:
        return f"{where}: new, {new}" if new else f"{where}: new"
    return f"{where}: {new or 'nothing'}{was}"


def _lines(said: Mapping[str, Any]) -> dict[str, str]:
    """By dotted name what stands there; nothing for a table in which nothing is said."""
    return dict(_walk(said, ()))


def _walk(said: Mapping[str, Any], keys: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for key, value in said.items():
        path = (*keys, key)
        if isinstance(value, Mapping):
            if not value or len(path) == 2:
                yield ".".join(path), ""
            yield from _walk(value, path)
        elif isinstance(value, list) and path == ("holidays",):
            for day in value:
                yield f"holidays.{_text(day)}", ""
        else:
            yield ".".join(path), _text(value)


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(_text, value)) or "shut"
    if isinstance(value, Mapping):
        return " ".join(_text(part) for part in value.values())
    return value if isinstance(value, str) else json.dumps(value)

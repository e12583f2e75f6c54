"""One option: its default, and what the reference says of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Any


def option(
    default: Any,
    doc: str,
    at_least: float | None = None,
    at_most: float | None = None,
    form: Callable[[str], None] | None = None,
) -> Any:
    """A field of a section; a number has to be from ``at_least`` to ``at_most``.

    ``form`` raises :class:`facedoor.strict.StrictError` for a text, not an empty one, that does not
    look as it has to.
    """
    return field(default=default, metadata={"doc": doc, "range": (at_least, at_most), "form": form})

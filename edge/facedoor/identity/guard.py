"""What is asked once more in the transaction that changes the gallery, because time has passed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

Guard: TypeAlias = Callable[[], None]
"""Called in the transaction of a change, before it: what it raises undoes all of it."""


def unguarded() -> None:
    """The guard of a change that is made as soon as it is asked for."""


@dataclass(frozen=True, slots=True)
class Holder:
    """The number of the person who has a name ``now``, and of the ``last`` who was given it.

    ``None`` is nobody. Whoever is enrolled, renamed or removed under the name changes them.
    """

    now: int | None
    last: int | None

"""People who were enrolled for another network than that of the pack in use.

Templates of two networks have nothing to do with each other, so the door opens for none of them
until there are templates of this one; those of the other network stay, for the way back.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Sequence

MOST_NAMED = 5
"""So many people are named; of more, the rest is counted."""


def sentence(names: Sequence[str]) -> str:
    """That the door opens for none of ``names``, of which there is one at least, and why."""
    named = list(names[:MOST_NAMED])
    if rest := len(names) - len(named):
        named.append(f"{rest} more")
    *first, last = named
    who = f"{', '.join(first)} and {last}" if first else last
    were = "were" if len(names) > 1 else "was"
    return (
        f"the door does not open for {who}, who {were} enrolled for another network than that of "
        "the pack in use"
    )


def remedy(names: Sequence[str], pictured: Collection[str] = ()) -> str:
    """The command that helps them; of those who are ``pictured`` pictures are kept."""
    name = shlex.quote(names[0]) if len(names) == 1 else "NAME"
    if set(names) & set(pictured):
        return "facedoor people re-enrol"  # which says who needs new photos
    return f"facedoor enroll {name} FILE"

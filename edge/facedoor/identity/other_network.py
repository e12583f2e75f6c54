"""People who were enrolled for another network than that of the pack in use.

Templates of two networks have nothing to do with each other, so the door opens for none of them
until there are templates of this one; those of the other network stay, for the way back.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Sequence

from facedoor.languages import _, ngettext

MOST_NAMED = 5
"""So many people are named; of more, the rest is counted."""


def sentence(names: Sequence[str]) -> str:
    """That the door opens for none of ``names``, of which there is one at least, and why."""
    named = list(names[:MOST_NAMED])
    if rest := len(names) - len(named):
        named.append(_("{count} more").format(count=rest))
    *first, last = named
    who = last
    if first:
        who = _("{first} and {last}").format(first=", ".join(first), last=last)
    return ngettext(
        "the door does not open for {who}, who was enrolled for another network than that of the "
        "pack in use",
        "the door does not open for {who}, who were enrolled for another network than that of the "
        "pack in use",
        len(names),
    ).format(who=who)


def remedy(names: Sequence[str], pictured: Collection[str] = ()) -> str:
    """The command that helps them; of those who are ``pictured`` pictures are kept."""
    name = shlex.quote(names[0]) if len(names) == 1 else "NAME"
    if set(names) & set(pictured):
        return "facedoor people re-enrol"  # which says who needs new photos
    return f"facedoor enroll {name} FILE"

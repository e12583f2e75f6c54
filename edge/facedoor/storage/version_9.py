"""Version 9 of the layout: lists of who is mentioned where in the journal, and whom the last
changes of the gallery were about."""

from __future__ import annotations

BLOCK = 1024
"""Entries for which there is one list: see :mod:`facedoor.storage.mention_blocks`."""

_UNLIST = " ".join(
    (
        "BEGIN DELETE FROM mention_block WHERE",
        f"last_id = (old.entry_id + {BLOCK - 1}) / {BLOCK} * {BLOCK}; END",
    )
)

_LISTS = (
    "CREATE TABLE mention_block (last_id INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT",
    # A list never says what is not there any more.
    *(
        f"CREATE TRIGGER {table}_{name}_unlists AFTER {change} ON {table} {_UNLIST}"
        for table in ("mention", "nearest_mention")
        for name, change in (("removed", "DELETE"), ("erased", "UPDATE OF sealed"))
    ),
)

_CHANGES = (
    # The last few: see facedoor.identity.live_index.
    """CREATE TABLE gallery_change (
        revision INTEGER PRIMARY KEY,
        person_id INTEGER NOT NULL
    ) STRICT""",
)

VERSION_9 = (*_LISTS, *_CHANGES)

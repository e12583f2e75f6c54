"""Version 9 of the layout: lists of who is mentioned where in the journal, whom the last changes of
the gallery were about, and pictures of enrolments."""

from __future__ import annotations

from facedoor.storage.versions_1_to_6 import NOTE_REMAINS

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

_ENROLMENT_PICTURES = (
    # In two tables, as those of visits, since bytes of such size take long to be marked.
    """CREATE TABLE enrolment_picture (
        id INTEGER PRIMARY KEY,
        person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
        is_later INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        digest BLOB NOT NULL
    ) STRICT""",
    "CREATE INDEX enrolment_picture_of_person ON enrolment_picture (person_id)",
    """CREATE TABLE enrolment_picture_data (
        id INTEGER PRIMARY KEY REFERENCES enrolment_picture (id) ON DELETE CASCADE,
        person_id INTEGER NOT NULL,
        sealed BLOB NOT NULL
    ) STRICT""",
    " ".join(
        (
            "CREATE TRIGGER enrolment_picture_data_removed_remains",
            f"AFTER DELETE ON enrolment_picture_data {NOTE_REMAINS}",
        )
    ),
)

VERSION_9 = (*_LISTS, *_CHANGES, *_ENROLMENT_PICTURES)

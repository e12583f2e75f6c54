"""Version 8 of the layout: pictures of visits, and whom a stranger came nearest to.

A picture is in two tables. What is small is covered by the ledger, and says by a digest what the
bytes have to be: those would take seconds to sum up, whenever somebody looks through the file.
"""

from __future__ import annotations

from facedoor.storage.versions_1_to_6 import NOTE_REMAINS

_PICTURES = (
    # The best view of a visit; entry_id is its last decision, without which it does not stay.
    # score tells better from worse, bytes is the length of what is sealed.
    """CREATE TABLE picture (
        visit TEXT PRIMARY KEY,
        entry_id INTEGER NOT NULL
            REFERENCES journal (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
        score REAL NOT NULL,
        bytes INTEGER NOT NULL,
        digest BLOB NOT NULL
    ) STRICT""",
    "CREATE INDEX picture_of_entry ON picture (entry_id)",
    """CREATE TABLE picture_data (
        visit TEXT PRIMARY KEY REFERENCES picture (visit) ON DELETE CASCADE,
        sealed BLOB NOT NULL
    ) STRICT""",
    f"CREATE TRIGGER picture_data_removed_remains AFTER DELETE ON picture_data {NOTE_REMAINS}",
)

_NEAREST = (
    # Beside that of the person whom an entry is about: see facedoor.storage.mentions.
    """CREATE TABLE nearest_mention (
        entry_id INTEGER PRIMARY KEY
            REFERENCES journal (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
        sealed BLOB NOT NULL
    ) STRICT""",
    *(
        f"CREATE TRIGGER nearest_{name}_remains AFTER {change} ON nearest_mention {NOTE_REMAINS}"
        for name, change in (("removed", "DELETE"), ("erased", "UPDATE OF sealed"))
    ),
)

# The ledger covers every table by itself, whichever parts are added here.
VERSION_8 = (*_PICTURES, *_NEAREST)

"""Version 8 of the layout: pictures of visits, whom a stranger came nearest to, invitations.

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

_INVITATIONS = (
    # of_epoch is that in which it was made, joined the fingerprint of the key that came of it;
    # what it rests on: facedoor.commands.invitations.
    """CREATE TABLE invitation (
        fingerprint TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        role TEXT NOT NULL,
        public_key BLOB NOT NULL,
        made_s INTEGER NOT NULL,
        expires_s INTEGER NOT NULL,
        inviter TEXT REFERENCES command_key (fingerprint),
        invited_by TEXT NOT NULL,
        of_epoch TEXT NOT NULL,
        joined TEXT REFERENCES command_key (fingerprint),
        taken_back INTEGER NOT NULL DEFAULT 0
    ) STRICT""",
)

# When a command of the key was last taken, give or take some minutes, in seconds since 1970.
_LAST_USE = "ALTER TABLE command_key ADD COLUMN last_used_s INTEGER"

# The ledger covers every table by itself, whichever parts are added here.
VERSION_8 = (*_PICTURES, *_NEAREST, *_INVITATIONS, _LAST_USE)

"""Step 5 of the state file's layout: the rules, what each person may, and the door's lockout."""

from __future__ import annotations

RULES_TABLES = (
    """CREATE TABLE rules (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        sealed BLOB NOT NULL
    ) STRICT""",
    """CREATE TABLE permission (
        person_id INTEGER PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
        sealed BLOB NOT NULL
    ) STRICT""",
    """CREATE TABLE lockout (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        refusals INTEGER NOT NULL,
        boot TEXT NOT NULL,
        until_s REAL NOT NULL,
        length_s REAL NOT NULL
    ) STRICT""",
    "INSERT INTO lockout VALUES (1, 0, '', 0.0, 0.0)",
)

"""Step 4 of the state file's layout: what a door knows of its site's roster."""

from __future__ import annotations

ROSTER_TABLES = (
    # Without a site these are never read. With one: what the door knows of each of its people.
    """CREATE TABLE site (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        name TEXT NOT NULL,
        key_id TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE roster (
        id TEXT PRIMARY KEY,
        person_id INTEGER UNIQUE,
        generation INTEGER NOT NULL,
        removed INTEGER NOT NULL,
        version INTEGER NOT NULL,
        origin TEXT NOT NULL,
        digest TEXT NOT NULL,
        time TEXT NOT NULL
    ) STRICT""",
    # Whoever was changed and has not been looked at by the roster since, whichever process,
    # with or without the site's key, did it.
    "CREATE TABLE roster_change (person_id INTEGER PRIMARY KEY) STRICT",
    "INSERT INTO roster_change SELECT id FROM person",
    """CREATE TRIGGER roster_sees_person_added AFTER INSERT ON person
        BEGIN INSERT OR IGNORE INTO roster_change VALUES (new.id); END""",
    """CREATE TRIGGER roster_sees_person_renamed AFTER UPDATE OF name ON person
        BEGIN INSERT OR IGNORE INTO roster_change VALUES (new.id); END""",
    """CREATE TRIGGER roster_sees_person_removed AFTER DELETE ON person
        BEGIN INSERT OR IGNORE INTO roster_change VALUES (old.id); END""",
    """CREATE TRIGGER roster_sees_template_added AFTER INSERT ON template
        BEGIN INSERT OR IGNORE INTO roster_change VALUES (new.person_id); END""",
    """CREATE TRIGGER roster_sees_template_removed AFTER DELETE ON template
        BEGIN INSERT OR IGNORE INTO roster_change VALUES (old.person_id); END""",
)

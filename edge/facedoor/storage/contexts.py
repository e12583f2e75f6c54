"""The context in which each thing in the state file is sealed: its place, in words.

What is sealed in one place does not open in another (:mod:`facedoor.storage.vault`). Changing a
word here would make everything sealed before unreadable.
"""

from __future__ import annotations


def of_name(person_id: int) -> str:
    return f"name of person {person_id}"


def of_template(person_id: int, model_sha256: str) -> str:
    return f"template of person {person_id} by {model_sha256}"


def of_mention(entry_id: int) -> str:
    return f"name in entry {entry_id}"


def of_permission(person_id: int) -> str:
    return f"permission of person {person_id}"


HEAD = "head of the journal"

RULES = "rules of the door"

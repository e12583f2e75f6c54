"""Rules by command: set, read, tried first, and not overwritten by somebody who is late."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from facedoor.storage import contexts
from facedoor.storage.store import transaction
from facedoor.wire.roles import GIVEN_ROLES, Role
from front_door import FrontDoor
from vaults import VAULT, open_store

RULES: dict[str, Any] = {"rules": {"time_zone": "Europe/Berlin", "groups": {"staff": {}}}}


def test_rules_are_set_and_read(front: FrontDoor) -> None:
    assert front.ask(Role.VIEWER, "rules").content["rules"] is None
    assert front.ask(Role.ADMIN, "set_rules", RULES).content["outcome"] == "done"
    said = {"person": "ada", "groups": ["staff"], "false_match_rate": 1e-6}
    allowed = front.ask(Role.ADMIN, "allow", said).content
    assert (allowed["person"], allowed["groups"]) == ("Ada", ["staff"])
    read = front.ask(Role.VIEWER, "rules").content
    assert read["rules"] == RULES["rules"]
    assert [(p["person"], p["groups"]) for p in read["people"]] == [("Ada", ["staff"]), ("Bob", [])]


def test_rules_that_cannot_be_read_are_shown_with_the_reason(front: FrontDoor) -> None:
    unknown = 'time_zone = "Europe/Atlantis"'
    sealed = VAULT.seal_text(unknown, contexts.RULES)
    with closing(open_store(front.database)) as db, transaction(db, "change the rules"):
        db.execute("INSERT OR REPLACE INTO rules VALUES (1, ?)", (sealed,))
    read = front.ask(Role.VIEWER, "rules").content
    assert (read["rules"], read["text"]) == (None, unknown)
    assert "Atlantis" in read["problem"]
    assert [person["person"] for person in read["people"]] == ["Ada", "Bob"]


def test_rules_are_tried_before_they_are_set(front: FrontDoor) -> None:
    before = front.state()
    tried = front.ask(Role.ADMIN, "set_rules", {**RULES, "dry_run": True}).content
    assert tried["outcome"] == "done"
    assert "time_zone: new, Europe/Berlin" in tried["changes"]
    assert "Ada is in no group, so the door stays shut" in " ".join(tried["warnings"])
    wrong = {"rules": {"time_zone": "UTC", "group": {}}, "dry_run": True}
    refused = front.ask(Role.ADMIN, "set_rules", wrong).content
    assert (refused["reason"], "did you mean groups?" in refused["message"]) == (
        "not_possible",
        True,
    )
    assert front.ask(Role.OPERATOR, "set_rules", wrong).content["reason"] == "wrong_role"
    assert front.state() == before
    assert [entry["outcome"] for entry in front.journal()] == ["refused"], "of the operator"
    front.ask(Role.ADMIN, "set_rules", RULES)
    again = front.ask(Role.ADMIN, "set_rules", {**RULES, "dry_run": True}).content
    assert again["changes"] == []


def test_rules_that_somebody_else_has_changed_meanwhile_are_not_overwritten(
    front: FrontDoor,
) -> None:
    read = front.ask(Role.VIEWER, "rules").content["hash"]
    mine = {**RULES, "if": read}
    theirs = {"rules": {"time_zone": "UTC"}, "if": read}
    done = front.ask(Role.ADMIN, "set_rules", theirs).content
    assert done["outcome"] == "done"
    for said in (mine, {**mine, "dry_run": True}):
        assert front.ask(Role.ADMIN, "set_rules", said).content["reason"] == "overtaken"
    read = front.ask(Role.VIEWER, "rules").content
    assert (read["rules"], read["hash"]) == (theirs["rules"], done["hash"])
    assert front.ask(Role.ADMIN, "set_rules", {**mine, "if": read["hash"]}).content["outcome"] == (
        "done"
    )


def test_duress_is_shown_to_admins_only(front: FrontDoor) -> None:
    front.ask(Role.ADMIN, "allow", {"person": "Ada", "duress": True})
    for role in GIVEN_ROLES:
        people = front.ask(role, "rules").content["people"]
        assert [person.get("duress") for person in people] == (
            [True, False] if role is Role.ADMIN else [None, None]
        )
    assert "duress" not in str(front.ask(Role.VIEWER, "journal").content["entries"])

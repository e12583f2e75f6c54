"""Invitations: one key from each, within its time and role, and none from anything else."""

from __future__ import annotations

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from commands_kit import NOW_S, private_key, public
from facedoor.commands.invitations import Invitations
from facedoor.commands.inviting import LONGEST_LIFE_S, REMEMBERED_S, invite, join
from facedoor.commands.keys import CommandKeys
from facedoor.commands.used import UsedCommands
from facedoor.errors import UsageError
from facedoor.storage.backup import backup
from facedoor.storage.journal import Journal
from facedoor.storage.ledger import TamperedError
from facedoor.wire.outcomes import RefusedError
from facedoor.wire.roles import GIVEN_ROLES, Role
from front_door import KEYS, FrontDoor
from invitation_kit import (
    DEVICE,
    HOUR_S,
    INVITED,
    asked,
    good_keys,
    invited,
    joined,
    keys,
    number,
    text,
    told_of_keys,
)
from vaults import VAULT, open_store, without_the_key


def test_whoever_is_invited_joins_with_a_key_of_their_own_and_commands(front: FrontDoor) -> None:
    said = invited(front)
    assert (said["outcome"], said["expires"]) == ("done", "2027-01-15T09:00:00.000Z")
    said = joined(front)
    assert (said["outcome"], said["key"]) == ("done", number(DEVICE))
    assert (said["role"], said["key_name"]) == ("operator", "phone")
    assert asked(front, DEVICE, "unlock", reason="parcel")["outcome"] == "done"
    assert front.doorway.relay.is_on


def test_journal_names_inviter_device_and_role(front: FrontDoor) -> None:
    invited(front)
    joined(front)
    asked(front, Role.ADMIN, "revoke", key=number(DEVICE))
    given, used, revoked = told_of_keys(front)
    assert given.items() >= {"change": "invited", "key": number(INVITED)}.items()
    assert used.items() >= {"change": "joined", "key": number(DEVICE)}.items()
    assert revoked.items() >= {"change": "revoked", "key": number(DEVICE)}.items()
    for entry in given, used, revoked:
        assert (entry["by"], entry["name"], entry["role"]) == ("admin", "phone", "operator")


def test_no_device_is_called_by_the_fingerprint_of_a_key_to_be_revoked_in_its_place(
    front: FrontDoor,
) -> None:
    stolen = number(KEYS[Role.ADMIN])
    said = invited(front, name=stolen)
    assert said["outcome"] == "refused"
    assert asked(front, Role.ADMIN, "revoke", key=stolen)["outcome"] == "done"
    assert "admin" not in {one.name for one in good_keys(front)}


def test_invitation_is_good_for_one(front: FrontDoor) -> None:
    invited(front)
    joined(front)
    said = joined(front, device=private_key(52))
    assert (said["outcome"], said["reason"]) == ("refused", "invitation_used")
    front.restarted()
    assert joined(front, device=private_key(52))["reason"] == "invitation_used"
    assert keys(front) == {"phone": "operator"}


def test_key_of_an_invitation_can_do_nothing_else(front: FrontDoor) -> None:
    invited(front)
    for cmd, args in (
        ("ping", {}),
        ("unlock", {"reason": "x"}),
        ("keys", {}),
        ("revoke", {"key": number(INVITED)}),
        ("invite", {"key": text(DEVICE), "role": "viewer", "name": "x", "expires": "now"}),
    ):
        assert asked(front, INVITED, cmd, **args)["reason"] == "wrong_role", cmd
    assert joined(front)["outcome"] == "done"


def test_key_of_an_invitation_never_becomes_a_key(front: FrontDoor) -> None:
    """Whoever has seen the link would have it too."""
    invited(front)
    said = joined(front, device=INVITED)
    assert (said["reason"], keys(front)) == ("not_possible", {})
    with closing(open_store(front.database)) as db, pytest.raises(UsageError, match="invitation's"):
        CommandKeys(db).add("phone", Role.VIEWER, public(INVITED))
    assert joined(front)["outcome"] == "done"


def test_invitation_expires(front: FrontDoor) -> None:
    invited(front, lasts_s=60)
    front.timepiece.passes(61)
    said = joined(front)
    assert (said["reason"], keys(front)) == ("invitation_expired", {})
    front.timepiece.passes(REMEMBERED_S)
    assert joined(front)["reason"] == "invitation_expired"


@pytest.mark.parametrize("lasts_s", [-1.0, 0.0, LONGEST_LIFE_S + 60])
def test_time_that_is_over_or_too_far_is_refused(front: FrontDoor, lasts_s: float) -> None:
    said = invited(front, lasts_s=lasts_s)
    assert (said["reason"], "24 hours" in said["message"]) == ("not_possible", True)
    assert joined(front)["reason"] == "unknown_key"


def test_nobody_is_invited_to_be_an_admin_from_afar(front: FrontDoor) -> None:
    said = invited(front, role="admin")
    assert (said["reason"], "viewer" in said["message"]) == ("malformed", True)


@pytest.mark.parametrize("role", sorted({*GIVEN_ROLES} - {Role.ADMIN}))
def test_only_admins_invite(front: FrontDoor, role: Role) -> None:
    assert invited(front, by=role)["reason"] == "wrong_role"
    assert joined(front)["reason"] == "unknown_key"


def test_invitations_of_a_revoked_key_are_void(front: FrontDoor) -> None:
    invited(front)
    front.revoke(Role.ADMIN)
    said = joined(front)
    assert (said["outcome"], said["reason"]) == ("refused", "invitation_void")
    assert keys(front) == {}


def test_open_invitation_is_taken_back(front: FrontDoor) -> None:
    invited(front)
    assert asked(front, Role.ADMIN, "revoke", key=number(INVITED))["outcome"] == "done"
    assert joined(front)["reason"] == "invitation_void"
    assert told_of_keys(front)[-1]["change"] == "withdrawn"


def test_backup_that_is_put_back_revives_no_invitation(front: FrontDoor, tmp_path: Path) -> None:
    invited(front, name="phone")
    invited(front, key=private_key(60), name="tablet")
    copy = tmp_path / "copy.db"
    with closing(open_store(front.database)) as db:
        backup(db, copy)
    joined(front)
    front.db.close()
    for path in front.database.parent.glob("facedoor.db*"):
        path.unlink()
    shutil.copy(copy, front.database)
    front.opened_again()
    asked(front, Role.VIEWER, "ping")
    front.timepiece.passes(10)
    assert joined(front)["reason"] == "invitation_void"
    assert joined(front, private_key(60))["reason"] == "invitation_void"
    assert invited(front, key=private_key(61))["outcome"] == "done"
    assert joined(front, private_key(61))["outcome"] == "done"


def test_invitation_from_a_wrong_future_is_void_for_good(front: FrontDoor) -> None:
    right_s = front.timepiece.wall_s
    front.timepiece.is_set(right_s + 86_400, by_time_server=True)
    front.clock.look()
    assert invited(front)["outcome"] == "done"
    front.timepiece.is_set(right_s, by_time_server=True)
    front.clock.look()
    UsedCommands(front.db).begin_again(right_s)
    front.timepiece.passes(10)
    assert joined(front)["reason"] == "invitation_void"
    front.timepiece.passes(86_400)
    assert joined(front)["reason"] == "invitation_void"


def test_name_that_is_taken_is_refused_while_somebody_has_it(front: FrontDoor) -> None:
    said = invited(front, name="viewer")
    assert (said["reason"], "another name" in said["message"]) == ("not_possible", True)
    assert invited(front)["outcome"] == "done"
    assert "invited already" in invited(front, key=private_key(60))["message"]
    with closing(open_store(front.database)) as db:
        CommandKeys(db).add("phone", Role.VIEWER, public(private_key(61)))
    said = joined(front)
    assert (said["reason"], "key phone already" in said["message"]) == ("not_possible", True)
    asked(front, Role.ADMIN, "revoke", key=number(private_key(61)))
    assert joined(front)["outcome"] == "done"


def test_key_that_is_here_already_cannot_join_nor_be_an_invitation(front: FrontDoor) -> None:
    assert invited(front, key=KEYS[Role.VIEWER])["reason"] == "not_possible"
    invited(front)
    front.revoke(Role.OPERATOR)
    for known in KEYS[Role.VIEWER], KEYS[Role.OPERATOR]:
        assert joined(front, device=known)["reason"] == "not_possible"
    assert joined(front)["outcome"] == "done"


def test_everybody_may_revoke_their_own_key_and_an_admin_any(front: FrontDoor) -> None:
    for role in (Role.VIEWER, Role.ENROLLER):
        other = asked(front, role, "revoke", key=number(KEYS[Role.OPERATOR]))
        assert other["reason"] == "wrong_role"
        assert asked(front, role, "revoke", key=number(KEYS[role]))["outcome"] == "done"
        assert asked(front, role, "ping")["reason"] == "revoked_key"
    assert asked(front, Role.ADMIN, "revoke", key=number(KEYS[Role.OPERATOR]))["outcome"] == "done"
    assert asked(front, Role.OPERATOR, "ping")["reason"] == "revoked_key"
    assert asked(front, Role.ADMIN, "revoke", key=number(DEVICE))["reason"] == "not_possible"


def test_keys_and_open_invitations_are_listed(front: FrontDoor) -> None:
    invited(front)
    invited(front, key=private_key(60), name="tablet")
    joined(front)
    said = asked(front, Role.ADMIN, "keys")
    assert [key["name"] for key in said["keys"]] == [*sorted({*GIVEN_ROLES, "phone"})]
    assert {key["revoked_at"] for key in said["keys"]} == {None}
    (tablet,) = said["invitations"]
    assert tablet.items() >= {"name": "tablet", "role": "operator", "invited_by": "admin"}.items()
    assert (tablet["fingerprint"], tablet["expires"]) == (
        number(private_key(60)),
        "2027-01-15T09:00:00.000Z",
    )


def test_last_use_of_a_key_is_told_and_not_written_at_each_command(front: FrontDoor) -> None:
    def used() -> list[str | None]:
        said = asked(front, Role.ADMIN, "keys")["keys"]
        return [key["last_used"] for key in said if key["name"] in {"viewer", "operator"}]

    assert used() == [None, None]
    asked(front, Role.VIEWER, "ping")
    asked(front, Role.VIEWER, "unlock", reason="")
    assert used() == [None, "2027-01-15T08:00:00.000Z"]
    for minutes, last in ((5, "08:00"), (5, "08:10"), (9, "08:10"), (60, "09:19")):
        front.timepiece.passes(minutes * 60)
        asked(front, Role.VIEWER, "ping")
        assert used()[1] == f"2027-01-15T{last}:00.000Z"


def test_ping_says_who_asks_and_what_the_door_is(front: FrontDoor) -> None:
    said = asked(front, Role.OPERATOR, "ping")
    assert said["role"] == said["key_name"] == "operator"
    assert said["key"] == number(KEYS[Role.OPERATOR])
    assert (said["pack"], said["keeps_pictures"]) == ("facenet 7c350dbe", "none")


def test_command_that_joins_works_once_and_changes_nothing_on_a_full_disk(
    front: FrontDoor,
) -> None:
    invited(front)
    front.break_disk()
    assert joined(front)["outcome"] == "failed"
    front.break_disk(broken=False)
    assert keys(front) == {}
    message = front.signed(INVITED, "join", {"key": text(DEVICE)})
    assert front.send(message).content["outcome"] == "done"
    assert front.send(message).content["reason"] == "replayed"


def test_invitation_that_was_changed_without_the_key_lets_nobody_join(front: FrontDoor) -> None:
    invited(front, role="viewer")
    with without_the_key(front.database) as db:
        db.execute("UPDATE invitation SET role = 'admin'")
    assert joined(front)["reason"] == "state_file_changed"
    with (
        closing(open_store(front.database)) as db,
        pytest.raises(TamperedError),
    ):
        join(Journal(db, VAULT), number(INVITED), public(DEVICE), NOW_S)


def test_of_many_who_join_at_once_from_several_processes_one_does(front: FrontDoor) -> None:
    """Each on a connection of its own, as another process would have."""
    invited(front)
    begin = threading.Barrier(6)

    def tries(count: int) -> str:
        with closing(open_store(front.database)) as db:
            begin.wait()
            try:
                join(Journal(db, VAULT), number(INVITED), bytes([count]) * 32, NOW_S)
            except RefusedError as refused:
                return refused.reason.value
            return "done"

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(tries, range(6))) == ["done"] + ["invitation_used"] * 5
    assert keys(front) == {"phone": "operator"}


def test_root_invites_admins_at_the_door(front: FrontDoor) -> None:
    with closing(open_store(front.database)) as db:
        invite(
            Journal(db, VAULT),
            "phone",
            Role.ADMIN,
            public(INVITED),
            NOW_S + HOUR_S,
            "command line",
            None,
            NOW_S,
        )
    front.revoke(Role.ADMIN)
    assert joined(front)["role"] == "admin"
    assert told_of_keys(front)[-1]["by"] == "command line"


def test_old_invitations_are_forgotten(front: FrontDoor) -> None:
    invited(front)
    front.timepiece.passes(REMEMBERED_S + 2 * HOUR_S)
    invited(front, key=private_key(60))
    with closing(open_store(front.database)) as db:
        assert [one.public_key for one in Invitations(db).all()] == [public(private_key(60))]
        with pytest.raises(RefusedError, match="does not know the key"):
            Invitations(db).require_open(number(INVITED), front.timepiece.wall_s)

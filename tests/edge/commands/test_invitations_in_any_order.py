"""Invitations, joining and revoking in any order: no key comes from anything else."""

from __future__ import annotations

import itertools
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from accidents import EXAMPLES
from commands_kit import private_key, public
from facedoor.commands.inviting import invite
from facedoor.storage.journal import Journal
from facedoor.wire.roles import GIVEN_ROLES, Role
from front_door import KEYS, FrontDoor
from invitation_kit import asked, invited, joined, keys, number
from vaults import VAULT, open_store

acts = st.lists(
    st.one_of(
        st.tuples(
            st.just("invite"),
            st.sampled_from([*GIVEN_ROLES, "root", 0, 1]),
            st.sampled_from(["viewer", "enroller", "operator", "admin"]),
            st.sampled_from([60, 7200]),
        ),
        st.tuples(st.just("join"), st.integers(0, 3), st.integers(0, 3)),
        st.tuples(st.just("revoke"), st.sampled_from([Role.ADMIN, 0, 1])),
        st.tuples(st.just("wait"), st.sampled_from([30, 3600])),
        st.tuples(st.just("restart")),
    ),
    max_size=14,
)


@settings(max_examples=EXAMPLES // 2)
@given(acts)
def test_there_is_a_key_for_each_good_invitation_that_was_used_and_no_other(
    sequence: list[tuple[Any, ...]],
) -> None:
    """A law and its mirror, whoever does what in which order: no key without an invitation by an
    admin or root, none above what it says, no second one; and a good invitation makes one."""
    with tempfile.TemporaryDirectory() as folder:
        _act_out(FrontDoor(Path(folder)), sequence)


def _act_out(front: FrontDoor, sequence: list[tuple[Any, ...]]) -> None:
    offered: list[dict[str, Any]] = []
    roles: dict[Any, str] = {role: role.value for role in GIVEN_ROLES}  # of the good keys
    names: dict[Any, str] = {}
    devices = [private_key(100 + count) for count in range(4)]
    numbers = itertools.count(120)

    def signer(who: Any) -> Role | Ed25519PrivateKey:
        return devices[who] if isinstance(who, int) else who

    for act, *said in sequence:
        if act == "wait":
            front.timepiece.passes(said[0])
        elif act == "restart":
            front.restarted()
        elif act == "revoke":
            (who,) = said
            key = signer(who)
            done = asked(
                front,
                key,
                "revoke",
                key=number(KEYS[key] if isinstance(key, Role) else key),
            )["outcome"]
            assert (done == "done") == (who in roles)
            roles.pop(who, None)
        elif act == "invite":
            by, role, lasts_s = said
            key = private_key(next(numbers))
            name = f"device {len(offered)}"
            now_s = front.timepiece.wall_s
            if by == "root":
                with closing(open_store(front.database)) as db:
                    journal = Journal(db, VAULT)
                    given = (public(key), now_s + lasts_s, "root", None, now_s)
                    invite(journal, name, Role(role), *given)
                is_good = True
            else:
                told = invited(front, signer(by), key, role, name, lasts_s)
                is_good = roles.get(by) == "admin" and role != "admin"
                assert (told["outcome"] == "done") == is_good
            offered.append(
                {"key": key, "name": name, "role": role, "by": by, "until_s": now_s + lasts_s}
                | {"is_open": is_good}
            )
        elif act == "join" and offered:
            one = offered[said[0] % len(offered)]
            device = said[1]
            is_good = (
                one["is_open"]
                and front.timepiece.wall_s < one["until_s"]
                and (one["by"] == "root" or roles.get(one["by"]) == "admin")
                and device not in names
            )
            told = joined(front, one["key"], devices[device])
            assert (told["outcome"] == "done") == is_good, (told, one)
            if is_good:
                one["is_open"] = False
                roles[device], names[device] = one["role"], one["name"]
        assert keys(front) == {
            names[who]: role for who, role in roles.items() if isinstance(who, int)
        }

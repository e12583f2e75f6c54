"""``facedoor keys``: whose commands the door obeys."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from facedoor.cli import BY, answer
from facedoor.config.dashboard import require_origin
from facedoor.config.options import Config
from facedoor.errors import ExitCode, UsageError
from facedoor.languages import N_, _
from facedoor.strict import StrictError
from facedoor.times import local_text
from facedoor.wire.roles import (
    CommandKey,
    DoorIdentity,
    Role,
    public_key_from_text,
    public_key_text,
)

_LOOKED = {
    "backup": N_("it is written down that somebody has looked at what the backup undid"),
    "older_copy": N_("it is written down that somebody has looked at what the older copy undid"),
}

if TYPE_CHECKING:
    import sqlite3
    from datetime import tzinfo

    from facedoor.clock import DoorClock
    from facedoor.storage.journal import Journal
    from facedoor.storage.vault import Vault


def keys_make(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Make a key, whose private half the door does not keep, and obey it within a role."""
    from facedoor.commands.keys import make_key
    from facedoor.commands.known_doors import beside

    with _journal(settings) as (journal, door, _clock):
        role = Role(options.role)
        key, text = make_key(journal, options.name, role, options.output, door.line, BY)
    if options.output:
        secret = {"file": str(options.output), "doors_file": str(beside(options.output))}
        told = _(
            "its private half is in {output}: whoever has it may do this\nwho the door is, "
            "is in {doors}: keep them together"
        ).format(output=options.output, doors=beside(options.output))
    else:
        secret = {"private_key": text}
        told = _("its private half, shown this once: whoever has it may do this\n")
        told += text + door.sentence
    return answer(
        options, {**_shown(key), **secret, **door.shown}, f"{_sentence(key, door.zone)}\n{told}"
    )


def keys_add(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Obey a key that was made elsewhere, for example for another door."""
    from facedoor.commands.keys import add_key

    public_key = public_key_from_text(options.public_key)
    with _journal(settings) as (journal, door, _clock):
        key = add_key(journal, options.name, Role(options.role), public_key, BY)
    return answer(
        options, {**_shown(key), **door.shown}, f"{_sentence(key, door.zone)}\n{door.sentence}"
    )


def keys_list(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Which keys there are, revoked ones too, and who the door itself is."""
    from facedoor.commands.invitations import Invitations
    from facedoor.commands.keys import CommandKeys
    from facedoor.storage.clock_record import clock_of
    from facedoor.storage.key_file import look_at_state
    from facedoor.storage.store import trusting

    with look_at_state(settings) as (db, vault), trusting(db, "read the keys"):
        door = _ThisDoor.of(settings, db, vault)
        now_s = clock_of(db, vault).reading().now_s
        every, open_ones = CommandKeys(db).all(), Invitations(db).open(now_s)
    nobody = _("nobody can give commands: facedoor keys make NAME --role ROLE")
    text = "\n".join([_sentence(key, door.zone) for key in every] or [nobody])
    for one in open_ones:
        until = local_text(one.expires, door.zone)
        text += _("\n{name}: invited as {role} by {invited_by}, until {until}").format(
            name=one.name, role=one.role, invited_by=one.invited_by, until=until
        )
    values = {
        "keys": [_shown(key) for key in every],
        "invitations": [one.as_json() for one in open_ones],
        **door.shown,
    }
    return answer(options, values, f"{text}\n{door.sentence}")


def keys_revoke(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Obey a key no more, from now on and for good, or take an open invitation back."""
    from facedoor.commands.inviting import take_back
    from facedoor.commands.keys import revoke_key

    with _journal(settings) as (journal, door, clock):
        if invitation := take_back(journal, options.name, BY, clock.reading().now_s):
            return answer(
                options,
                invitation.as_json(),
                _("{name} is invited no more").format(name=invitation.name),
            )
        key = revoke_key(journal, options.name, BY)
    return answer(options, _shown(key), _sentence(key, door.zone))


def keys_invite(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Let a device join, once, with a key that it makes itself: prints a link, and its QR code."""
    from facedoor.commands.invitation_link import invite_by_link
    from facedoor.commands.keys import qr_code

    url = _page(options, settings)
    with _journal(settings) as (journal, door, clock):
        invitation, link = invite_by_link(
            journal,
            options.name,
            Role(options.role),
            (door.name, door.identity),
            url,
            options.expires,
            BY,
            clock.reading(),
        )
    until = local_text(invitation.expires, door.zone)
    text = _(
        "{name} may join once, as {role}, until {until}: open this on that device, or "
        "scan it there, for whoever does so first has it\n{link}\n{code}"
    ).format(name=invitation.name, role=invitation.role, until=until, link=link, code=qr_code(link))
    return answer(options, {**invitation.as_json(), "link": link, **door.shown}, text)


def _page(options: argparse.Namespace, settings: Config) -> str:
    """Where the page is. Raises :class:`UsageError`."""
    url = str(options.url or settings.dashboard.url)
    if not url:
        raise UsageError(
            _(
                "nobody has said where the page is: set [dashboard] url to its address as "
                "phones reach it, such as https://door.lan:8443, or say --url"
            )
        )
    try:
        require_origin(url)
    except StrictError as error:
        raise UsageError(f"--url {error.problem}") from error
    return url


def keys_reviewed(options: argparse.Namespace, settings: Config) -> ExitCode:
    """Say that keys, people and rules were looked at since an old state file was put back."""
    from facedoor.storage.copies import review
    from facedoor.storage.key_file import open_state
    from facedoor.storage.store import transaction

    with open_state(settings) as (db, vault), transaction(db, "write that somebody has looked"):
        copy = review(db, vault, BY)
    text = _("nothing was put back that nobody has looked at")
    if copy is not None:
        text = _(_LOOKED[copy])
    return answer(options, {"copy": copy}, text)


@contextmanager
def _journal(settings: Config) -> Iterator[tuple[Journal, _ThisDoor, DoorClock]]:
    from facedoor.storage.clock_record import clock_of
    from facedoor.storage.journal import Journal
    from facedoor.storage.key_file import open_state

    with open_state(settings) as (db, vault):
        door = _ThisDoor.of(settings, db, vault)
        yield Journal(db, vault), door, clock_of(db, vault)


@dataclass(frozen=True, slots=True)
class _ThisDoor:
    """Who the door is, for whoever gives commands to it."""

    name: str
    identity: DoorIdentity
    zone: tzinfo | None
    """In which it tells times to people."""

    @classmethod
    def of(cls, settings: Config, db: sqlite3.Connection, vault: Vault) -> _ThisDoor:
        from facedoor.access.rule_book import zone_of
        from facedoor.storage.door_key import read_door_key

        identity = read_door_key(db, vault).identity
        return cls(settings.door.name, identity, zone_of(db, vault))

    @property
    def line(self) -> str:
        """For a file of known doors."""
        from facedoor.commands.known_doors import known_door_line

        return known_door_line(self.name, self.identity)

    @property
    def shown(self) -> dict[str, object]:
        public_key = public_key_text(self.identity.public_key)
        return {"door": {"name": self.name, "identity": self.identity.id, "public_key": public_key}}

    @property
    def sentence(self) -> str:
        return _(
            "this door: {name}\n  identity    {id}\n  line for a sender's KEY_FILE.doors: {line}"
        ).format(name=self.name, id=self.identity.id, line=self.line)


def _shown(key: CommandKey) -> dict[str, object]:
    return {**key.as_json(), "public_key": public_key_text(key.public_key)}


def _sentence(key: CommandKey, zone: tzinfo | None) -> str:
    state = _("since {time}").format(time=local_text(key.made_at, zone))
    if key.revoked_at:
        state = _("revoked {time}").format(time=local_text(key.revoked_at, zone))
    if key.last_used:
        used = local_text(key.last_used, zone)
        state = _("{state}, last used {used}").format(state=state, used=used)
    return _(
        "{name}: {role}, {state}\n  fingerprint {fingerprint}\n  public key  {public_key}"
    ).format(
        name=key.name,
        role=key.role,
        state=state,
        fingerprint=key.fingerprint,
        public_key=_shown(key)["public_key"],
    )

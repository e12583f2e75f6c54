"""The step about the first phone or computer that the dashboard's page is opened on."""

from __future__ import annotations

from facedoor.commands.invitation_link import invite_by_link
from facedoor.commands.invitations import Invitations
from facedoor.commands.keys import qr_code
from facedoor.errors import UsageError
from facedoor.languages import N_, _
from facedoor.setup.talk import Bench, SetupStep
from facedoor.storage.clock_record import clock_of
from facedoor.storage.door_key import read_door_key
from facedoor.storage.journal import Journal
from facedoor.storage.key_file import open_state
from facedoor.storage.place import is_there
from facedoor.wire.roles import Role

HOURS = 24.0
"""How long the link is good."""

_BY = "setup"
"""Who did it, in the journal."""

_BELOW = 3
"""Rows that the next question needs below a QR code."""


def _reached(bench: Bench) -> str:
    settings = bench.settings
    if not settings.dashboard.url:
        return _("nobody, since there is no page")
    if not is_there(settings.database):
        return ""
    with open_state(settings) as (db, _vault):
        names = [invitation.name for invitation in Invitations(db).all()]
    return _("invited: {names}").format(names=", ".join(names)) if names else ""


def _do(bench: Bench) -> None:
    talk, settings = bench.talk, bench.settings
    if not settings.dashboard.url:
        raise UsageError(_("there is no page to invite anybody to: set up the dashboard before"))
    name = talk.ask(_("what the phone or computer is called"), "phone")
    with open_state(settings) as (db, vault):
        door = settings.door.name, read_door_key(db, vault).identity
        invitation, link = invite_by_link(
            Journal(db, vault),
            name,
            Role.ADMIN,
            door,
            settings.dashboard.origin,
            HOURS,
            _BY,
            clock_of(db, vault).reading(),
        )
    talk.say(
        _(
            "Open this on {name} within a day, or scan it: whoever does so first may do "
            "everything, from that device alone."
        ).format(name=invitation.name)
    )
    talk.say(link)
    _show(bench, qr_code(link))


def _show(bench: Bench, code: str) -> None:
    """Draw a QR code once it fits: cut off or scrolled away nobody can scan it."""
    talk, lines = bench.talk, code.splitlines()
    rows = len(lines) + _BELOW
    if talk.is_terminal and talk.size()[1] < rows:
        taller = _("As a QR code it takes {rows} rows: make this window taller, then Enter")
        talk.ask(taller.format(rows=rows))
        if talk.size()[1] < rows:
            return
    talk.write("\n".join((*lines, "")))
    if talk.is_terminal:
        talk.ask(_("Enter to go on"))


INVITATION = SetupStep(N_("the first phone of the dashboard"), _reached, _do)

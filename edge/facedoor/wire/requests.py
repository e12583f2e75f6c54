"""What can be asked of the door: one value for each command, read strictly, and who may ask it.

Whatever is not exactly as described is refused: a key too many can be a mistake about what a
command does, and a door is no place for guesses. The values themselves, by subject, are in
:mod:`~facedoor.wire.reading_requests`, :mod:`~facedoor.wire.people_requests`,
:mod:`~facedoor.wire.picture_requests`, :mod:`~facedoor.wire.access_requests`,
:mod:`~facedoor.wire.key_requests` and :mod:`~facedoor.wire.door_requests`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from facedoor import strict
from facedoor.strict import StrictError
from facedoor.wire.access_requests import (
    AccessChange,
    Allow,
    SetRules,
    TryRules,
    allow_arguments,
    read_allow,
)
from facedoor.wire.door_requests import DoorChange, SetMode, Unlock
from facedoor.wire.key_requests import Invite, Join, KeyChange, Revoke
from facedoor.wire.outcomes import Refusal, RefusedError
from facedoor.wire.people_requests import Capture, Enroll, PeopleChange, Remove, Rename
from facedoor.wire.picture_requests import EnrollVisit, Label, PictureRequest, ShowPictures
from facedoor.wire.reading_requests import (
    Explain,
    ListKeys,
    ListPeople,
    Ping,
    Reading,
    ReadJournal,
    ReadRules,
    Summarise,
)
from facedoor.wire.roles import Role

Request: TypeAlias = Reading | PeopleChange | PictureRequest | AccessChange | KeyChange | DoorChange
_KINDS: Mapping[str, type[Request]] = {
    kind.cmd: kind for kind in (*Request.__args__,) if kind not in {Capture, EnrollVisit, TryRules}
}

_VIEWER: frozenset[str] = frozenset(
    {Ping.cmd, ListPeople.cmd, ReadJournal.cmd, Summarise.cmd, ReadRules.cmd, Revoke.cmd}
)
_ENROLLER = _VIEWER | {Enroll.cmd, Remove.cmd, Rename.cmd, Label.cmd, ShowPictures.cmd}
_OPERATOR = _VIEWER | {Unlock.cmd, SetMode.cmd, ShowPictures.cmd}
ROLES: Mapping[Role, frozenset[str]] = {
    Role.VIEWER: _VIEWER,
    Role.ENROLLER: _ENROLLER,
    Role.OPERATOR: _OPERATOR,
    Role.ADMIN: _ENROLLER
    | _OPERATOR
    | {SetRules.cmd, Allow.cmd, ListKeys.cmd, Invite.cmd, Explain.cmd},
    Role.INVITED: frozenset({Join.cmd}),
}
"""The commands that each role may give. Whoever may enrol may also list, and so be told whom a
picture resembles. Whoever is no admin may revoke one key, their own. Who only looks on sees
no picture: a dashboard's host could have such a key."""

COMMANDS = frozenset().union(*ROLES.values())


def require_allowed(cmd: object, role: Role) -> None:
    """Raise :class:`RefusedError` for a command that is only for other roles."""
    if isinstance(cmd, str) and cmd in COMMANDS - ROLES[role]:
        raise RefusedError(Refusal.WRONG_ROLE)


def parse(cmd: object, args: object) -> Request:
    """The request behind ``cmd`` and ``args``, which are JSON. Raises :class:`RefusedError`."""
    kind = _KINDS.get(cmd) if isinstance(cmd, str) else None
    if kind is None:
        known = ", ".join(sorted(_KINDS))
        raise RefusedError(Refusal.MALFORMED, f"cmd has to be one of {known}")
    try:
        if kind is Allow:
            return read_allow(args)
        if kind is Enroll and isinstance(args, dict) and "capture" in args:
            kind = Capture
        elif kind is Enroll and isinstance(args, dict) and "visit" in args:
            kind = EnrollVisit
        if kind is SetRules and isinstance(args, dict) and args.get("dry_run") is True:
            kind = TryRules
        return strict.read(kind, args)
    except StrictError as error:
        raise RefusedError(Refusal.MALFORMED, str(error.below("args"))) from error
    except RecursionError as error:  # JSON just as deep as could still be read
        raise RefusedError(Refusal.MALFORMED, "args are nested too deeply") from error


def arguments(request: Request) -> dict[str, Any]:
    """``args`` for ``request``, as :func:`parse` takes them."""
    if isinstance(request, Allow):
        return allow_arguments(request)
    return dict(strict.as_json(request))

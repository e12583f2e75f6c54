"""What is said of a person, as text: how it is kept in the state file, and how it is shown."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from facedoor.access.pin import PinHash
from facedoor.access.rules import Permission


def to_text(permission: Permission) -> str:
    """For the state file, where it is sealed."""
    return json.dumps(
        {
            "groups": permission.groups,
            "from": _day_text(permission.valid_from),
            "until": _day_text(permission.valid_until),
            "duress": permission.duress,
            "pin": _pin_text(permission.pin),
            "false_match_rate": permission.false_match_rate,
        }
    )


def from_text(text: str) -> Permission:
    """The reverse. Raises ``ValueError`` or ``TypeError`` for what :func:`to_text` never wrote."""
    said = json.loads(text)
    try:
        return Permission(
            tuple(map(str, said["groups"])),
            _day(said["from"]),
            _day(said["until"]),
            bool(said["duress"]),
            _pin(said["pin"]),
            None if said["false_match_rate"] is None else float(said["false_match_rate"]),
        )
    except LookupError as error:
        raise ValueError(f"a permission has no {error}") from error


def to_show(permission: Permission, with_duress: bool) -> dict[str, Any]:
    """As JSON: of the PIN only whether there is one, duress only for those who may know."""
    shown: dict[str, Any] = json.loads(to_text(permission))
    shown["pin"] = permission.pin is not None
    if not with_duress:
        del shown["duress"]
    return shown


def _day_text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _pin_text(pin: PinHash | None) -> list[str] | None:
    return None if pin is None else [pin.salt.hex(), pin.digest.hex()]


def _pin(said: list[str] | None) -> PinHash | None:
    if said is None:
        return None
    salt, digest = map(bytes.fromhex, said)
    return PinHash(salt, digest)

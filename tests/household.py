"""A household at a door of a crowd: who is enrolled, by which rules, and what the door answers."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crowd import CrowdDoor
from facedoor.wire.mode import Mode

RULES: Mapping[str, Any] = {
    "time_zone": "Europe/Berlin",
    "holidays": ["12-24", {"country": "DE", "region": "BY"}],
    "default_group": "family",
    "schedules": {
        "office": {"mon-thu": ["08:00-12:00", "13:00-18:00"], "fri": ["08:00-15:00"]},
        "nights": {"mon-sun": ["22:00-06:00"]},
    },
    "groups": {"family": {}, "staff": {"schedule": "office"}, "guards": {"schedule": "nights"}},
}

Answer = dict[str, Any]


class Household:
    """One door's people and rules; what a command changes is seen by the next."""

    def __init__(self, door: CrowdDoor, *people: str) -> None:
        self.door = door
        self.rules: Mapping[str, Any] | None = copy.deepcopy(RULES)
        self.people = {
            name: {"name": name, "templates": 1 + number, "enrolled_at": "2026-10-01T08:00:00Z"}
            for number, name in enumerate(people)
        }
        self.permissions: dict[str, dict[str, Any]] = {name: {} for name in people}
        self.jpeg = b""
        """The picture of every visit."""
        self.enrol: Callable[[Answer], Answer | list[Answer]] = self._enrol
        self._from = len(door.heard)
        self.changes = ["schedule office: sat 09:30-14:30 is new"]

    @property
    def hash(self) -> str:
        return hashlib.sha256(json.dumps(self.rules).encode()).hexdigest()

    def heard(self, cmd: str) -> list[Answer]:
        """The arguments of each such command since they live there."""
        return [args for said, args in self.door.heard[self._from :] if said == cmd]

    @contextmanager
    def at_home(self) -> Iterator[Household]:
        """The door answers for them."""
        answers = {
            "list": lambda _: {"people": list(self.people.values())},
            "rules": self._rules,
            "picture": self._pictures,
            "enroll": lambda args: self.enrol(args),
            "rename": self._rename,
            "remove": self._remove,
            "set_rules": self._set_rules,
            "allow": self._allow,
            "mode": self._mode,
        }
        before = dict(self.door.answers)
        self.door.answers.update(answers)
        self.door.people(*self.people)
        yield self
        self.door.answers = before
        self.door.people()
        self.door.state()

    def _rules(self, _: Answer) -> Answer:
        people = [
            {"person": name, "groups": [], "from": None, "until": None, "pin": False, **said}
            for name, said in self.permissions.items()
        ]
        return {"rules": self.rules, "hash": self.hash, "people": people}

    def _pictures(self, args: Answer) -> Answer:
        return {"pictures": [_sealed(visit, args["to"], self.jpeg) for visit in args["visits"]]}

    def _enrol(self, args: Answer) -> Answer:
        count = len(args.get("images", ["visit"]))
        person = self.people.setdefault(
            args["person"],
            {"name": args["person"], "templates": 0, "enrolled_at": "2026-11-28T08:00:00Z"},
        )
        self.permissions.setdefault(args["person"], {})
        person["templates"] += count
        images = [
            {"file": f"image {number}", "accepted": True, "reason": "added"}
            for number in range(1, count + 1)
        ]
        return {"person": args["person"], "templates": person["templates"], "images": images}

    def _rename(self, args: Answer) -> Answer:
        person = self.people.pop(args["person"])
        self.people[args["to"]] = {**person, "name": args["to"]}
        self.permissions[args["to"]] = self.permissions.pop(args["person"])
        return {"person": args["to"]}

    def _remove(self, args: Answer) -> Answer:
        del self.people[args["person"]], self.permissions[args["person"]]
        self.door.people(*self.people)
        return {"person": args["person"]}

    def _set_rules(self, args: Answer) -> Answer:
        if args.get("if", self.hash) != self.hash:
            return {"outcome": "refused", "reason": "overtaken", "message": "they have changed"}
        if args.get("dry_run"):
            return {"changes": self.changes, "warnings": ["nobody is in the group guards"]}
        self.rules = args["rules"]
        return {}

    def _allow(self, args: Answer) -> Answer:
        said = {key: value for key, value in args.items() if key != "person"}
        self.permissions[args["person"]] |= said
        return said

    def _mode(self, args: Answer) -> Answer:
        self.door.state(Mode(args["mode"]))
        return {"mode": args["mode"]}


def _sealed(visit: str, to: str, jpeg: bytes) -> Answer:
    """As the door's own sealing, docs/commands.md."""
    ephemeral = X25519PrivateKey.generate()
    public, theirs = ephemeral.public_key().public_bytes_raw(), _bytes(to)
    secret = ephemeral.exchange(X25519PublicKey.from_public_bytes(theirs))
    key = HKDF(hashes.SHA256(), 32, public + theirs, b"facedoor picture 1").derive(secret)
    nonce = secrets.token_bytes(12)
    sealed = AESGCM(key).encrypt(nonce, jpeg, visit.encode())
    return {
        "visit": visit,
        "ephemeral": _text(public),
        "nonce": _text(nonce),
        "sealed": _text(sealed),
    }


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

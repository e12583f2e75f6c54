"""A command server for tests: a real state file and doorkeeper, clocks that the test moves."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import astuple, dataclass, field, replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from commands_kit import NOW_S, TOPIC, claims, private_key, public, token
from doorway import Doorway, refusal
from facedoor.access.rule_book import RuleBook
from facedoor.commands.authority import Authority
from facedoor.commands.execute import Executor
from facedoor.commands.keys import CommandKeys
from facedoor.commands.order import StateFile, TellOutcome
from facedoor.commands.people_changes import Enrolments
from facedoor.commands.readings import About
from facedoor.commands.server import CommandServer
from facedoor.config.options import RulesConfig
from facedoor.door.mode_switch import ModeSwitch
from facedoor.door.scribe import Objection
from facedoor.identity.batch import Mandate
from facedoor.identity.gallery import Gallery
from facedoor.mqtt.publisher import MqttBus
from facedoor.problems import Board
from facedoor.site.site import Site
from facedoor.storage.journal import Journal
from facedoor.storage.pictures import Pictures, VisitPicture
from facedoor.wire.decisions import ReleaseDecision
from facedoor.wire.door_requests import SetMode, Unlock
from facedoor.wire.messages import Received
from facedoor.wire.outcomes import Outcome, Refusal, RefusedError
from facedoor.wire.people_requests import Capture, Enroll
from facedoor.wire.roles import GIVEN_ROLES, Role
from facedoor.wire.topics import Topics
from timepieces import Timepiece
from vaults import DOOR_KEY, VAULT, move_in, open_store

_TABLES = ("person", "template", "door_mode", "rules", "permission", "invitation")

KEYS = {role: private_key(number) for number, role in enumerate(GIVEN_ROLES, 1)}
"""A private key for each role; the door knows it by the role's name."""


@dataclass
class Studio:
    """Enrolments that do nothing until the test says what became of them."""

    begun: list[tuple[Enroll | Capture, TellOutcome]] = field(default_factory=list)
    mandate: Mandate | None = None

    def begin(
        self,
        request: Enroll | Capture,
        _authority: Authority,
        mandate: Mandate,
        tell: TellOutcome,
    ) -> None:
        self.mandate = mandate
        if self.begun:
            raise RefusedError(Refusal.BUSY)
        self.begun.append((request, tell))


@dataclass
class Result:
    topic: str
    content: dict[str, Any]
    correlation: bytes | None


class FrontDoor:
    """The server of the door ``front``, behind which Ada and Bob live, without its thread."""

    def __init__(self, folder: Path, enrolments: Enrolments | None = None) -> None:
        self.enrolments = enrolments
        self.site: Site | None = None
        self.database = folder / "facedoor.db"
        self.doorway = Doorway(self.database)
        self.timepiece = Timepiece(wall_s=NOW_S, is_synchronised=True)
        self.clock = self.timepiece.clock()
        self.addresses = frozenset((DOOR_KEY.identity.id, "front"))
        self.results = [Result("nothing yet", {"outcome": "none"}, None)]
        self.studio = Studio()
        self.board = Board()
        self._count = 0
        with closing(open_store(self.database)) as db:
            move_in(db)
            for role, key in KEYS.items():
                CommandKeys(db).add(role.value, role, public(key))
        self.answered = threading.Event()
        self.server = self.opened_again()

    def opened_again(self, bus: MqttBus | None = None) -> CommandServer:
        """A server as after a restart; with a ``bus``, results go there, and time passes."""
        self.server = CommandServer(
            Topics("front"),
            lambda: self.addresses,
            self._executor,
            bus.reply if bus else self._reply,
            self.board,
            self.clock,
            time.monotonic if bus else self.doorway.clock,
        )
        return self.server

    def signed(
        self, by: Role | Ed25519PrivateKey, cmd: object, args: object = None, **changes: object
    ) -> bytes:
        """A command that is good in every way, unless ``changes`` to its claims spoil it."""
        self._count += 1
        now_s = self.timepiece.wall_s
        good = {"jti": f"command-{self._count:010}", "iat": now_s, "exp": now_s + 30}
        args = {} if args is None else args
        return token(
            claims(**(good | {"cmd": cmd, "args": args} | changes)),
            KEYS[by] if isinstance(by, Role) else by,
        )

    def ask(
        self, by: Role | Ed25519PrivateKey, cmd: object, args: object = None, **changes: object
    ) -> Result:
        """What the door has answered in the end, once it was sent a command."""
        return self.send(self.signed(by, cmd, args, **changes))

    def say_plainly(self, request: Unlock | SetMode) -> None:
        """As Home Assistant does, without a signature."""
        self.server.plain(request, False, "home_assistant")
        self.work_off()

    def visited(self, visit: str) -> None:
        """Somebody was refused on this visit, and a picture of it is kept."""
        with closing(open_store(self.database)) as db:
            Journal(db, VAULT).append(replace(refusal(1), visit=visit))
            Pictures(db, VAULT).keep(VisitPicture(visit, b"a picture", 1.0), most_mb=1)

    def restarted(self) -> None:
        """The whole door starts again, in the mode that it kept."""
        self.doorway.switch = ModeSwitch()
        with closing(open_store(self.database)) as db:
            self.doorway.switch.restore(db)
        self.opened_again()

    def send(self, payload: bytes, retained: bool = False, **v5: Any) -> Result:
        """What the door has answered in the end, once it was sent a message."""
        self.server.receive(Received(TOPIC, payload, retained, **v5))
        self.work_off()
        return self.results[-1]

    def work_off(self) -> None:
        while self.server.serve(0):
            pass

    def journal(self, kind: str = "command") -> list[dict[str, Any]]:
        with closing(open_store(self.database)) as db:
            return [
                entry.payload for entry in Journal(db, VAULT).tail(10_000) if entry.kind == kind
            ]

    def problems(self) -> list[str]:
        """The codes of what is wrong with the door."""
        return [problem.code for problem in self.board.problems]

    def residents(self) -> list[str]:
        with closing(open_store(self.database)) as db:
            return [person.name for person in Gallery(db, VAULT).people()]

    def state(self) -> list[tuple[Any, ...]]:
        """All that a command could change, save for the journal, and which ids and keys were
        used."""
        with closing(open_store(self.database)) as db:
            rows = [row for table in _TABLES for row in db.execute(f"SELECT * FROM {table}")]
            keys = [replace(key, last_used=None) for key in CommandKeys(db).all()]
        return [*rows, *map(astuple, keys)]

    def break_disk(self, broken: bool = True) -> None:
        """Make every write to the state file fail from now on, or work again."""
        self.db.execute(f"PRAGMA query_only = {broken}")

    def revoke(self, role: Role) -> None:
        with closing(open_store(self.database)) as db:
            CommandKeys(db).revoke(role.value)

    # The server's view of the doorkeeper: the real one, at once and without its thread.

    def release(
        self,
        release: ReleaseDecision,
        answer: Callable[[ReleaseDecision], None],
        objection: Objection,
    ) -> None:
        answer(self.doorway.keeper.handle(release, objection))

    def look(self) -> None:
        self.doorway.keeper.tick()

    def _executor(self) -> Executor:
        self.db = open_store(self.database)
        gallery, journal = Gallery(self.db, VAULT), Journal(self.db, VAULT)
        book, pictures = RuleBook(self.db, VAULT), Pictures(self.db, VAULT)
        state = StateFile(self.db, gallery, journal, book, pictures, self.site)
        about = About("front", lambda: "facenet 7c350dbe", "none", RulesConfig())
        enrolments = self.enrolments or self.studio
        return Executor(state, self, self.doorway.switch, enrolments, self.clock, about)

    def _reply(
        self, topic: str, payload: bytes, correlation: bytes | None, expiry_s: float | None
    ) -> None:
        assert expiry_s is not None
        self.results.append(Result(topic, json.loads(payload), correlation))
        self.answered.set()


def enrolled(person: str) -> Outcome:
    """The outcome of an enrolment of two pictures, one of which looks like Bob."""
    images = [
        {"file": "image 1", "accepted": True, "reason": "added"},
        {"file": "image 2", "accepted": False, "reason": "looks like Bob"},
    ]
    return Outcome(
        "done",
        f"{person} has 1 template",
        values={"person": person, "images": images, "templates": 1},
        counts={"accepted": 1, "rejected": 1},
    )

"""Pictures of visits while the service runs: who leaves one, and what a picture never holds up."""

from __future__ import annotations

import dataclasses
import sqlite3
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from broker import Broker, Listener
from door_kit import DEADLINE_S, Door
from doorway import grant, refusal
from facedoor.camera.pictures import VISIT_WIDTH_PX, decode_picture
from facedoor.config import file as config_file
from facedoor.config.options import StorageConfig
from facedoor.problems import Board
from facedoor.reasons import ABOUT_LIVENESS, Reason
from facedoor.service.picture_keeper import HOLD_S, OFFERED, WAITING, PictureKeeper
from facedoor.service.service import Service
from facedoor.storage.journal import Journal
from facedoor.storage.key_file import open_state
from facedoor.storage.pictures import Pictures
from facedoor.vision.reader import FaceReader
from facedoor.visit.portrait import Portrait
from facedoor.wire.decisions import Decision
from vaults import VAULT, open_store


def come(door: Door, *people: str, keep: str) -> list[tuple[Decision, bytes | None]]:
    """These people walk up, one after another; what was decided of each, and the picture kept."""
    door.configure("storage", keep_pictures=keep)
    door.configure("camera", source=door.walk_up(*people, width_px=1280))
    settings = config_file.load(door.config)
    Service(settings, once=True).run()
    with open_state(settings) as (db, vault):
        events = [entry.event for entry in Journal(db, vault).tail(100)]
        decisions = [event for event in events if isinstance(event, Decision)]
        pictures = Pictures(db, vault)
        return [(decision, pictures.get(decision.visit or "")) for decision in decisions]


def test_each_visitor_leaves_the_best_view_and_not_that_of_the_decision(
    door: Door, reader: FaceReader
) -> None:
    visits = come(door, "Jerry", "elton_john", keep="all")
    assert [decision.person for decision, _ in visits] == ["Jerry", None]
    for (decision, jpeg), person in zip(visits, ("Jerry", "elton_john"), strict=True):
        assert decision.picture
        assert jpeg is not None
        picture = decode_picture(jpeg, "it")
        assert picture.shape[1] <= VISIT_WIDTH_PX
        assert 5_000 < len(jpeg) < 80_000
        seen = reader.read(picture)
        known = reader.read(decode_picture(door.photo(person).read_bytes(), "photo"))
        assert seen.embedding is not None
        assert known.embedding is not None
        assert np.linalg.norm(seen.embedding - known.embedding) < 0.7
        # They came nearer after the decision, which needs a face of 110 px.
        assert decision.view is not None
        assert seen.face is not None
        assert seen.face.box.width_px > 150


def test_nobody_leaves_a_picture_where_none_are_wanted(door: Door) -> None:
    ((decision, jpeg),) = come(door, "elton_john", keep="none")
    assert (decision.picture, jpeg) == (False, None)


def portrait(score: float = 1.0, mark: int = 0) -> Portrait:
    return Portrait(np.full((60, 50, 3), mark, np.uint8), score)


def impatient(database: Path) -> sqlite3.Connection:
    db = open_store(database)
    db.execute("PRAGMA busy_timeout = 0")
    return db


class Desk:
    """A keeper with a real state file, whose encoder the test can stop or break."""

    def __init__(self, database: Path, keep: str = "all") -> None:
        self.db = open_store(database)
        self.journal = Journal(self.db, VAULT)
        self.pictures = Pictures(self.db, VAULT)
        self.board = Board()
        self.now_s = 0.0
        self.goes_on = threading.Event()
        self.goes_on.set()
        self.settled = threading.Semaphore(0)
        self.keeper = PictureKeeper(
            StorageConfig(keep_pictures=keep),  # type: ignore[arg-type]
            lambda: Pictures(impatient(database), VAULT),
            self.board,
            self.encode,
            lambda: self.now_s,
        )
        self.keeper.settled = self.settled.release
        self.keeper.start()

    def encode(self, portrait: Portrait) -> bytes:
        assert self.goes_on.wait(DEADLINE_S)
        if portrait.image[0, 0, 0] == 13:
            raise cv2.error("no memory")
        return portrait.image.tobytes()

    def decide(self, number: int, person: str | None = None, refused: Reason | None = None) -> str:
        """A decision is written and told."""
        decision = self.decision(number, person, refused)
        self.journal.append(decision)
        self.keeper.happened(decision)
        return decision.visit or ""

    def decision(
        self, number: int, person: str | None = None, refused: Reason | None = None
    ) -> Decision:
        decision = grant(number) if person and refused is None else refusal(number)
        if refused is not None:
            decision = dataclasses.replace(decision, reason=refused)
        return dataclasses.replace(decision, person=person, visit=f"3f9a1c07-{number}")

    def wait(self) -> None:
        assert self.settled.acquire(timeout=DEADLINE_S)

    def has(self, *numbers: int) -> list[bool]:
        return [self.pictures.get(f"3f9a1c07-{number}") is not None for number in numbers]


@pytest.fixture
def desk(database: Path) -> Desk:
    return Desk(database)


def test_nothing_is_kept_before_the_decision_is_written_and_told(desk: Desk) -> None:
    desk.keeper.offer("3f9a1c07-1", portrait())
    desk.journal.append(desk.decision(1))
    assert not desk.keeper.is_settled("3f9a1c07-1")
    desk.keeper.offer("3f9a1c07-2", portrait())
    desk.decide(2)
    desk.wait()
    assert desk.has(1, 2) == [False, True]
    desk.keeper.happened(desk.decision(1))
    desk.wait()
    assert desk.has(1) == [True]
    assert desk.keeper.is_settled("3f9a1c07-1")


def test_better_view_that_comes_after_the_decision_takes_its_place(desk: Desk) -> None:
    desk.keeper.offer("3f9a1c07-1", portrait(1.0, mark=1))
    desk.decide(1)
    desk.wait()
    desk.keeper.offer("3f9a1c07-1", portrait(2.0, mark=2))
    desk.wait()
    assert desk.pictures.get("3f9a1c07-1") == portrait(mark=2).image.tobytes()


def test_encoder_that_fails_loses_the_picture_and_nothing_else(desk: Desk) -> None:
    for number, mark in ((1, 13), (2, 0)):
        desk.keeper.offer(f"3f9a1c07-{number}", portrait(mark=mark))
        desk.decide(number)
        desk.wait()
        codes = [problem.code for problem in desk.board.problems]
        assert codes == (["picture_lost"] if mark else [])
    assert desk.has(1, 2) == [False, True]
    assert [entry.payload["visit"] for entry in desk.journal.tail(9)] == [
        "3f9a1c07-1",
        "3f9a1c07-2",
    ]


def test_state_file_that_cannot_be_written_loses_the_picture_and_nobody_waits(desk: Desk) -> None:
    blocked = desk.decision(1)
    desk.journal.append(blocked)
    desk.db.execute("BEGIN IMMEDIATE")
    desk.keeper.offer("3f9a1c07-1", portrait())
    desk.keeper.happened(blocked)
    desk.wait()
    desk.db.rollback()
    assert [problem.code for problem in desk.board.problems] == ["picture_lost"]
    assert desk.has(1) == [False]


def test_flood_of_visits_takes_bounded_memory_while_the_encoder_hangs(desk: Desk) -> None:
    desk.goes_on.clear()
    for number in range(1, 101):
        desk.keeper.offer(f"3f9a1c07-{number}", portrait())
    assert sum(not desk.keeper.is_settled(f"3f9a1c07-{n}") for n in range(1, 101)) == OFFERED
    for number in range(1, 101):
        desk.decide(number)
    waiting = [n for n in range(1, 101) if not desk.keeper.is_settled(f"3f9a1c07-{n}")]
    assert len(waiting) <= WAITING + 1
    desk.goes_on.set()
    for _ in waiting:
        desk.wait()
    assert sum(desk.has(*range(1, 101))) == len(waiting)
    assert len(desk.journal.tail(200)) == 100


def test_event_is_not_held_back_for_ever_by_a_picture_that_hangs(desk: Desk) -> None:
    desk.goes_on.clear()
    desk.keeper.offer("3f9a1c07-1", portrait())
    desk.decide(1)
    assert not desk.keeper.is_settled("3f9a1c07-1")
    desk.now_s = HOLD_S / 2
    assert not desk.keeper.is_settled("3f9a1c07-1")
    desk.now_s = HOLD_S + 0.1
    assert desk.keeper.is_settled("3f9a1c07-1")
    desk.goes_on.set()
    desk.wait()


def test_visit_that_is_recognised_after_all_leaves_no_picture_of_somebody_unknown(
    database: Path,
) -> None:
    desk = Desk(database, keep="unknown")
    desk.keeper.offer("3f9a1c07-1", portrait())
    desk.decide(1)
    desk.wait()
    assert desk.has(1) == [True]
    desk.decide(1, "Ada")
    desk.wait()
    assert desk.has(1) == [False]
    desk.keeper.offer("3f9a1c07-1", portrait(5.0))
    desk.decide(2)
    assert desk.has(1) == [False]


@pytest.mark.parametrize("refused", sorted(ABOUT_LIVENESS))
def test_whoever_looks_like_a_resident_and_is_not_seen_alive_is_somebody_unknown(
    database: Path, refused: Reason
) -> None:
    desk = Desk(database, keep="unknown")
    desk.keeper.offer("3f9a1c07-1", portrait())
    desk.decide(1, "Ada", refused)
    desk.wait()
    assert desk.has(1) == [True]
    desk.decide(1, "Ada")  # and now lives
    desk.wait()
    assert desk.has(1) == [False]


def test_resident_who_may_not_come_in_now_is_nobody_unknown(database: Path) -> None:
    desk = Desk(database, keep="unknown")
    for number, refused in enumerate(sorted({*Reason} - ABOUT_LIVENESS), 1):
        desk.keeper.offer(f"3f9a1c07-{number}", portrait())
        desk.decide(number, "Ada", refused)
    desk.keeper.stop()
    assert not any(desk.has(*range(1, number + 1)))


def test_stop_keeps_what_still_waits(desk: Desk) -> None:
    desk.keeper.offer("3f9a1c07-1", portrait())
    desk.decide(1)
    desk.keeper.stop()
    assert desk.has(1) == [True]


def test_stranger_alone_leaves_one_and_listeners_hear_so_with_the_decision(
    door: Door, broker: Broker, listener: Listener
) -> None:
    door.configure("mqtt", host="127.0.0.1", port=broker.port)
    door.configure("storage", keep_pictures="unknown")
    running = door.run(door.walk_up("elton_john", "Jerry"))
    running.wait_for(decision="refused")
    stranger = listener.wait_for("/event", kind="decision", reason="unknown").content
    jerry = listener.wait_for("/event", kind="decision", person="Jerry").content
    running.stop()
    assert [said.get("picture", False) for said in (stranger, jerry)] == [True, False]
    with open_state(config_file.load(door.config)) as (db, vault):
        kept = [Pictures(db, vault).get(said["visit"]) for said in (stranger, jerry)]
    assert [jpeg is not None for jpeg in kept] == [True, False]

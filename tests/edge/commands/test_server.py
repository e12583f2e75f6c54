"""The command server: what is done, what is refused, and what is told and written of it."""

from __future__ import annotations

import contextlib
import random
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from commands_kit import NOW_S, claims, damaged, known, private_key, public, received, token
from doorway import PULSE_S, grant
from facedoor.commands import answers
from facedoor.commands.answers import REFUSALS_EACH_S
from facedoor.commands.intake import COMMANDS_AT_ONCE, STRANGERS_AT_ONCE
from facedoor.commands.used import UsedCommands
from facedoor.storage.journal import Journal
from facedoor.times import utc_text
from facedoor.wire.bands import told
from facedoor.wire.door_key import SIGNATURE_BYTES
from facedoor.wire.door_requests import Unlock
from facedoor.wire.outcomes import RefusedError
from facedoor.wire.people_requests import Capture, Enroll, Shots
from facedoor.wire.requests import COMMANDS, ROLES
from facedoor.wire.roles import GIVEN_ROLES, Role, fingerprint, public_key_text
from facedoor.wire.signing import MAX_MESSAGE_BYTES, verify
from front_door import KEYS, FrontDoor, enrolled
from vaults import VAULT, lose, open_store

DEADLINE_S = 30.0
KNOWN = {known(key).fingerprint: known(key) for key in KEYS.values()}
GOOD_ARGS: dict[str, dict[str, Any]] = {
    "ping": {},
    "list": {},
    "journal": {},
    "summary": {},
    "explain": {"person": "Ada"},
    "enroll": {"person": "Cleo", "images": ["AAAA"]},
    "remove": {"person": "Ada"},
    "rename": {"person": "Ada", "to": "Ida"},
    "unlock": {"reason": "parcel"},
    "mode": {"mode": "lockdown"},
    "rules": {},
    "set_rules": {"rules": {"time_zone": "Europe/Berlin", "groups": {"staff": {}}}},
    "allow": {"person": "Ada", "until": "2026-12-31", "duress": True},
    "picture": {"visits": ["3f9a1c07-1"], "to": public_key_text(bytes([9]) + bytes(31))},
    "label": {"visit": "3f9a1c07-1", "person": "Ada"},
    "keys": {},
    "invite": {
        "key": public_key_text(public(private_key(50))),
        "role": "operator",
        "name": "phone",
        "expires": utc_text(datetime.fromtimestamp(NOW_S + 3600, UTC)),
    },
    "join": {"key": public_key_text(public(private_key(51)))},
    "revoke": {"key": fingerprint(public(KEYS[Role.VIEWER]))},
}


def test_ping_is_answered_on_the_topic_of_its_result(front: FrontDoor) -> None:
    result = front.ask(Role.VIEWER, "ping", jti="ping-ping-ping-ping")
    assert result.topic == "facedoor/front/result/ping-ping-ping-ping"
    common = {"v": 1, "door": "front", "command": "ping-ping-ping-ping", "mode": "normal"}
    expected = common | {"cmd": "ping", "outcome": "done", "reason": None}
    assert result.content.items() >= expected.items()


def test_people_and_the_journal_from_a_time_on_are_listed(front: FrontDoor) -> None:
    people = front.ask(Role.VIEWER, "list").content["people"]
    assert [(person["name"], person["templates"]) for person in people] == [("Ada", 1), ("Bob", 1)]
    front.ask(Role.ADMIN, "unlock", {"reason": "parcel"})
    heard = front.ask(Role.VIEWER, "journal", {"limit": 3}).content
    entries = heard["entries"]
    assert heard["message"] == "3 entries"
    assert front.ask(Role.VIEWER, "journal", {"limit": 1}).content["message"] == "1 entry"
    assert [entry["kind"] for entry in entries] == ["command", "door", "command"]
    since = {"since": entries[-1]["time"]}
    later = front.ask(Role.VIEWER, "journal", since).content["entries"]
    assert entries[-1] in later, "as journal export does it"
    assert later[-1]["payload"]["cmd"] == "journal"


def test_only_an_admin_reads_distances_in_the_journal(front: FrontDoor) -> None:
    with closing(open_store(front.database)) as db:
        Journal(db, VAULT).append(grant(1))
    for role in GIVEN_ROLES:
        *_, entry = (
            entry
            for entry in front.ask(role, "journal").content["entries"]
            if entry["kind"] == "decision"
        )
        if role is Role.ADMIN:
            assert entry["payload"] == grant(1).as_json()
        else:
            assert entry["payload"] == told(grant(1).as_json())
            assert str(grant(1).distance) not in str(entry)


def test_time_of_the_journal_is_local_time_of_the_door(front: FrontDoor) -> None:
    """Nine hours off where it was that of the system, which may be set to anything."""
    front.ask(Role.ADMIN, "set_rules", {"rules": {"time_zone": "Asia/Tokyo"}})
    last = front.ask(Role.VIEWER, "journal").content["entries"][-1]
    local = datetime.fromisoformat(last["time"]).astimezone(ZoneInfo("Asia/Tokyo"))
    since = {"since": local.replace(tzinfo=None).isoformat()}
    later = front.ask(Role.VIEWER, "journal", since).content["entries"]
    assert last in later
    assert min(entry["time"] for entry in later) == last["time"]
    assert front.ask(Role.VIEWER, "journal", {"since": "1 minute ago"}).content["entries"]


def test_unlock_releases_the_door_for_one_pulse(front: FrontDoor) -> None:
    assert front.ask(Role.OPERATOR, "unlock", {"reason": "parcel"}).content["outcome"] == "done"
    assert front.doorway.relay.is_on
    (released,) = front.journal("door")
    assert (released["by"], released["why"]) == ("operator", "parcel")
    second = front.ask(Role.OPERATOR, "unlock", {"reason": "again"}).content
    assert (second["outcome"], second["reason"]) == ("refused", "door_busy")
    front.doorway.after(PULSE_S)
    assert [on for _, on in front.doorway.relay.levels] == [False, True, False]


def test_lockdown_ends_the_pulse_and_is_in_the_journal(front: FrontDoor) -> None:
    front.ask(Role.OPERATOR, "unlock", {"reason": "parcel"})
    result = front.ask(Role.OPERATOR, "mode", {"mode": "lockdown"})
    assert result.content["mode"] == "lockdown"
    assert not front.doorway.relay.is_on
    assert front.journal("door")[-1]["mode"] == "lockdown"
    refused = front.ask(Role.OPERATOR, "unlock", {"reason": "let me in"}).content
    assert (refused["outcome"], refused["reason"]) == ("refused", "lockdown")


def test_enrolment_is_told_in_full_but_only_counted_in_the_journal(front: FrontDoor) -> None:
    front.ask(Role.ENROLLER, "enroll", GOOD_ARGS["enroll"])
    ((request, tell),) = front.studio.begun
    assert request == Enroll("Cleo", (b"\0\0\0",))
    tell(enrolled("Cleo"))
    front.work_off()
    assert [image["accepted"] for image in front.results[-1].content["images"]] == [True, False]
    last = front.journal()[-1]
    assert (last["outcome"], last["person"], last["accepted"]) == ("done", "Cleo", 1)
    assert "Bob" not in str(last)


def test_second_enrolment_is_busy_while_other_commands_go_on(front: FrontDoor) -> None:
    front.ask(Role.ENROLLER, "enroll", {"person": "Cleo", "capture": {"frames": 5, "within_s": 30}})
    assert front.studio.begun[0][0] == Capture("Cleo", Shots(5, 30))
    assert front.ask(Role.ADMIN, "enroll", GOOD_ARGS["enroll"]).content["reason"] == "busy"
    assert front.ask(Role.ADMIN, "mode", {"mode": "lockdown"}).content["outcome"] == "done"


@pytest.mark.parametrize("role", GIVEN_ROLES)
@pytest.mark.parametrize("cmd", sorted(COMMANDS))
def test_each_role_may_what_it_is_for_and_no_more(front: FrontDoor, role: Role, cmd: str) -> None:
    front.visited("3f9a1c07-1")
    before = front.state()
    own = {"key": fingerprint(public(KEYS[role]))} if cmd == "revoke" else {}
    front.ask(role, cmd, GOOD_ARGS[cmd] | own)
    if cmd in ROLES[role]:
        assert not [result for result in front.results if result.content["outcome"] == "refused"]
    else:
        assert front.results[-1].content["reason"] == "wrong_role"
        assert front.state() == before
        assert not front.doorway.relay.is_on
        (entry,) = front.journal()
        assert (entry["reason"], entry["key"], entry["count"]) == ("wrong_role", role.value, 1)


def test_what_gallery_and_rule_book_object_to_is_refused(front: FrontDoor) -> None:
    for cmd, args, message in [
        ("remove", {"person": "Eve"}, "enrolled"),
        ("rename", {"person": "Ada", "to": "Bob"}, "enrolled"),
        ("set_rules", {"rules": {"timezone": "UTC"}}, "did you mean time_zone?"),
        ("allow", {"person": "Ada", "groups": ["staff"]}, "no group staff: set rules"),
        ("allow", {"person": "Eve", "duress": False}, "nobody called Eve is enrolled"),
    ]:
        before = front.state()
        result = front.ask(Role.ADMIN, cmd, args).content
        assert (result["outcome"], result["reason"]) == ("refused", "not_possible"), cmd
        assert message in result["message"], cmd
        assert front.state() == before, cmd
        assert front.journal()[-1]["reason"] == "not_possible", cmd


def test_command_works_once_also_after_a_restart(front: FrontDoor) -> None:
    message = front.signed(Role.OPERATOR, "unlock", {"reason": "parcel"})
    assert front.send(message).content["outcome"] == "done"
    front.doorway.clock.now_s += PULSE_S
    assert front.send(message).content["reason"] == "replayed"
    front.opened_again()
    assert front.send(message).content["reason"] == "replayed"
    assert len(front.doorway.relay.levels) == 2


def test_refused_command_is_told_and_written_down(tmp_path: Path) -> None:
    for changes, reason in [
        ({"aud": "back"}, "other_door"),
        ({"exp": 1.0, "iat": 0.0}, "expired"),
        ({"cmd": "open"}, "malformed"),
        ({"cmd": [["unlock"]]}, "malformed"),
        ({"cmd": float("nan")}, "malformed"),
        ({"args": {"reason": "\ud800"}}, "malformed"),
    ]:
        front = FrontDoor(tmp_path / str(changes))
        before = front.state()
        result = front.ask(Role.ADMIN, **({"cmd": "unlock", "args": GOOD_ARGS["unlock"]} | changes))
        assert (result.content["outcome"], result.content["reason"]) == ("refused", reason)
        assert result.topic.startswith("facedoor/front/result/command-")
        assert (front.state(), front.doorway.relay.is_on) == (before, False)
        (entry,) = front.journal()
        assert (entry["outcome"], entry["reason"], entry["key"]) == ("refused", reason, "admin")


def test_message_of_nobody_known_is_answered_elsewhere_and_written_down(tmp_path: Path) -> None:
    for payload, retained, reason in [
        (b"open the door", False, "malformed"),
        (token(claims(cmd="unlock"), private_key(99)), False, "unknown_key"),
        (b"x" * (MAX_MESSAGE_BYTES + 1), False, "oversized"),
        (token(claims(), KEYS[Role.ADMIN]), True, "retained"),
    ]:
        front = FrontDoor(tmp_path / reason)
        before = front.state()
        result = front.send(payload, retained, response_topic="facedoor/front/result/here")
        assert result.topic == "facedoor/front/result/unverified"
        assert (result.content["command"], result.content["reason"]) == (None, reason)
        assert (front.state(), front.doorway.relay.is_on) == (before, False)
        (entry,) = front.journal()
        assert (entry["reason"], entry["key"]) == (reason, None)


@pytest.mark.parametrize("cmd", sorted(COMMANDS - ROLES[Role.VIEWER]))
def test_no_damaged_command_changes_anything(front: FrontDoor, cmd: str) -> None:
    before = front.state()
    for number in range(200):
        whole = front.signed(Role.ADMIN, cmd, GOOD_ARGS[cmd])
        message = damaged(whole, random.Random(number))  # noqa: S311
        with contextlib.suppress(RefusedError):
            # Base64 has bits to spare: then it is the command that was signed.
            assert verify(received(message), KNOWN.get)
            continue
        front.send(message)
        front.doorway.clock.now_s += 1
    assert (front.state(), front.doorway.relay.is_on) == (before, False)
    assert not front.studio.begun
    assert {entry["key"] for entry in front.journal()} == {None}


def test_revoked_key_is_refused_at_once(front: FrontDoor) -> None:
    front.revoke(Role.ADMIN)
    assert front.ask(Role.ADMIN, "ping").content["reason"] == "revoked_key"


def test_while_the_time_is_not_known_commands_are_refused_by_that_name(front: FrontDoor) -> None:
    right_s = front.timepiece.wall_s
    for wrong_s in (0.0, right_s - 36_000, right_s + 40 * 86_400, right_s + 2 * 365 * 86_400):
        front.timepiece.wall_s = wrong_s
        assert front.ask(Role.ADMIN, "ping").content["reason"] == "clock_not_set"
    front.timepiece.wall_s = right_s
    assert front.ask(Role.ADMIN, "ping").content["outcome"] == "done"


def test_commands_obeyed_in_a_wrong_future_are_no_replay_afterwards(front: FrontDoor) -> None:
    """But nobody can tell what was used, so root has to say that the time is right now."""
    right_s = front.timepiece.wall_s
    front.timepiece.is_set(right_s + 730 * 86_400, by_time_server=True)
    front.clock.look()
    assert front.ask(Role.ADMIN, "ping").content["outcome"] == "done"
    front.timepiece.is_set(right_s, by_time_server=True)
    front.clock.look()
    said = front.ask(Role.ADMIN, "ping").content
    assert said["reason"] == "clock_not_set"
    assert "sudo facedoor clock repair" in said["message"]
    UsedCommands(front.db).begin_again(right_s)
    front.timepiece.passes(10)
    assert front.ask(Role.ADMIN, "ping").content["outcome"] == "done"


def test_flood_is_counted_in_the_journal_and_hardly_answered(front: FrontDoor) -> None:
    for _ in range(1000):
        front.send(b"open the door")
    front.doorway.clock.now_s += REFUSALS_EACH_S
    front.work_off()
    counts = {(entry["reason"], entry["count"]) for entry in front.journal()}
    assert len(front.journal()) <= 4
    assert sum(count for _, count in counts) == 1000
    assert len(front.results) < 2 * STRANGERS_AT_ONCE


def test_key_that_gives_too_many_commands_hears_so_and_others_do_not(front: FrontDoor) -> None:
    front.work_off()  # the server has looked at its keys
    told = [front.ask(Role.VIEWER, "ping").content for _ in range(COMMANDS_AT_ONCE + 1)]
    assert [result["reason"] for result in told] == [None] * COMMANDS_AT_ONCE + ["rate_limited"]
    assert front.ask(Role.ADMIN, "ping").content["outcome"] == "done"
    front.doorway.clock.now_s += 1
    assert front.ask(Role.VIEWER, "ping").content["outcome"] == "done"


def test_replayed_message_does_not_use_up_its_senders_rate(front: FrontDoor) -> None:
    message = front.signed(Role.VIEWER, "ping")
    for _ in range(COMMANDS_AT_ONCE + 5):
        front.send(message)
    assert front.ask(Role.VIEWER, "ping").content["outcome"] == "done"


def test_nothing_is_carried_out_while_the_disk_is_full(front: FrontDoor) -> None:
    front.visited("3f9a1c07-1")
    front.ask(Role.ADMIN, "ping")
    front.break_disk()
    before = front.state()
    for cmd in sorted(COMMANDS - ROLES[Role.VIEWER]):
        assert front.ask(Role.ADMIN, cmd, GOOD_ARGS[cmd]).content["outcome"] == "failed"
    assert (front.state(), front.doorway.relay.is_on) == (before, False)
    assert front.problems() == ["commands_fail"]
    front.break_disk(broken=False)
    front.work_off()  # nobody gives a command: the server finds out by itself
    assert front.problems() == []


def test_mistake_in_the_door_is_a_failure_and_the_server_goes_on(
    front: FrontDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a mistake")

    monkeypatch.setattr(front, "release", broken)
    assert front.ask(Role.ADMIN, "unlock", GOOD_ARGS["unlock"]).content["outcome"] == "failed"
    assert front.journal()[-1]["outcome"] == "failed"
    assert front.ask(Role.ADMIN, "ping").content["outcome"] == "done"


def test_answer_goes_where_mqtt_5_asks_for_it_among_the_doors_results(front: FrontDoor) -> None:
    wanted = {"response_topic": "facedoor/front/result/for-me", "correlation": b"7"}
    result = front.send(front.signed(Role.ADMIN, "ping"), **wanted)
    assert (result.topic, result.correlation) == ("facedoor/front/result/for-me", b"7")
    elsewhere = {"response_topic": "facedoor/back/command"}
    result = front.send(front.signed(Role.ADMIN, "ping"), **elsewhere)
    assert result.topic.startswith("facedoor/front/result/command-")


def test_answer_that_no_broker_would_take_is_a_failure(
    front: FrontDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "MAX_RESULT_BYTES", 400 + SIGNATURE_BYTES)
    assert front.ask(Role.ADMIN, "ping").content["outcome"] == "done"
    front.ask(Role.ADMIN, "unlock", GOOD_ARGS["unlock"])
    result = front.ask(Role.ADMIN, "journal").content
    assert (result["outcome"], result["command"]) == ("failed", "command-0000000003")
    assert "too large" in result["message"]


def test_thread_answers_and_ends_soon(front: FrontDoor) -> None:
    server = front.opened_again()
    server.start()
    server.receive(received(front.signed(Role.ADMIN, "ping")))
    assert front.answered.wait(DEADLINE_S)
    start_s = time.monotonic()
    server.stop()
    assert time.monotonic() - start_s < DEADLINE_S / 3
    assert front.problems() == []


def test_last_outcome_is_written_down_and_what_waits_is_dropped(front: FrontDoor) -> None:
    front.ask(Role.ENROLLER, "enroll", GOOD_ARGS["enroll"])
    ((_, tell),) = front.studio.begun
    front.server.receive(received(front.signed(Role.ADMIN, "unlock", GOOD_ARGS["unlock"])))
    tell(enrolled("Cleo"))
    front.server.finish()
    assert (front.journal()[-1]["cmd"], front.journal()[-1]["outcome"]) == ("enroll", "done")
    assert not front.doorway.relay.is_on


def test_server_that_starts_has_no_problem_unless_it_finds_one(front: FrontDoor) -> None:
    front.opened_again()
    assert front.ask(Role.ADMIN, "ping").content["outcome"] == "done"
    assert front.problems() == []
    front.break_disk()
    front.say_plainly(Unlock("lock"))
    assert front.problems() == ["commands_fail"]


def test_connection_that_was_lost_fails_no_command(front: FrontDoor) -> None:
    assert front.ask(Role.ADMIN, "ping").content["outcome"] == "done"
    lose(front.db)
    assert front.ask(Role.ADMIN, "mode", {"mode": "lockdown"}).content["outcome"] == "done"
    assert front.problems() == []

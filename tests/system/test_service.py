"""The service in a process of its own: signals, the pin, people, rules, what it says."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest

from broker import wait_until
from door_kit import Answer, Door, ended
from pin_recorder import PinRecord

LONG_S = 30.0
"""A pulse that does not end by itself within any of these tests."""

RELAY_PIN = 17


@pytest.fixture
def pin(tmp_path: Path) -> PinRecord:
    return PinRecord(tmp_path)


def decisions(door: Door) -> list[dict[str, Any]]:
    with door.journal() as entries:
        return [entry.payload for entry in entries.tail(100) if entry.kind == "decision"]


@pytest.mark.parametrize(
    ("number", "active_high", "safe", "on"),
    [(signal.SIGTERM, True, "low", "high"), (signal.SIGINT, False, "high", "low")],
)
def test_signal_in_the_middle_of_a_pulse_locks_the_door_and_ends_the_service(
    door: Door, pin: PinRecord, number: signal.Signals, active_high: bool, safe: str, on: str
) -> None:
    door.configure("door", relay="gpio", pin=RELAY_PIN, active_high=active_high, pulse_s=LONG_S)
    service = door.run(door.walk_up("Jerry"), **pin.environment)
    service.wait_for(relay="on")
    answer = service.stop(number)
    assert answer.exit_code == 0
    assert pin.of(RELAY_PIN) == ["output", safe, on, safe, "input"]
    assert answer.relay == ["on", "off"]
    assert answer.objects[-1]["summary"]["granted"] == 1
    assert [entry["decision"] for entry in decisions(door)] == ["granted"]


def test_second_signal_does_not_cut_off_the_locking(door: Door, pin: PinRecord) -> None:
    door.configure("door", relay="gpio", pin=RELAY_PIN, pulse_s=LONG_S)
    service = door.run(door.walk_up("Jerry"), **pin.environment)
    service.wait_for(relay="on")
    for _ in range(20):
        service.process.send_signal(signal.SIGTERM)
    answer = service.end()
    assert pin.of(RELAY_PIN)[-2:] == ["low", "input"]
    assert answer.relay == ["on", "off"]


def test_pin_is_safe_before_all_else_even_if_the_start_fails(door: Door, pin: PinRecord) -> None:
    door.configure("door", relay="gpio", pin=RELAY_PIN, active_high=False)
    door.configure("models", pack="nowhere")
    door.run(door.walk_up("Jerry"), **pin.environment).end().assert_fails(3, "there is no pack")
    assert pin.of(RELAY_PIN) == ["output", "high", "input"]


def test_signal_at_any_moment_of_the_start_ends_the_service(door: Door, pin: PinRecord) -> None:
    door.configure("door", relay="gpio", pin=RELAY_PIN, active_high=False)
    service = door.run(door.walk_up("Jerry"), **pin.environment)
    while not pin.of(RELAY_PIN):
        assert service.process.poll() is None, service.errors
    answer = service.stop()
    assert answer.exit_code == 0
    assert pin.of(RELAY_PIN) == ["output", "high", "input"]
    assert not answer.error or "Traceback" not in answer.error


def test_signal_ends_a_service_whose_network_camera_does_not_answer(door: Door) -> None:
    with socket.create_server(("127.0.0.1", 0)) as camera:
        service = door.run(f"rtsp://127.0.0.1:{camera.getsockname()[1]}/1")
        connection, _ = camera.accept()
        answer = service.stop()
        assert connection.recv(1000).startswith(b"OPTIONS")
        connection.close()
    assert answer.exit_code == 0


def test_relay_goes_off_in_time_if_nobody_reads_the_output(door: Door, pin: PinRecord) -> None:
    door.configure("door", relay="gpio", pin=RELAY_PIN, pulse_s=0.3)
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writing, b"\n")
    os.set_blocking(writing, True)
    service = door.run(door.walk_up("Jerry"), stdout=writing, **pin.environment)
    wait_until(lambda: "high" in pin.of(RELAY_PIN), "the relay is on")
    wait_until(lambda: pin.of(RELAY_PIN)[-1] == "low", "the relay is off")
    answer = service.stop()
    assert answer.exit_code == 0, answer.error
    os.close(reading)
    os.close(writing)


def test_source_starts_over_and_people_come_and_go_without_a_restart(door: Door) -> None:
    service = door.run(door.walk_up("elton_john", stay_s=1.5))
    service.wait_for(decision="refused", reason="unknown")
    pictures = [door.photo("elton_john", number, of="train") for number in range(6)]
    assert door.ask("enroll", "Elton", "--image", *pictures).exit_code == 0
    service.wait_for(decision="granted", person="Elton")
    service.wait_for(relay="off")
    assert door.ask("people", "remove", "Elton").exit_code == 0
    service.wait_for(decision="refused", person=None)
    answer = service.stop()
    assert answer.exit_code == 0
    assert answer.relay == ["on", "off"], answer
    assert "summary" in answer.objects[-1]
    assert not answer.error or "Traceback" not in answer.error
    # As any door that is to start again, it has kept the embedder's packed weights.
    assert [file.suffix for file in (door.state / "weights").iterdir()] == [".weights"]


def test_no_two_visits_have_one_id_past_a_restart_and_the_journal_has_it(door: Door) -> None:
    camera = door.walk_up("Jerry", stay_s=1.2)
    told = []
    for _ in range(2):
        answer = door.facedoor("run", "--once", "--json", "--camera", camera)
        told += [(decision["track"], decision["visit"]) for decision in answer.decisions]
    assert [track for track, _ in told] == [1, 1]
    assert told[0] != told[1]
    assert [(entry["track"], entry["visit"]) for entry in decisions(door)] == told


def test_log_says_at_the_start_that_a_photo_opens_the_door(door: Door) -> None:
    answer = door.facedoor("run", "--once", "--camera", door.walk_up("", stay_s=0.1))
    (line,) = [line for line in answer.error.splitlines() if "liveness" in line]
    assert "a photo of an enrolled person opens it" in line


def test_empty_hallway_leads_to_nothing_but_a_summary(door: Door) -> None:
    answer = door.facedoor("run", "--once", "--json", "--camera", door.walk_up("", stay_s=0.5))
    assert answer.exit_code == 0
    assert answer.json["summary"]["frames"] >= 10


def test_door_whose_journal_was_taken_away_stays_shut(door: Door) -> None:
    with contextlib.closing(sqlite3.connect(door.database)) as db:
        db.execute("DROP TABLE journal")
    camera = door.walk_up("Jerry", stay_s=1.2)
    answer = door.facedoor("run", "--once", "--json", "--camera", camera)
    assert answer.exit_code == 3
    assert not answer.relay
    assert "was changed without its key, in sqlite_schema" in answer.error


LEAVES_A_THREAD_BEHIND = """
import sys, threading
import cv2, numpy as np
from facedoor.cli import main as cli

def work():
    picture = np.zeros((2000, 2000, 3), np.uint8)
    while True:
        cv2.GaussianBlur(picture, (31, 31), 0)
        begun.set()

begun = threading.Event()
threading.Thread(target=work, daemon=True).start()
begun.wait()
cli.program()
"""


def test_thread_still_in_native_code_does_not_make_a_good_end_a_crash(empty_door: Door) -> None:
    command = [sys.executable, "-c", LEAVES_A_THREAD_BEHIND, "relay-off", "--json", "--config"]
    for _ in range(3):  # it crashed nearly always, not always
        assert ended(*command, empty_door.config) == Answer(0, '{"pins": []}\n', "")


CLOSED = 'time_zone = "UTC"\n[groups.staff]\n'
STRICT = 'time_zone = "UTC"\n[groups.staff]\n[lockout]\nafter = 1\nfirst_s = 3600\n'


def set_rules(door: Door, document: str) -> None:
    (door.folder / "rules.toml").write_text(document)
    assert door.ask("rules", "set", door.folder / "rules.toml").exit_code == 0


def test_whoever_is_in_no_group_stays_outside_and_the_others_come_in(door: Door) -> None:
    set_rules(door, CLOSED)
    door.ask("people", "allow", "Mindy", "--group", "staff", "--duress")
    answer = door.facedoor("run", "--json", "--once", "--camera", door.walk_up("Jerry", "Mindy"))
    assert answer.exit_code == 0, answer.error
    said = [(d["person"], d["decision"], d["reason"], d["rule"]) for d in answer.decisions]
    assert said == [
        ("Jerry", "refused", "not_valid", "in no group"),
        ("Mindy", "granted", "recognised", "group staff"),
    ]
    assert answer.relay == ["on", "off"]
    assert "duress" not in answer.out
    with door.journal() as journal:
        events = [entry.payload for entry in journal.tail(20) if entry.kind == "door"]
    assert [(e["event"], e["person"]) for e in events][-1] == ("duress", "Mindy")


def test_rules_that_are_set_while_the_door_runs_hold(door: Door) -> None:
    service = door.run(door.walk_up("Jerry"))
    service.wait_for(decision="granted", person="Jerry")
    set_rules(door, CLOSED)
    service.wait_for(decision="refused", reason="not_valid")
    door.ask("people", "allow", "Jerry", "--group", "staff")
    service.wait_for(decision="granted", person="Jerry", rule="group staff")
    assert service.stop().exit_code == 0


def test_lockout_outlives_the_service(door: Door) -> None:
    set_rules(door, STRICT)
    door.ask("people", "allow", "Jerry", "--group", "staff")
    walk = door.walk_up("elton_john", stay_s=6.0)
    stranger = door.facedoor("run", "--json", "--once", "--camera", walk)
    assert [d["reason"] for d in stranger.decisions] == ["unknown"]
    explained = door.ask("rules", "explain", "Jerry")
    assert explained.exit_code == 1
    assert "no face opens the door" in explained.out

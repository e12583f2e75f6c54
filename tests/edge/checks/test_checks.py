from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from gpiozero.pins.mock import MockFactory

import facedoor.checks
import facedoor.mqtt
from broker import Broker, free_port, running, wait_until
from door_kit import PACK, Door
from facedoor.checks import LOOKS, installation
from facedoor.config import file as config_file
from facedoor.reasons import Reason
from facedoor.storage.key_file import open_state
from facedoor.storage.store import transaction
from facedoor.vision import pack as packs
from faults.disks import make_read_only, small_disk, why_not
from history_kit import History
from liveness_kit import pack_with
from machine_kit import Machine
from vaults import without_the_key

FINE, PROBLEM = 0, 1


@pytest.fixture
def door(door: Door, machine: Machine) -> Door:
    """A door with a camera that delivers, on a machine whose programs say nothing."""
    (door.folder / "view").mkdir()
    cv2.imwrite(str(door.folder / "view" / "hallway.png"), np.zeros((48, 64, 3), np.uint8))
    door.configure("camera", source="folder:view")
    door.configure("liveness", mode="challenge_if_unsure")
    return door


def findings(door: Door) -> dict[str, dict[str, Any]]:
    answer = door.ask("check", "--json")
    found = {finding["subject"]: finding for finding in answer.json["findings"]}
    problems = [finding for finding in found.values() if not finding["ok"]]
    assert answer.exit_code == (PROBLEM if problems else FINE)
    assert not answer.error
    return found


def problem(door: Door) -> dict[str, Any]:
    """The only thing that is wrong."""
    (only,) = (finding for finding in findings(door).values() if not finding["ok"])
    return only


def test_door_that_works_has_no_problem(door: Door) -> None:
    found = findings(door)
    elsewhere = {"user", "problems", "second pack", "lamp"}
    assert list(found) == [subject for subject, *_ in LOOKS if subject not in elsewhere]
    assert all(finding["ok"] and not finding["remedy"] for finding in found.values())
    assert found["people"]["message"] == "2 enrolled"
    assert found["camera"]["message"].endswith("64x48; opens for faces from 6 px")


def test_read_only_disk_is_one_finding_and_its_remedy_is_the_right_one(door: Door) -> None:
    if reason := why_not(small_disk, door.folder / "try"):
        pytest.skip(reason)
    disk = door.folder / "disk"
    with small_disk(disk):
        shutil.copytree(door.state, disk, dirs_exist_ok=True)
        door.configure("storage", directory=str(disk))
        make_read_only(disk)
        wrong = {f["subject"]: f for f in findings(door).values() if not f["ok"]}
        assert wrong.keys() == {"state", "disk"}
        assert wrong["state"]["remedy"] == f"sudo mount -o remount,rw {disk}"
        assert "is on a disk that is read-only" in wrong["state"]["message"]
        for command in (("people", "list"), ("keys", "list"), ("journal", "verify")):
            assert f"sudo mount -o remount,rw {disk}" in door.ask(*command).error


def test_what_was_changed_without_the_key_is_told(door: Door) -> None:
    with without_the_key(door.database) as thief:
        thief.execute("UPDATE door_mode SET mode = 'face_off'")
    assert "was changed without its key, in door_mode" in problem(door)["message"]


def test_state_file_that_cannot_be_used_is_one_finding_and_its_remedy_is_the_right_one(
    door: Door,
) -> None:
    with without_the_key(door.database) as thief:
        thief.execute("CREATE TABLE mine (word TEXT)")
    wrong = {f["subject"]: f for f in findings(door).values() if not f["ok"]}
    assert wrong.keys() == {"state", "clock"}, "root's word on the clock is in the file"
    assert wrong["state"]["remedy"] == "put it, or its key, back: docs/backup.md"


@pytest.mark.parametrize(
    ("version", "remedy"),
    [(1, "sudo systemctl restart facedoor"), (99, "upgrade facedoor: docs/install.md")],
)
def test_after_an_upgrade_or_its_reverse_nobody_is_told_to_put_the_file_back(
    door: Door, version: int, remedy: str
) -> None:
    with without_the_key(door.database) as other_program:
        other_program.execute(f"PRAGMA user_version = {version}")
    wrong = {f["subject"]: f for f in findings(door).values() if not f["ok"]}
    assert wrong.keys() == {"state", "clock"}, "root's word on the clock is in the file"
    assert wrong["state"]["remedy"] == remedy
    assert f"has version {version}, " in wrong["state"]["message"]


def test_in_a_terminal_they_keep_to_its_width_and_cut_no_word() -> None:
    finding = installation.problem(
        "camera", "word " * 40 + "end", "sudo apt install " + "package " * 20
    )
    shown = list(installation.lines([finding, finding], coloured=False, width=60))
    assert max(map(len, shown)) <= 60
    whole = " ".join(installation.lines([finding, finding], coloured=False)).split()
    assert " ".join(shown).split() == whole
    assert all(line.startswith(("PROBLEM  camera: word", " " * 9)) for line in shown)


def test_words_are_one_line_for_each_finding(door: Door) -> None:
    plain = door.ask("check")
    assert plain.exit_code == FINE
    assert [line.split()[0] for line in plain.out.splitlines()] == ["ok"] * 18


def test_the_risk_in_force_is_stated(door: Door) -> None:
    message = findings(door)["risk"]["message"]
    assert "a chance of about 1.0e-05 with 2 enrolled" in message
    assert "threshold 0.8" in message


def test_it_says_in_one_sentence_what_liveness_was_tested_against(door: Door) -> None:
    message = findings(door)["liveness"]["message"]
    liveness = packs.load(PACK).manifest.liveness
    assert liveness is not None
    assert liveness.threshold_source in message
    assert "prints and masks were not tested" in message


def test_a_door_that_a_photo_opens_has_a_problem(door: Door) -> None:
    door.configure("liveness", mode="off")
    found = problem(door)
    assert found["subject"] == "liveness"
    assert "a photo of an enrolled person opens it" in found["message"]
    assert found["remedy"] == '[liveness] mode = "challenge_if_unsure"'


def test_a_door_whose_pack_cannot_tell_has_one_too(door: Door, tmp_path: Path) -> None:
    pack_with(packs.load(PACK), tmp_path / "pack")
    door.configure("models", pack=str(tmp_path / "pack"))
    found = problem(door)
    assert found["subject"] == "liveness"
    assert "the pack has no liveness network" in found["message"]


def test_problem_is_told_with_what_mends_it(door: Door) -> None:
    for name in ("Jerry", "Mindy"):
        door.ask("people", "remove", name)
    found = problem(door)
    assert (found["subject"], found["remedy"]) == ("people", "facedoor enroll NAME FILE")
    plain = door.ask("check")
    assert plain.exit_code == PROBLEM
    assert "PROBLEM  people: nobody is enrolled" in plain.out
    assert "mend it: facedoor enroll NAME FILE" in plain.out


def test_rule_that_keeps_somebody_out_for_good_is_told(door: Door) -> None:
    door.ask("people", "allow", "Jerry", "--until", "2026-01-31")
    assert "Jerry could come in until 2026-01-31, which is over" in problem(door)["message"]


def test_who_is_refused_again_and_again_is_told_with_what_helps(door: Door) -> None:
    history = History()
    for days_ago in range(9, 0, -1):
        history.now = datetime.now(UTC).replace(hour=8) - timedelta(days=days_ago)
        if days_ago > 3:
            history.comes(reason=Reason.UNKNOWN, looks={"unknown": 12})
        history.after(5).comes("Jerry")
    (door.folder / "rules.toml").write_text('time_zone = "UTC"\n')
    assert door.ask("rules", "set", door.folder / "rules.toml").exit_code == FINE
    with door.journal() as journal:
        for event in history.events:
            journal.append(event)
    told = problem(door)
    assert told["message"] == (
        "Jerry: 4 photos, refused 6 of 9 mornings, nearly each time not recognised: "
        "add photos taken in the morning"
    )
    assert told["remedy"] == "facedoor enroll Jerry FILE"


def test_people_of_another_embedder_are_told(door: Door) -> None:
    with open_state(config_file.load(door.config)) as (db, _), transaction(db, "do"):
        db.execute("UPDATE template SET model_sha256 = 'another' WHERE id = 1 OR person_id = 1")
    assert "the door does not open for Jerry, who was enrolled" in problem(door)["message"]


@pytest.mark.parametrize(
    ("options", "subject", "says"),
    [
        ({"camera": {"source": "usb:99"}}, "camera", "/dev/video99"),
        ({"camera": {"source": "webcam"}}, "camera", "no known kind"),
        ({"camera": {"source": "sim:no.toml"}}, "camera", "cannot be read"),
        ({"mqtt": {"host": "127.0.0.1", "port": free_port()}}, "mqtt", "no broker"),
        ({"mqtt": {"host": "localhost", "ca_file": "no"}}, "mqtt", "ca_file"),
    ],
)
def test_each_part_that_cannot_work_is_found(
    door: Door, options: dict[str, dict[str, object]], subject: str, says: str
) -> None:
    for section, values in options.items():
        door.configure(section, **values)
    found = problem(door)
    assert found["subject"] == subject
    assert says in found["message"]


def test_everything_that_is_wrong_is_found_at_once(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("facedoor.clock.is_kernel_synchronised", lambda: True)
    shutil.rmtree(door.state)
    door.state.write_text("in the way")
    door.configure("models", pack="nowhere")
    door.configure("camera", source="usb:99")
    wrong = {name for name, finding in findings(door).items() if not finding["ok"]}
    assert wrong == {"pack", "people", "risk", "state", "camera"}


def test_broker_that_answers_is_fine(door: Door) -> None:
    (door.folder / "broker-files").mkdir()
    with running(door.folder / "broker-files") as broker:
        door.configure("mqtt", host="127.0.0.1", port=broker.port)
        assert findings(door)["mqtt"]["ok"]


def test_running_service_is_not_disturbed(door: Door, broker: Broker) -> None:
    broker.start()
    door.configure("mqtt", host="127.0.0.1", port=broker.port)
    door.configure("camera", source=door.walk_up("Jerry"))
    running = door.run(door.walk_up("", "Jerry"))
    wait_until(lambda: "as facedoor-test" in broker.log, "the service is connected")
    assert all(finding["ok"] for finding in findings(door).values())
    assert running.wait_for(decision="granted")
    assert running.wait_for(relay="off")
    assert running.stop().exit_code == 0
    assert "already connected" not in broker.log


@pytest.mark.parametrize("active_high", [True, False])
def test_relay_is_claimed_but_not_moved(door: Door, pins: MockFactory, active_high: bool) -> None:
    pin = pins.pin(17)
    door.configure("door", relay="gpio", pin=17, active_high=active_high)
    assert findings(door)["relay"]["ok"]
    assert {bool(change.state) for change in pin.states[1:]} <= {not active_high}


def test_door_that_is_to_ask_visitors_and_cannot_is_told(door: Door, pins: MockFactory) -> None:
    door.configure("liveness", mode="challenge_if_unsure")
    assert "the console of a simulated door" in findings(door)["prompts"]["message"]
    door.configure("door", relay="gpio", pin=17)
    mute = findings(door)["prompts"]
    assert not mute["ok"]
    assert "left_led_pin" in mute["message"]
    door.configure("door", left_led_pin=20, right_led_pin=21)
    assert "two LEDs" in findings(door)["prompts"]["message"]


def test_damaged_pack_is_found(door: Door) -> None:
    shutil.copytree(PACK, door.folder / "pack")
    (door.folder / "pack" / "search.tflite").write_bytes(b"")
    door.configure("models", pack="pack")
    assert "search.tflite" in findings(door)["pack"]["message"]


CLONE = Path(__file__).parents[3]
ROW = re.compile(r"^\| `(\w+(?: \w+)?)` \| ([^|]+) \| ([^|]*)\|$", re.MULTILINE)
ROWS = ROW.findall((CLONE / "docs" / "check.md").read_text())
SOURCE = "\n".join(
    path.read_text()
    for room in (facedoor.checks, facedoor.mqtt)
    for path in sorted(Path(room.__path__[0]).glob("*.py"))
)


def test_every_subject_has_its_row() -> None:
    assert [subject for subject, *_ in ROWS] == [subject for subject, *_ in LOOKS]


def test_every_remedy_is_one_that_a_check_names() -> None:
    for subject, _, remedies in ROWS:
        for remedy in re.findall(r"`([^`]+)`", remedies):
            # As far as a word in capitals, which stands for something of the machine.
            assert re.split(r" ?=?\b[A-Z]{3,}\b", remedy)[0] in SOURCE, (subject, remedy)

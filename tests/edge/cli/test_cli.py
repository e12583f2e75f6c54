"""The commands: what each answers, in words and in JSON, and with which exit code."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from door_kit import Door
from facedoor.cli import people as commands
from facedoor.cli.arguments import parser
from facedoor.cli.main import main
from facedoor.languages import catalogue

DONE, NEGATIVE, WRONG_USE, BROKEN = 0, 1, 2, 3


def test_people_are_listed_with_or_without_saying_list(door: Door) -> None:
    plain = door.ask("people")
    assert plain == door.ask("people", "list")
    assert plain.exit_code == DONE
    assert [line.split(",")[0] for line in plain.out.splitlines()] == [
        "Jerry: 4 templates",
        "Mindy: 4 templates",
    ]


def test_people_are_listed_as_json(door: Door) -> None:
    people = door.ask("people", "list", "--json").json["people"]
    assert [(person["name"], person["templates"]) for person in people] == [
        ("Jerry", 4),
        ("Mindy", 4),
    ]
    assert all(person.keys() == {"name", "templates", "enrolled_at"} for person in people)


def test_nobody_enrolled_is_an_answer_that_says_what_to_do(empty_door: Door) -> None:
    empty_door.be_made()
    answer = empty_door.ask("people")
    assert answer.exit_code == DONE
    assert "facedoor enroll NAME FILE" in answer.out
    assert empty_door.ask("people", "--json").json == {"people": []}


def test_key_is_found_where_the_unit_has_its_credentials(door: Door) -> None:
    credentials = door.config.parent / "credentials"
    credentials.mkdir(mode=0o700)
    (door.state / "facedoor.key").rename(credentials / "facedoor-key")
    assert "Jerry" in door.ask("people").out
    assert not (door.state / "facedoor.key").exists()


def test_person_is_renamed(door: Door) -> None:
    assert door.ask("people", "rename", "jerry", "Gerald", "--json").json == {"person": "Gerald"}
    assert "Gerald" in door.ask("people", "rename", "Gerald", "Jerry S.").out
    assert [p["name"] for p in door.ask("people", "--json").json["people"]] == ["Jerry S.", "Mindy"]


def test_new_name_is_told_as_it_is_kept(door: Door) -> None:
    said = door.ask("people", "rename", "Jerry", " Jerry  S. ", "--json").json
    (kept, _) = door.ask("people", "--json").json["people"]
    assert said == {"person": kept["name"]}


def test_person_is_removed(door: Door) -> None:
    assert door.ask("people", "remove", "Jerry", "--json").json == {"person": "Jerry"}
    assert "Mindy is no longer enrolled" in door.ask("people", "remove", "Mindy").out
    assert door.ask("people", "--json").json == {"people": []}


def test_unknown_person_is_wrong_use_and_the_nearest_name_is_told(door: Door) -> None:
    for command in [("rename", "Jery", "Gerald"), ("remove", "Jery")]:
        answer = door.ask("people", *command)
        assert answer.exit_code == WRONG_USE, command
        assert answer.sentence.endswith("did you mean Jerry?"), command


def test_name_that_is_taken_is_refused(door: Door) -> None:
    answer = door.ask("people", "rename", "Jerry", "mindy")
    answer.assert_fails(WRONG_USE, "Mindy is enrolled already")


def test_resident_is_verified(door: Door) -> None:
    answer = door.ask("verify", "jerry", door.photo("Jerry"), "--json")
    assert answer.exit_code == DONE
    assert answer.json.keys() == {
        *("person", "distance", "threshold", "door_open", "reason"),
        "plain_distance",
    }
    assert answer.json["plain_distance"] <= answer.json["distance"] < answer.json["threshold"]
    assert (answer.json["person"], answer.json["door_open"]) == ("Jerry", True)
    plain = door.ask("verify", "Jerry", door.photo("Jerry"))
    assert plain.exit_code == DONE
    assert plain.out.startswith("the door opens: Jerry")


def test_of_a_photo_it_is_not_said_that_the_door_opens_where_a_face_has_to_be_alive(
    door: Door,
) -> None:
    door.configure("liveness", mode="passive")
    plain = door.ask("verify", "Jerry", door.photo("Jerry"))
    assert plain.out.startswith("the door opens, if that is a living face: Jerry")


def test_resident_with_a_risk_of_their_own_has_to_be_nearer(door: Door) -> None:
    usual = door.ask("verify", "Jerry", door.photo("Jerry"), "--json").json
    door.ask("people", "allow", "Jerry", "--false-match-rate", "1e-7")
    own = door.ask("verify", "Jerry", door.photo("Jerry"), "--json").json
    assert own["threshold"] < usual["threshold"]
    assert own["door_open"] is (own["distance"] <= own["threshold"])
    assert door.ask("identify", door.photo("Jerry"), "--json").json["threshold"] == own["threshold"]
    mindy = door.ask("verify", "Mindy", door.photo("Mindy"), "--json").json
    assert mindy["threshold"] == usual["threshold"]


def test_somebody_else_is_not_verified(door: Door) -> None:
    answer = door.ask("verify", "Jerry", door.photo("Mindy"), "--json")
    assert answer.exit_code == NEGATIVE
    assert answer.json["distance"] > answer.json["threshold"]
    assert (answer.json["door_open"], answer.json["reason"]) == (False, "unknown")
    assert "the door stays shut" in door.ask("verify", "Jerry", door.photo("Mindy")).out


def test_verifying_a_stranger_by_name_is_wrong_use(door: Door) -> None:
    answer = door.ask("verify", "Mindi", door.photo("Mindy"))
    assert answer.exit_code == WRONG_USE
    assert answer.sentence == "nobody called Mindi is enrolled; did you mean Mindy?"


def test_resident_is_identified(door: Door) -> None:
    answer = door.ask("identify", door.photo("Mindy"), "--json")
    assert answer.exit_code == DONE
    assert answer.json.keys() == {
        *("person", "distance", "threshold"),
        *("runner_up", "runner_up_distance", "reason", "plain_distance", "nearest"),
    }
    assert (answer.json["person"], answer.json["runner_up"]) == ("Mindy", "Jerry")
    assert answer.json["distance"] < answer.json["threshold"] < answer.json["runner_up_distance"]
    assert "Mindy, welcome" in door.ask("identify", door.photo("Mindy")).out


def test_stranger_is_not_identified(door: Door) -> None:
    answer = door.ask("identify", door.photo("elton_john"), "--json")
    assert answer.exit_code == NEGATIVE
    assert (answer.json["person"], answer.json["reason"]) == (None, "unknown")
    assert answer.json["distance"] > answer.json["threshold"]
    nearest = answer.json["nearest"]
    assert nearest in {"Jerry", "Mindy"}
    assert answer.json["runner_up"] in {"Jerry", "Mindy"} - {nearest}
    out = door.ask("identify", door.photo("elton_john")).out
    assert "nobody who is enrolled" in out
    assert f"\nnearest: {nearest}\n" in out


def test_picture_without_a_face_is_a_negative_answer_with_null_distances(door: Door) -> None:
    wall = door.folder / "wall.png"
    cv2.imwrite(str(wall), np.full((480, 640, 3), 128, np.uint8))
    who, verified = (
        door.ask("identify", wall, "--json"),
        door.ask("verify", "Jerry", wall, "--json"),
    )
    assert (who.exit_code, verified.exit_code) == (NEGATIVE, NEGATIVE)
    assert (who.json["reason"], verified.json["reason"]) == ("no_face", "no_face")
    assert (who.json["distance"], verified.json["distance"]) == (None, None)
    assert "no face to be seen" in door.ask("identify", wall).out


def test_nobody_is_identified_while_nobody_is_enrolled(empty_door: Door) -> None:
    empty_door.be_made()
    answer = empty_door.ask("identify", empty_door.photo("Jerry"), "--json")
    assert answer.exit_code == NEGATIVE
    assert answer.json["person"] is answer.json["distance"] is answer.json["runner_up"] is None


def test_run_tells_in_words_of_its_reader_what_happens(door: Door) -> None:
    camera = door.walk_up("Jerry", stay_s=1.2)
    answer = door.facedoor("run", "--once", "--camera", camera, LC_ALL="de_DE.UTF-8")
    assert answer.exit_code == DONE
    assert "eingelassen, Jerry" in answer.out
    assert "Relais an" in answer.out
    assert answer.out.splitlines()[-1].endswith("1 eingelassen, 0 abgewiesen")
    # The journal speaks no language but that of programs.
    german = {said for forms in catalogue("de").values() for said in forms}
    exported = door.ask("journal", "export").objects
    assert exported
    assert not german & {
        value for entry in exported for value in map(str, entry["payload"].values())
    }


def test_run_keeps_to_the_keys_of_its_contract(door: Door) -> None:
    answer = door.facedoor("run", "--once", "--json", "--camera", door.walk_up("Jerry", stay_s=1.2))
    decision, on, off, last = answer.objects
    assert answer.exit_code == DONE
    assert decision.keys() >= {
        *("time", "decision", "person", "reason", "distance_band", "distance_ratio"),
        *("liveness", "frames", "latency_ms", "visit", "began", "looks", "view"),
    }
    assert (decision["decision"], decision["person"]) == ("granted", "Jerry")
    assert decision["latency_ms"].keys() >= {"detect", "embed", "search", "total"}
    assert (on["relay"], off["relay"]) == ("on", "off")
    assert last["summary"].keys() >= {"frames", "granted", "refused"}
    assert (last["summary"]["granted"], last["summary"]["refused"]) == (1, 0)
    (visit,) = door.ask("visits", "--json").json["visits"]
    assert (visit["id"], visit["person"], visit["outcome"]) == (
        decision["visit"],
        "Jerry",
        "came_in",
    )
    assert (visit["looks"], visit["view"]) == (decision["looks"], decision["view"])
    assert door.ask("visits", "--since", "1 hour ago").out.endswith("  Jerry came in\n")


def test_options_may_stand_before_the_command(door: Door, capsys: pytest.CaptureFixture) -> None:
    after = door.ask("people", "--json").out
    assert main(["--json", "--config", str(door.config), "people"]) == DONE
    assert main(["people", "--json", "--config", str(door.config), "list"]) == DONE
    assert capsys.readouterr().out == after * 2


def test_files_may_stand_behind_options_and_begin_with_a_dash() -> None:
    made = parser()
    for words in (
        "enroll Ada a.jpg -- -b.jpg",
        "enroll --json Ada --count 3 a.jpg -- -b.jpg",
        "enroll Ada a.jpg --although-similar-to Eve -- -b.jpg",
        "enroll Ada --config door.toml -- a.jpg -b.jpg",
    ):
        assert made.parse_args(words.split()).files == [Path("a.jpg"), Path("-b.jpg")], words


def test_wrong_use_is_one_sentence(door: Door) -> None:
    for arguments, says in [
        ((), "COMMAND"),
        (("enrol", "Ada"), "enroll"),
        (("enroll",), "NAME"),
        (("enroll", "Ada", "--image"), "--image"),
        (("enroll", "Ada", "--image", "a.jpg", "--camera", "usb:0"), "not allowed"),
        (("enroll", "Ada", "--camera", "usb:0", "--count", "0"), "--count is 0"),
        (("enroll", "Ada", "--camera", "usb:0", "--count", "many"), "--count"),
        (("verify", "Ada"), "IMAGE"),
        (("people", "remove"), "NAME"),
        (("people", "--colour"), "--colour"),
        (("run", "--camera", "webcam"), "usb:0"),
    ]:
        answer = door.facedoor(*arguments) if "run" in arguments else door.ask(*arguments)
        answer.assert_fails(WRONG_USE, says)


def test_choices_are_told_as_they_are_typed(door: Door) -> None:
    for arguments in (
        ("keys", "make", "x", "--role", "chef"),
        ("send", "mode", "ajar", "--key", "x"),
    ):
        answer = door.ask(*arguments)
        assert answer.exit_code == WRONG_USE
        assert "viewer" in answer.sentence or "lockdown" in answer.sentence
        assert "<" not in answer.sentence


def test_log_level_that_is_none_is_wrong_use(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACEDOOR_LOG", "loud")
    answer = door.ask("people")
    answer.assert_fails(WRONG_USE, "FACEDOOR_LOG")


def test_bug_is_one_sentence_too(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> int:
        raise RuntimeError("first line\nsecond line")

    monkeypatch.setattr(commands, "people_list", broken)
    answer = door.ask("people")
    assert answer.exit_code == BROKEN
    assert "Traceback" not in answer.error
    assert answer.error.count("\n") == 1
    assert "FACEDOOR_LOG=debug" in answer.error


def test_reader_who_leaves_early_is_no_error(door: Door) -> None:
    camera = door.walk_up("Jerry", "Mindy", stay_s=1.2)
    piped = "set -o pipefail; "
    piped += f"{sys.executable} -m facedoor.cli.main run --json --once --camera '{camera}'"
    piped += f" --config '{door.config}' | head -n 1"
    done = subprocess.run(["bash", "-c", piped], capture_output=True, text=True, check=False)
    assert done.returncode == NEGATIVE
    assert '"decision": "granted"' in done.stdout
    assert "Error" not in done.stderr
    assert "this door does not check liveness" in done.stderr


def test_name_that_is_no_text_is_escaped(door: Door) -> None:
    name = b"\xff.jpg".decode(errors="surrogateescape")
    (door.folder / name).write_bytes(door.photo("elton_john").read_bytes())
    answer = door.facedoor("enroll", "Elton", "--json", "--image", door.folder / name)
    assert answer.exit_code == DONE
    (image,) = answer.json["images"]
    assert Path(image["file"]).name == name


def test_help_of_every_command_says_in_a_sentence_what_it_does(
    capsys: pytest.CaptureFixture[str],
) -> None:
    commands: list[tuple[str, ...]] = [()]
    for command in commands:
        with pytest.raises(SystemExit):
            main([*command, "--help"])
        text = capsys.readouterr().out
        sentence = text.split("\n\n")[1]
        assert re.fullmatch(r"[A-Z][^`]+[.?]", sentence), (command, sentence)
        commands += [(*command, name) for name in re.findall(r"^    ([a-z-]+)", text, re.M)]
    assert ("send", "set-rules") in commands


def test_help_and_the_list_of_people_load_only_what_they_need(door: Door) -> None:
    never = ("cv2", "ai_edge_litert", "paho", "gpiozero", "facedoor.wire.requests", "starlette")
    for arguments, heavy in (
        (["--help"], ("numpy", "sqlite3", "hashlib", *never)),
        (["people", "--config", str(door.config)], ("facedoor.frames", *never)),
    ):
        script = (
            "import contextlib, sys\n"
            "from facedoor.cli.main import main\n"
            f"with contextlib.suppress(SystemExit): main({arguments!r})\n"
            f"assert not set(sys.modules) & set({heavy!r}), set(sys.modules) & set({heavy!r})\n"
        )
        subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)


def test_relay_is_driven_off_whatever_is_wrong_with_mqtt(empty_door: Door) -> None:
    empty_door.configure("mqtt", port=0)
    assert "simulated" in empty_door.ask("relay-off").out


def test_whoever_breaks_off_at_once_sees_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken_off() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("facedoor.cli.main.parser", broken_off)
    assert main(["people"]) == NEGATIVE


def test_command_without_any_streams_answers_nobody_and_does_not_stumble(
    empty_door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    for stream in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, stream, None)
    assert main(["check", "--config", str(empty_door.config)]) == NEGATIVE
    assert main(["setup", "--config", str(empty_door.config)]) == NEGATIVE


def test_disk_that_is_full_is_told_to_whoever_has_the_answer_written_there(door: Door) -> None:
    with Path("/dev/full").open("w") as full, contextlib.redirect_stdout(full):
        errors = io.StringIO()
        with contextlib.redirect_stderr(errors):
            assert main(["people", "--config", str(door.config)]) == BROKEN
    assert "no space is left" in errors.getvalue()


def test_answers_about_somebody_are_not_cut_within_a_word(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("facedoor.cli.tables.columns", lambda _output=None: 40)
    photo = door.photo("Jerry", 4)
    for command in (("verify", "Mindy", photo), ("identify", photo), ("rules", "explain", "Jerry")):
        answer = door.ask(*command)
        assert max(map(len, answer.out.splitlines())) <= 40
        assert "one person up to" in " ".join(answer.out.split()) or command[0] == "rules"

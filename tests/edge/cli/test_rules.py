from __future__ import annotations

import io
from contextlib import closing
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from door_kit import Door
from facedoor.access.lockout import Lockout, keep_lockout
from facedoor.access.pin import is_pin
from facedoor.access.rule_book import RuleBook
from facedoor.config import file as config_file
from facedoor.door.mode_switch import ModeSwitch
from facedoor.storage import contexts
from facedoor.storage.clock_record import clock_of
from facedoor.storage.key_file import load_vault
from facedoor.storage.mentions import number_of
from facedoor.storage.store import open_store, transaction
from facedoor.wire.mode import Mode
from vaults import move_in

DONE, NEGATIVE, WRONG_USE = 0, 1, 2
DOCUMENT = """time_zone = "Europe/Berlin"
default_group = "family"
[schedules.office]
mon-fri = ["08:00-18:00"]
[groups.family]
[groups.staff]
schedule = "office"
[groups.careful]
second_factor = "pin"
"""


@pytest.fixture
def house(tmp_path: Path) -> Door:
    """A door behind which Ada and Bob live."""
    door = Door(tmp_path, tmp_path)
    vault = load_vault(config_file.load(door.config))
    with closing(open_store(door.database, vault)) as db:
        move_in(db, vault)
    door.trust_clock()
    return door


@pytest.fixture
def ruled(house: Door) -> Door:
    assert set_rules(house, DOCUMENT) == DONE
    return house


def set_rules(door: Door, document: str) -> int:
    (door.folder / "rules.toml").write_text(document)
    return door.ask("rules", "set", door.folder / "rules.toml").exit_code


def test_new_door_has_no_rules(house: Door) -> None:
    assert "no rules" in house.ask("rules").out
    assert house.ask("rules", "show", "--json").json == {"rules": None, "people": []}
    assert house.ask("rules", "explain", "Ada").exit_code == DONE


def test_rules_are_set_and_shown_as_they_were_written(ruled: Door) -> None:
    assert ruled.ask("rules", "show").out.startswith(DOCUMENT)
    assert ruled.ask("rules", "--json").json["rules"]["default_group"] == "family"


def test_wrong_rules_are_wrong_use_and_change_nothing(ruled: Door) -> None:
    wrong = ruled.folder / "wrong.toml"
    wrong.write_text(DOCUMENT.replace("schedule =", "shedule ="))
    for action in ("set", "check"):
        answer = ruled.ask("rules", action, wrong)
        answer.assert_fails(
            WRONG_USE, "groups.staff.shedule does not exist; did you mean schedule?"
        )
    assert ruled.ask("rules").out.startswith(DOCUMENT)
    assert ruled.ask("rules", "set", ruled.folder / "none.toml").exit_code == WRONG_USE


def test_old_name_of_a_time_zone_is_kept_by_that_of_today(house: Door) -> None:
    old = DOCUMENT.replace("Europe/Berlin", "US/Eastern")
    (house.folder / "rules.toml").write_text(old)
    answer = house.ask("rules", "set", house.folder / "rules.toml")
    assert "the time zone is called America/New_York today" in answer.out
    assert house.ask("rules").out.startswith(old.replace("US/Eastern", "America/New_York"))
    assert set_rules(house, DOCUMENT) == DONE
    assert "today" not in house.ask("rules", "set", house.folder / "rules.toml").out


def test_document_that_cannot_be_read_is_shown_with_the_reason(ruled: Door) -> None:
    vault = load_vault(config_file.load(ruled.config))
    unknown = DOCUMENT.replace("Europe/Berlin", "Europe/Atlantis")
    with closing(open_store(ruled.database, vault)) as db, transaction(db, "change the rules"):
        db.execute("UPDATE rules SET sealed = ?", (vault.seal_text(unknown, contexts.RULES),))
    ruled.ask("people", "allow", "Ada", "--group", "staff").assert_fails(WRONG_USE, "Atlantis")
    answer = ruled.ask("rules")
    assert answer.exit_code == WRONG_USE
    assert answer.out.startswith(unknown)
    assert "# nobody comes in by these rules, they cannot be read: " in answer.out
    assert "time_zone is 'Europe/Atlantis', which is no time zone" in answer.out
    said = ruled.ask("rules", "--json").json
    assert (said["rules"], said["text"]) == (None, unknown)
    assert "Atlantis" in said["problem"]


def test_explain_tells_of_a_locked_pin_to_whom_it_matters(ruled: Door) -> None:
    vault = load_vault(config_file.load(ruled.config))
    with closing(open_store(ruled.database, vault)) as db, transaction(db, "lock a PIN"):
        clock = clock_of(db, vault)
        locked = Lockout(5, clock.boot_s() + 100.0, 100.0)
        for name in ("Ada", "Bob"):
            keep_lockout(db, locked, clock.boot, number_of(db, vault, name))
    ruled.ask("people", "allow", "Ada", "--group", "careful")
    answer = ruled.ask("rules", "explain", "ada", "--json")
    assert (answer.exit_code, answer.json["admitted"]) == (NEGATIVE, False)
    assert "after several wrong ones no PIN of theirs counts for" in answer.json["why"][-1]
    assert ruled.ask("rules", "explain", "Ada", "--at", "2030-01-01T12:00").exit_code == DONE
    assert "wrong ones" not in ruled.ask("rules", "explain", "Bob").out


def test_check_finds_what_the_owner_may_not_have_meant(ruled: Door) -> None:
    ruled.ask("people", "allow", "Ada", "--group", "careful", "--until", "2020-01-01")
    answer = ruled.ask("rules", "check", "--json")
    assert answer.exit_code == NEGATIVE
    assert answer.json["odd"] == [
        "a group asks for a PIN, and there is no [rules] keypad to type it on",
        "people in the group staff: nobody: facedoor people allow NAME --group staff",
        "Ada could come in until 2020-01-01, which is over",
        "Ada has to type a PIN and has none: facedoor people allow Ada --pin",
    ]


def test_check_of_good_rules_is_quiet(house: Door) -> None:
    assert set_rules(house, 'time_zone = "UTC"\n') == DONE
    answer = house.ask("rules", "check")
    assert (answer.exit_code, answer.out) == (DONE, "nothing is odd about the rules\n")


def test_person_is_allowed_what_is_said_and_keeps_the_rest(ruled: Door) -> None:
    said = ("--group", "staff", "--from", "2026-12-01")
    first = ruled.ask("people", "allow", "ada", *said, "--json")
    rest = {"until": None, "duress": False, "pin": False, "false_match_rate": None}
    assert first.json == {"person": "Ada", "groups": ["staff"], "from": "2026-12-01", **rest}
    more = ["--until", "2026-12-31", "--duress", "--false-match-rate", "1e-6", "--from", "none"]
    second = ruled.ask("people", "allow", "Ada", *more).out
    assert second == "Ada: in staff; until 2026-12-31; duress; false match rate 1e-06\n"
    last = ruled.ask("people", "allow", "Ada", "--group", "--no-duress", "--until", "none")
    assert last.out == "Ada: false match rate 1e-06\n"


def test_allow_without_anything_to_say_shows_what_is_said(ruled: Door) -> None:
    before = len(list(journal(ruled)))
    assert ruled.ask("people", "allow", "Bob").out == "Bob: nothing of their own is said\n"
    assert len(list(journal(ruled))) == before


def journal(door: Door) -> list[str]:
    return door.ask("journal", "export").out.splitlines()


def test_pin_is_read_from_standard_input_and_shown_nowhere(
    ruled: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("97531864\n"))
    assert ruled.ask("people", "allow", "Ada", "--pin-stdin").out == "Ada: PIN\n"
    vault = load_vault(config_file.load(ruled.config))
    with closing(open_store(ruled.database, vault)) as db:
        assert is_pin("97531864", RuleBook(db, vault).permission("Ada").pin)
    shown = [ruled.ask(*command).out for command in (["rules"], ["journal", "export"])]
    assert "97531864" not in "".join(shown)
    assert ruled.ask("people", "allow", "Ada", "--no-pin", "--json").json["pin"] is False


def test_what_cannot_be_is_wrong_use(ruled: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    for said, message in [
        (["--group", "stuff"], "no group stuff; did you mean staff?"),
        (["--from", "tomorrow"], "'tomorrow' is not a day: write 2026-12-31"),
        (["--from", "2026-12-02", "--until", "2026-12-01"], "2026-12-01 is before 2026-12-02"),
        (["--false-match-rate", "2"], "--false-match-rate is '2'; it can be 1e-09 to 0.1"),
        (["--false-match-rate", "nan"], "--false-match-rate is 'nan'"),
        (["--pin"], "use --pin-stdin"),
    ]:
        monkeypatch.setattr("sys.stdin", io.StringIO(""))
        answer = ruled.ask("people", "allow", "Ada", *said)
        answer.assert_fails(WRONG_USE, message)


def test_journal_is_exported_since_a_time_on_the_door_s_wall_clock(ruled: Door) -> None:
    """An hour or two off where it was read as UTC."""
    last = ruled.ask("journal", "export").objects[-1]
    local = datetime.fromisoformat(last["time"]).astimezone(ZoneInfo("Europe/Berlin"))
    since = local.replace(tzinfo=None).isoformat()
    assert ruled.ask("journal", "export", "--since", since).objects == [last]


def test_explanation_says_whether_and_why(ruled: Door) -> None:
    ruled.ask("people", "allow", "Ada", "--group", "staff", "careful")
    night = ruled.ask("rules", "explain", "Ada", "--at", "2026-11-23T22:00")
    assert night.exit_code == DONE
    assert night.out.splitlines() == [
        "Ada, Mon 2026-11-23 22:00 CET: may come in",
        "  group careful: with a PIN, which is not set",
    ]
    ruled.ask("people", "allow", "Ada", "--group", "staff")
    night = ruled.ask("rules", "explain", "Ada", "--at", "2026-11-23T22:00")
    assert night.exit_code == NEGATIVE
    assert "not allowed at this time (not_allowed_now, group staff, schedule office)" in night.out
    noon = ruled.ask("rules", "explain", "Ada", "--at", "2026-11-23T11:00:00Z", "--json").json
    assert (noon["admitted"], noon["at"]) == (True, "2026-11-23T12:00:00+01:00")
    assert "22:00 CE" in ruled.ask("rules", "explain", "Ada", "--at", "yesterday 22:00").out
    assert ruled.ask("rules", "explain", "Ida").exit_code == WRONG_USE
    assert ruled.ask("rules", "explain", "Ada", "--at", "noon").exit_code == WRONG_USE


def rule_events(door: Door) -> list[tuple[str, str | None]]:
    events = door.ask("journal", "export").objects
    return [
        (event["payload"]["what"], event["payload"].get("person"))
        for event in events
        if event["payload"].get("event") == "rules"
    ]


FREE_BOB = "facedoor people allow Bob --from none --until none"


def test_cleared_rules_let_everybody_in_at_all_times(ruled: Door) -> None:
    """Also out of groups, which are no more; but a guest's last day is no rule of the document."""
    ruled.ask("people", "allow", "Ada", "--group", "staff", "careful")
    ruled.ask("people", "allow", "Bob", "--until", "2020-01-31")
    answer = ruled.ask("rules", "clear")
    assert (answer.exit_code, answer.out.splitlines()) == (
        DONE,
        [
            "the rules are gone: whoever is recognised may come in at any time",
            "of no group any more: Ada",
            f"mind: Bob may come in until 2020-01-31 only: {FREE_BOB}",
        ],
    )
    assert rule_events(ruled)[-2:] == [("permission", "Ada"), ("document", None)]
    assert ruled.ask("rules", "explain", "Ada", "--at", "2026-11-22T03:00").exit_code == DONE
    assert ruled.ask("rules", "explain", "Bob", "--at", "2026-11-22T03:00").exit_code == NEGATIVE
    assert "no rules" in ruled.ask("rules").out
    assert set_rules(ruled, DOCUMENT.replace("careful", "other")) == DONE


def test_rules_that_cannot_be_read_can_be_cleared_and_none_are_nothing_to_clear(
    ruled: Door,
) -> None:
    vault = load_vault(config_file.load(ruled.config))
    with closing(open_store(ruled.database, vault)) as db, transaction(db, "change the rules"):
        db.execute("UPDATE rules SET sealed = ?", (vault.seal_text("nonsense", contexts.RULES),))
    cleared = {"cleared": True, "of_no_group": [], "bound": []}
    assert ruled.ask("rules", "clear", "--json").json == cleared
    before = rule_events(ruled)
    again = ruled.ask("rules", "clear")
    assert (again.exit_code, again.out) == (DONE, "there are no rules to clear\n")
    assert rule_events(ruled) == before


def test_group_without_people_is_shown_with_the_command_that_puts_somebody_in(ruled: Door) -> None:
    ruled.ask("people", "allow", "Ada", "--group", "careful")
    shown = ruled.ask("rules").out.splitlines()
    assert "# people in the group family: Bob" in shown
    assert "# people in the group careful: Ada" in shown
    assert "# people in the group staff: nobody: facedoor people allow NAME --group staff" in shown


def test_explanation_of_somebody_in_no_group_or_alone_in_one_has_the_command(house: Door) -> None:
    two = 'time_zone = "UTC"\n[groups.vault]\ntwo_persons_within_s = 30\n[groups.staff]\n'
    assert set_rules(house, two) == DONE
    outside = house.ask("rules", "explain", "Ada")
    assert outside.exit_code == NEGATIVE
    assert "put them into vault or staff: facedoor people allow Ada --group vault" in outside.out
    house.ask("people", "allow", "Ada", "--group", "vault")
    alone = house.ask("rules", "explain", "Ada").out
    assert "people in the group vault beside them: nobody: facedoor people allow NAME" in alone


@pytest.mark.parametrize(
    ("mode", "reason", "says"),
    [
        (Mode.LOCKDOWN, "lockdown", "stays outside: the door is locked down: nobody is let in"),
        (Mode.FACE_OFF, "not_allowed_now", "stays outside: no face opens the door (face_off)"),
    ],
)
def test_explanation_and_rules_say_that_the_door_is_locked_down(
    ruled: Door, mode: Mode, reason: str, says: str
) -> None:
    vault = load_vault(config_file.load(ruled.config))
    with closing(open_store(ruled.database, vault)) as db, ModeSwitch().turning(db, mode):
        pass
    answer = ruled.ask("rules", "explain", "Ada", "--json")
    assert (answer.exit_code, answer.json["reason"]) == (NEGATIVE, reason)
    assert answer.json["why"][0].startswith(says)
    assert "by the rules: may come in" in answer.json["why"]
    assert ruled.ask("rules", "explain", "Ada", "--at", "2030-01-01T12:00").exit_code == DONE
    assert f"({mode})" in ruled.ask("rules").out.splitlines()[0]

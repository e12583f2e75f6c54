"""The real service keeps to its rules, also to those that are set while it runs."""

from __future__ import annotations

from door_kit import Door

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

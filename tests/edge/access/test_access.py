"""The access rules at work, behind a real doorkeeper, journal and state file."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from doorway import PULSE_S, grant, refusal
from entrance import DOCUMENT, Entrance
from facedoor.access.access import AccessRules
from facedoor.access.lockout import end_lockout, recall_lockout
from facedoor.access.pin import hash_pin
from facedoor.access.rules import Permission
from facedoor.access.second_factor import FACTOR_WITHIN_S
from facedoor.door.doorkeeper import Doorkeeper
from facedoor.hardware.relay import SimulatedRelay
from facedoor.identity.gallery import Gallery
from facedoor.problems import Board
from facedoor.reasons import Reason
from facedoor.storage import contexts
from facedoor.storage.journal import Journal
from facedoor.storage.store import transaction
from vaults import VAULT

CAREFUL = Permission(("careful",), pin=hash_pin("2468"))


@pytest.fixture
def entrance(tmp_path: Path) -> Entrance:
    return Entrance(tmp_path / "facedoor.db")


def test_without_rules_everything_is_as_if_there_were_none(entrance: Entrance) -> None:
    assert [entrance.stranger() for _ in range(20)] == ["unknown"] * 20
    assert entrance.comes("Ada") == "recognised"
    assert entrance.shows("1234") is None
    assert entrance.events() == []
    assert all("rule" not in said for said in entrance.events("decision"))
    assert entrance.board.problems == ()


def test_rules_hold_as_soon_as_they_are_read_and_the_journal_says_which(entrance: Entrance) -> None:
    entrance.rule(Ada=Permission(("staff",)))
    assert entrance.comes("Ada") == "recognised"
    entrance.wall.now += timedelta(hours=10)
    assert entrance.comes("Ada") == "not_allowed_now"
    assert entrance.comes("Bob") == "recognised"
    assert [said["rule"] for said in entrance.events("decision")] == [
        "group staff, schedule office",
        "group staff, schedule office",
        "group family",
    ]


def test_cleared_rules_hold_no_more_as_soon_as_that_is_read(entrance: Entrance) -> None:
    entrance.rule(Ada=Permission(("staff",)), Bob=Permission(valid_until=date(2027, 1, 10)))
    entrance.wall.now += timedelta(hours=10)
    assert [entrance.comes(name) for name in ("Ada", "Bob")] == ["not_allowed_now", "not_valid"]
    assert entrance.book.clear_rules("somebody") == ("Ada",)
    entrance.access.reload()
    assert [entrance.comes(name) for name in ("Ada", "Bob")] == ["recognised", "not_valid"]


def test_who_is_not_or_not_known_to_be_in_their_time_stays_outside(entrance: Entrance) -> None:
    entrance.rule(Ada=Permission(valid_until=date(2027, 1, 10)))
    assert entrance.comes("Ada") == "not_valid"
    entrance.rule(Ada=Permission(("staff",)))
    entrance.wall.now = datetime(2026, 11, 23, 11, tzinfo=UTC)  # a Monday before the release
    assert entrance.comes("Ada") == "clock_not_set"
    assert entrance.comes("Bob") == "recognised"


def test_somebody_renamed_since_they_were_compared_is_not_let_in(entrance: Entrance) -> None:
    entrance.rule()
    Gallery(entrance.db, VAULT).rename("Ada", "Ida")
    entrance.access.reload()
    assert entrance.comes("Ada") == "not_valid"
    assert entrance.comes("Ida") == "recognised"


@pytest.mark.parametrize("has_rules", [False, True])
def test_somebody_removed_before_their_decision_is_written_is_not_let_in(
    entrance: Entrance, has_rules: bool
) -> None:
    if has_rules:
        entrance.rule()
    Gallery(entrance.db, VAULT).remove("Ada")  # which neither frame path nor rules have heard of
    assert entrance.comes("Ada") == "not_valid"
    last = entrance.events("decision")[-1]
    assert (last["decision"], last["rule"]) == ("refused", "renamed or removed just now")
    assert entrance.comes("Bob") == "recognised"


def test_two_different_people_open_together(entrance: Entrance) -> None:
    both = Permission(("vault",))
    entrance.rule(Ada=both, Bob=both)
    assert entrance.comes("Ada") == "second_person"
    entrance.passes(29)
    assert entrance.comes("Bob") == "recognised"
    assert entrance.comes("Bob") == "second_person"
    entrance.passes(30)
    assert entrance.comes("Ada") == "second_person"


def test_right_code_after_the_face_opens_and_the_wrong_one_does_not(entrance: Entrance) -> None:
    entrance.rule(Ada=CAREFUL)
    assert entrance.shows("2468") is None
    assert entrance.comes("Ada") == "second_factor"
    assert entrance.shows(None) is None
    assert entrance.shows("2469") == "wrong_code"
    assert entrance.shows("2468") == "recognised"
    assert entrance.shows("2468") is None
    last = entrance.events("decision")[-1]
    assert (last["person"], last["decision"]) == ("Ada", "granted")


def test_code_that_comes_too_late_opens_nothing(entrance: Entrance) -> None:
    entrance.rule(Ada=CAREFUL)
    entrance.comes("Ada")
    entrance.passes(FACTOR_WITHIN_S)
    assert entrance.shows("2468") is None


def test_code_of_somebody_else_opens_nothing(entrance: Entrance) -> None:
    entrance.rule(Ada=CAREFUL, Bob=replace(CAREFUL, pin=hash_pin("1357")))
    entrance.comes("Ada")
    assert entrance.shows("1357") == "wrong_code"


def test_without_a_pin_no_code_is_right(entrance: Entrance) -> None:
    entrance.rule(Ada=Permission(("careful",)))
    assert entrance.comes("Ada") == "second_factor"
    assert entrance.shows("0000") == "wrong_code"


def test_button_is_a_second_factor(entrance: Entrance) -> None:
    entrance.rule(Ada=Permission(("porch",)))
    assert entrance.comes("Ada") == "second_factor"
    assert entrance.shows("1234") is None
    assert entrance.shows(None) == "recognised"


def test_change_of_the_rules_ends_all_waiting(entrance: Entrance) -> None:
    entrance.rule(Ada=CAREFUL)
    entrance.comes("Ada")
    entrance.allow("Ada", replace(CAREFUL, valid_until=date(2027, 1, 1)))
    assert entrance.shows("2468") is None


def test_schedule_that_ends_before_the_code_comes_keeps_the_door_shut(entrance: Entrance) -> None:
    document = DOCUMENT.replace("[groups.careful]", '[groups.careful]\nschedule = "office"')
    entrance.rule(document, Ada=CAREFUL)
    entrance.wall.now = datetime(2027, 1, 11, 16, 59, 55, tzinfo=UTC)
    assert entrance.comes("Ada") == "second_factor"
    entrance.passes(10)
    assert entrance.shows("2468") == "not_allowed_now"


def test_code_stands_nowhere(entrance: Entrance, caplog: pytest.LogCaptureFixture) -> None:
    entrance.rule(Ada=Permission(("careful",), pin=hash_pin("97531864")))
    entrance.comes("Ada")
    entrance.shows("86421357")
    entrance.shows("97531864")
    said = repr((entrance.decisions, entrance.book.rulings(), caplog.text))
    said += str(Journal(entrance.db, VAULT).tail(100))
    kept = b"".join(path.read_bytes() for path in entrance.database.parent.iterdir())
    for code in ("97531864", "86421357"):
        assert code not in said
        assert code.encode() not in kept


def test_after_refusals_the_door_is_locked_for_residents_too(entrance: Entrance) -> None:
    entrance.rule()
    assert [entrance.stranger() for _ in range(3)] == ["unknown"] * 3
    assert entrance.comes("Ada") == "locked_out"
    (event,) = entrance.events()
    assert (event["event"], event["refusals"], event["lasts_s"]) == ("lockout", 3, 30.0)
    entrance.passes(30)
    assert entrance.comes("Ada") == "recognised"
    assert entrance.stranger() == "unknown"
    assert entrance.comes("Ada") == "recognised"


def test_empty_frames_and_bad_views_lock_nobody_out(entrance: Entrance) -> None:
    entrance.rule()
    for reason in (Reason.TOO_FAR, Reason.BLURRED, Reason.NO_FACE, Reason.TURNED_AWAY):
        for _ in range(5):
            entrance.stranger(reason=reason, frames=0)
    assert entrance.comes("Ada") == "recognised"


def test_lockout_survives_a_restart_of_the_service_and_of_the_system(entrance: Entrance) -> None:
    entrance.lock_out()
    entrance.start(boot="first", boot_s=1029.9)
    assert entrance.comes("Ada") == "locked_out"
    entrance.start(boot="second", boot_s=10.0)
    assert entrance.comes("Ada") == "locked_out"
    entrance.passes(30)
    assert entrance.comes("Ada") == "recognised"


def test_lockout_that_was_over_does_not_come_back_with_the_system(entrance: Entrance) -> None:
    entrance.lock_out()
    entrance.passes(30)
    entrance.start(boot="second", boot_s=10.0)
    assert entrance.comes("Ada") == "recognised"


def test_lockout_that_began_again_with_the_system_does_so_once(entrance: Entrance) -> None:
    entrance.lock_out()
    entrance.start(boot="second", boot_s=10.0)
    entrance.passes(30)
    entrance.start(boot="third", boot_s=10.0)
    assert entrance.comes("Ada") == "recognised"


def test_setting_the_wall_clock_does_not_end_a_lockout(entrance: Entrance) -> None:
    entrance.lock_out()
    entrance.wall.now += timedelta(days=300)
    assert entrance.comes("Ada") == "locked_out"
    entrance.start(boot="first", boot_s=1010.0)
    assert entrance.comes("Ada") == "locked_out"


def test_refusals_that_cannot_be_written_are_counted_when_they_are(entrance: Entrance) -> None:
    entrance.rule()
    entrance.stranger()
    entrance.break_disk()
    for _ in range(2):
        entrance.stranger()
    assert entrance.comes("Ada") == "degraded"
    assert entrance.on_disk() == (["unknown"], 1)
    entrance.break_disk(False)
    assert entrance.comes("Ada") == "locked_out"
    (event,) = entrance.events()
    assert (event["event"], event["refusals"]) == ("lockout", 3)
    entrance.start(boot="second", boot_s=1.0)
    assert entrance.comes("Ada") == "locked_out"


def test_end_of_a_lockout_that_cannot_be_written_is_written_later(entrance: Entrance) -> None:
    entrance.lock_out()
    entrance.db.execute("PRAGMA query_only = 1")
    entrance.passes(30)
    assert [problem.code for problem in entrance.board.problems] == ["lockout_unwritten"]
    entrance.db.execute("PRAGMA query_only = 0")
    entrance.access.look()
    assert entrance.board.problems == ()
    entrance.start(boot="second", boot_s=1.0)
    assert entrance.comes("Ada") == "recognised"


def test_end_of_a_lockout_that_is_written_with_a_decision_is_no_problem(entrance: Entrance) -> None:
    entrance.lock_out()
    entrance.db.execute("PRAGMA query_only = 1")
    entrance.passes(30)
    assert [problem.code for problem in entrance.board.problems] == ["lockout_unwritten"]
    assert entrance.comes("Ada") == "recognised"
    assert entrance.board.problems == ()


def test_end_of_a_lockout_never_undoes_what_was_counted_since(entrance: Entrance) -> None:
    entrance.lock_out()
    entrance.clock.now_s += 30
    over = recall_lockout(entrance.db, "first", entrance.clock())
    entrance.control.handle(refusal(1))
    end_lockout(entrance.db, over, "first")
    assert entrance.on_disk()[1] == 4


def test_duress_opens_as_usual_and_raises_an_event(entrance: Entrance) -> None:
    entrance.allow("Ada", Permission(duress=True))
    assert entrance.comes("Ada") == "recognised"
    assert entrance.comes("Bob") == "recognised"
    (event,) = entrance.events()
    assert (event["event"], event["person"]) == ("duress", "Ada")
    ada, bob = entrance.events("decision")
    assert {key for key in ada if ada[key] != bob.get(key)} <= {"person", "time"}


def test_duress_is_on_the_disk_with_its_decision_before_the_door_opens(entrance: Entrance) -> None:
    class Witness(SimulatedRelay):
        def on(self) -> None:
            assert entrance.entries() == ["decision recognised Ada", "duress Ada"]
            super().on()

    entrance.allow("Ada", Permission(duress=True))
    entrance.start(boot="first", boot_s=1000.0, relay=Witness)
    entrance.control.handle(grant(1))
    assert entrance.relay.is_on


def test_duress_costs_no_commit_and_no_write_while_the_relay_is_on(entrance: Entrance) -> None:
    entrance.allow("Ada", Permission(duress=True))
    entrance.comes("Bob")
    said: dict[str, list[str]] = {}
    for person in ("Ada", "Bob"):
        entrance.doorkeepers_db.set_trace_callback(said.setdefault(person, []).append)
        entrance.control.handle(replace(grant(1), person=person))
        assert entrance.relay.is_on
        assert said[person].count("COMMIT") == 1
        written = len(said[person])
        entrance.access.look()
        entrance.control.tick()
        assert len(said[person]) == written
        entrance.passes(PULSE_S)


def test_duress_at_a_door_that_is_open_is_written_with_its_decision(entrance: Entrance) -> None:
    entrance.allow("Ada", Permission(duress=True))
    entrance.control.handle(replace(grant(1), person="Bob"))
    entrance.control.handle(grant(2))
    assert entrance.entries() == ["decision recognised Bob"]
    entrance.passes(PULSE_S)
    assert entrance.entries()[1:] == ["decision door_busy Ada", "duress Ada"]


def test_duress_that_cannot_be_written_opens_nothing_and_is_kept(entrance: Entrance) -> None:
    entrance.allow("Ada", Permission(duress=True))
    assert entrance.comes("Bob") == "recognised"
    entrance.break_disk()
    assert entrance.comes("Ada") == "degraded"
    assert len(entrance.entries()) == 1
    entrance.break_disk(False)
    entrance.passes(0)
    assert entrance.entries()[1:] == ["decision degraded Ada", "duress Ada"]


def test_failing_rules_take_no_alarm(entrance: Entrance, monkeypatch: pytest.MonkeyPatch) -> None:
    entrance.rule(Ada=Permission(("family",), duress=True))
    monkeypatch.setattr("facedoor.access.access.admit", None)  # a mistake in the door
    assert entrance.comes("Ada") == "degraded"
    assert not entrance.relay.is_on
    assert entrance.entries()[-2:] == ["decision degraded Ada", "duress Ada"]


def test_unwritten_duress_is_logged(entrance: Entrance, caplog: pytest.LogCaptureFixture) -> None:
    entrance.allow("Ada", Permission(duress=True))
    entrance.comes("Bob")
    entrance.break_disk()
    keeper = Doorkeeper(entrance.control)
    keeper.submit(grant(1))
    keeper.start()
    keeper.stop()
    assert '"event": "duress", "person": null' in caplog.text  # a log cannot be erased


def test_unreadable_rules_let_nobody_in_and_say_so(tmp_path: Path) -> None:
    for damage in (
        "UPDATE rules SET sealed = x'00'",
        "DELETE FROM lockout",
        "DROP TABLE permission",
    ):
        entrance = Entrance(tmp_path / damage / "facedoor.db")
        entrance.rule()
        with transaction(entrance.db, "do damage"):
            entrance.db.execute(damage)
        entrance.start(boot="first", boot_s=1000.0)
        assert entrance.comes("Ada") == "degraded", damage
        problems = {problem.code: problem.sentence for problem in entrance.board.problems}
        assert "the door opens for no face" in problems["rules_unreadable"], damage


@pytest.mark.parametrize("document", [None, DOCUMENT])
@pytest.mark.parametrize("said", ["{}", '{"groups": 7}', "[" * 100_000, "nothing", '{"new": true}'])
def test_permission_that_cannot_be_read_shuts_nobody_else_out(
    entrance: Entrance, said: str, document: str | None
) -> None:
    if document:
        entrance.rule(document)
    (ada,) = entrance.db.execute("SELECT min(id) FROM person").fetchone()
    sealed = VAULT.seal_text(said, contexts.of_permission(ada))
    with transaction(entrance.db, "say what only a newer facedoor knows"):
        entrance.db.execute("INSERT INTO permission VALUES (?, ?)", (ada, sealed))
    for _ in range(3):
        entrance.access.reload()
    if said == "{}":
        assert entrance.comes("Ada") == "recognised"
        assert entrance.board.problems == ()
        return
    assert entrance.comes("Ada") == "not_valid"
    assert entrance.comes("Bob") == "recognised"
    (problem,) = entrance.board.problems
    assert (problem.code, problem.about) == ("people_unreadable", "permissions")
    assert "Ada" not in problem.sentence
    skipped = [e for e in entrance.events() if e["event"] == "skipped"]
    assert [(e["records"], e["people"]) for e in skipped] == [("permissions", 1)]
    Gallery(entrance.db, VAULT).remove("Ada")
    entrance.access.reload()
    assert entrance.board.problems == ()


def test_rules_are_read_as_soon_as_they_can_be(entrance: Entrance) -> None:
    entrance.rule()
    sealed = entrance.db.execute("SELECT sealed FROM rules").fetchone()
    with transaction(entrance.db, "do damage"):
        entrance.db.execute("UPDATE rules SET sealed = x'00'")
    entrance.access.reload()
    assert entrance.comes("Ada") == "degraded"
    with transaction(entrance.db, "mend"):
        entrance.db.execute("UPDATE rules SET sealed = ?", sealed)
    assert entrance.comes("Ada") == "degraded"  # and then looked
    assert entrance.comes("Ada") == "recognised"


def test_rate_of_a_person_is_told_for_the_comparison(entrance: Entrance) -> None:
    entrance.rule(Ada=Permission(("careful",)), Bob=Permission(false_match_rate=1e-7))
    assert entrance.access.false_match_rates == {"Ada": 1e-6, "Bob": 1e-7}


def test_nobody_comes_in_before_the_rules_were_read(entrance: Entrance) -> None:
    unread = AccessRules(entrance.db, VAULT, Board(), entrance.time)
    assert unread.judge(grant(1))[0].reason is Reason.DEGRADED


def test_duress_with_a_code_is_told_once_and_before_the_door_opens(entrance: Entrance) -> None:
    entrance.rule(Ada=Permission(("careful",), pin=hash_pin("2468"), duress=True))
    assert [entrance.comes("Ada"), entrance.shows("2468")] == ["second_factor", "recognised"]
    expected = ["decision second_factor Ada", "duress Ada", "decision recognised Ada"]
    assert entrance.entries() == expected

"""Wrong codes: each counts for the person at whose face it was typed, and only that person's right
code ends their count. How many codes that leaves in a day is what docs/access.md says."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from circle import at
from doorway import PULSE_S, grant
from entrance import DOCUMENT, Entrance
from facedoor.access import pin
from facedoor.access.lockout import PINS_AFTER, LockoutPolicy
from facedoor.access.pin import hash_pin
from facedoor.access.rules import Permission
from facedoor.identity.gallery import Gallery
from vaults import VAULT, without_the_key

DOCS = Path(__file__).parents[3] / "docs"
DAY_S = 86_400.0
CAREFUL = Permission(("careful",), pin=hash_pin("2468"))
OTHER = Permission(("careful",), pin=hash_pin("1357"))
FAMILY = Permission(("family",))


@pytest.fixture
def entrance(tmp_path: Path) -> Entrance:
    return Entrance(tmp_path / "facedoor.db")


def types(entrance: Entrance, person: str, *codes: str) -> list[str | None]:
    """What becomes of each code, if the person comes to the camera before it."""
    said = []
    for code in codes:
        came = entrance.comes(person)
        said.append(entrance.shows(code) if came == "second_factor" else came)
    return said


def tried_by_law(policy: LockoutPolicy, within_s: float) -> int:
    """How many codes of one person can be compared in a time, by somebody who loses none."""
    tried, now_s = 0, 0.0
    for times in count():
        if now_s >= within_s:
            return tried
        tried += policy.after
        now_s += min(policy.longest_s, policy.first_s * 2.0**times)
    raise AssertionError


def test_wrong_codes_lock_the_pin_and_then_the_right_one_does_not_open(entrance: Entrance) -> None:
    entrance.rule(Ada=CAREFUL)
    entrance.comes("Ada")
    assert [entrance.shows(code) for code in ("0000", "1111", "2222")] == ["wrong_code"] * 3
    assert entrance.shows("2468") == "locked_out"
    assert entrance.comes("Ada") == "locked_out"
    assert entrance.events("decision")[-1]["rule"] == "group careful, pin: wrong codes"
    (event,) = entrance.events()
    assert (event["event"], event["refusals"], event["lasts_s"]) == ("lockout", 3, 30.0)
    assert event["person"] == "Ada"
    entrance.passes(30)
    assert types(entrance, "Ada", "2468") == ["recognised"]


def test_locked_pin_locks_nobody_else_and_no_other_way_in(entrance: Entrance) -> None:
    both = replace(CAREFUL, groups=("careful", "porch"))
    entrance.rule(Ada=both, Bob=OTHER)
    assert types(entrance, "Ada", *["0000"] * 3) == ["wrong_code"] * 3
    assert types(entrance, "Bob", "1357") == ["recognised"]
    assert [entrance.comes("Ada"), entrance.shows("2468"), entrance.shows(None)] == [
        "second_factor",
        "locked_out",
        "recognised",
    ]


def test_only_the_right_code_of_the_same_person_ends_the_count(entrance: Entrance) -> None:
    entrance.rule(Ada=replace(CAREFUL, groups=("careful", "porch")), Bob=OTHER)
    assert types(entrance, "Ada", "0000", "0000") == ["wrong_code"] * 2
    assert types(entrance, "Bob", "0000", "1357") == ["wrong_code", "recognised"]
    assert [entrance.comes("Ada"), entrance.shows(None)] == ["second_factor", "recognised"]
    assert types(entrance, "Ada", "0000", "2468") == ["wrong_code", "locked_out"]
    entrance.passes(30)
    assert types(entrance, "Ada", "2468", "0000", "0000") == ["recognised", *["wrong_code"] * 2]
    assert types(entrance, "Ada", "2468") == ["recognised"]
    assert types(entrance, "Bob", "0000", "0000") == ["wrong_code"] * 2


def test_right_code_that_still_lacks_a_second_person_ends_the_count(entrance: Entrance) -> None:
    document = DOCUMENT.replace('second_factor = "pin"', 'second_factor = "pin"\n'
                                "two_persons_within_s = 30")  # fmt: skip
    entrance.rule(document, Ada=CAREFUL)
    assert types(entrance, "Ada", "0000", "0000", "2468") == [*["wrong_code"] * 2, "second_person"]
    assert types(entrance, "Ada", "0000", "0000", "2468")[-1] == "second_person"


def test_strangers_and_wrong_codes_are_counted_apart(entrance: Entrance) -> None:
    entrance.rule(Ada=CAREFUL)
    assert types(entrance, "Ada", "0000", "0000") == ["wrong_code"] * 2
    entrance.stranger()
    entrance.stranger()
    assert types(entrance, "Ada", "2468") == ["recognised"]


def test_restart_of_service_or_system_ends_no_count_and_no_lockout(entrance: Entrance) -> None:
    entrance.rule(Ada=CAREFUL)
    types(entrance, "Ada", "0000", "0000")
    entrance.start(boot="first", boot_s=entrance.clock())
    assert types(entrance, "Ada", "0000", "2468") == ["wrong_code", "locked_out"]
    entrance.passes(29.9)
    entrance.start(boot="second", boot_s=5.0)
    assert types(entrance, "Ada", "2468") == ["locked_out"]
    entrance.passes(30)
    entrance.start(boot="third", boot_s=5.0)
    assert types(entrance, "Ada", "2468") == ["recognised"]


def test_count_goes_with_the_person_and_not_with_the_name(entrance: Entrance) -> None:
    entrance.rule(Ada=CAREFUL, Bob=FAMILY)
    types(entrance, "Ada", "0000", "0000")
    Gallery(entrance.db, VAULT).rename("Ada", "Ida")
    entrance.access.reload()
    assert types(entrance, "Ida", "0000", "2468") == ["wrong_code", "locked_out"]
    Gallery(entrance.db, VAULT).rename("Bob", "Ada")
    entrance.allow("Ada", OTHER)
    assert types(entrance, "Ada", "1357") == ["recognised"]
    Gallery(entrance.db, VAULT).remove("Ida")
    assert entrance.db.execute("SELECT * FROM pin_lockout").fetchall() == []
    Gallery(entrance.db, VAULT).add("Ida", at(0), "a" * 64)
    entrance.allow("Ida", CAREFUL)
    assert types(entrance, "Ida", "0000", "2468") == ["wrong_code", "recognised"]


@pytest.mark.parametrize(
    "change",
    ["DELETE FROM known_name", "UPDATE known_name SET person_id = 99", "DELETE FROM person"],
)
def test_whoever_changes_the_file_without_its_key_hides_no_wrong_code(
    entrance: Entrance, change: str
) -> None:
    entrance.rule(Ada=CAREFUL)
    with without_the_key(entrance.database) as thief:
        thief.execute(change)
    tried = types(entrance, "Ada", "0000", "1111", "2222", "2468")
    assert tried == ["wrong_code"] * 3 + ["locked_out"]


def test_code_counts_before_it_is_written(entrance: Entrance) -> None:
    """While the door is released, or the disk is full, no more can be tried than ever."""
    entrance.rule(Ada=CAREFUL, Bob=FAMILY)
    entrance.comes("Ada")
    entrance.control.handle(replace(grant(1), person="Bob"))
    assert entrance.relay.is_on
    entrance.control.handle(replace(grant(2), person="Ada"))
    for _ in range(10):
        entrance.control.present("0000", entrance.clock())
    entrance.passes(PULSE_S)
    entrance.break_disk()
    for _ in range(10):
        entrance.comes("Ada")
        entrance.shows("0000")
    entrance.break_disk(False)
    entrance.passes(0)
    reasons = [said["reason"] for said in entrance.events("decision")]
    assert reasons.count("wrong_code") == 3
    entrance.passes(30)
    assert types(entrance, "Ada", "2468") == ["recognised"]


def test_door_that_never_locks_itself_still_guards_its_pins(entrance: Entrance) -> None:
    entrance.rule(DOCUMENT.replace("after = 3", "after = 0"), Ada=CAREFUL)
    said = types(entrance, "Ada", *["0000"] * (PINS_AFTER + 1))
    assert said == [*["wrong_code"] * PINS_AFTER, "locked_out"]


def test_accomplice_and_restarts_give_no_code_more_than_the_law(
    entrance: Entrance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A day at the door, by somebody who loses no second."""
    monkeypatch.setattr(pin, "_COST", 2)  # what a try costs is no matter of this law
    entrance.rule(
        DOCUMENT.replace("after = 3", "after = 5").replace("longest_s = 100", "longest_s = 3600"),
        Ada=CAREFUL,
        Bob=FAMILY,
    )
    begin_s, compared, lockouts = entrance.clock(), 0, 0
    while (elapsed_s := entrance.clock() - begin_s) < DAY_S:
        if entrance.comes("Ada") == "second_factor":
            assert entrance.shows("0000") == "wrong_code"
            compared += 1
        else:
            lockouts += 1
            # The accomplice enters, the service starts again, and the rest is waited for.
            assert entrance.comes("Bob") == "recognised"
            entrance.start(boot="first", boot_s=entrance.clock())
            pins = entrance.db.execute("SELECT until_s FROM pin_lockout").fetchall()
            entrance.passes(max(until_s for (until_s,) in pins) - entrance.clock())
        assert compared <= tried_by_law(LockoutPolicy(), math.nextafter(elapsed_s, math.inf))
    assert compared == tried_by_law(LockoutPolicy(), DAY_S) == 150


def test_two_people_who_alternate_have_a_count_each(entrance: Entrance) -> None:
    entrance.rule(Ada=CAREFUL, Bob=OTHER)
    said = [types(entrance, person, "0000")[0] for _ in range(3) for person in ("Ada", "Bob")]
    assert said == ["wrong_code"] * 6
    assert types(entrance, "Ada", "2468") == types(entrance, "Bob", "1357") == ["locked_out"]


def test_documentation_says_how_many_codes_can_be_tried_in_a_day() -> None:
    said = re.search(
        r"(\d+) codes of one person on the first day and (\d+) on each one after, (\d+) in thirty"
        r" days.*`longest_s = 86400` thirty days give (\d+) codes",
        " ".join((DOCS / "access.md").read_text().split()),
    )
    assert said is not None
    first, later = tried_by_law(LockoutPolicy(), DAY_S), tried_by_law(LockoutPolicy(), 2 * DAY_S)
    month, slower = 30 * DAY_S, replace(LockoutPolicy(), longest_s=DAY_S)
    in_a_month = [tried_by_law(LockoutPolicy(), month), tried_by_law(slower, month)]
    assert [int(number) for number in said.groups()] == [first, later - first, *in_a_month]

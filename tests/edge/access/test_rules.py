"""Who may come in when: dates, groups, schedules, and a clock that may not be set."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from facedoor.access.rules import (
    Factor,
    Group,
    Permission,
    Rules,
    Way,
    admit,
    no_rules,
    strictest_rate,
)
from facedoor.access.schedule import Calendar, Interval, Schedule
from facedoor.reasons import Reason

MONDAY_NOON = datetime(2026, 11, 23, 11, tzinfo=UTC)
MONDAY_NIGHT = datetime(2026, 11, 23, 22, tzinfo=UTC)
RULES = Rules(
    Calendar(ZoneInfo("Europe/Berlin")),
    {"office": Schedule(((Interval(480, 1080),),) * 5 + ((), ()))},
    {
        "family": Group("family"),
        "staff": Group("staff", "office"),
        "vault": Group("vault", None, 30.0, Factor.PIN, 1e-6),
    },
)


def reason(permission: Permission, now: datetime = MONDAY_NOON, clock_is_set: bool = True) -> str:
    admission = admit(RULES, permission, now, clock_is_set)
    assert bool(admission.ways) is (admission.reason is Reason.RECOGNISED)
    return f"{admission.reason}: {admission.rule}"


def test_without_rules_everybody_may_come_in_at_any_time() -> None:
    assert admit(no_rules(), Permission(), MONDAY_NIGHT, False).ways == (Way("", "at any time"),)
    assert no_rules().lockout.after == 0


def test_schedule_of_a_group_says_when() -> None:
    staff = Permission(("staff",))
    assert admit(RULES, staff, MONDAY_NOON, True).ways == (
        Way("staff", "group staff, schedule office"),
    )
    assert reason(staff, MONDAY_NIGHT) == "not_allowed_now: group staff, schedule office"


def test_one_group_that_lets_somebody_in_is_enough() -> None:
    both = Permission(("staff", "vault"))
    assert [way.group for way in admit(RULES, both, MONDAY_NOON, True).ways] == ["staff", "vault"]
    (way,) = admit(RULES, both, MONDAY_NIGHT, True).ways
    assert way == Way("vault", "group vault", Factor.PIN, 30.0)


def test_in_no_group_that_exists_nobody_comes_in_unless_there_is_a_default_group() -> None:
    assert reason(Permission()) == reason(Permission(("gone",))) == "not_valid: in no group"
    assert admit(no_rules(), Permission(("gone",)), MONDAY_NOON, True).ways == ()
    rules = Rules(RULES.calendar, RULES.schedules, RULES.groups, "family")
    assert admit(rules, Permission(), MONDAY_NIGHT, True).ways == (Way("family", "group family"),)


def test_dates_are_days_at_the_door_and_the_last_one_counts() -> None:
    for now, expected in [
        ("2026-11-30T22:59:59+00:00", "not_valid: from 2026-12-01"),
        ("2026-11-30T23:00:00+00:00", "recognised: "),  # midnight in Berlin
        ("2026-12-31T22:59:59+00:00", "recognised: "),
        ("2026-12-31T23:00:00+00:00", "not_valid: until 2026-12-31"),
    ]:
        guest = Permission(("family",), date(2026, 12, 1), date(2026, 12, 31))
        assert reason(guest, datetime.fromisoformat(now)) == expected, now


def test_while_the_clock_is_not_set_nothing_that_needs_it_lets_anybody_in() -> None:
    assert reason(Permission(("family",)), clock_is_set=False) == "recognised: "
    assert "the clock is not set" in reason(Permission(("staff",)), clock_is_set=False)
    dated = Permission(("family",), valid_until=date(2027, 1, 1))
    assert reason(dated, clock_is_set=False) == "not_valid: the clock is not set"


def test_the_strictest_rate_counts() -> None:
    assert strictest_rate(RULES, Permission(("family",))) is None
    assert strictest_rate(RULES, Permission(("family", "vault"))) == 1e-6
    assert strictest_rate(RULES, Permission(("vault",), false_match_rate=1e-7)) == 1e-7
    assert strictest_rate(RULES, Permission(("vault",), false_match_rate=1e-3)) == 1e-6

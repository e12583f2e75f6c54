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
    keeps_to_times,
    no_rules,
    strictest_rate,
)
from facedoor.access.schedule import Calendar, Interval, Schedule
from facedoor.clock import DoorTime
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


UNKNOWN = DoorTime(MONDAY_NOON.timestamp(), None, "nobody knows what time it is")


def ways(rules: Rules, permission: Permission, now: datetime) -> tuple[Way, ...]:
    return admit(rules, permission, DoorTime.supposed(now)).ways


def reason(
    permission: Permission, now: datetime = MONDAY_NOON, time: DoorTime | None = None
) -> str:
    admission = admit(RULES, permission, time or DoorTime.supposed(now))
    assert bool(admission.ways) is (admission.reason is Reason.RECOGNISED)
    return f"{admission.reason}: {admission.rule}"


def test_without_rules_everybody_may_come_in_at_any_time() -> None:
    assert admit(no_rules(), Permission(), UNKNOWN).ways == (Way("", "at any time"),)
    assert no_rules().lockout.after == 0


def test_schedule_of_a_group_says_when() -> None:
    staff = Permission(("staff",))
    assert ways(RULES, staff, MONDAY_NOON) == (Way("staff", "group staff, schedule office"),)
    assert reason(staff, MONDAY_NIGHT) == "not_allowed_now: group staff, schedule office"


def test_one_group_that_lets_somebody_in_is_enough() -> None:
    both = Permission(("staff", "vault"))
    assert [way.group for way in ways(RULES, both, MONDAY_NOON)] == ["staff", "vault"]
    (way,) = ways(RULES, both, MONDAY_NIGHT)
    assert way == Way("vault", "group vault", Factor.PIN, 30.0)


def test_in_no_group_that_exists_nobody_comes_in_unless_there_is_a_default_group() -> None:
    assert reason(Permission()) == reason(Permission(("gone",))) == "not_valid: in no group"
    assert ways(no_rules(), Permission(("gone",)), MONDAY_NOON) == ()
    rules = Rules(RULES.calendar, RULES.schedules, RULES.groups, "family")
    assert ways(rules, Permission(), MONDAY_NIGHT) == (Way("family", "group family"),)


def test_dates_are_days_at_the_door_and_the_last_one_counts() -> None:
    for now, expected in [
        ("2026-11-30T22:59:59+00:00", "not_valid: from 2026-12-01 until 2026-12-31"),
        ("2026-11-30T23:00:00+00:00", "recognised: "),  # midnight in Berlin
        ("2026-12-31T22:59:59+00:00", "recognised: "),
        ("2026-12-31T23:00:00+00:00", "not_valid: from 2026-12-01 until 2026-12-31"),
    ]:
        guest = Permission(("family",), date(2026, 12, 1), date(2026, 12, 31))
        assert reason(guest, datetime.fromisoformat(now)) == expected, now


def test_while_nobody_knows_the_time_nothing_that_needs_it_lets_anybody_in() -> None:
    assert reason(Permission(("family",)), time=UNKNOWN) == "recognised: "
    assert reason(Permission(("staff", "family")), time=UNKNOWN) == "recognised: "
    staff = reason(Permission(("staff",)), time=UNKNOWN)
    assert staff == f"clock_not_set: group staff, schedule office, and {UNKNOWN.why_not}"
    dated = Permission(("family",), valid_until=date(2027, 1, 1))
    said = reason(dated, time=UNKNOWN)
    assert said == f"clock_not_set: until 2027-01-01, and {UNKNOWN.why_not}"


def test_schedule_that_always_holds_needs_no_clock() -> None:
    whole = (Interval(0, 1440),)
    for calendar, schedule, expected in [
        (Calendar(UTC), Schedule((whole,) * 7), "recognised"),
        (Calendar(UTC, yearly=frozenset({(12, 25)})), Schedule((whole,) * 7), "clock_not_set"),
        (Calendar(UTC, yearly=frozenset({(12, 25)})), Schedule((whole,) * 7, whole), "recognised"),
        (Calendar(UTC), Schedule((whole,) * 6 + ((Interval(0, 1439),),)), "clock_not_set"),
    ]:
        rules = Rules(calendar, {"always": schedule}, {"family": Group("family", "always")})
        assert admit(rules, Permission(("family",)), UNKNOWN).reason == expected, schedule
        assert keeps_to_times(rules, Permission(("family",))) is (expected == "clock_not_set")


def test_whom_the_time_matters_to_is_who_has_no_other_way_in() -> None:
    for permission, expected in [
        (Permission(("family",)), False),
        (Permission(("staff",)), True),
        (Permission(("staff", "family")), False),
        (Permission(("family",), valid_from=date(2027, 1, 1)), True),
        (Permission(("gone",)), False),
    ]:
        assert keeps_to_times(RULES, permission) is expected, permission


def test_the_strictest_rate_counts() -> None:
    assert strictest_rate(RULES, Permission(("family",))) is None
    assert strictest_rate(RULES, Permission(("family", "vault"))) == 1e-6
    assert strictest_rate(RULES, Permission(("vault",), false_match_rate=1e-7)) == 1e-7
    assert strictest_rate(RULES, Permission(("vault",), false_match_rate=1e-3)) == 1e-6

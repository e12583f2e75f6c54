"""What proves the time, what takes the proof away, and what gives it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor import clock as clocks
from facedoor.clock import LEAP_S, SETTLES_S, DoorClock, Evidence, Known, this_machine
from facedoor.times import RELEASED_S
from timepieces import Timepiece

DAY_S = 86_400.0


@pytest.fixture
def piece(tmp_path: Path) -> Timepiece:
    """A machine on which nothing vouches for the time."""
    return Timepiece(tmp_path)


def evidence(piece: Timepiece) -> Evidence | None:
    """What a door that starts now takes for a proof."""
    return piece.clock().reading().evidence


def test_without_evidence_no_time_is_proven_and_the_reason_is_said(piece: Timepiece) -> None:
    for kernel in (None, False):
        piece.is_synchronised = kernel
        reading = piece.clock().reading()
        assert (reading.is_proven, reading.is_settled) == (False, False)
        assert "no time server and no hardware clock" in reading.why_not


def test_nothing_is_proven_before_the_first_look(piece: Timepiece) -> None:
    piece.is_synchronised = True
    assert not DoorClock(piece.machine()).reading().is_proven


def test_kernel_that_a_time_server_sets_is_a_proof(piece: Timepiece) -> None:
    piece.is_synchronised = True
    assert evidence(piece) is Evidence.SYNCHRONISED


def test_mark_of_timesyncd_is_a_proof_unless_the_kernel_knows_better(piece: Timepiece) -> None:
    piece.mark()
    assert evidence(piece) is Evidence.SYNCHRONISED
    piece.is_synchronised = False
    assert evidence(piece) is None
    piece.is_synchronised = None
    piece.wall_s -= 3600  # the mark is of a later time: somebody has set the clock back since
    assert evidence(piece) is None


def test_hardware_clock_that_agrees_is_a_proof_and_any_other_is_none(piece: Timepiece) -> None:
    for shows_s, set_the_system, expected in [
        (piece.wall_s + 3, True, Evidence.HARDWARE_CLOCK),
        (piece.wall_s + 3, False, None),
        (piece.wall_s + 60, True, None),
        (3.0, True, None),  # a Pi 5 without a battery
    ]:
        piece.hardware_clock(shows_s, set_the_system)
        assert evidence(piece) is expected, shows_s
    (piece.root / "sys/class/rtc/rtc0/since_epoch").unlink()  # it says EINVAL
    assert evidence(piece) is None


def test_hardware_clock_behind_what_was_known_is_no_proof(piece: Timepiece) -> None:
    piece.hardware_clock(piece.wall_s)
    clock = DoorClock(piece.machine())
    clock.look(Known(time_s=piece.wall_s + 60))
    assert not clock.reading().is_proven


def test_time_before_this_release_is_never_proven(piece: Timepiece) -> None:
    piece.wall_s = RELEASED_S - 1
    piece.is_synchronised = True
    piece.mark()
    piece.hardware_clock(piece.wall_s)
    reading = piece.clock().reading()
    assert not reading.is_proven
    assert "before this version of facedoor" in reading.why_not


def test_proof_lasts_while_the_network_is_away_and_the_clock_goes_on(piece: Timepiece) -> None:
    piece.is_synchronised = True
    clock = piece.clock()
    piece.is_synchronised = False  # after nine hours without one
    for _ in range(100):
        piece.passes(DAY_S)
        clock.look()
        assert clock.reading().evidence is Evidence.SYNCHRONISED


@pytest.mark.parametrize("moved_s", [-2 * 365 * DAY_S, -36_000, -6, 6, 40 * DAY_S, 730 * DAY_S])
@pytest.mark.parametrize("kernel", [None, False])
def test_whoever_sets_the_clock_takes_the_proof_away_until_it_is_put_back(
    piece: Timepiece, moved_s: float, kernel: bool | None
) -> None:
    """Although the mark of timesyncd is still there."""
    piece.mark()
    piece.is_synchronised = None if kernel is None else True
    clock = piece.clock()
    piece.wall_s += moved_s
    piece.is_synchronised = kernel
    assert not clock.reading().is_proven  # also before the next look
    known = clock.look()
    assert not clock.reading().is_proven
    restarted = DoorClock(piece.machine())
    restarted.look(known)
    assert not restarted.reading().is_proven
    piece.wall_s -= moved_s
    assert clock.reading().is_proven
    assert restarted.reading().is_proven


@pytest.mark.parametrize("kernel", [None, False, True])
def test_next_synchronisation_proves_the_time_anew(piece: Timepiece, kernel: bool | None) -> None:
    """False is what the kernel says where the hardware clock keeps local time."""
    piece.mark()
    piece.is_synchronised = None
    clock = piece.clock()
    piece.is_set(piece.wall_s + 40 * DAY_S)
    clock.look()
    assert not clock.reading().is_proven
    piece.is_set(piece.wall_s - 40 * DAY_S + 60)
    piece.is_synchronised = kernel
    if kernel is not True:
        piece.mark()
    clock.look()
    assert clock.reading().evidence is Evidence.SYNCHRONISED


def test_small_steps_of_a_time_server_never_add_up_to_a_lost_proof(piece: Timepiece) -> None:
    piece.is_synchronised = True
    clock = piece.clock()
    for _ in range(20):
        piece.wall_s += 0.6
        clock.look()
        assert clock.reading().is_proven
    piece.is_synchronised = False
    piece.wall_s += 4
    clock.look()
    assert clock.reading().is_proven


def test_small_steps_of_somebody_else_add_up(piece: Timepiece) -> None:
    piece.is_synchronised = True
    clock = piece.clock()
    piece.is_synchronised = False
    for _ in range(2):
        piece.wall_s += 4
        clock.look()
    assert not clock.reading().is_proven


def test_proof_is_kept_over_a_restart_of_the_service_and_not_of_the_system(
    piece: Timepiece,
) -> None:
    piece.is_synchronised = True
    known = piece.clock().look()
    piece.is_synchronised = False
    for boot, expected in [("first", True), ("second", False), ("", False)]:
        piece.boot = boot
        clock = DoorClock(piece.machine())
        clock.look(known)
        assert clock.reading().is_proven is expected, boot


def test_root_says_that_the_time_is_right_until_somebody_sets_the_clock(piece: Timepiece) -> None:
    clock = piece.clock()
    clock.look(clock.trusted_by_root(Known()))
    assert clock.reading().evidence is Evidence.ROOT
    piece.passes(DAY_S)
    clock.look()
    assert clock.reading().is_proven
    piece.wall_s += 60
    clock.look()
    assert not clock.reading().is_proven
    assert "somebody has set the clock" in clock.reading().why_not


def test_clock_that_is_set_while_evidence_is_looked_for_proves_nothing(piece: Timepiece) -> None:
    def set_meanwhile() -> bool:
        piece.wall_s += 40 * DAY_S
        return True

    clock = DoorClock(replace(piece.machine(), is_synchronised=set_meanwhile))
    clock.look()
    assert not clock.reading().is_proven


def test_process_that_was_stopped_between_two_clocks_loses_no_proof(piece: Timepiece) -> None:
    piece.is_synchronised = True
    stops = iter([True])

    def wall_s() -> float:
        if next(stops, False):
            piece.passes(3600)
        return piece.wall_s

    clock = DoorClock(replace(piece.machine(), wall_s=wall_s))
    clock.look()
    assert clock.reading().is_proven


def test_time_that_leaps_ahead_is_settled_when_the_door_has_run_on_it_for_a_day(
    piece: Timepiece,
) -> None:
    piece.is_synchronised = True
    clock = piece.clock()
    clock.look(Known(time_s=piece.wall_s))
    assert clock.reading().is_settled
    piece.is_set(piece.wall_s + LEAP_S + 60, by_time_server=True)
    known = clock.look()
    assert (clock.reading().is_proven, clock.reading().is_settled) == (True, False)
    piece.passes(SETTLES_S - 1)
    clock = DoorClock(piece.machine())  # a restart of the service does not begin the day anew
    known = clock.look(known)
    assert not clock.reading().is_settled
    piece.passes(1)
    assert clock.reading().is_settled
    assert clock.look().time_s == piece.wall_s


def test_known_time_follows_a_clock_that_is_put_right(piece: Timepiece) -> None:
    piece.is_synchronised = True
    clock = piece.clock()
    clock.look(Known(time_s=piece.wall_s + 730 * DAY_S))
    assert clock.look().time_s == piece.wall_s


def test_what_is_kept_changes_only_for_a_reason(piece: Timepiece) -> None:
    piece.is_synchronised = True
    clock = piece.clock()
    known = clock.look(Known(time_s=piece.wall_s))
    for _ in range(100):
        piece.passes(10)
        piece.wall_s += 0.001
        assert clock.look(known) == known


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("passes"), st.floats(0, 1e6)),
            st.tuples(st.just("set"), st.floats(-1e8, 1e8)),
            st.tuples(st.just("synchronised"), st.just(0.0)),
            st.tuples(st.just("restart"), st.just(0.0)),
            st.tuples(st.just("boot"), st.just(0.0)),
        )
    )
)
def test_proven_time_is_right_whatever_happens_while_time_servers_are(
    steps: list[tuple[str, float]],
) -> None:
    piece = Timepiece()
    true_s = piece.wall_s
    clock = piece.clock()
    for number, (step, seconds) in enumerate(steps):
        if step == "passes":
            piece.passes(seconds)
            true_s += seconds
        elif step == "set":
            piece.is_set(piece.wall_s + seconds)
        elif step == "synchronised":
            piece.is_set(true_s, by_time_server=True)
        elif step == "boot":
            piece.boot, piece.boot_s, piece.is_synchronised = str(number), 1.0, False
        known = clock.look()
        if step in {"restart", "boot"}:
            clock = DoorClock(piece.machine())
            clock.look(known)
        reading = clock.reading()
        if reading.is_proven:
            assert abs(reading.now_s - true_s) <= clocks.STEP_S
        assert reading.is_proven or step != "synchronised"


def test_this_machine_can_be_asked() -> None:
    machine = this_machine()
    assert abs(machine.wall_s() - datetime.now(UTC).timestamp()) < 60
    assert machine.boot_s() > 0
    assert machine.is_synchronised() in {True, False, None}

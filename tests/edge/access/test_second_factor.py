"""What is still missing: a code, the button, another person; and for how long it may come."""

from __future__ import annotations

import pytest

from facedoor.access.pin import PinHash, hash_pin, is_pin
from facedoor.access.rules import Factor, Way
from facedoor.access.second_factor import FACTOR_WITHIN_S, Waiting, arrived, presented
from facedoor.errors import UsageError
from facedoor.reasons import Reason

FREE = Way("family", "group family")
PIN = Way("staff", "group staff", Factor.PIN)
BUTTON = Way("porch", "group porch", Factor.BUTTON)
TWO = Way("vault", "group vault", two_persons_within_s=30.0)
TWO_AND_PIN = Way("safe", "group safe", Factor.PIN, 30.0)


def test_somebody_who_needs_nothing_is_let_in_at_once() -> None:
    progress = arrived(Waiting(), "Ada", (TWO, PIN, FREE), 0.0)
    assert (progress.reason, progress.rule) == (Reason.RECOGNISED, "group family")


def test_right_code_lets_the_person_in_and_only_once() -> None:
    asked = arrived(Waiting(), "Ada", (PIN,), 0.0)
    assert (asked.reason, asked.rule) == (Reason.SECOND_FACTOR, "group staff, pin")
    assert asked.waiting.expects_factor_of(FACTOR_WITHIN_S - 0.1) == "Ada"
    done = presented(asked.waiting, "Ada", (PIN,), True, 1.0)
    assert done.reason is Reason.RECOGNISED
    assert done.waiting == Waiting()


def test_time_for_the_code_runs_out() -> None:
    asked = arrived(Waiting(), "Ada", (PIN,), 0.0)
    assert asked.waiting.expects_factor_of(FACTOR_WITHIN_S) is None


def test_wrong_code_is_said_and_another_one_may_follow() -> None:
    asked = arrived(Waiting(), "Ada", (PIN,), 0.0).waiting
    wrong = presented(asked, "Ada", (PIN,), False, 1.0)
    assert wrong.reason is Reason.WRONG_CODE
    assert wrong.waiting == asked


def test_button_is_no_code_and_a_code_no_button() -> None:
    asked = arrived(Waiting(), "Ada", (PIN,), 0.0).waiting
    assert presented(asked, "Ada", (PIN,), None, 1.0) is None
    assert presented(asked, "Ada", (BUTTON,), True, 1.0) is None
    assert presented(asked, "Ada", (BUTTON,), False, 1.0) is None
    assert presented(asked, "Ada", (BUTTON,), None, 1.0).reason is Reason.RECOGNISED


def test_whoever_is_recognised_last_is_waited_for() -> None:
    first = arrived(Waiting(), "Ada", (PIN,), 0.0).waiting
    assert arrived(first, "Bob", (PIN,), 1.0).waiting.expects_factor_of(1.0) == "Bob"


def test_two_different_people_of_a_group_are_let_in_together() -> None:
    first = arrived(Waiting(), "Ada", (TWO,), 0.0)
    assert first.reason is Reason.SECOND_PERSON
    second = arrived(first.waiting, "Bob", (TWO,), 29.9)
    assert second.reason is Reason.RECOGNISED
    assert second.waiting == Waiting()


def test_second_person_is_another_one_of_the_same_group_who_comes_in_time() -> None:
    first = arrived(Waiting(), "Ada", (TWO,), 0.0).waiting
    other = Way("lab", "group lab", two_persons_within_s=30.0)
    for person, way in (("Ada", TWO), ("Bob", other)):
        assert arrived(first, person, (way,), 1.0).reason is Reason.SECOND_PERSON, person
    late = arrived(first, "Bob", (TWO,), 30.0)
    assert late.reason is Reason.SECOND_PERSON
    assert arrived(late.waiting, "Ada", (TWO,), 31.0).reason is Reason.RECOGNISED


def test_two_people_with_a_code_each() -> None:
    ada = arrived(Waiting(), "Ada", (TWO_AND_PIN,), 0.0)
    assert ada.reason is Reason.SECOND_FACTOR
    code = presented(ada.waiting, "Ada", (TWO_AND_PIN,), True, 1.0)
    assert code.reason is Reason.SECOND_PERSON
    bob = arrived(code.waiting, "Bob", (TWO_AND_PIN,), 2.0)
    assert bob.reason is Reason.SECOND_FACTOR
    done = presented(bob.waiting, "Bob", (TWO_AND_PIN,), True, 3.0)
    assert done.reason is Reason.RECOGNISED


def test_code_opens_for_one_who_does_not_want_to_wait_for_a_second() -> None:
    either = arrived(Waiting(), "Ada", (TWO, PIN), 0.0)
    assert either.reason is Reason.SECOND_FACTOR
    assert arrived(either.waiting, "Bob", (TWO,), 1.0).reason is Reason.RECOGNISED


def test_only_the_pin_itself_fits_and_nothing_where_there_is_none() -> None:
    kept = hash_pin("2468")
    assert is_pin("2468", kept)
    assert not [code for code in ("2469", "", "24680", "\u0662468", "é") if is_pin(code, kept)]
    assert not [code for code in ("", "0000") if is_pin(code, None)]


def test_two_hashes_of_one_pin_differ_and_none_is_printed() -> None:
    assert hash_pin("2468").digest != hash_pin("2468").digest
    assert repr(hash_pin("2468")) == repr(PinHash(b"", b"")) == "PinHash()"


@pytest.mark.parametrize("pin", ["", "123", "1" * 13, "12a4", "1 34", "١٢٣٤"])
def test_what_is_no_pin_is_refused_and_not_quoted(pin: str) -> None:
    with pytest.raises(UsageError, match="4 to 12 digits") as refused:
        hash_pin(pin)
    assert not pin or pin not in str(refused.value)

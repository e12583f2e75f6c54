"""Which version of MQTT a broker is spoken to in, by what it answers and when."""

from __future__ import annotations

import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from doorway import Clock
from facedoor.mqtt.version import PATIENCE_S, QUICK_S, RETRY_S, Version, VersionChoice

WELCOME = ReasonCode(PacketTypes.CONNACK, "Success")
UNKNOWN = ReasonCode(PacketTypes.CONNACK, "Unsupported protocol version")


def guessed(clock: Clock) -> VersionChoice:
    """3.1.1, and the broker has let the client in."""
    versions = VersionChoice(clock)
    versions.asked()
    clock.now_s += PATIENCE_S[0] + 0.1
    assert versions.must_change
    versions.change()
    versions.asked()
    clock.now_s += QUICK_S
    versions.answered(WELCOME)
    assert versions.is_guess
    assert not versions.must_change
    return versions


def test_v5_is_tried_again_after_a_while_and_with_each_new_connection() -> None:
    clock = Clock()
    versions = guessed(clock)
    clock.now_s += RETRY_S[0]
    assert versions.must_change
    versions = guessed(clock)
    versions.ended()
    assert versions.must_change
    versions.change()
    assert versions.version is Version.MQTTv5


def test_v5_is_given_more_time_each_time_and_tried_less_often() -> None:
    clock = Clock()
    versions = guessed(clock)
    waits_s, patiences_s = [], []
    for _ in range(8):
        begin_s = clock.now_s
        while not versions.must_change:
            clock.now_s += 0.5
        waits_s.append(clock.now_s - begin_s)
        versions.change()
        versions.asked()
        begin_s = clock.now_s
        while not versions.must_change:
            clock.now_s += 0.5
        patiences_s.append(clock.now_s - begin_s)
        versions.change()
        versions.asked()
        clock.now_s += QUICK_S
        versions.answered(WELCOME)
    assert waits_s[:3] == pytest.approx([60, 120, 240], abs=1)
    assert waits_s[-1] == pytest.approx(RETRY_S[1], abs=1)
    assert patiences_s[:3] == pytest.approx([6, 24, 24], abs=1)


def test_broker_that_says_that_it_does_not_know_v5_is_no_guess() -> None:
    clock = Clock()
    versions = VersionChoice(clock)
    versions.asked()
    versions.answered(UNKNOWN)
    versions.ended()
    assert versions.must_change
    versions.change()
    versions.asked()
    versions.answered(WELCOME)
    clock.now_s += 10 * RETRY_S[1]
    assert not versions.must_change
    assert not versions.is_guess
    versions.ended()
    assert versions.must_change, "it may know v5 by now"


def test_broker_that_answers_3_1_1_at_once_is_not_slow_and_seldom_asked_for_v5() -> None:
    """amqtt is one: it waits for the end of what it takes for a long message."""
    clock = Clock()
    versions = VersionChoice(clock)
    versions.asked()
    clock.now_s += PATIENCE_S[0] + 0.1
    versions.change()
    versions.asked()
    versions.answered(WELCOME)
    assert not versions.is_guess
    clock.now_s += RETRY_S[1] - 1
    assert not versions.must_change
    clock.now_s += 1
    assert versions.must_change


def test_broker_that_has_answered_v5_once_may_be_as_slow_as_it_likes() -> None:
    clock = Clock()
    versions = VersionChoice(clock)
    versions.asked()
    versions.answered(WELCOME)
    versions.ended()
    for _ in range(3):
        versions.asked()
        clock.now_s += 1000
        assert not versions.must_change
        versions.ended()
    assert not versions.must_change

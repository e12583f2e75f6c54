from __future__ import annotations

from doorway import Clock
from facedoor.mqtt.client import Outgoing
from facedoor.mqtt.publisher import RESULT_BYTES, RESULTS, VALUE_EXPIRY_S, Results, Values


def told(values: Values, session: int) -> list[bytes]:
    """What a sender tells until nothing is left."""
    payloads = []
    while (message := values.next(session)) is not None:
        payloads.append(message.payload)
        values.was_sent(message)
    return payloads


def test_newest_value_of_each_topic_is_told_once() -> None:
    values = Values()
    for topic, payload in (("people", b"1"), ("image", b"2"), ("people", b"3")):
        values.put(topic, payload, retain=True)
    assert told(values, session=1) == [b"3", b"2"]
    assert told(values, session=1) == []


def test_retained_values_are_told_again_in_a_new_session() -> None:
    values = Values()
    values.put("people", b"1", retain=True)
    values.put("telemetry", b"2", retain=False)
    assert told(values, session=1) == [b"1", b"2"]
    assert told(values, session=2) == [b"1"]


def test_value_that_comes_while_an_older_one_is_sent_is_told_too() -> None:
    values = Values()
    values.put("people", b"1", retain=True)
    message = values.next(session=1)
    values.put("people", b"2", retain=True)
    values.was_sent(message)
    assert told(values, session=1) == [b"2"]


def test_value_that_is_not_retained_is_given_up_after_a_while() -> None:
    clock = Clock()
    values = Values(clock)
    values.put("telemetry", b"1", retain=False)
    values.put("people", b"2", retain=True)
    clock.now_s += VALUE_EXPIRY_S
    assert told(values, session=1) == [b"2"]


def test_results_come_out_in_order_and_the_oldest_gives_way() -> None:
    results = Results()
    for number in range(RESULTS + 2):
        results.put("result", str(number).encode(), correlation=None, expiry_s=None)
    taken = [results.take() for _ in range(RESULTS)]
    assert [message.payload for message in taken if message] == [
        str(number).encode() for number in range(2, RESULTS + 2)
    ]
    assert results.take() is None


def test_large_results_that_wait_take_bounded_memory_and_the_oldest_give_way() -> None:
    results, size = Results(), RESULT_BYTES // 4
    for number in range(6):
        results.put("result", bytes([number]) * size, correlation=None, expiry_s=None)
    taken = [message for _ in range(6) if (message := results.take()) is not None]
    assert [message.payload[0] for message in taken] == [2, 3, 4, 5]
    results.put("result", b"the next", correlation=None, expiry_s=None)
    assert results.take() is not None


def test_result_is_sent_until_it_expires() -> None:
    for waited_s, is_sent in [(29.0, True), (30.0, False)]:
        clock = Clock()
        results = Results(clock)
        results.put("result", b"done", b"17", expiry_s=30.0)
        ends_s = clock.now_s + 30.0
        clock.now_s += waited_s
        expected = Outgoing("result", b"done", correlation=b"17", ends_s=ends_s)
        assert results.take() == (expected if is_sent else None), waited_s

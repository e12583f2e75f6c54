"""Events: each survives the way to JSON and back, and every line of an old journal reads."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from doorway import refusal
from facedoor.reasons import Reason
from facedoor.views import View
from facedoor.wire import entries
from facedoor.wire.bands import Band
from facedoor.wire.decisions import Decision, ToldDecision
from facedoor.wire.events import DoorHappened, Event, Happening, OtherEvent, RelayChanged
from facedoor.wire.mode import Mode
from facedoor.wire.roles import Role

OLD_LINES = [
    json.loads(line)
    for line in (Path(__file__).parent / "fixtures" / "journal.jsonl").read_text().splitlines()
]
"""One of each kind that facedoor of November 2026 wrote, and a decision of before cohorts."""

TIME = "2026-11-24T09:30:00.000Z"
numbers = st.floats(0, 100).map(lambda number: round(number, 2))
STRATEGIES: dict[str, st.SearchStrategy[Any]] = {
    "time": st.just(TIME),
    "more": st.dictionaries(st.sampled_from(["mask", "more"]), st.none() | st.text(), max_size=2),
    "reason": st.sampled_from(Reason),
    "distance": numbers | st.just(math.inf),
    "plain_distance": st.none() | numbers,
    "latency_ms": st.dictionaries(st.text(max_size=5), numbers, max_size=3),
    "looks": st.dictionaries(st.sampled_from(Reason).map(str), st.integers(1, 99), max_size=3),
    "view": st.none() | st.builds(View, numbers, numbers, numbers, numbers),
    "outcome": st.sampled_from(["done", "refused", "failed"]),
    "factor": st.none() | st.sampled_from(["pin", "button"]),
    "what": st.sampled_from(["document", "permission"]),
    "change": st.sampled_from(["invited", "joined", "added", "revoked", "withdrawn"]),
    "role": st.sampled_from(Role),
    "copy": st.sampled_from(["backup", "older_copy"]),
    "records": st.sampled_from(["templates", "permissions", "roster"]),
    "happening": st.sampled_from(Happening),
    "mode": st.sampled_from(Mode),
    "distance_band": st.none() | st.sampled_from(Band),
}
BY_TYPE: dict[str, st.SearchStrategy[Any]] = {
    "str": st.text(max_size=20),
    "bool": st.booleans(),
    "int": st.integers(0, 2**40),
    "float": numbers,
    "tuple[str, ...]": st.lists(st.text(max_size=9), max_size=3).map(tuple),
    "tuple[int, ...]": st.lists(st.integers(0, 2**40), max_size=3).map(tuple),
}


def values_of(field: dataclasses.Field[Any]) -> st.SearchStrategy[Any]:
    if field.name in STRATEGIES:
        return STRATEGIES[field.name]
    name, _, optional = str(field.type).partition(" | ")
    return st.none() | BY_TYPE[name] if optional else BY_TYPE[name]


def everything_of(kind: type[Event]) -> st.SearchStrategy[Event]:
    return st.builds(kind, **{field.name: values_of(field) for field in dataclasses.fields(kind)})


KINDS = (*entries.KINDS, DoorHappened)


@given(st.one_of([everything_of(kind) for kind in KINDS]))
def test_every_event_survives_the_way_to_json_and_back(event: Event) -> None:
    text = json.dumps(event.as_json(), allow_nan=False)
    assert entries.read(event.kind, json.loads(text)) == event


@given(st.sampled_from(["decision", "door", "command", "new"]), st.text(), st.integers())
def test_event_that_is_not_known_is_kept_as_it_is(kind: str, key: str, value: int) -> None:
    said = {"time": TIME, "event": "new", "outcome": "new", key: value}
    event = entries.read(kind, said)
    assert (type(event), event.kind, event.as_json()) == (OtherEvent, kind, said)


def test_event_with_a_value_that_is_not_known_is_kept_as_it_is() -> None:
    for line in OLD_LINES:
        for key in line["payload"].keys() - {"time", "person"}:
            said = line["payload"] | {key: ["new"]}
            event = entries.read(line["kind"], said)
            assert (event.kind, event.as_json()) == (line["kind"], said)


def test_every_old_line_of_the_journal_reads_and_loses_nothing() -> None:
    for line in OLD_LINES:
        event = entries.read(line["kind"], line["payload"])
        assert not isinstance(event, OtherEvent), line
        assert not event.more
        assert event.kind == line["kind"]
        assert event.as_json().items() >= line["payload"].items()


def test_old_lines_are_of_every_kind_that_is_written() -> None:
    written = {type(entries.read(line["kind"], line["payload"])) for line in OLD_LINES}
    assert {*KINDS} - written == {RelayChanged, ToldDecision}
    happened = [entries.read(line["kind"], line["payload"]) for line in OLD_LINES]
    assert {e.happening for e in happened if isinstance(e, DoorHappened)} >= {*Happening} - {
        Happening.JAMMED
    }


def decision(distance: float) -> Decision:
    latency_ms = {"embed": 9.123456, "total": 400.0}
    return dataclasses.replace(refusal(7), distance=distance, latency_ms=latency_ms)


def test_decision_has_the_keys_of_the_contract() -> None:
    assert decision(1.23456).as_json() == {
        "time": TIME,
        "decision": "refused",
        "person": None,
        "reason": "unknown",
        "distance": 1.2346,
        "plain_distance": None,
        "threshold": 0.755,
        "liveness": None,
        "frames": 3,
        "latency_ms": {"embed": 9.12, "total": 400.0},
        "track": 7,
    }


def test_distance_that_is_no_number_becomes_null() -> None:
    for distance in (math.inf, math.nan):
        assert decision(distance).as_json()["distance"] is None

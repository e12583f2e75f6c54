"""Listeners learn how near a face came in a word that nobody can make a face of."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorway import grant, refusal
from facedoor.identity.risk import fmr_at, threshold_at
from facedoor.vision.pack import Pack
from facedoor.wire import entries, events, messages
from facedoor.wire.bands import NEAR, told
from facedoor.wire.decisions import ToldDecision
from facedoor.wire.entries import Entry
from template_attack import banded, exact, nothing, rebuilt_error

TEMPLATES = range(5)

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
keys = st.sampled_from(
    ["distance", "threshold", "plain_distance", "moved_distance", "reason", "frames"]
)


def mean_error(published: Any, visits: int, same: float = 0.0) -> float:
    return float(np.mean([rebuilt_error(published, visits, seed, same) for seed in TEMPLATES]))


def test_exact_distances_of_200_refused_visits_are_a_template() -> None:
    """What the attack can do: otherwise the next test would prove nothing."""
    assert mean_error(exact, 200) < 0.25
    assert mean_error(exact, 200, same=0.3) < 0.45


@pytest.mark.parametrize("visits", [200, 2000])
def test_bands_of_many_refused_visits_are_worth_no_more_than_a_strangers_face(visits: int) -> None:
    assert mean_error(banded, visits) > 0.97 * mean_error(nothing, visits)


def test_stranger_is_near_hardly_more_often_than_let_in(pack: Pack) -> None:
    calibration = pack.manifest.calibration
    assert calibration is not None
    for table in (calibration.plain, calibration.corrected):
        assert table is not None
        measured = [point for point in table.risk if not point.extrapolated]
        for point in measured:
            limit = threshold_at(table.risk, point.fmr)
            if point.fmr <= 1e-4:  # beyond that no door is set
                assert fmr_at(table.risk, NEAR * limit) <= 15 * point.fmr, point


@given(st.dictionaries(keys, scalars, max_size=6))
def test_no_number_that_speaks_of_a_distance_gets_out(payload: dict[str, Any]) -> None:
    said = told(payload)
    assert not {key for key in said if "distance" in key or "threshold" in key} - {
        "distance_band",
        "distance_ratio",
    }
    assert said.get("distance_ratio") in {None, 1.0, NEAR}


@given(
    st.dictionaries(st.sampled_from(["recognised", "ambiguous", "unknown", "blurred"]), st.just(2))
)
def test_looks_at_a_stranger_do_not_say_how_many_were_near_enough(looks: dict[str, int]) -> None:
    of_a_stranger = told({"person": None, "looks": looks})["looks"]
    assert of_a_stranger.keys() <= {"unknown", "blurred"}
    assert sum(of_a_stranger.values()) == sum(looks.values())
    assert told({"person": "Ada", "looks": looks})["looks"] == looks


def test_whom_a_face_came_nearest_to_is_told_to_nobody() -> None:
    decision = dataclasses.replace(refusal(3), nearest="Ada", looks={"unknown": 12})
    said = told(decision.as_json())
    assert "Ada" not in str(said)
    assert said["looks"] == {"unknown": 12}


@pytest.mark.parametrize(
    ("distance", "band", "ratio"),
    [
        (0.0, "within", 1.0),
        (0.755, "within", 1.0),
        (0.7551, "near", NEAR),
        (0.755 * NEAR, "near", NEAR),
        (0.84, "far", None),
        (math.inf, None, None),
        (None, None, None),
    ],
)
def test_band_follows_from_distance_and_limit(
    distance: float | None, band: str | None, ratio: float | None
) -> None:
    said = told({"distance": distance, "threshold": 0.755})
    assert said == {"distance_band": band, "distance_ratio": ratio}


def test_event_is_read_as_a_decision_without_numbers() -> None:
    for decision, band in ((grant(3), "within"), (refusal(3), "far")):
        entry = Entry(17, "decision", decision.time, decision.as_json())
        payload = messages.event("front", "3f9a1c07", entry)
        event = messages.read("facedoor/front/event", payload).content
        assert isinstance(event, ToldDecision)
        assert (event.distance_band, event.granted) == (band, decision.granted)
        assert str(decision.distance) not in payload.decode()


def test_decision_of_an_older_journal_is_told_without_numbers_too() -> None:
    payload = {"time": "2026-11-24T09:30:00.000Z", "distance": 0.5123, "limit": 1, "new": None}
    assert isinstance(entries.read("decision", payload), events.OtherEvent)
    assert b"0.5123" not in messages.event("front", "a", Entry(1, "decision", "", payload))

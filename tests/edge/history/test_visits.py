"""Visits: what becomes of a door's events, one by one, is what the journal says as a whole."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from facedoor.history.visits import Visits, as_json
from facedoor.reasons import Reason
from facedoor.views import View
from facedoor.wire.decisions import Decision, ToldDecision
from facedoor.wire.visit_events import NEXT_GRANT_WITHIN_S
from history_kit import History, composed, the_visit

PEOPLE = ("Ada", "Ben")
REASONS = (None, Reason.NOT_ALLOWED_NOW, Reason.UNKNOWN, Reason.TOO_DARK)


@st.composite
def histories(draw: st.DrawFn, may_forget: bool = True) -> History:
    history = History()
    for _ in range(draw(st.integers(1, 25))):
        history.after(draw(st.sampled_from([0, 5, 59, 61, 400])))
        does = draw(st.sampled_from(["come", "come", "come", "withdraw", "label", "forget"]))
        before = [event for event in history.events if isinstance(event, Decision)]
        last = history.events[-1] if history.events else None
        if does == "withdraw" and isinstance(last, Decision) and last.granted:
            history.withdraws()
        elif does == "label" and before:
            history.labels(str(draw(st.sampled_from(before)).visit), draw(st.sampled_from(PEOPLE)))
        elif does == "forget" and may_forget:
            history.forgets(draw(st.sampled_from(PEOPLE)))
        else:
            reason = draw(st.sampled_from(REASONS))
            is_nobody = reason in {Reason.UNKNOWN, Reason.TOO_DARK}
            history.comes(
                None if is_nobody else draw(st.sampled_from(PEOPLE)),
                reason,
                draw(st.sampled_from([None, None, *(event.visit for event in before)])),
                nearest="Ben" if is_nobody else None,
                looks={"recognised": 1, "too_dark": 2, "unknown": 3},
            )
    return history


def said(visits: Visits, **more: Any) -> list[dict[str, Any]]:
    return [as_json(visit, **more) for visit in visits]


@given(histories())
def test_every_decision_is_in_exactly_one_visit(history: History) -> None:
    written = [n for n, event in enumerate(history.events, 1) if isinstance(event, Decision)]
    kept = [attempt.entry_id for visit in composed(history.events) for attempt in visit.attempts]
    assert sorted(kept) == written


@given(histories())
def test_visits_kept_by_what_has_changed_are_those_of_the_whole_journal(history: History) -> None:
    visits, kept = Visits("front"), {}
    for number, event in enumerate(history.events, 1):
        visit = visits.add(event, number)
        changed = {changed.id: as_json(changed) for changed in visits.take_changed()}
        assert visit is None or changed.get(visit.id, as_json(visit)) == as_json(visit)
        kept |= changed
    assert list(kept.values()) == said(composed(history.events))
    assert visits.take_changed() == []


@given(histories(), st.data())
def test_visits_of_what_was_heard_before_a_name_was_erased_are_those_of_after(
    history: History, data: st.DataObject
) -> None:
    """A listener has the old events in memory, the journal has them without the name."""
    person = data.draw(st.sampled_from(PEOPLE))
    heard = Visits("front")
    for number, event in enumerate(history.events, 1):
        heard.add(event, number)
    history.forgets(person)
    heard.add(history.events[-1], len(history.events))
    assert said(heard, with_distances=True) == said(composed(history.events), with_distances=True)
    assert person not in str(said(heard, with_distances=True))


@given(histories())
def test_event_that_arrives_twice_changes_nothing(history: History) -> None:
    twice = Visits("front")
    for number, event in enumerate(history.events, 1):
        twice.add(event, number)
        twice.add(event, number)
    assert said(twice) == said(composed(history.events))


@given(histories(may_forget=False))
def test_listeners_compose_the_same_visits_as_the_door(history: History) -> None:
    told = history.told()
    assert any(isinstance(event, ToldDecision) for event in told)
    assert said(composed(told)) == said(composed(history.events))
    exact = said(composed(history.events), with_distances=True)
    assert all({"distance", "threshold", "nearest"} <= visit.keys() for visit in exact)
    assert "nearest" not in str(said(composed(told), with_distances=True))


@given(histories(), st.integers(0, 24))
def test_visits_that_are_dropped_are_missed_by_no_other(history: History, count: int) -> None:
    """But for whom the next grant names: that is not known of a visit that was dropped."""
    visits = composed(history.events)
    dropped = [visit.id for visit in visits][:count]
    kept = [visit for visit in said(visits) if visit["id"] not in dropped]
    visits.drop(dropped)
    assert said(visits) == kept
    assert len(visits) == len(kept)


@given(histories())
def test_next_grant_names_only_whom_the_door_let_in_shortly_afterwards(history: History) -> None:
    visits = said(composed(history.events))
    came_in = [visit for visit in visits if visit["outcome"] == "came_in"]
    for visit in visits:
        if visit["person_by"] == "next_grant":
            assert visit["outcome"] == "refused"
            assert any(
                grant["person"] == visit["person"] and grant["began"] >= visit["ended"]
                for grant in came_in
            )


def test_visit_says_what_its_decision_says() -> None:
    history = History()
    view = View(96.5, 0.17, 140.0, -4.5)
    history.comes("Ada", looks={"recognised": 3}, view=view, picture=True, liveness=0.9, rule="any")
    (visit,) = said(composed(history.events))
    assert visit == {
        "id": "a-1",
        "door": "front",
        "began": "2026-11-28T10:00:00.000Z",
        "ended": "2026-11-28T10:00:02.000Z",
        "outcome": "came_in",
        "person": "Ada",
        "person_by": "recognised",
        "reason": "recognised",
        "looks": {"recognised": 3},
        "view": {"brightness": 96.5, "sharpness": 0.17, "face_px": 140.0, "yaw_deg": -4.5},
        "picture": True,
        "liveness": 0.9,
        "latency_ms": {"embed": 30.0, "total": 400.0},
        "attempts": 1,
        "rule": "any",
        "factor": None,
        "distance_band": "within",
        "distance_ratio": 1.0,
    }


def test_visit_that_is_let_in_at_a_later_attempt_came_in() -> None:
    history = History()
    visit = history.comes(looks={"too_dark": 3})
    history.comes("Ada", visit=visit, looks={"recognised": 3})
    found = the_visit(history, visit)
    assert (found.outcome, found.person, len(found.attempts)) == ("came_in", "Ada", 2)
    assert found.looks == {"too_dark": 3, "recognised": 3}
    assert (found.began, found.ended) == ("2026-11-28T10:00:00.000Z", "2026-11-28T10:00:04.000Z")


def test_later_refusal_does_not_take_back_that_somebody_came_in() -> None:
    history = History()
    visit = history.comes("Ada")
    history.comes("Ada", Reason.DOOR_BUSY, visit=visit)
    assert the_visit(history, visit).outcome == "came_in"


def test_grant_that_was_not_followed_did_not_open_the_door() -> None:
    history = History()
    visit = history.comes("Ada")
    history.withdraws(Reason.DEGRADED)
    found = the_visit(history, visit)
    assert (found.outcome, found.deciding.reason) == ("not_opened", "degraded")
    assert found.person == "Ada"
    history.comes("Ada", visit=visit)
    assert the_visit(history, visit).outcome == "came_in"


def test_refusal_shortly_before_a_grant_is_that_persons_and_one_long_before_is_not() -> None:
    for pause_s, person in ((NEXT_GRANT_WITHIN_S, "Ada"), (NEXT_GRANT_WITHIN_S + 1, None)):
        history = History()
        refused = history.comes()
        history.after(pause_s).comes("Ada")
        found = the_visit(history, refused)
        assert (found.person, found.person_by) == (person, person and "next_grant")


def test_several_refusals_before_a_grant_are_all_of_that_person() -> None:
    history = History()
    refused = [history.comes(), history.after(5).comes(reason=Reason.TOO_DARK)]
    history.after(5).comes("Ada")
    assert {the_visit(history, visit).person for visit in refused} == {"Ada"}


def test_refusal_after_a_grant_beside_it_or_before_one_that_was_withdrawn_is_nobodys() -> None:
    history = History()
    beside = history.comes(stays_s=10)
    history.after(-8).comes("Ada")
    after = history.after(5).comes()
    assert the_visit(history, beside).person is None, "both were before the camera at once"
    assert the_visit(history, after).person is None
    before = history.after(300).comes()
    history.comes("Ada")
    history.withdraws()
    assert the_visit(history, before).person is None


def test_label_names_whom_nobody_recognised_and_nobody_else() -> None:
    history = History()
    refused = history.comes()
    history.after(5).comes("Ada")
    granted = history.after(400).comes("Ben")
    for visit in (refused, granted):
        history.labels(visit, "Grandma")
    found = the_visit(history, refused)
    assert (found.person, found.person_by) == ("Grandma", "label")
    assert the_visit(history, granted).person == "Ben", "whose face opened the door"


def test_label_of_a_visit_that_is_not_known_is_of_none() -> None:
    history = History()
    history.labels("a-9", "Grandma")
    visits = Visits("front")
    assert visits.add(history.events[0], 1) is None
    assert len(visits) == 0


def test_decision_without_an_id_is_a_visit_of_its_own() -> None:
    history = History()
    for _ in range(2):
        history.comes()
    events = [replace(event, visit=None) for event in history.events if isinstance(event, Decision)]
    assert [visit.id for visit in composed(events)] == [
        "entry-1-20261128T100002000Z",
        "entry-2-20261128T100004000Z",
    ]


def test_clock_that_was_put_back_lets_no_visit_begin_after_its_end() -> None:
    history = History()
    visit = history.comes(began="2026-11-28T12:00:00.000Z")
    found = the_visit(history, visit)
    assert found.began <= found.ended

"""Visits in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from facedoor.history.sentences import SHORTLY, in_words, line, sentence
from facedoor.reasons import Reason
from history_kit import START, History, composed, the_visit

BERLIN = ZoneInfo("Europe/Berlin")


def test_somebody_who_came_in_is_told_with_day_and_time_of_the_doors_zone() -> None:
    history = History(now=datetime(2026, 11, 28, 10, 57, tzinfo=UTC))
    history.comes("Elton")
    history.after(minutes=7).comes(reason=Reason.TOO_DARK, looks={"too_dark": 3})
    lines = [line(visit, BERLIN, history.now) for visit in composed(history.events)]
    assert lines == ["Sat 11:57  Elton came in", "Sat 12:04  somebody, too dark: 3 looks"]


def test_what_is_long_ago_or_to_come_is_told_with_its_date() -> None:
    history = History()
    visit = the_visit(history, history.comes("Elton"))
    for days in (7, -1):
        told = line(visit, BERLIN, START + timedelta(days=days))
        assert told == "2026-11-28 11:00  Elton came in"


def test_each_way_that_a_visit_can_end_has_words_of_its_own() -> None:
    history = History()
    history.comes("Ada", factor="pin")
    history.comes("Ada", Reason.NOT_ALLOWED_NOW, looks={"recognised": 3})
    history.comes("Ada")
    history.withdraws(Reason.DOOR_BUSY)
    twice = history.after(300).comes(looks={"unknown": 12})
    history.comes("Ada", visit=twice)
    history.comes(looks={"unknown": 11, "too_dark": 1})
    history.comes("Ben")
    labelled = history.after(300).comes(looks={"blurred": 1}, reason=Reason.BLURRED)
    history.labels(labelled, "Grandma")
    assert [sentence(visit) for visit in composed(history.events)] == [
        "Ada came in with a code",
        "Ada, not allowed at this time",
        "Ada, and the door did not open: the door was open already",
        "Ada came in, at the second attempt",
        "somebody, perhaps Ben who came in next, not recognised: 12 looks",
        "Ben came in",
        "Grandma, as somebody has said, blurred: 1 look",
    ]


def test_whom_a_face_came_nearest_to_is_told_only_where_it_is_asked_for() -> None:
    history = History()
    visit = the_visit(history, history.comes(nearest="Grandma", distance=0.81, threshold=0.755))
    assert "Grandma" not in sentence(visit)
    assert sentence(visit, with_distances=True) == (
        "somebody, not recognised; nearest to Grandma, by 0.055 too far away: 0.810, "
        "where one person is up to 0.755"
    )


def test_every_reason_has_its_words_and_one_that_is_not_known_is_readable() -> None:
    assert SHORTLY.keys() == set(Reason)
    assert in_words("some_new_reason") == "some new reason"

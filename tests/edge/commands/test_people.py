"""People by command: who is removed, renamed or refused, and where their names stand after that."""

from __future__ import annotations

from facedoor.wire.outcomes import Outcome, Refusal
from facedoor.wire.roles import Role
from front_door import FrontDoor

ENROLMENT = {"person": "Mallory", "images": ["AAAA"]}


def test_person_is_removed_and_not_named_again_after_that(front: FrontDoor) -> None:
    assert front.ask(Role.ENROLLER, "remove", {"person": "ada"}).content["outcome"] == "done"
    assert front.residents() == ["Bob"]
    told = [(entry["outcome"], entry["person"]) for entry in front.journal()]
    assert told == [("accepted", None), ("done", None)]


def test_name_of_a_refused_enrolment_is_erased_by_its_removal(front: FrontDoor) -> None:
    front.ask(Role.ENROLLER, "enroll", ENROLMENT)
    ((_, tell),) = front.studio.begun
    tell(Outcome.refused(Refusal.NO_FIT_PICTURE))
    front.work_off()
    assert [entry["person"] for entry in front.journal()] == ["Mallory", "Mallory"]
    result = front.ask(Role.ENROLLER, "remove", {"person": "mallory"}).content
    assert result["outcome"] == "done"
    assert "not enrolled; the name was erased from 2 entries" in result["message"]
    assert {entry["person"] for entry in front.journal()} == {None}


def test_removal_of_a_name_that_is_nowhere_is_refused_and_does_not_write_it_down(
    front: FrontDoor,
) -> None:
    for _ in range(2):  # the first must leave nothing that the second would find
        result = front.ask(Role.ENROLLER, "remove", {"person": "Mallory"}).content
        assert (result["outcome"], result["reason"]) == ("refused", "not_possible")
    assert {entry["person"] for entry in front.journal()} == {None}


def test_name_that_nobody_can_see_is_refused_before_a_picture_is_taken(front: FrontDoor) -> None:
    shots = {"frames": 5, "within_s": 30}
    said = {"person": "Mal\u202elory", "capture": shots}
    result = front.ask(Role.ENROLLER, "enroll", said).content
    assert (result["outcome"], result["reason"]) == ("refused", "not_possible")
    assert "U+202E" in result["message"]
    assert not front.studio.begun


def test_person_is_renamed_and_named_in_the_journal_under_person_alone(front: FrontDoor) -> None:
    result = front.ask(Role.ENROLLER, "rename", {"person": "Ada", "to": "Ida"})
    assert result.content["person"] == "Ida"
    assert front.residents() == ["Bob", "Ida"]
    entries = front.journal()
    assert [entry.pop("person") for entry in entries] == ["Ada", "Ida"]
    assert not [entry for entry in entries if "Ada" in str(entry) or "Ida" in str(entry)]

"""The order of setup's steps, and what its questions take."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from facedoor.errors import UsageError
from facedoor.setup.configuration import Configuration
from facedoor.setup.talk import Bench, LeftError, SetupStep, chosen, confirmed, walk
from machine_kit import ScriptedTalk

Walk = Callable[..., tuple[list[str], ScriptedTalk]]


@pytest.fixture
def walked(tmp_path: Path) -> Walk:
    """Walk through steps a, b and c with answers; which were done, and what was said."""

    def walk_with(
        *answers: str, reached: str = "", broken: int = 0
    ) -> tuple[list[str], ScriptedTalk]:
        done: list[str] = []
        failures = iter([True] * broken)

        def step(name: str) -> SetupStep:
            def do(_bench: Bench) -> None:
                if name == "b" and next(failures, False):
                    raise UsageError("b is broken: try again")
                done.append(name)

            return SetupStep(name, lambda _bench: "done before" if name in reached else "", do)

        talk = ScriptedTalk([("what now", answer) for answer in answers])
        walk(Bench(talk, Configuration(tmp_path / "x.toml")), [step(name) for name in "abc"])
        return done, talk

    return walk_with


def test_steps_are_done_in_order_or_skipped_until_the_person_ends_it(walked: Walk) -> None:
    assert walked("", "", "")[0] == ["a", "b", "c"]
    assert walked("d", "s", "d")[0] == ["a", "c"]
    assert walked("d", "q")[0] == ["a"]


def test_step_is_repeated_after_going_back(walked: Walk) -> None:
    assert walked("d", "b", "d", "d", "d")[0] == ["a", "a", "b", "c"]
    assert walked("b", "q")[0] == []


def test_what_is_reached_already_is_offered_to_be_skipped(walked: Walk) -> None:
    done, talk = walked("", "", "", reached="ab")
    assert done == ["c"]
    assert talk.text.count("so far: done before") == 2


def test_step_that_fails_is_told_and_asked_again(walked: Walk) -> None:
    done, talk = walked("d", "d", "d", "d", broken=1)
    assert done == ["a", "b", "c"]
    assert "That did not work: b is broken: try again." in talk.text


def test_closed_input_ends_the_walk(walked: Walk) -> None:
    with pytest.raises(LeftError):
        walked("d")


def test_only_an_answer_that_was_offered_is_taken() -> None:
    talk = ScriptedTalk([("which", "x"), ("which", "B")])
    assert chosen(talk, "which", (("a", "one"), ("b", "two")), "a") == "b"
    talk = ScriptedTalk([("sure", "perhaps"), ("sure", "Yes")])
    assert confirmed(talk, "sure", default=False)

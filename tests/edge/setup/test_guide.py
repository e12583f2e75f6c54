"""The order of setup's steps, and what its questions take."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from broker import free_port
from facedoor.config import file as config_file
from facedoor.errors import UsageError
from facedoor.languages import spoken
from facedoor.setup import set_up
from facedoor.setup.configuration import Configuration
from facedoor.setup.talk import Bench, LeftError, SetupStep, Terminal, chosen, confirmed, walk
from machine_kit import Machine, ScriptedTalk

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


def test_setup_goes_on_where_it_was_ended(machine: Machine, tmp_path: Path) -> None:
    config = tmp_path / "door.toml"
    config.write_text(f"[storage]\ndirectory = '{tmp_path}'\n[models]\npack = '{tmp_path}'\n")
    output = io.StringIO()
    assert not set_up(Terminal(io.StringIO("s\ns\ns\nd\nback\n"), output), config, machine.root)
    assert "To go on: facedoor setup" in output.getvalue()
    output = io.StringIO()
    set_up(Terminal(io.StringIO("s\ns\ns\nq\n"), output), config, machine.root)
    assert "so far: back" in output.getvalue()
    assert "-- facedoor check" in output.getvalue()


@dataclass
class Impatient(ScriptedTalk):
    """Somebody who presses Ctrl-C at a question, after so many others."""

    patience: int = 0

    def ask(self, question: str, default: str = "") -> str:
        self.patience -= 1
        if self.patience < 0:
            raise KeyboardInterrupt
        return super().ask(question, default)


def test_ctrl_c_at_any_question_leaves_a_whole_configuration(
    machine: Machine, tmp_path: Path
) -> None:
    port = str(free_port())
    script = [
        *[("what now", "s")] * 2,
        *(("what now", "d"), ("BCM", "none"), ("what now", "d"), ("one word", "back")),
        *(("what now", "d"), ("which broker", "h"), ("name or address", "127.0.0.1")),
        *(("port", port), ("restarted", ""), ("what about it", "k")),
        *(("what now", "d"), ("single LED", "5"), ("what now", "d"), ("of the lamp", "6")),
        *(("what now", "d"), ("keep pictures", "a"), ("how many days", "9")),
        *(("what now", "d"), ("whose key", "Ada"), ("private half", "")),
    ]
    settings = []
    for patience in itertools.count():
        config = tmp_path / f"{patience}.toml"
        config.write_text(f"[storage]\ndirectory = '{tmp_path / str(patience)}'\n")
        talk = Impatient(list(script), patience=patience)
        assert not set_up(talk, config, machine.root)
        settings.append(config_file.load(config))
        if not talk.answers:
            break
    assert len({str(found.mqtt.host) for found in settings}) == 2
    assert settings[-1].mqtt.username == "door-back"
    assert settings[-1].storage.picture_days == 9
    assert settings[-1].door.lamp_pin == 6


def test_yes_among_letters_is_the_readers_own() -> None:
    choices = (("y", "ja"), ("n", "nein"))
    with spoken("de"):
        for typed in ("j", "y", ""):
            talk = ScriptedTalk([("gut", typed)])
            assert chosen(talk, "gut", choices, "y") == "y"
            assert talk.said == ["  j  ja", "  n  nein", "gut [j]"]

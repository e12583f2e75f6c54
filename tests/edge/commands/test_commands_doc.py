"""docs/commands.md knows every command, role and refusal."""

from __future__ import annotations

from pathlib import Path

import pytest

from facedoor.commands.keys import Role
from facedoor.wire.mode import Mode
from facedoor.wire.refusals import Refusal
from facedoor.wire.requests import COMMANDS

DOCUMENT = (Path(__file__).parents[3] / "docs" / "commands.md").read_text()


@pytest.mark.parametrize("word", [*Refusal, *COMMANDS, *Role, *Mode])
def test_word_stands_in_the_document(word: str) -> None:
    assert f"`{word}`" in DOCUMENT


@pytest.mark.parametrize("refusal", Refusal)
def test_refusal_is_explained_in_a_sentence(refusal: Refusal) -> None:
    assert len(refusal.explanation) > 10
    assert not refusal.explanation.endswith(".")
